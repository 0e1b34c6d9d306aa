"""Boxes around the part of an image that a mask shows."""

import numpy as np

from keras_reader.images import fit

# Shares of a mask are rounded to this many decimals, because sums are not exact and a box must not grow by an error.
_DECIMALS = 6


def character_box(mask: np.ndarray, image_size: tuple[int, int], resize: str, share: float = 0.9) -> list[float] | None:
    """The smallest box of whole mask pixels that holds `share` of a mask, in pixels of the given image.

    Among all axis-parallel boxes that hold at least `share` of the mask's sum, the function picks one of least area.
    Ties are broken by the largest share held, then by the smallest height, then by the topmost and leftmost place.
    The box is mapped back to the given image by inverting the resizing, and is cut off at the image's edges.

    Args:
        mask: floating-point `(height, width)`, at least 0, at the reader's own image size.
        image_size: `(height, width)` in pixels of the given image, after the rotation in its EXIF data.
        resize: how the image was fitted into the reader's size: `ReaderConfig.resize`.
        share: share of the mask to hold, in (0, 1].

    Returns:
        Left, top, right and bottom in pixels of the given image; right and bottom are exclusive. `None` if the mask is
        zero everywhere.
    """
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    if len(rows) == 0:
        return None
    seen = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    top, left, height, width = _smallest_box(seen.astype(np.float64), share)
    top, left = top + rows[0], left + columns[0]
    vertical, horizontal = fit(image_size, mask.shape, resize)
    x0, x1 = (horizontal.to_picture(x) for x in (left, left + width))
    y0, y1 = (vertical.to_picture(y) for y in (top, top + height))
    return [max(x0, 0.0), max(y0, 0.0), min(x1, float(image_size[1])), min(y1, float(image_size[0]))]


def _smallest_box(mask, share):
    """Top, left, height and width. Higher boxes can be narrower, so one pass over both sides finds every candidate."""
    sums = np.pad(mask, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1) / mask.sum()
    best = None
    width = mask.shape[1]
    for height in range(1, mask.shape[0] + 1):
        while width > 0:
            held = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
            held = held.round(_DECIMALS)
            most = held.max()
            if most < round(share, _DECIMALS):
                break
            if best is None or (height * width, -most) < best[0]:
                top, left = np.unravel_index(held.argmax(), held.shape)
                best = (height * width, -most), (top, left, height, width)
            width -= 1
    assert best is not None, "the box of the whole mask holds every share"
    return best[1]
