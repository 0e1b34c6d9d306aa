// Pictures of any kind as grey levels: as keras_reader/image_files.py does it.

const LONGEST_SIDE = 4096; // pixels; a longer one is shrunk by a whole number

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
  return shrunk({ height, width, levels });
}

// A picture with a long side, shrunk to the means of its blocks.
export function shrunk(picture) {
  const factor = Math.ceil(Math.max(picture.height, picture.width) / LONGEST_SIDE);
  if (factor === 1) return picture;
  const [height, width] = [Math.ceil(picture.height / factor), Math.ceil(picture.width / factor)];
  const sums = new Uint32Array(height * width);
  const counts = new Uint32Array(height * width);
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      const block = Math.floor(y / factor) * width + Math.floor(x / factor);
      sums[block] += picture.levels[y * picture.width + x];
      counts[block]++;
    }
  }
  // The mean in whole numbers, as Pillow's reduce computes it: it may be one below the rounded mean.
  const mean = (sum, count) => Math.floor(((sum + (count >> 1)) * Math.floor(2 ** 24 / count)) / 2 ** 24);
  return { height, width, levels: Uint8Array.from(sums, (sum, block) => mean(sum, counts[block])) };
}

// The picture with dark and light exchanged.
export function inverted(picture) {
  return { ...picture, levels: picture.levels.map((level) => 255 - level) };
}
