// A picture that is drawn by hand.

import { about } from "./about.js";
import { byId, makeSlider } from "./dom.js";
import { EnlargedCanvas } from "./enlarged.js";
import { usePen } from "./pen.js";
import { finishImage } from "./word_images.js";

const FINER = 8; // strokes are drawn so many times finer than the picture, then averaged

// Gives what is drawn to `give` with every move; the function that it returns gives it now.
export function drawSource(give) {
  const { height, width, words, steps } = about;
  const capitals = Math.round(words.fontSize * 0.72);
  const pen = { width: 1.6, noise: 0.04 };
  const pad = new EnlargedCanvas(byId("pad"), height, width);
  const fine = document.createElement("canvas");
  fine.width = width * FINER;
  fine.height = height * FINER;
  const context = fine.getContext("2d", { willReadFrequently: true });
  let strokes = [];
  let pointer = null;

  byId("pad").setAttribute("aria-label", "Pad to draw on");
  byId("draw-hint").textContent =
    `Write 1 to ${steps - 1} characters, about as high as the space between the lines. ` +
    "By keyboard: arrow keys move the pen, the space bar lowers and lifts it.";

  function ink() {
    context.clearRect(0, 0, fine.width, fine.height);
    context.strokeStyle = "#fff";
    context.lineWidth = pen.width * FINER;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of strokes) {
      context.beginPath();
      stroke.forEach(({ x, y }, k) => context[k ? "lineTo" : "moveTo"](x * FINER, y * FINER));
      if (stroke.length === 1) context.lineTo(stroke[0].x * FINER + 0.1, stroke[0].y * FINER);
      context.stroke();
    }
    const { data } = context.getImageData(0, 0, fine.width, fine.height);
    const image = new Float32Array(height * width);
    for (let y = 0; y < fine.height; y++) {
      for (let x = 0; x < fine.width; x++) {
        image[Math.floor(y / FINER) * width + Math.floor(x / FINER)] += data[4 * (y * fine.width + x) + 3];
      }
    }
    return image.map((sum) => (sum / (255 * FINER * FINER)) * words.intensity);
  }

  function change() {
    const image = ink();
    const shown = new ImageData(width, height);
    image.forEach((level, i) => shown.data.set([level * 1.6, level * 1.6, level * 1.6, 255], 4 * i));
    pad.show(shown);
    drawGuides();
    give(finishImage(image, { noise: pen.noise, seed: 1 }, height, width));
  }

  function drawGuides() {
    const { context: drawn, scale } = pad;
    drawn.strokeStyle = "rgba(122, 165, 255, 0.55)";
    drawn.lineWidth = scale / 10;
    drawn.setLineDash([scale / 2, scale / 2]);
    for (const y of [(height - capitals) / 2, (height + capitals) / 2]) {
      drawn.beginPath();
      drawn.moveTo(0, y * scale);
      drawn.lineTo(width * scale, y * scale);
      drawn.stroke();
    }
    drawn.setLineDash([]);
    if (pointer) {
      drawn.strokeStyle = "#ff9f0a";
      drawn.lineWidth = scale / 5;
      drawn.strokeRect((pointer.x - 1) * scale, (pointer.y - 1) * scale, 2 * scale, 2 * scale);
    }
  }

  usePen(pad, {
    onStart: (place) => {
      strokes.push([place]);
      change();
    },
    onMove: (place) => {
      strokes.at(-1).push(place);
      change();
    },
    onPoint: (place) => {
      if (place === pointer) return;
      pointer = place;
      change();
    },
  });
  byId("undo").addEventListener("click", () => {
    strokes.pop();
    change();
  });
  byId("clear").addEventListener("click", () => {
    strokes = [];
    change();
  });
  const sliders = [
    ["width", "Pen", 0.8, 4, 0.1, (value) => `${value.toFixed(1)} px`],
    ["noise", "Noise", 0, 0.4, 0.01, (value) => `${Math.round(100 * value)} %`],
  ];
  for (const [name, label, min, max, step, write] of sliders) {
    const options = { id: `pen-${name}`, label, min, max, step, value: pen[name], write };
    const slider = makeSlider(options, (value) => {
      pen[name] = value;
      change();
    });
    byId("pens").append(slider);
  }
  return change;
}
