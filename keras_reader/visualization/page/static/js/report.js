// In the HTML report: the strip of a reading as a large picture that is played step by step.

import { make } from "./dom.js";
import { Player } from "./player.js";

function addPlayer(strip) {
  const figures = Array.from(strip.querySelectorAll("figure"));
  const button = make("button", { type: "button", className: "watch" }, "Watch it step by step");
  button.addEventListener("click", () => {
    const pictures = figures.map((figure) => figure.querySelector(".picture").cloneNode(true));
    const stack = make("div", { className: "stack" }, ...pictures);
    const controls = make("div", { className: "player" });
    button.replaceWith(make("div", { className: "stepper" }, stack, controls));
    const player = new Player(controls, (from, to, share) => {
      pictures.forEach((picture, k) => {
        // The picture that is left lies below the one that comes, whose share grows.
        picture.style.opacity = k === to ? (from === to ? 1 : share) : k === from ? 1 : 0;
        picture.style.zIndex = k === to ? 2 : 1;
        picture.setAttribute("aria-hidden", k !== to);
      });
    });
    player.setSteps(figures.slice(1).map((figure) => figure.querySelector("figcaption b").textContent));
    player.go(1);
    controls.querySelector("input").focus();
  });
  strip.before(button);
}

document.querySelectorAll(".strip").forEach(addPlayer);
