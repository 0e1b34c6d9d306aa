// All steps side by side: a picture of each, its character, and what else it might be.

import { make } from "./dom.js";
import { overlay } from "./overlay.js";
import { percent } from "./words_for.js";

export class Film {
  constructor(list, reader, onChoose) {
    this.list = list;
    this.reader = reader;
    this.onChoose = onChoose;
    // Room for every step from the start, so that nothing moves when a text is longer.
    list.style.setProperty("--steps", Math.min(reader.steps, 6));
    list.style.setProperty("--ratio", `${reader.width} / ${reader.height}`);
    this.frames = Array.from({ length: reader.steps }, (_, k) => this.makeFrame(k + 1));
    list.append(...this.frames.map((frame) => frame.item));
  }

  makeFrame(step) {
    const canvas = make("canvas", { className: "pixels", width: this.reader.width, height: this.reader.height });
    canvas.setAttribute("aria-hidden", "true");
    const name = make("b");
    const meter = make("span", { className: "meter-fill" });
    const sure = make("span", { className: "sure" });
    const button = make(
      "button",
      { type: "button", className: "frame" },
      canvas,
      make("span", { className: "unseen" }, `Step ${step}: `),
      make("span", { className: "said" }, name, " ", sure),
      make("span", { className: "meter" }, meter),
    );
    button.addEventListener("click", () => this.onChoose(step));
    const others = make("ul", { className: "others", "aria-label": `Next best of step ${step}` });
    const item = make("li", {}, button, others);
    return { item, button, canvas, name, meter, sure, others };
  }

  // Shows a reading of an image of levels.
  show(seen, reading, style) {
    const { height, width } = this.reader;
    this.frames.forEach((frame, k) => {
      const step = reading.steps[k];
      frame.item.classList.toggle("absent", !step);
      frame.button.disabled = !step;
      if (!step) {
        frame.canvas.getContext("2d").clearRect(0, 0, width, height);
        frame.name.textContent = "\u00a0";
        frame.sure.textContent = "";
        frame.meter.style.width = "0";
        frame.others.replaceChildren();
        return;
      }
      frame.canvas.getContext("2d").putImageData(overlay(seen, step.mask, height, width, style), 0, 0);
      frame.name.textContent = step.name;
      frame.name.classList.toggle("end", step.isEnd);
      frame.sure.textContent = percent(step.confidence);
      frame.meter.style.width = `${100 * step.confidence}%`;
      frame.others.replaceChildren(
        ...step.alternatives.map(({ name, probability }) =>
          make("li", {}, make("span", {}, name), make("span", {}, percent(probability))),
        ),
      );
    });
  }

  // Marks the step that is shown; 0 is none.
  mark(step) {
    this.frames.forEach(({ button }, k) => {
      if (k === step - 1) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
  }
}
