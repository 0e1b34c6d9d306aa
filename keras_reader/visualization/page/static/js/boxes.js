// The box around what a step looked through: as keras_reader/inference/mask_boxes.py.

const SHARE = 0.9;

// The smallest box of whole pixels that holds nine tenths of a mask: {left, top, right, bottom}, null if it is empty.
export function maskBox(mask, height, width) {
  const sums = new Float64Array((height + 1) * (width + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      sums[(y + 1) * (width + 1) + x + 1] =
        mask[y * width + x] +
        sums[y * (width + 1) + x + 1] +
        sums[(y + 1) * (width + 1) + x] -
        sums[y * (width + 1) + x];
    }
  }
  const total = sums[sums.length - 1];
  if (total === 0) return null;
  const inside = (left, top, right, bottom) =>
    sums[bottom * (width + 1) + right] -
    sums[top * (width + 1) + right] -
    sums[bottom * (width + 1) + left] +
    sums[top * (width + 1) + left];

  let best = null;
  // The higher a box may be, the narrower it need be: one walk finds all candidates.
  let wide = width;
  for (let high = 1; high <= height; high++) {
    while (wide > 0) {
      let [most, left, top] = [-1, 0, 0];
      for (let y = 0; y + high <= height; y++) {
        for (let x = 0; x + wide <= width; x++) {
          const held = Math.round((inside(x, y, x + wide, y + high) / total) * 1e6);
          if (held > most) [most, left, top] = [held, x, y];
        }
      }
      if (most < SHARE * 1e6) break;
      const area = high * wide;
      if (!best || area < best.area || (area === best.area && most > best.most)) {
        best = { area, most, box: { left, top, right: left + wide, bottom: top + high } };
      }
      wide--;
    }
  }
  return best.box;
}
