// Pictures of any kind as grey levels: as keras_reader/images.py does it.

// Colours become luma (ITU-R 601-2) in whole numbers, transparent pixels lie on white: {height, width, levels}.
export function greyOf(source, height, width) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.drawImage(source, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const levels = new Uint8Array(height * width);
  for (let i = 0; i < levels.length; i++) {
    levels[i] = (19595 * data[4 * i] + 38470 * data[4 * i + 1] + 7471 * data[4 * i + 2] + 0x8000) >> 16;
  }
  return { height, width, levels };
}

// The picture with dark and light exchanged.
export function inverted(picture) {
  return { ...picture, levels: picture.levels.map((level) => 255 - level) };
}
