// The proof: the attention of one step is held, and what lies outside its mask is painted over.

import { about, className } from "./about.js";
import { byId, make } from "./dom.js";
import { EnlargedCanvas } from "./enlarged.js";
import { loadNetwork } from "./network.js";
import { overlay } from "./overlay.js";
import { usePen } from "./pen.js";
import { uniformFrom } from "./random.js";
import { decode, likeliest, seenAt } from "./reading.js";
import { difference, percent } from "./words_for.js";

const SHOWN_CLASSES = 4;
const BRUSH = 1.3; // radius in pixels
const SCRIBBLES = 7;
// Where a mask is nowhere 0, its outside is where it is faintest: so far up from its lowest value to its highest.
const FAINT = 0.25;

export class Proof {
  constructor() {
    this.networks = [{ reader: about, file: "held.onnx", label: `This reader (${about.preset})` }];
    if (about.other) {
      const { preset } = about.other;
      this.networks.push({ reader: about.other, file: "held_other.onnx", label: `To compare (${preset})` });
    }
    this.network = this.networks[0];
    this.step = 0;
    this.chosen = false;
    this.busy = false;
    this.makeCanvas();
    if (this.networks.length > 1) this.makeChoice();
    byId("scribble-clear").addEventListener("click", () => this.clear());
    byId("scribble-all").addEventListener("click", () => this.scribbleAll());
  }

  makeCanvas() {
    const { height, width } = about;
    this.canvas = new EnlargedCanvas(byId("scribble"), height, width);
    this.pointer = null;
    let last = null;
    const paint = (place) => {
      this.paintLine(last ?? place, place);
      last = place;
    };
    usePen(this.canvas, {
      onStart: (place) => {
        last = null;
        paint(place);
      },
      onMove: paint,
      onPoint: (place) => {
        this.pointer = place;
        this.draw();
      },
    });
  }

  makeChoice() {
    const box = byId("networks");
    box.hidden = false;
    box.append(
      ...this.networks.map((network) => {
        const button = make("button", { type: "button", "aria-pressed": network === this.network }, network.label);
        button.addEventListener("click", () => {
          for (const other of box.children) other.setAttribute("aria-pressed", other === button);
          this.network = network;
          this.chosen = false;
          this.look();
        });
        return button;
      }),
    );
  }

  // Takes a new picture: levels in the reader's own size. It is looked at only once a person can see the proof.
  take(seen) {
    this.seen = seen;
    this.isStale = true;
    if (this.isVisible) this.look();
  }

  setVisible(isVisible) {
    this.isVisible = isVisible;
    if (isVisible && this.isStale) this.look();
  }

  async run(levels, hold, held, values) {
    const { reader } = this.network;
    const flags = Uint8Array.from({ length: reader.steps }, (_, step) => (step === hold ? 1 : 0));
    this.network.run ??= loadNetwork(this.network.file);
    const run = await this.network.run;
    return run({
      image: ["uint8", levels, [1, about.height, about.width]],
      hold: ["bool", flags, [1, reader.steps]],
      held: ["float32", held, [1, reader.steps, values]],
    });
  }

  // Reads the picture as it is: from here on, its attention is what is held.
  async look() {
    this.isStale = false;
    const { network, seen } = this;
    const { reader } = network;
    const free = await this.run(seen, -1, new Float32Array(reader.steps), 1);
    if (network !== this.network || seen !== this.seen) return;
    this.values = free.attention.dimensions[2];
    this.attention = free.attention.values.slice();
    this.before = decode(free, reader);
    if (!this.chosen || this.step >= this.before.steps.length) {
      // The first mask of the original's network is all of the picture.
      this.step = this.before.steps.findIndex((step) => !step.isEnd && this.outsideOf(step).count > 0);
      if (this.step < 0)
        this.step = Math.max(
          0,
          this.before.steps.findIndex((step) => this.outsideOf(step).count > 0),
        );
    }
    this.makeSteps();
    this.clear();
  }

