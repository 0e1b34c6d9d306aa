// What the camera sees, read as it goes.

import { about } from "./about.js";
import { byId } from "./dom.js";
import { greyOf, inverted } from "./grey.js";

const EVERY = 150; // milliseconds from one picture to the next

export const hasCamera = Boolean(navigator.mediaDevices?.getUserMedia);

// Gives pictures to `give` while the camera runs; the function that it returns stops the camera.
export function cameraSource(give) {
  const video = byId("video");
  const button = byId("camera");
  const note = byId("camera-note");
  let stream = null;
  let timer = null;
  video.style.aspectRatio = `${about.width} / ${about.height}`;

  function stop() {
    clearInterval(timer);
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
    button.textContent = "Start the camera";
  }

  async function start() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch (error) {
      note.textContent =
        error.name === "NotFoundError"
          ? "There is no camera here."
          : "The browser does not let this page see the camera.";
      return;
    }
    note.textContent = "Hold one text so that it fills the frame.";
    button.textContent = "Stop the camera";
    video.srcObject = stream;
    await video.play();
    timer = setInterval(look, EVERY);
  }

  // Of the camera's picture, the middle in the shape of the reader's own, which is what the frame shows.
  async function look() {
    const { videoWidth, videoHeight } = video;
    if (!videoWidth) return;
    const ratio = about.width / about.height;
    const width = Math.floor(Math.min(videoWidth, videoHeight * ratio));
    const height = Math.floor(width / ratio);
    const [left, top] = [Math.floor((videoWidth - width) / 2), Math.floor((videoHeight - height) / 2)];
    const bitmap = await createImageBitmap(video, left, top, width, height);
    const picture = greyOf(bitmap, height, width);
    bitmap.close();
    if (stream) give(byId("camera-invert").checked ? inverted(picture) : picture);
  }

  button.addEventListener("click", () => (stream ? stop() : start()));
  return stop;
}
