// An image under a mask, as colours.

// As keras_reader/visualization/overlay.py: the contrast that is kept outside a mask, and the grey that it fades into.
const KEPT_CONTRAST = 0.35;
const [MIDDLE_GREY, DARK_GREY] = [112, 32];
const MIDDLE_LEVELS = [60, 165];

// How strong a mask shows: faint ones are seen too, but none is scaled to its own largest value.
const strength = (mask) => Math.min(1, mask) ** 0.7;

const STYLES = {
  // The inside of the mask is unchanged; the outside loses most of its contrast.
  dim: (level, mask, grey) => {
    const outside = KEPT_CONTRAST * level + (1 - KEPT_CONTRAST) * grey;
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
  const grey = mask && style === "dim" ? fadedInto(levels) : 0;
  for (let i = 0; i < levels.length; i++) {
    const [red, green, blue] = mask ? STYLES[style](levels[i], mask[i], grey) : [levels[i], levels[i], levels[i]];
    image.data.set([red, green, blue, 255], 4 * i);
  }
  return image;
}

// Pictures of middle levels fade into dark grey, all others into middle grey.
function fadedInto(levels) {
  const median = levels.slice().sort()[levels.length >> 1];
  return median >= MIDDLE_LEVELS[0] && median <= MIDDLE_LEVELS[1] ? DARK_GREY : MIDDLE_GREY;
}

// A mask on its way from one step to the next; a step may be missing, where the bare picture is shown.
export function blend(from, to, share) {
  if (!from || !to) return share < 0.5 ? from : to;
  return from.map((value, i) => value + (to[i] - value) * share);
}
