// Words drawn as the reader's training images are: see keras_reader/data/synthetic_words.py.

import { normalFrom, uniformFrom } from "./random.js";

const SMALLEST_FONT = 5;
// What an image's random numbers are for: each purpose has its own, so that a slider changes nothing else.
const [PLACE, NOISE, BACKGROUND, STROKES] = [1, 2, 3, 4];

function streamSeed(seed, purpose) {
  return Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(purpose, 0x85ebca6b);
}

// The ink of a text, cropped to it: {height, width, levels}, levels in [0, 1]; each glyph on a whole pixel.
export function inkOf(text, font, size) {
  const pad = 2 * size;
  const canvas = document.createElement("canvas");
  canvas.width = 2 * pad + Math.ceil(size * 1.6 * Math.max(1, text.length));
  canvas.height = 2 * pad + size;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.font = `${size}px ${font}`;
  context.fillStyle = "#fff";
  context.textBaseline = "alphabetic";
  const characters = Array.from(text);
  let pen = 0;
  characters.forEach((character, k) => {
    if (k) {
      const pair = characters[k - 1] + character;
      pen += context.measureText(pair).width - context.measureText(character).width;
    }
    context.fillText(character, pad + Math.floor(pen + 0.5), pad + size);
  });
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  let [left, top, right, bottom] = [canvas.width, canvas.height, 0, 0];
  for (let y = 0; y < canvas.height; y++) {
    for (let x = 0; x < canvas.width; x++) {
      if (data[4 * (y * canvas.width + x) + 3]) {
        left = Math.min(left, x);
        right = Math.max(right, x + 1);
        top = Math.min(top, y);
        bottom = Math.max(bottom, y + 1);
      }
    }
  }
  const [height, width] = [Math.max(0, bottom - top), Math.max(0, right - left)];
  const levels = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      levels[y * width + x] = data[4 * ((top + y) * canvas.width + left + x) + 3] / 255;
    }
  }
  return { height, width, levels };
}

function fittingInk(text, look, height, width) {
  for (let size = look.size; ; size--) {
    const ink = inkOf(text, look.font, size);
    if ((ink.height <= height && ink.width <= width) || size <= SMALLEST_FONT) return ink;
  }
}

// An image of a word: {height, width, levels}. The look has font, size, intensity, noise, background, strokes,
// strokeLength, margin, dark and seed.
export function wordImage(text, look, height, width) {
  const image = new Float32Array(height * width);
  const ink = fittingInk(text, look, height - 2 * look.margin, width - 2 * look.margin);
  const place = uniformFrom(streamSeed(look.seed, PLACE));
  const [down, right] = [place(), place()];
  const top = look.margin + Math.floor(down * Math.max(1, height - 2 * look.margin - ink.height + 1));
  const left = look.margin + Math.floor(right * Math.max(1, width - 2 * look.margin - ink.width + 1));
  for (let y = 0; y < Math.min(ink.height, height - top); y++) {
    for (let x = 0; x < Math.min(ink.width, width - left); x++) {
      image[(top + y) * width + left + x] += ink.levels[y * ink.width + x] * look.intensity;
    }
  }
  return finishImage(image, look, height, width);
}

// Puts background, strokes and noise under and over an image of ink, and rounds it: {height, width, levels}.
export function finishImage(image, look, height, width) {
  if (look.background) addBackground(image, look, height, width);
  if (look.strokes) addStrokes(image, look, height, width);
  const normal = normalFrom(streamSeed(look.seed, NOISE));
  const levels = new Uint8Array(image.length);
  for (let i = 0; i < image.length; i++) {
    const level = Math.min(255, Math.max(0, Math.round(image[i] + (look.noise ? 255 * look.noise * normal() : 0))));
    levels[i] = look.dark ? 255 - level : level;
  }
  return { height, width, levels };
}

// A smooth random field: values at nodes two font sizes apart, interpolated by 3t^2 - 2t^3.
function addBackground(image, look, height, width) {
  const spacing = 2 * look.size;
  const random = uniformFrom(streamSeed(look.seed, BACKGROUND));
  const [shiftY, shiftX] = [random(), random()];
  const columns = Math.ceil(width / spacing) + 2;
  const nodes = Array.from({ length: (Math.ceil(height / spacing) + 2) * columns }, random);
  const fade = (t) => t * t * (3 - 2 * t);
  for (let y = 0; y < height; y++) {
    const v = (y + 0.5) / spacing + shiftY;
    const row = Math.floor(v);
    for (let x = 0; x < width; x++) {
      const u = (x + 0.5) / spacing + shiftX;
      const column = Math.floor(u);
      const across = fade(u - column);
      const mix = (k) => nodes[k] * (1 - across) + (nodes[k + 1] ?? 0) * across;
      const [above, below] = [mix(row * columns + column), mix((row + 1) * columns + column)];
      image[y * width + x] += look.background * (above + (below - above) * fade(v - row));
    }
  }
}

// Straight strokes, one pixel wide, half as bright as the text to just as bright; where two cross, the brighter shows.
function addStrokes(image, look, height, width) {
  const random = uniformFrom(streamSeed(look.seed, STROKES));
  const marks = new Float32Array(image.length);
  for (let k = 0; k < look.strokes; k++) {
    const [middleY, middleX, direction, length, level] = [random(), random(), random(), random(), random()];
    const [cosine, sine] = [Math.cos(Math.PI * direction), Math.sin(Math.PI * direction)];
    const brightness = (0.5 + 0.5 * level) * look.intensity;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [right, down] = [x + 0.5 - middleX * width, y + 0.5 - middleY * height];
        const beyond = Math.max(0, Math.abs(right * cosine + down * sine) - (length * look.strokeLength) / 2);
        const covered = 1 - Math.hypot(beyond, down * cosine - right * sine);
        marks[y * width + x] = Math.max(marks[y * width + x], covered * brightness);
      }
    }
  }
  for (let i = 0; i < image.length; i++) image[i] += marks[i];
}
