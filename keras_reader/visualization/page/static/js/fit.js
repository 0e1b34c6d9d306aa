// How a picture of any size lies in the reader's own: as keras_reader/images.py, which the network does inside.

// The two axes; "pad" keeps the ratio of the sides, "stretch" does not.
function axesOf(height, width, reader) {
  let rows = [height, reader.height];
  let columns = [width, reader.width];
  if (reader.resize === "pad") {
    rows = columns = height * reader.width >= width * reader.height ? rows : columns;
  }
  return [
    { sizeIn: height, sizeOut: reader.height, scale: rows },
    { sizeIn: width, sizeOut: reader.width, scale: columns },
  ];
}

function coveredShare({ sizeIn, sizeOut, scale: [numerator, denominator] }, pixel) {
  const half = (sizeIn * denominator) / numerator / 2;
  const place = pixel - sizeOut / 2;
  return Math.min(1, Math.max(0, Math.min(place + 1, half) - Math.max(place, -half)));
}

// For each pixel that comes out, the first pixel that goes in and the weights from there on: a triangle filter.
function weightsOf(axis) {
  const { sizeIn, sizeOut, scale } = axis;
  const [numerator, denominator] = scale;
  const support = 2 * Math.max(numerator, denominator);
  return Array.from({ length: sizeOut }, (_, pixel) => {
    const end = (2 * pixel + 1 - sizeOut) * numerator + sizeIn * denominator;
    const first = Math.max(0, Math.floor(((end - support) / denominator - 1) / 2));
    const last = Math.min(sizeIn - 1, Math.ceil(((end + support) / denominator - 1) / 2));
    const weights = [];
    for (let k = first; k <= last; k++) {
      weights.push(Math.max(0, 1 - Math.abs((2 * k + 1) * denominator - end) / support));
    }
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const share = total > 0 ? coveredShare(axis, pixel) / total : 0;
    return { first, weights: weights.map((weight) => weight * share) };
  });
}

function borderLevel({ height, width, levels }) {
  let [top, bottom, left, right] = [0, 0, 0, 0];
  for (let x = 0; x < width; x++) {
    top += levels[x];
    bottom += levels[(height - 1) * width + x];
  }
  for (let y = 0; y < height; y++) {
    left += levels[y * width];
    right += levels[y * width + width - 1];
  }
  return ((top + bottom) / width + (left + right) / height) / 4;
}

// The picture in the reader's own size, as the network sees it: levels in [0, 255], row by row.
export function fitPicture(picture, reader) {
  const [vertical, horizontal] = axesOf(picture.height, picture.width, reader);
  const rows = weightsOf(vertical);
  const columns = weightsOf(horizontal);
  const narrow = new Float32Array(picture.height * reader.width);
  for (let y = 0; y < picture.height; y++) {
    columns.forEach(({ first, weights }, x) => {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * picture.levels[y * picture.width + first + k];
      narrow[y * reader.width + x] = sum;
    });
  }
  const level = borderLevel(picture);
  const seen = new Uint8Array(reader.height * reader.width);
  rows.forEach(({ first, weights }, y) => {
    for (let x = 0; x < reader.width; x++) {
      let sum = level * (1 - coveredShare(vertical, y) * coveredShare(horizontal, x));
      for (let k = 0; k < weights.length; k++) sum += weights[k] * narrow[(first + k) * reader.width + x];
      seen[y * reader.width + x] = Math.min(255, Math.max(0, Math.round(sum)));
    }
  });
  return seen;
}
