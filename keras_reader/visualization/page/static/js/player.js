// Plays steps one after the other, and lets a person go through them: the live page and the report share it.

import { make, prefersLittleMotion } from "./dom.js";

const DWELL = 1000; // milliseconds on a step
const MOVE = 400; // of them, on the way to the next
const AT_THE_END = 1600;
const SPEEDS = [0.5, 1, 2];

const ICONS = {
  back: "M15 5 7 12l8 7z M6 5h-2v14h2z",
  play: "M7 4v16l13-8z",
  pause: "M6 4h4v16H6z M14 4h4v16h-4z",
  forward: "M9 5l8 7-8 7z M18 5h2v14h-2z",
};

function iconButton(label, icon, onClick) {
  const button = make("button", { type: "button", className: "icon", title: label, "aria-label": label });
  button.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${ICONS[icon]}"></path></svg>`;
  button.addEventListener("click", onClick);
  return { button, path: button.querySelector("path") };
}

export class Player {
  // `onShow(from, to, share)` shows the way from one step to another; steps count from 0, which is the bare picture.
  constructor(container, onShow) {
    this.onShow = onShow;
    this.names = ["picture"];
    this.step = 0;
    this.speed = 1;
    this.playing = false;
    this.moving = null;

    const back = iconButton("Step back", "back", () => this.go(this.step - 1));
    this.play = iconButton("Play", "play", () => (this.playing ? this.pause() : this.start()));
    const forward = iconButton("Step forward", "forward", () => this.go(this.step + 1));
    this.scrubber = make("input", { type: "range", min: 0, max: 0, value: 0, "aria-label": "Step" });
    this.scrubber.addEventListener("input", () => this.go(Number(this.scrubber.value)));
    this.where = make("output", { className: "where" });
    const speed = make("select", { "aria-label": "Speed" });
    speed.append(...SPEEDS.map((value) => make("option", { value, selected: value === 1 }, `${value}\u00d7`)));
    speed.addEventListener("change", () => (this.speed = Number(speed.value)));
    container.append(
      make("div", { className: "buttons" }, back.button, this.play.button, forward.button, this.scrubber, speed),
      this.where,
    );
  }

  // Takes the names of new steps; stays where it is, as far as there are as many.
  setSteps(names) {
    this.names = ["the picture alone", ...names];
    this.scrubber.max = names.length;
    this.step = Math.min(this.step, names.length);
    this.moving = null;
    this.show(this.step, this.step, 0);
  }

  // Goes to a step, and stays there.
  go(step) {
    this.pause();
    this.moveTo(Math.min(Math.max(step, 0), this.names.length - 1));
  }

  start() {
    this.playing = true;
    this.setPlayButton();
    this.since = performance.now();
    this.tick();
  }

  pause() {
    this.playing = false;
    this.setPlayButton();
  }

  setPlayButton() {
    const label = this.playing ? "Pause" : "Play";
    this.play.path.setAttribute("d", ICONS[this.playing ? "pause" : "play"]);
    this.play.button.title = label;
    this.play.button.setAttribute("aria-label", label);
  }

  moveTo(step) {
    const from = this.step;
    this.step = step;
    if (from === step || prefersLittleMotion()) {
      this.moving = null;
      this.show(step, step, 0);
      return;
    }
    this.moving = { from, since: performance.now() };
    this.show(from, step, 0);
    this.tick();
  }

  // One frame of what is going on; asks for the next one as long as something is.
  tick() {
    if (this.frame) return;
    this.frame = requestAnimationFrame((now) => {
      this.frame = null;
      if (this.moving) {
        const share = Math.min(1, ((now - this.moving.since) * this.speed) / MOVE);
        const smooth = share * share * (3 - 2 * share);
        this.show(this.moving.from, this.step, Math.max(0, smooth));
        if (share >= 1) this.moving = null;
      }
      if (this.playing) {
        const last = this.step === this.names.length - 1;
        if ((now - this.since) * this.speed > DWELL + (last ? AT_THE_END : 0)) {
          this.since = now;
          this.moveTo(last ? 0 : this.step + 1);
        }
      }
      if (this.moving || this.playing) this.tick();
    });
  }

  show(from, to, share) {
    const name = to === 0 ? this.names[0] : `step ${to} of ${this.names.length - 1}: ${this.names[to]}`;
    this.scrubber.value = to;
    if (this.where.textContent !== name) {
      this.scrubber.setAttribute("aria-valuetext", name);
      this.where.textContent = name;
    }
    this.onShow(from, to, share);
  }
}
