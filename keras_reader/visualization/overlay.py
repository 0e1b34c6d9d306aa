"""Lays a mask over a picture, in one of several styles."""

from collections.abc import Callable

import numpy as np

# What a picture keeps where the mask is 0: a share of the light of its background, and of the contrast to it. The text
# there can still be read, and is weaker than inside the mask.
KEPT_LIGHT, KEPT_CONTRAST = 0.6, 0.35
# The share of a mask that an outline holds, as do the boxes of `keras-reader read --json`.
OUTLINED_SHARE = 0.9
OUTLINE, HALO = (29, 78, 216), (255, 255, 255)


def overlay(picture: np.ndarray, mask: np.ndarray, style: str) -> np.ndarray:
    """Lay a mask over a picture.

    - `"dim"`: the outside loses its colour, much of its background's light and most of its contrast; the background is
      the median of the picture. The inside is unchanged. So the mask is like a spotlight, on dark pictures, too: what
      is black stays black, and the text in it is the brightest.
    - `"outline"`: a blue and a white line enclose the strongest pixels, that hold 90 % of the mask.
    - `"blue"`: the style of the original. Where the mask is 1, black becomes blue and white becomes sky blue.

    In between, a picture is as clear, or as blue, as the mask to the power of 0.7, which makes faint masks visible. The
    mask is not scaled to its own maximum, so a faint mask looks faint.

    Args:
        picture: uint8 `(height, width, 3)`: red, green and blue in [0, 255].
        mask: `(height, width)` in [0, 1].
        style: one of `MASK_STYLES`.

    Returns:
        uint8 `(height, width, 3)`.
    """
    return MASK_STYLES[style](picture, mask)


def _dim(picture, mask):
    grey = luma(picture)
    background = float(np.median(grey))
    outside = np.maximum(KEPT_LIGHT * background + KEPT_CONTRAST * (grey - background), 0)[..., None]
    seen = (mask**0.7)[..., None]
    return np.rint(outside + seen * (picture - outside)).astype(np.uint8)


def _outline(picture, mask):
    inside = holding(mask, OUTLINED_SHARE)
    halo = _grown(inside, 1)
    result = picture.copy()
    result[_grown(halo, 2) & ~halo] = OUTLINE
    result[halo & ~inside] = HALO
    return result


def _blue(picture, mask):
    red, green, blue = np.moveaxis(picture.astype(np.float32), -1, 0)
    blueness = mask**0.7
    colours = red * (1 - 0.6 * blueness), green * (1 - 0.3 * blueness), blue + 0.65 * blueness * (255 - blue)
    return np.rint(np.stack(colours, axis=-1)).astype(np.uint8)


MASK_STYLES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "dim": _dim,
    "outline": _outline,
    "blue": _blue,
}
DEFAULT_STYLE = "dim"
# How a person sees the mask in a picture of each style.
MASK_MEANINGS = {
    "dim": "everything outside the mask is dimmed",
    "outline": "a blue line encloses the mask",
    "blue": "the mask is blue",
}
MASK_STYLE_HELP = (
    "how masks are shown: dim fades the outside, outline draws a line around the inside, blue colours the inside "
    f"(default: {DEFAULT_STYLE})"
)


def luma(picture: np.ndarray) -> np.ndarray:
    """The grey levels of a picture, float32 `(height, width)` in [0, 255] (ITU-R 601-2)."""
    return picture @ np.array([0.299, 0.587, 0.114], np.float32)


def holding(mask: np.ndarray, share: float) -> np.ndarray:
    """The strongest pixels of a mask, as many as hold a share of its sum: bool `(height, width)`."""
    levels = np.sort(mask, axis=None)[::-1]
    sums = np.cumsum(levels, dtype=np.float64)
    if not len(sums) or sums[-1] <= 0:
        return np.zeros(mask.shape, bool)
    return mask >= levels[np.searchsorted(sums, share * sums[-1])]


def _grown(area, pixels):
    """An area and all pixels that are at most so many rows and columns away from it."""
    padded = np.pad(area, pixels)
    for axis in (0, 1):
        padded = np.any([np.roll(padded, shift, axis) for shift in range(-pixels, pixels + 1)], axis=0)
    return padded[pixels:-pixels, pixels:-pixels]
