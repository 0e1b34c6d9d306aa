"""One palette for all frames of an animation."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

MOST_COLOURS = 255  # one index stays free, which lets GIF leave out what did not change
# With so many intervals between evenly spaced levels, or more, rounding is seen less than a chosen palette.
FINE_INTERVALS = 17
# Of a chosen palette, so many colours are those that lie farthest from all others: no rare colour is lost.
SPREAD_COLOURS = 64
ROUNDS = 6  # of k-means
_CUBE = (256, 256, 256)


def shared_palette(frames: Sequence[Image.Image]) -> list[Image.Image]:
    """Reduce frames to one palette of at most 255 colours, without dithering.

    An area of one colour stays so in every frame. Frames of few colours (greys and blues) are rounded, each of red,
    green and blue to evenly spaced levels that include 0 and 255, as many as possible: a pixel's error is bounded,
    and grey stays grey. Frames of many colours (photographs) get a palette chosen for them, by k-means.

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
    """The largest number of intervals between levels that leave at most 255 colours; `None` if that is too coarse."""
    candidates = [255 // spacing for spacing in range(1, 255 // FINE_INTERVALS + 1)]
    fits = (i for i in candidates if len(np.unique(_flat(_rounded(colours, i)))) <= MOST_COLOURS)
    # Most photographs fit none, which the coarsest tells.
    if len(np.unique(_flat(_rounded(colours, FINE_INTERVALS)))) > MOST_COLOURS:
        return None
    return next(fits)


def _rounded(colours, intervals):
    return np.rint(np.rint(np.arange(256) * intervals / 255) * 255 / intervals).astype(np.uint8)[colours]


def _chosen_palette(colours, counts):
    """A palette for these colours: first those farthest from one another, then those that most pixels are near to."""
    # Cells of 8 x 8 x 8 colours, each with its mean: few enough to compare all with all.
    cells, cell_of = np.unique(_flat(colours // 8), return_inverse=True)
    weights = np.bincount(cell_of, counts)
    means = np.stack([np.bincount(cell_of, counts * colours[:, c]) / weights for c in range(3)], axis=-1)
    means = means.astype(np.float32)

    chosen = [int(weights.argmax())]
    distance = _squared(means, means[chosen[0]])
    # Where an area is large, it may have colours of its own.
    need = weights ** 0.5
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
