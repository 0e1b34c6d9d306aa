"""One palette for all frames of an animation."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

MOST_COLOURS = 255  # one index stays free, so that GIF can leave out pixels that do not change
# Levels with fewer intervals than this between 0 and 255 are too coarse: a palette is chosen for the frames instead.
FINE_INTERVALS = 17
# So many colours of a chosen palette are as far as possible from each other, so that rare colours are not lost.
SPREAD_COLOURS = 64
ROUNDS = 6  # of k-means
_CUBE = (256, 256, 256)


def shared_palette(frames: Sequence[Image.Image]) -> list[Image.Image]:
    """Reduce frames to one palette of at most 255 colours, without dithering.

    An area of one colour keeps one colour in every frame.

    - Frames of few colours: red, green and blue are each rounded to evenly spaced levels from 0 to 255, as many as
      possible. This bounds the error of every pixel, also in rare colours, where median cut moves pixels of single
      letters by 30 levels and more. Grey stays grey.
    - Frames of many colours, such as photographs: the palette is chosen for them. 64 of its colours are as far as
      possible from each other. The others go where large areas need them, and k-means refines all.

    Args:
        frames: RGB images.

    Returns:
        Palette images with the same palette.
    """
    arrays = [_flat(np.asarray(frame)) for frame in frames]
    place = np.zeros(np.prod(_CUBE), np.int32)
    for array in arrays:
        place[array] = 1
    used = np.flatnonzero(place)
    colours = _colours(used)
    intervals = _even_intervals(colours)
    if intervals is not None:
        numbers, nearest = np.unique(_flat(_rounded(colours, intervals)), return_inverse=True)
        palette = _colours(numbers)
    else:
        place[used] = np.arange(len(used))
        counts = sum(np.bincount(place[array].ravel(), minlength=len(used)) for array in arrays)
        palette = _chosen_palette(colours, counts)
        nearest = _nearest(colours, palette)
    index = np.zeros(len(place), np.uint8)
    index[used] = nearest
    reduced = [Image.fromarray(index[array]) for array in arrays]
    for image in reduced:
        image.putpalette(palette.tobytes())
    return reduced


def _flat(colours):
    """Colours as numbers: `(..., 3)` to `(...)`."""
    return np.ravel_multi_index(tuple(np.moveaxis(colours, -1, 0)), _CUBE)


def _colours(numbers):
    return np.stack(np.unravel_index(numbers, _CUBE), axis=-1).astype(np.uint8)


def _even_intervals(colours):
    """The largest number of intervals between levels that leaves at most 255 colours; `None` if they are too coarse."""
    candidates = [255 // spacing for spacing in range(1, 255 // FINE_INTERVALS + 1)]
    fits = (i for i in candidates if len(np.unique(_flat(_rounded(colours, i)))) <= MOST_COLOURS)
    # The coarsest levels come first: they already are too many colours for most photographs.
    if len(np.unique(_flat(_rounded(colours, FINE_INTERVALS)))) > MOST_COLOURS:
        return None
    return next(fits)


def _rounded(colours, intervals):
    return np.rint(np.rint(np.arange(256) * intervals / 255) * 255 / intervals).astype(np.uint8)[colours]


def _chosen_palette(colours, counts):
    """A palette for colours `(colours, 3)` that occur in `counts` pixels: uint8 `(at most 255, 3)`."""
    # Means of cells of 8 x 8 x 8 colours are few enough to compare all of them with all.
    cells, cell_of = np.unique(_flat(colours // 8), return_inverse=True)
    weights = np.bincount(cell_of, counts)
    means = np.stack([np.bincount(cell_of, counts * colours[:, c]) / weights for c in range(3)], axis=-1)
    means = means.astype(np.float32)

    chosen = [int(weights.argmax())]
    distance = _squared(means, means[chosen[0]])
    need = weights**0.5
    while len(chosen) < min(MOST_COLOURS, len(cells)):
        score = distance if len(chosen) < SPREAD_COLOURS else distance * need
        chosen.append(int(score.argmax()))
        distance = np.minimum(distance, _squared(means, means[chosen[-1]]))
    palette = means[chosen]
    for _ in range(ROUNDS):
        nearest = _nearest(means, palette)
        sums = np.bincount(nearest, weights, len(palette))
        for c in range(3):
            moved = np.bincount(nearest, weights * means[:, c], len(palette))
            palette[:, c] = np.where(sums > 0, moved / np.maximum(sums, 1), palette[:, c])
    return np.rint(palette).astype(np.uint8)


def _squared(colours, colour):
    return ((colours - colour) ** 2).sum(axis=-1)


def _nearest(colours, palette):
    """The index of the palette's nearest colour for each colour."""
    palette = palette.astype(np.float32)
    lengths = (palette**2).sum(axis=-1)
    parts = np.array_split(colours, max(1, len(colours) // 4096))
    return np.concatenate([(lengths - 2 * part.astype(np.float32) @ palette.T).argmin(axis=-1) for part in parts])
