// The enlarged picture, with the mask on its way from step to step.

import { about } from "./about.js";
import { maskBox } from "./boxes.js";
import { EnlargedCanvas } from "./enlarged.js";
import { blend, overlay } from "./overlay.js";

export class Stage {
  constructor(canvas) {
    this.canvas = new EnlargedCanvas(canvas, about.height, about.width);
    this.style = "dim";
    this.withBoxes = false;
    this.last = [0, 0, 0];
  }

  // Takes a reading of an image of levels in the reader's own size.
  take(seen, reading) {
    this.seen = seen;
    this.reading = reading;
    const text = reading.text ? `it reads ${Array.from(reading.text).join(" ")}` : "it reads nothing";
    this.canvas.canvas.setAttribute("aria-label", `The picture as the network sees it: ${text}`);
  }

  // Shows the way from one step to another; steps count from 1, 0 is the bare picture.
  show(from, to, share) {
    this.last = [from, to, share];
    if (!this.reading) return;
    const { steps } = this.reading;
    const mask = from === to ? steps[to - 1]?.mask : blend(steps[from - 1]?.mask, steps[to - 1]?.mask, share);
    this.canvas.show(overlay(this.seen, mask, about.height, about.width, this.style));
    if (mask && this.style === "dim") this.canvas.contour((i) => mask[i] > 0.02, "#7aa5ff", 1.5);
    if (!this.withBoxes) return;
    steps.forEach((step, k) => {
      if (step.isEnd) return;
      step.box ??= maskBox(step.mask, about.height, about.width);
      if (step.box)
        this.canvas.outline(step.box, k === to - 1 ? "#ffb53d" : "rgba(255, 159, 10, 0.6)", k === to - 1 ? 3 : 1.5);
    });
  }

  redraw() {
    this.show(...this.last);
  }
}
