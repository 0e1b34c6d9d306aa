// A picture that is chosen, dropped or pasted.

import { byId } from "./dom.js";
import { greyOf, inverted } from "./grey.js";

const MOST_PIXELS_OF_A_FILE = 24_000_000; // more would take the memory that a browser gives the network

// Gives the picture to `give` when there is one; `onOpen` is called before. The function that it returns gives it again.
export function fileSource(give, onOpen) {
  const note = byId("file-note");
  let picture = null;

  function change() {
    if (picture) give(byId("invert").checked ? inverted(picture) : picture);
  }

  async function open(file) {
    onOpen();
    const name = file.name || "the picture";
    let bitmap;
    try {
      bitmap = await createImageBitmap(file, { colorSpaceConversion: "none", imageOrientation: "from-image" });
    } catch {
      note.textContent = `${name} cannot be read as a picture. PNG, JPEG, GIF, WebP and BMP files can.`;
      note.classList.add("bad");
      return;
    }
    const { width, height } = bitmap;
    note.classList.toggle("bad", width * height > MOST_PIXELS_OF_A_FILE);
    if (width * height > MOST_PIXELS_OF_A_FILE) {
      note.textContent = `${name} has ${width} \u00d7 ${height} pixels: shrink it or crop it to the text first.`;
      return;
    }
    note.textContent = `${name}, ${width} \u00d7 ${height} pixels`;
    picture = greyOf(bitmap, height, width);
    bitmap.close();
    change();
  }

  byId("file").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (file) open(file);
    event.target.value = "";
  });
  byId("invert").addEventListener("change", change);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    byId("drop").classList.add("over");
  });
  document.addEventListener("dragleave", () => byId("drop").classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    byId("drop").classList.remove("over");
    const [file] = event.dataTransfer.files;
    if (file) open(file);
  });
  document.addEventListener("paste", (event) => {
    const [file] = event.clipboardData?.files ?? [];
    if (!file) return;
    event.preventDefault();
    open(file);
  });
  return change;
}
