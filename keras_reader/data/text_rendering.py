"""The ink of a text: its levels and where each character lies, as Pillow draws it."""

import math
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFont

from keras_reader.errors import InputError
from keras_reader.regular_files import check_regular


class Ink(NamedTuple):
    """A text's ink, cropped to it.

    Attributes:
        levels: `(height, width)`, float32 in [0, 255].
        boxes: int32 `(characters, 4)`: left, top, right, bottom of the ink of each character, relative to
            `levels`; right and bottom are exclusive.
    """

    levels: np.ndarray
    boxes: np.ndarray


@lru_cache(maxsize=256)
def load_font(path: str | None, size: int) -> ImageFont.FreeTypeFont:
    """The font of a file in a size in pixels; Pillow's own where `path` is None.

    Raises:
        InputError: if the file is no font that can be read.
    """
    if path is None:
        font = ImageFont.load_default(size)
        assert isinstance(font, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
        return font
    check_regular(path)
    try:
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise InputError(f"{path}: not a font that can be read ({error})") from None


# Three quarters of the default task's images are one of the 18,278 words of up to three letters.
@lru_cache(maxsize=65536)
def draw_text(text: str, path: str | None, size: int) -> Ink:
    """The ink of a text in the font of a file (see `load_font`) and a size in pixels."""
    if not text:
        return Ink(np.zeros((0, 0), np.float32), np.zeros((0, 4), np.int32))
    mask, (left, top) = load_font(path, size).getmask2(text, mode="L")
    ink = mask.getbbox() or (0, 0, 0, 0)
    left, top = left + ink[0], top + ink[1]
    boxes = []
    pen = 0.0
    for k, character in enumerate(text):
        if k:
            pen += _advance(text[k - 1 : k + 1], path, size)
        x = math.floor(pen + 0.5) - left  # Pillow, too, puts each glyph on a whole pixel
        x0, y0, x1, y1 = _ink_box(character, path, size)
        boxes.append((x + x0, y0 - top, x + x1, y1 - top))
    levels = np.asarray(Image.Image()._new(mask.crop(ink)), np.float32)
    return Ink(levels, np.array(boxes, np.int32))


@lru_cache(maxsize=65536)
def _ink_box(character, path, size):
    """Left, top, right, bottom of one character's ink, from the pen and the top of the line."""
    mask, (left, top) = load_font(path, size).getmask2(character, mode="L")
    ink = mask.getbbox() or (0, 0, 0, 0)
    return left + ink[0], top + ink[1], left + ink[2], top + ink[3]


@lru_cache(maxsize=65536)
def _advance(pair, path, size):
    font = load_font(path, size)
    return font.getlength(pair) - font.getlength(pair[1])


_SUFFIXES = (".ttf", ".otf", ".ttc")


def find_fonts(paths: Iterable[str | Path]) -> tuple[str, ...]:
    """The font files among `paths` and in the folders among them, at any depth, sorted by name.

    Raises:
        InputError: if a path does not exist or a folder holds no font.
    """
    fonts = []
    for path in map(Path, paths):
        if path.is_dir():
            found = sorted(str(file) for file in path.rglob("*") if file.suffix.lower() in _SUFFIXES)
            if not found:
                raise InputError(f"{path}: no font in this folder: it needs files that end in {', '.join(_SUFFIXES)}")
            fonts += found
        elif path.is_file():
            fonts.append(str(path))
        else:
            raise InputError(f"{path}: no such font file or folder")
    return tuple(fonts)
