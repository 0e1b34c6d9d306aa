"""Mask metrics: whether masks lie on the true boxes of the characters.

A mask m is `(height, width)`, at least 0. A box is left, top, right, bottom in pixels. Pixel i covers [i, i + 1].
"""

import numpy as np

# Rounding can move the centre of mass of a float32 mask by this many pixels. The centre of a mask of one window often
# lies exactly on the limit that the slack sets.
_ROUNDING = 1e-3


def centres(masks: np.ndarray) -> np.ndarray:
    """Centres of mass: the sum of m(p) (p + 1/2) over the sum of m(p), for all pixels p.

    Args:
        masks: `(masks, height, width)`.

    Returns:
        float64 `(masks, 2)`: x and y in pixels; NaN for an empty mask.
    """
    total = masks.sum(axis=(1, 2), dtype=np.float64)
    x = masks.sum(axis=1) @ (np.arange(masks.shape[2]) + 0.5)
    y = masks.sum(axis=2) @ (np.arange(masks.shape[1]) + 0.5)
    return np.stack([x, y], axis=1) / np.where(total > 0, total, np.nan)[:, None]


def points_at(masks: np.ndarray, boxes: np.ndarray, slack: float = 1.0) -> np.ndarray:
    """Whether the centre of mass of each mask lies in its box.

    This is the pointing game of Zhang et al., "Top-down Neural Attention by Excitation Backprop" (2016), with the
    centre of mass instead of the strongest pixel, because a mask made of windows has many strongest pixels.

    Args:
        masks: `(masks, height, width)`.
        boxes: `(masks, 4)`.
        slack: number of pixels that the box is grown by on each side. The edge belongs to the box.

    Returns:
        bool `(masks,)`; an empty mask points nowhere.
    """
    x, y = centres(masks).T
    left, top, right, bottom = boxes.T
    return np.max([left - x, x - right, top - y, y - bottom], axis=0) <= slack + _ROUNDING


def offsets(masks: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """The offset of each mask's centre of mass from the centre of its box: float64 `(masks, 2)`, x and y in pixels.

    Positive is right and down. NaN for an empty mask.
    """
    return centres(masks) - (boxes[:, :2] + boxes[:, 2:]) / 2


def mass_inside(masks: np.ndarray, boxes: np.ndarray, grow: tuple[float, float]) -> np.ndarray:
    """The share of each mask inside its grown box, inside the columns of that box, and inside its rows.

    The share is the sum of m(p) c(p) over the sum of m(p), where c(p) is the share of pixel p that the grown box
    covers. The columns of a box reach over the whole height of the image, its rows over the whole width. A mask that
    selects a whole column lies inside the columns, but little of it lies inside the rows. The energy inside a box was
    proposed by Wang et al., "Score-CAM" (2020).

    Args:
        masks: `(masks, height, width)`.
        boxes: `(masks, 4)`.
        grow: number of pixels that the box is grown by above and below, and on its left and right. With half the
            receptive window (`ReaderConfig.window`), a window centred anywhere in the box lies inside.

    Returns:
        float64 `(masks, 3)` in [0, 1]: box, columns, rows; NaN for an empty mask.
    """
    masks = masks.astype(np.float64)
    left, top, right, bottom = boxes.T
    columns = _covered(left - grow[1], right + grow[1], masks.shape[2])
    rows = _covered(top - grow[0], bottom + grow[0], masks.shape[1])
    in_columns = np.einsum("nyx,nx->ny", masks, columns)
    inside = [
        (in_columns * rows).sum(axis=1),
        in_columns.sum(axis=1),
        (masks.sum(axis=2) * rows).sum(axis=1),
    ]
    total = masks.sum(axis=(1, 2))
    # Rounding can take the sum past the total, but a share is at most 1.
    return np.minimum(np.stack(inside, axis=1), total[:, None]) / np.where(total > 0, total, np.nan)[:, None]


def visits_in_order(masks: np.ndarray, boxes: np.ndarray) -> bool:
    """Whether the characters of a word are visited from the first to the last, each exactly once.

    Mask t visits the character whose box has its centre nearest to the mask's centre of mass. The word is in order if
    masks 0, 1, ... n - 1 visit characters 0, 1, ... n - 1 and there is no other mask. `points_at` tells how near they
    come.

    Args:
        masks: `(masks, height, width)`: the masks of the characters read, without that of the terminator.
        boxes: `(characters, 4)`: the boxes of the true characters, from left to right.
    """
    if len(masks) != len(boxes):
        return False
    if len(masks) == 0:
        return True
    away = centres(masks)[:, None] - (boxes[:, :2] + boxes[:, 2:]) / 2
    nearest = np.linalg.norm(away, axis=-1).argmin(axis=1)
    return not np.isnan(away).any() and nearest.tolist() == list(range(len(boxes)))


def _covered(first, last, pixels):
    """The share of each pixel that the intervals [first, last] cover: `(intervals, pixels)`."""
    pixel = np.arange(pixels)
    return np.clip(np.minimum(last[:, None], pixel + 1) - np.maximum(first[:, None], pixel), 0, 1)