  makeSteps() {
    byId("proof-steps").replaceChildren(
      make("span", { className: "kicker" }, "Keep the attention of step"),
      ...this.before.steps.map((step, k) => {
        const label = `${k + 1}: ${step.name}`;
        const button = make("button", { type: "button", "aria-pressed": k === this.step }, label);
        button.addEventListener("click", () => {
          this.step = k;
          this.chosen = true;
          for (const other of byId("proof-steps").querySelectorAll("button")) {
            other.setAttribute("aria-pressed", other === button);
          }
          this.clear();
        });
        return button;
      }),
    );
  }

  // Which of the picture's pixels may be painted on while a step is held.
  outsideOf(step) {
    const { height, width } = this.network.reader;
    // Of another reader's size, the mask is looked at where the picture's pixel lies.
    const at = (x, y) => Math.floor((y * height) / about.height) * width + Math.floor((x * width) / about.width);
    const [low, high] = [Math.min(...step.mask), Math.max(...step.mask)];
    const isFlat = high - low < 1e-3;
    const limit = low === 0 ? 0 : isFlat ? -1 : low + FAINT * (high - low);
    const isOutside = new Uint8Array(about.height * about.width);
    let count = 0;
    for (let y = 0; y < about.height; y++) {
      for (let x = 0; x < about.width; x++) {
        const outside = step.mask[at(x, y)] <= limit;
        isOutside[y * about.width + x] = outside;
        count += outside;
      }
    }
    return { isOutside, count, limit };
  }

  clear() {
    if (!this.before) return;
    this.painted = new Uint8Array(about.height * about.width);
    this.levels = this.seen.slice();
    this.outside = this.outsideOf(this.before.steps[this.step]);
    const { count, limit } = this.outside;
    const hint = byId("scribble-hint");
    const keys = "By keyboard: arrow keys move the brush, the space bar lowers and lifts it.";
    if (count === 0) hint.textContent = "This step looks at the whole picture: it has no outside. Choose another one.";
    else if (limit === 0)
      hint.textContent = `The line is the edge of the mask; beyond it the mask is exactly 0. ${keys}`;
    else hint.textContent = `This mask is nowhere 0: paint where it is faintest, below ${limit.toFixed(2)}. ${keys}`;
    this.update();
  }

  paintLine(from, to) {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    for (let k = 0; k <= length * 2; k++) {
      const share = length ? k / (length * 2) : 0;
      this.paintDot(from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share);
    }
    this.update();
  }

  paintDot(x, y) {
    for (let row = Math.max(0, Math.floor(y - BRUSH)); row <= Math.min(about.height - 1, y + BRUSH); row++) {
      for (let column = Math.max(0, Math.floor(x - BRUSH)); column <= Math.min(about.width - 1, x + BRUSH); column++) {
        const pixel = row * about.width + column;
        if (Math.hypot(column + 0.5 - x, row + 0.5 - y) > BRUSH || !this.outside.isOutside[pixel]) continue;
        this.painted[pixel] = 1;
        // As far from what was there as can be.
        this.levels[pixel] = this.seen[pixel] < 128 ? 255 : 0;
      }
    }
  }

  scribbleAll() {
    if (!this.before) return;
    const random = uniformFrom(Math.floor(Math.random() * 2 ** 32));
    const place = () => ({ x: random() * about.width, y: random() * about.height });
    let from = place();
    for (let k = 0; k < SCRIBBLES; k++) {
      const to = place();
      this.paintLine(from, to);
      from = to;
    }
  }

