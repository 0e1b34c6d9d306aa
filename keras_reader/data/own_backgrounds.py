"""Backgrounds made of the user's own pictures, and words written on them."""

import numpy as np

from keras_reader.data.legibility import text_rows

_SPARE = 0.1  # share of the text's height that is filled above and below it, too
_LEAST_CONTRAST = 60  # levels between a word and its background


def without_text(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A picture without its text: the rows of the text are filled from those above and below.

    The filled rows run smoothly from the row above the text to the row below it, and have the grain of those rows.

    Args:
        picture: uint8 `(height, width)` in [0, 255].
        random: draws the grain.

    Returns:
        uint8 `(height, width)`.
    """
    height = len(picture)
    rows = text_rows(picture)
    if rows is None:
        return picture
    # The outermost rows of letters have little contrast, so that the text's rows are found a little too narrow.
    spare = 1 + round(_SPARE * (rows[1] - rows[0]))
    first, last = max(rows[0] - spare, 0), min(rows[1] + spare - 1, height - 1)
    levels = picture.astype(np.float32)
    # A single row would be a pattern of streaks: its smooth course is taken, and its grain is drawn anew.
    above, below = (_smooth(levels[row]) for row in (first, last))
    share = (np.arange(first, last + 1, dtype=np.float32) - first)[:, None] / max(1, last - first)
    grain = np.std([levels[first] - above, levels[last] - below])
    filled = above + share * (below - above)
    levels[first : last + 1] = filled + random.normal(0, grain, filled.shape)
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def _smooth(row):
    kernel = np.ones(max(1, len(row) // 8), np.float32)
    padded = np.pad(row, (len(kernel) // 2, (len(kernel) - 1) // 2), mode="edge")
    return np.convolve(padded, kernel / len(kernel), mode="valid")


def write_on(background: np.ndarray, word: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Write a word on a background, darker or lighter than it.

    Args:
        background: uint8 `(height, width)` in [0, 255].
        word: uint8 `(height, width)`: how much of each pixel the letters cover, 255 for all of it.
        random: draws the level of the letters: uniform among those that differ enough from the mean of the background
            behind the word.

    Returns:
        uint8 `(height, width)`.
    """
    cover = word.astype(np.float32) / 255
    mean = float((background * cover).sum() / cover.sum()) if cover.any() else float(background.mean())
    darker, lighter = max(0.0, mean - _LEAST_CONTRAST), max(0.0, 255 - mean - _LEAST_CONTRAST)
    place = random.uniform(0, darker + lighter)
    level = place if place < darker else 255 - (place - darker)
    return np.rint(background * (1 - cover) + np.float32(level) * cover).astype(np.uint8)
