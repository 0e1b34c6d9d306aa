// The few things that every part of the page does with elements.

export const byId = (id) => document.getElementById(id);

// An element with properties and children; properties with a dash are attributes.
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

export function prefersLittleMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

// A labelled slider that shows its value; `onInput` is called with the new value.
export function makeSlider({ id, label, min, max, step, value, write }, onInput) {
  const output = make("output", {}, write(value));
  const input = make("input", { type: "range", id, min, max, step, value });
  input.setAttribute("aria-valuetext", write(value));
  input.addEventListener("input", () => {
    const now = Number(input.value);
    output.textContent = write(now);
    input.setAttribute("aria-valuetext", write(now));
    onInput(now);
  });
  output.htmlFor = id;
  return make("label", { className: "slider" }, make("span", {}, label), input, output);
}