  draw() {
    if (!this.before) return;
    const { height, width } = about;
    const image = overlay(this.levels, null, height, width, "dim");
    for (let i = 0; i < this.levels.length; i++) {
      // Paint is orange, so that it is told from the picture; what is outside is dimmed.
      if (this.painted[i]) image.data.set(this.levels[i] ? [255, 176, 58] : [112, 58, 0], 4 * i);
      else if (this.outside.isOutside[i])
        image.data.set(
          [0, 1, 2].map((c) => image.data[4 * i + c] * 0.45),
          4 * i,
        );
    }
    this.canvas.show(image);
    if (this.outside.count) this.canvas.contour((i) => !this.outside.isOutside[i], "#7aa5ff", 2);
    if (this.pointer) {
      const { x, y } = this.pointer;
      this.canvas.outline({ left: x - BRUSH, top: y - BRUSH, right: x + BRUSH, bottom: y + BRUSH }, "#ff9f0a", 2);
    }
  }

  // Draws, and reads what is painted; of paint that comes quicker than it is read, the latest is.
  async update() {
    this.draw();
    this.wanted = true;
    if (this.busy) return;
    this.busy = true;
    while (this.wanted) {
      this.wanted = false;
      const { network, before, step } = this;
      const painted = this.painted.reduce((sum, value) => sum + value, 0);
      const levels = this.levels.slice();
      const held = await this.run(levels, step, this.attention, this.values);
      const free = await this.run(levels, -1, new Float32Array(network.reader.steps), 1);
      if (network !== this.network || before !== this.before || step !== this.step) continue;
      this.report(held, decode(free, network.reader), painted);
    }
    this.busy = false;
  }

  report(held, free, painted) {
    const { reader } = this.network;
    const classes = reader.alphabet.length + 1;
    const before = this.before.steps[this.step].seen;
    const after = seenAt(held, this.step, classes);
    const change = before.reduce((most, value, i) => Math.max(most, Math.abs(value - after[i])), 0);
    const shown = Array.from(new Set([...likeliest(before, SHOWN_CLASSES), ...likeliest(after, 1)]));
    byId("bars").replaceChildren(...shown.slice(-SHOWN_CLASSES - 1).map((id) => barRow(id, before, after, reader)));

    const line = byId("outcome");
    line.dataset.change = change;
    line.dataset.painted = painted;
    line.className = `outcome-line ${painted === 0 ? "" : change === 0 ? "unmoved" : "moved"}`;
    line.replaceChildren(...outcomeOf(change, painted, this.outside.count, classes));
    byId("free").textContent = freeReading(free.text, this.before.text, painted, change);
  }
}

function outcomeOf(change, painted, outside, classes) {
  if (!painted) return ["Paint outside the mask, and watch the probabilities of this step."];
  const share = `${painted} of ${outside} pixels outside the mask are painted over.`;
  const largest = ` Largest change of any of the ${classes} probabilities: `;
  if (change === 0) {
    return [make("strong", {}, "Nothing changed."), ` ${share}${largest}`, make("strong", {}, "0"), ", exactly."];
  }
  return [make("strong", {}, "It changed."), ` ${share}${largest}`, make("strong", {}, difference(change)), "."];
}

function freeReading(now, before, painted, change) {
  if (!painted) return `Nothing is painted yet. The picture reads \u201c${before}\u201d.`;
  const read = `With the attention free, the painted picture reads \u201c${now}\u201d; before, \u201c${before}\u201d. `;
  if (change === 0)
    return `${read}Paint can move the attention, but not change what is read through a mask that is kept.`;
  return `${read}The masks of this network are nowhere 0, and it remembers what it saw in earlier steps.`;
}

function barRow(id, before, after, reader) {
  const bar = (value) =>
    make(
      "td",
      {},
      make("span", { className: "meter" }, meterFill(value)),
      make("span", { className: "sure" }, percent(value)),
    );
  return make("tr", {}, make("th", { scope: "row" }, className(id, reader)), bar(before[id]), bar(after[id]));
}

function meterFill(value) {
  const fill = make("span", { className: "meter-fill" });
  fill.style.width = `${100 * value}%`;
  return fill;
}
