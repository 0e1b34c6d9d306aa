// The page: a picture comes in, is read, and its reading is shown.

import { about } from "./about.js";
import { assetBytes } from "./assets.js";
import { byId, prefersLittleMotion } from "./dom.js";
import { Film } from "./film.js";
import { fitPicture } from "./fit.js";
import { loadNetwork } from "./network.js";
import { Player } from "./player.js";
import { Proof } from "./proof.js";
import { decode } from "./reading.js";
import { cameraSource, hasCamera } from "./source_camera.js";
import { drawSource } from "./source_draw.js";
import { fileSource } from "./source_file.js";
import { typeSource } from "./source_type.js";
import { Stage } from "./stage.js";
import { makeTabs } from "./tabs.js";
import { duration, sentenceFor } from "./words_for.js";

const stage = new Stage(byId("stage"));
const player = new Player(byId("player"), (from, to, share) => {
  stage.show(from, to, share);
  film.mark(to);
});
const film = new Film(byId("film"), about, (step) => player.go(step));
const proof = about.held ? new Proof() : null;

let network = null;
let waiting = null;
let isReading = false;
let shown = null;

// Reads a picture; of those that come quicker than they are read, the latest is read.
async function give(picture) {
  waiting = picture;
  if (isReading || !network) return;
  isReading = true;
  while (waiting) {
    const next = waiting;
    waiting = null;
    try {
      await read(next);
    } catch (error) {
      tellTrouble(`This picture could not be read: ${error.message}`);
    }
  }
  isReading = false;
}

async function read(picture) {
  const since = performance.now();
  const outputs = await network({ image: ["uint8", picture.levels, [1, picture.height, picture.width]] });
  const took = performance.now() - since;
  const reading = decode(outputs, about);
  const isOfItsSize = picture.height === about.height && picture.width === about.width;
  const seen = isOfItsSize ? picture.levels : fitPicture(picture, about);
  const isFirst = shown === null;
  shown = { seen, reading };
  stage.take(seen, reading);
  film.show(seen, reading, stage.style);
  player.setSteps(reading.steps.map((step) => step.name));
  tell(reading, took);
  proof?.take(seen);
  if (isFirst) {
    document.documentElement.dataset.ready = Math.round(performance.now());
    if (prefersLittleMotion()) player.go(1);
    else player.start();
  }
}

function tell(reading, took) {
  byId("read").textContent = reading.text || "nothing";
  byId("read").classList.toggle("nothing", !reading.text);
  byId("read").dataset.text = reading.text;
  byId("read").dataset.confidence = reading.confidence;
  byId("read").dataset.readings = Number(byId("read").dataset.readings ?? 0) + 1;
  const noEnd = reading.ended ? "" : " No step read the end: the text may go on.";
  byId("sentence").textContent = sentenceFor(reading.confidence) + noEnd;
  byId("time").textContent = `Read in ${duration(took)}`;
}

function tellTrouble(text) {
  byId("trouble").textContent = text;
  byId("trouble").hidden = false;
}

function useLooks() {
  for (const choice of document.querySelectorAll("input[name=mask]")) {
    choice.addEventListener("change", () => {
      stage.style = choice.value;
      stage.redraw();
      if (shown) film.show(shown.seen, shown.reading, stage.style);
    });
  }
  byId("boxes").addEventListener("change", (event) => {
    stage.withBoxes = event.target.checked;
    stage.redraw();
  });
}

function useSources() {
  const giveFile = fileSource(give, () => {
    stopCamera();
    showTab("tab-file");
  });
  const sources = { "tab-type": typeSource(give), "tab-draw": drawSource(give), "tab-file": giveFile };
  const stopCamera = hasCamera ? cameraSource(give) : () => {};
  byId("tab-camera").hidden = !hasCamera;
  const showTab = makeTabs(document.querySelector("[role=tablist]"), (tab) => {
    stopCamera();
    sources[tab]?.();
  });
  return sources["tab-type"];
}

function useProof() {
  byId("proof").hidden = !proof;
  if (!proof) return;
  // Its network is loaded only when a person comes near.
  new IntersectionObserver((entries) => proof.setVisible(entries.at(-1).isIntersecting), {
    rootMargin: "200px",
  }).observe(byId("proof"));
}

function tellFacts() {
  for (const element of document.querySelectorAll("[data-cell]")) element.hidden = element.dataset.cell !== about.cell;
  const size = `${(about.bytes / 1e6).toFixed(about.bytes < 1e6 ? 2 : 1)} MB`;
  byId("facts").textContent =
    `The network: ${about.name} (preset ${about.preset}, ${size}), for ${about.alphabet.length} characters, texts of up ` +
    `to ${about.steps - 1}, pictures of ${about.width} \u00d7 ${about.height} pixels. keras_reader ${about.version}.`;
}

async function loadLetters() {
  const face = new FontFace("Letters", await assetBytes("letters.ttf"));
  document.fonts.add(await face.load());
}

async function start() {
  tellFacts();
  // On a phone, the picture matters more than how it is drawn.
  byId("look").open = matchMedia("(min-width: 62rem)").matches;
  document.querySelector(".watch").classList.toggle("wide", about.width > 1.5 * about.height);
  useLooks();
  useProof();
  const letters = loadLetters();
  const loading = loadNetwork("reader.onnx");
  const giveTyped = useSources();
  document.documentElement.dataset.started = "";
  byId("read").textContent = "\u2026";
  byId("sentence").textContent = "Loading the network";
  await letters;
  if (byId("tab-type").getAttribute("aria-selected") === "true") giveTyped();
  const loaded = await loading;
  // The first run is when the browser compiles what it needs: no picture's time.
  await loaded({ image: ["uint8", new Uint8Array(about.height * about.width), [1, about.height, about.width]] });
  network = loaded;
  if (waiting) give(waiting);
}

start().catch((error) => {
  document.documentElement.dataset.started = "";
  byId("sentence").textContent = "The network could not be started.";
  tellTrouble(typeof WebAssembly === "object" ? `The network could not be started: ${error.message}` : error.message);
});
