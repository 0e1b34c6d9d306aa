// From what the network gives to what a person reads.

import { className } from "./about.js";

const ALTERNATIVES = 2;

// One image's reading: the text, the confidence of all of it, and the steps up to the terminator. Each step has its
// name, its confidence, the next likeliest classes, what was seen, and its mask, values in [0, 1] at the reader's own
// size.
export function decode(outputs, reader) {
  const { steps, terminator, height, width, alphabet } = reader;
  const ids = Array.from(outputs.ids.values.subarray(0, steps));
  const end = ids.indexOf(terminator);
  const used = end < 0 ? ids : ids.slice(0, end + 1);
  const characters = end < 0 ? ids : ids.slice(0, end);
  const classes = alphabet.length + 1;
  const pixels = height * width;
  return {
    text: characters.map((id) => alphabet[id]).join(""),
    confidence: outputs.confidence.values[0],
    ended: end >= 0,
    steps: used.map((id, step) => {
      const probabilities = outputs.probabilities.values.slice(step * classes, (step + 1) * classes);
      return {
        id,
        name: className(id, reader),
        isEnd: id === terminator,
        confidence: outputs.character_confidence.values[step],
        probabilities,
        seen: seenAt(outputs, step, classes),
        alternatives: likeliest(probabilities, ALTERNATIVES + 1)
          .filter((other) => other !== id)
          .slice(0, ALTERNATIVES)
          .map((other) => ({ name: className(other, reader), probability: probabilities[other] })),
        mask: outputs.masks.values.slice(step * pixels, (step + 1) * pixels),
      };
    }),
  };
}

// The probabilities of the classes at a step, as its mask alone gives them: those before the language model, if the
// reader has one.
export function seenAt(outputs, step, classes) {
  const { values } = outputs.seen ?? outputs.probabilities;
  return values.slice(step * classes, (step + 1) * classes);
}

// The indices of the largest values, the largest first.
export function likeliest(values, count) {
  return Array.from(values.keys())
    .sort((a, b) => values[b] - values[a])
    .slice(0, count);
}
