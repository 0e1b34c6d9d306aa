// An image under a mask, as colours.

// As keras_reader/visualization/overlay.py: what is kept of the background's light and of the contrast to it outside a
// mask.
const [KEPT_LIGHT, KEPT_CONTRAST] = [0.6, 0.35];

// How strong a mask shows: faint ones are seen too, but none is scaled to its own largest value.
const strength = (mask) => Math.min(1, mask) ** 0.7;

const STYLES = {
  // The inside of the mask is unchanged; the outside loses light and most of its contrast.
  dim: (level, mask, background) => {
    const outside = Math.max(0, KEPT_LIGHT * background + KEPT_CONTRAST * (level - background));
    const light = outside + strength(mask) * (level - outside);
    return [light, light, light];
  },
  // The style of the original: black becomes blue, white sky blue.
  blue: (level, mask) => {
    const blueness = strength(mask);
    return [level * (1 - 0.6 * blueness), level * (1 - 0.3 * blueness), level + 0.65 * blueness * (255 - level)];
  },
  // The mask without the picture.
  alone: (level, mask) => {
    const light = 255 * strength(mask);
    return [light * 0.48, light * 0.65, light];
  },
};

// Paints an image of levels under a mask, both row by row; without a mask, the image itself.
export function overlay(levels, mask, height, width, style) {
  const image = new ImageData(width, height);
  const background = mask && style === "dim" ? median(levels) : 0;
  for (let i = 0; i < levels.length; i++) {
    const [red, green, blue] = mask ? STYLES[style](levels[i], mask[i], background) : [levels[i], levels[i], levels[i]];
    image.data.set([red, green, blue, 255], 4 * i);
  }
  return image;
}

function median(levels) {
  return levels.slice().sort()[levels.length >> 1];
}

// A mask on its way from one step to the next; a step may be missing, where the bare picture is shown.
export function blend(from, to, share) {
  if (!from || !to) return share < 0.5 ? from : to;
  return from.map((value, i) => value + (to[i] - value) * share);
}
