"""Do masks lie on the characters that were read? Measured against the true boxes of synthetic words.

Everywhere here a mask m is `(height, width)`, at least 0; a box is left, top, right, bottom in pixels;
pixel i covers [i, i + 1].
"""

import numpy as np

# Pixels by which rounding can move a centre of mass of float32 masks. A mask of one window often has its
# centre just on the limit that the slack sets.
_ROUNDING = 1e-3


def centres(masks: np.ndarray) -> np.ndarray:
    """Centres of mass: c = sum of m(p) (p + 1/2) over sum of m(p), p the pixels.

    Args:
        masks: `(masks, height, width)`.

    Returns:
        float64 `(masks, 2)`: x and y in pixels; NaN for an empty mask, which has no centre.
    """
    total = masks.sum(axis=(1, 2), dtype=np.float64)
    x = masks.sum(axis=1) @ (np.arange(masks.shape[2]) + 0.5)
    y = masks.sum(axis=2) @ (np.arange(masks.shape[1]) + 0.5)
    return np.stack([x, y], axis=1) / np.where(total > 0, total, np.nan)[:, None]


def points_at(masks: np.ndarray, boxes: np.ndarray, slack: float = 1.0) -> np.ndarray:
    """Whether the centre of mass of each mask lies in its box.

    The pointing game of Zhang et al., "Top-down Neural Attention by Excitation Backprop" (2016), with the
    centre of mass for the strongest pixel: a mask of windows has many strongest ones.

    Args:
        masks: `(masks, height, width)`.
        boxes: `(masks, 4)`.
        slack: pixels that the box is grown by on each side; its edge belongs to it.

    Returns:
        bool `(masks,)`; an empty mask points nowhere.
    """
    x, y = centres(masks).T
    left, top, right, bottom = boxes.T
    return np.max([left - x, x - right, top - y, y - bottom], axis=0) <= slack + _ROUNDING


def offsets(masks: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """From the centre of each box to the centre of mass of its mask: float64 `(masks, 2)`, x and y in pixels.

    Positive is right and down. NaN for an empty mask.
    """
    return centres(masks) - (boxes[:, :2] + boxes[:, 2:]) / 2


def mass_inside(masks: np.ndarray, boxes: np.ndarray, grow: tuple[float, float]) -> np.ndarray:
    """Share of each mask inside its box grown by `grow` on each side, inside the grown box's columns, its rows.

    With m(p) the mask and B the grown box, the sum of m(p) |p and B| over the sum of m(p), |p and B| being
    the share of pixel p that B covers; its columns reach over the whole height of the image, its rows over
    the whole width. Of a mask that selects a column, all lies inside the columns, little inside the rows.
    Energy inside the box: Wang et al., "Score-CAM" (2020).

    Args:
        masks: `(masks, height, width)`.
        boxes: `(masks, 4)`.
        grow: pixels that the box is grown by, above and below, and on its left and right: half the receptive window
            (`ReaderConfig.window`), so that a window centred anywhere in the box lies inside.

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
    # Sums in another order differ in the last digit, and a share is at most 1.
    return np.minimum(np.stack(inside, axis=1), total[:, None]) / np.where(total > 0, total, np.nan)[:, None]


def visits_in_order(masks: np.ndarray, boxes: np.ndarray) -> bool:
    """Whether a word's characters are visited from the first to the last, each exactly once.

    Mask t visits the character whose box's centre is nearest to the mask's centre of mass. The word is in
    order if masks 0, 1, ... n - 1 visit characters 0, 1, ... n - 1 and there is no other mask. How near they
    come is another question, which `points_at` answers.

    Args:
        masks: `(masks, height, width)`: those of the characters read, without the terminator's.
        boxes: `(characters, 4)`: those of the true characters, from left to right.
    """
    if len(masks) != len(boxes):
        return False
    if len(masks) == 0:
        return True
    away = centres(masks)[:, None] - (boxes[:, :2] + boxes[:, 2:]) / 2
    nearest = np.linalg.norm(away, axis=-1).argmin(axis=1)
    return not np.isnan(away).any() and nearest.tolist() == list(range(len(boxes)))


def _covered(first, last, pixels):
    """Share of each pixel that the intervals [first, last] cover: `(intervals, pixels)`."""
    pixel = np.arange(pixels)
    return np.clip(np.minimum(last[:, None], pixel + 1) - np.maximum(first[:, None], pixel), 0, 1)
