// An image under a mask, as colours.

const DIMMED = 0.22;

// How strong a mask shows: faint ones are seen too, but none is scaled to its own largest value.
const strength = (mask) => Math.min(1, mask) ** 0.7;

const STYLES = {
  // What the mask lets through is as it is; the rest is dimmed.
  spotlight: (level, mask) => {
    const light = level * (DIMMED + (1 - DIMMED) * strength(mask));
    return [light, light, light];
  },
  // As keras_reader/visualization/overlay.py: black becomes blue, white sky blue.
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
  for (let i = 0; i < levels.length; i++) {
    const [red, green, blue] = mask ? STYLES[style](levels[i], mask[i]) : [levels[i], levels[i], levels[i]];
    image.data.set([red, green, blue, 255], 4 * i);
  }
  return image;
}

// A mask on its way from one step to the next; a step may be missing, where the bare picture is shown.
export function blend(from, to, share) {
  if (!from || !to) return share < 0.5 ? from : to;
  return from.map((value, i) => value + (to[i] - value) * share);
}
