"""How large characters are at a reader's own size, and whether that is enough to read them."""

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from keras_reader.config import PRESETS, ReaderConfig
from keras_reader.data.labelled_images import LabelledImages
from keras_reader.images import resize

# Smaller than this, characters of one font are told apart badly.
LEAST_HEIGHT, LEAST_WIDTH = 7, 5
# A character of this many windows is no longer seen as a whole.
MOST_WINDOWS = 1.5
# A single line of text whose place is more than so many times as high as wide is written downwards, or turned: written
# across, its characters would be less than a quarter as wide as high, even if there are only two.
DOWNWARDS = 2
# Rows of less than this share of the contrast of the text's rows lie between two lines, or two characters of them.
_BETWEEN_LINES = 0.1
# What lies between these shares of the contrast, row by row and column by column, is taken for the text.
_FROM, _TO = 0.05, 0.95


class CharacterSize(NamedTuple):
    """About how large the characters of an image are, in pixels of the image.

    Attributes:
        height: height of a line of text; of text that is written downwards, of a character.
        width: width of a character with the space beside it; of text that is written downwards, of its line.
        pitch: from a character to the next one.
        downwards: whether one character is below the other.
    """

    height: float
    width: float
    pitch: float
    downwards: bool = False

    def times(self, factor: float) -> "CharacterSize":
        """The size in an image that is larger by a factor."""
        return CharacterSize(
            float(factor * self.height), float(factor * self.width), float(factor * self.pitch), self.downwards
        )


class Legibility(NamedTuple):
    """How large the characters of some images are at a reader's own size, in pixels; medians.

    Attributes:
        height, width: as in `CharacterSize`.
        hint: what to do about it, or that it is well.
        is_good: whether nothing need be done: the medians fit, and at most a twentieth of the images is too small.
    """

    height: float
    width: float
    hint: str
    is_good: bool


