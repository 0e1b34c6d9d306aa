// A text that is typed, drawn as the reader's training images are.

import { about } from "./about.js";
import { byId, make, makeSlider } from "./dom.js";
import { wordImage } from "./word_images.js";

const FONTS = [
  ["Letters, sans-serif", "as in training"],
  ["Arial, Helvetica, 'Liberation Sans', sans-serif", "sans-serif"],
  ["Georgia, 'Times New Roman', 'Liberation Serif', serif", "serif"],
  ["ui-monospace, Consolas, 'Liberation Mono', monospace", "monospaced"],
  ["'Comic Sans MS', 'Segoe Print', cursive", "handwritten"],
];
const MAX_SIZE = 48;

// A word of the reader's own alphabet to begin with.
function firstText() {
  for (const word of ["READ", "LOOK", "EYE", "SEE", "2026", "42", "7"]) {
    if (word.length < about.steps && Array.from(word).every((character) => about.alphabet.includes(character))) {
      return word;
    }
  }
  const shown = about.alphabet.filter((character) => character.trim());
  return shown.slice(0, Math.min(3, about.steps - 1)).join("");
}

// Gives pictures of the text to `give` whenever something changes; the function that it returns gives one now.
export function typeSource(give) {
  const { words, height, width, steps, alphabet } = about;
  const look = {
    font: FONTS[0][0],
    size: Math.max(6, Math.min(words.fontSize, height - 2 * words.margin)),
    intensity: words.intensity,
    noise: words.noise,
    background: 0,
    strokes: 0,
    strokeLength: words.strokeLength,
    margin: words.margin,
    dark: false,
    seed: 3,
  };
  const text = byId("text");
  const hint = byId("text-hint");

  function change() {
    const typed = Array.from(text.value);
    // Who types small letters for a reader of capitals means those.
    const known = typed
      .map((c) => (alphabet.includes(c) ? c : alphabet.includes(c.toUpperCase()) ? c.toUpperCase() : c))
      .filter((c) => alphabet.includes(c));
    const unknown = typed.filter((c) => !alphabet.includes(c) && !alphabet.includes(c.toUpperCase()));
    const shown = known.slice(0, steps - 1);
    if (unknown.length) hint.textContent = `It never learned ${unknown.join(" ")}: left out.`;
    else if (known.length >= steps)
      hint.textContent = `It reads up to ${steps - 1} characters: the first ones are drawn.`;
    else hint.textContent = `Up to ${steps - 1} of ${alphabetInShort(alphabet)}.`;
    give(wordImage(shown.join(""), look, height, width));
  }

  text.value = firstText();
  text.addEventListener("input", change);
  const font = byId("font");
  font.append(...FONTS.map(([value, name]) => make("option", { value }, name)));
  font.addEventListener("change", () => {
    look.font = font.value;
    change();
  });
  const sliders = [
    ["size", "Size", 6, Math.min(MAX_SIZE, height - 2 * words.margin), 1, (value) => `${value} px`],
    ["intensity", "Contrast", 20, 255, 1, (value) => `${Math.round(value / 2.55)} %`],
    ["noise", "Noise", 0, 0.4, 0.01, (value) => `${Math.round(100 * value)} %`],
    ["strokes", "Clutter", 0, 8, 1, (value) => (value === 1 ? "1 stroke" : `${value} strokes`)],
    ["background", "Background", 0, 160, 5, (value) => `${Math.round(value / 2.55)} %`],
  ];
  for (const [name, label, min, max, step, write] of sliders) {
    const options = { id: `look-${name}`, label, min, max, step, value: look[name], write };
    const slider = makeSlider(options, (value) => {
      look[name] = value;
      change();
    });
    byId("sliders").append(slider);
  }
  byId("dark").addEventListener("change", (event) => {
    look.dark = event.target.checked;
    change();
  });
  byId("shuffle").addEventListener("click", () => {
    look.seed++;
    change();
  });
  return change;
}

// An alphabet for a person: runs of neighbours are written with a dash.
function alphabetInShort(alphabet) {
  const runs = [];
  for (const character of alphabet) {
    const code = character.codePointAt(0);
    const run = runs.at(-1);
    if (run && run.last + 1 === code) run.last = code;
    else runs.push({ first: code, last: code });
  }
  return runs
    .map(({ first, last }) => {
      const [from, to] = [String.fromCodePoint(first), String.fromCodePoint(last)].map((c) =>
        c === " " ? "space" : c,
      );
      if (first === last) return from;
      return last === first + 1 ? `${from} ${to}` : `${from}\u2013${to}`;
    })
    .join(" ");
}