def sample(labelled: LabelledImages, count: int) -> list[int]:
    """Indices of at most `count` images, evenly spaced, whose text is not empty."""
    indices = [i for i, text in enumerate(labelled.texts) if text.strip()]
    count = min(count, len(indices))
    return [indices[(2 * k + 1) * len(indices) // (2 * count)] for k in range(count)]


def at_network_size(image: np.ndarray, config: ReaderConfig) -> np.ndarray:
    """An image as the network sees it.

    Args:
        image: uint8 `(height, width)` in [0, 255], of any size.
        config: the reader's configuration.

    Returns:
        uint8 of the reader's own size.
    """
    return np.rint(resize(image, config.image_size, config.resize) * 255).astype(np.uint8)


def character_size(image: np.ndarray, text: str) -> CharacterSize | None:
    """About how large the characters of a text are.

    The text is taken to be where the contrast is: between the rows and columns that hold 90 % of the strong
    differences between neighbouring pixels. So it is a guess for a picture whose text is among other things.

    Args:
        image: uint8 `(height, width)` in [0, 255].
        text: what it says, one or more characters; a line break begins a new line of the picture.

    Returns:
        The size; `None` for a picture of one level, or of too few pixels to tell.
    """
    levels = image.astype(np.float32)
    down, across = (_strong(np.abs(np.diff(levels, axis=axis))) for axis in (0, 1))
    by_row = across.sum(axis=1)
    rows, columns = _extent(by_row), _extent(down.sum(axis=0))
    if rows is None or columns is None:
        return None
    lines = [line for line in text.split("\n") if line] or [text]
    high, wide, longest = rows[1] - rows[0], columns[1] - columns[0], max(map(len, lines))
    if not high or not wide:  # of a picture of two or three pixels
        return None
    if len(lines) == 1 and longest > 1 and high > DOWNWARDS * wide:
        return CharacterSize(_inked_rows(by_row, rows) / longest, wide, high / longest, downwards=True)
    if len(lines) > 1:
        high = _inked_rows(by_row, rows)
    return CharacterSize(high / len(lines), wide / longest, wide / longest)


def _inked_rows(by_row, rows):
    """The number of rows of the text that do not lie between two of its lines or characters."""
    inside = by_row[max(0, math.floor(rows[0])) : math.ceil(rows[1])]
    return np.count_nonzero(inside >= _BETWEEN_LINES * np.median(inside[inside > 0]))


def text_rows(image: np.ndarray) -> tuple[int, int] | None:
    """The rows that hold the text, as `character_size` finds them: the first one, and the one after the last.

    Returns:
        The rows; `None` for a picture of one level.
    """
    extent = _extent(_strong(np.abs(np.diff(image.astype(np.float32), axis=1))).sum(axis=1))
    return None if extent is None else (math.floor(extent[0]), math.ceil(extent[1]))


def _strong(contrast):
    """The contrast above noise, texture and shading: above half of the strongest, that of the characters' edges."""
    if not contrast.size:  # of a picture of one column
        return contrast
    return np.maximum(contrast - np.quantile(contrast, 0.99) / 2, 0)


def _extent(contrast):
    """Where the contrast of rows, or of columns, begins and ends."""
    total = contrast.sum()
    if total == 0:
        return None
    shares = contrast.cumsum() / total
    # Within a row, contrast grows evenly enough to interpolate.
    first, last = (np.interp(share, shares, np.arange(1, len(shares) + 1)) for share in (_FROM, _TO))
    margin = min((last - first) * (1 / (_TO - _FROM) - 1) / 2, (len(contrast) - (last - first)) / 2)
    return first - margin, last + margin


def legibility(images: Sequence[np.ndarray], texts: Sequence[str], config: ReaderConfig) -> Legibility | None:
    """Whether the characters of images are large enough to be read, and small enough for the reader's window.

    Args:
        images: uint8 at the reader's own size.
        texts: what they say, none of them empty; a line break begins a new line of the picture.
        config: the reader's configuration.

    Returns:
        The medians and what follows; `None` if no image has any contrast.
    """
    sizes = [size for image, text in zip(images, texts, strict=True) if (size := character_size(image, text))]
    if not sizes:
        return None
    height, width = (statistics.median(side) for side in zip(*(size[:2] for size in sizes), strict=True))
    small = sum(size.height < LEAST_HEIGHT or size.width < LEAST_WIDTH for size in sizes)
    window = config.window
    has_windows = PRESETS[config.preset].cell == "window"

    def fits(scale):
        """Whether characters are neither too small nor too large in images so many times as large."""
        high, wide = scale * height, scale * width
        too_large = has_windows and (high > MOST_WINDOWS * window[0] or wide > MOST_WINDOWS * window[1])
        return high >= LEAST_HEIGHT and wide >= LEAST_WIDTH and not too_large

    def advice(scale, otherwise):
        """To take images so many times as large, if characters fit then; and what else to do."""
        size = " ".join(str(_eights(scale * side)) for side in config.image_size)
        return f"try --image-size {size}, or {otherwise}" if fits(scale) else otherwise

    if height < LEAST_HEIGHT or width < LEAST_WIDTH:
        grow = max(LEAST_HEIGHT / height, LEAST_WIDTH / width) * 1.3
        hint = (
            f"too small: fewer than {LEAST_HEIGHT}x{LEAST_WIDTH} pixels (height x width) are hard to read; "
            f"{advice(grow, 'cut the pictures closer to the text')}"
        )
    elif not fits(1):
        shrink = min(window[0] / height, window[1] / width)
        hint = (
            f"too large for the window of {window[0]}x{window[1]} pixels of preset {config.preset}: "
            f"{advice(shrink, 'take a preset with a larger window, or cut the pictures closer to the text')}"
        )
    else:
        hint = f"fits the window of {window[0]}x{window[1]} pixels" if has_windows else "the image is read at once"
        if small:
            hint += f"; {small} of {len(sizes)} pictures measured have less than {LEAST_HEIGHT}x{LEAST_WIDTH} px"
        return Legibility(height, width, hint, is_good=20 * small <= len(sizes))
    return Legibility(height, width, hint, False)


def _eights(side):
    """A side of an image, in whole eights of pixels."""
    return max(8, 8 * round(side / 8))
