"""Text rendered by Pillow: its grey levels and the box of each character."""

import difflib
import logging
import math
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFont

from keras_reader.errors import InputError
from keras_reader.regular_files import check_regular


class RenderedText(NamedTuple):
    """A rendered text, cropped to its visible pixels.

    Attributes:
        levels: `(height, width)`, float32 in [0, 255].
        boxes: int32 `(characters, 4)`: left, top, right, bottom of the visible pixels of each character, relative to
            `levels`; right and bottom are exclusive.
    """

    levels: np.ndarray
    boxes: np.ndarray


@lru_cache(maxsize=256)
def load_font(path: str | None, size: int) -> ImageFont.FreeTypeFont:
    """Load a font file in a size in pixels, or Pillow's built-in font if `path` is `None`.

    Raises:
        InputError: if the file cannot be read as a font.
    """
    if path is None:
        font = ImageFont.load_default(size)
        assert isinstance(font, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
        return font
    check_regular(path)
    try:
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise InputError(f"{path}: cannot be read as a font ({error})") from None


# In the default task, three quarters of the images show one of the 18,278 words of up to three letters.
@lru_cache(maxsize=65536)
def render_text(text: str, path: str | None, size: int) -> RenderedText:
    """Render a text in a font file (see `load_font`) and a size in pixels."""
    if not text:
        return RenderedText(np.zeros((0, 0), np.float32), np.zeros((0, 4), np.int32))
    mask, (left, top) = load_font(path, size).getmask2(text, mode="L")
    box = mask.getbbox() or (0, 0, 0, 0)
    left, top = left + box[0], top + box[1]
    boxes = []
    pen = 0.0
    for k, character in enumerate(text):
        if k:
            pen += _advance(text[k - 1 : k + 1], path, size)
        x = math.floor(pen + 0.5) - left  # like Pillow, which places each glyph on a whole pixel
        x0, y0, x1, y1 = _character_box(character, path, size)
        boxes.append((x + x0, y0 - top, x + x1, y1 - top))
    levels = np.asarray(Image.Image()._new(mask.crop(box)), np.float32)
    return RenderedText(levels, np.array(boxes, np.int32))


@lru_cache(maxsize=65536)
def _character_box(character, path, size):
    """Left, top, right, bottom of a character's visible pixels, relative to the pen and the top of the line."""
    mask, (left, top) = load_font(path, size).getmask2(character, mode="L")
    box = mask.getbbox() or (0, 0, 0, 0)
    return left + box[0], top + box[1], left + box[2], top + box[3]


@lru_cache(maxsize=65536)
def _advance(pair, path, size):
    font = load_font(path, size)
    return font.getlength(pair) - font.getlength(pair[1])


# A noncharacter of Unicode, which no font has a glyph for: it is drawn as the font's .notdef glyph, mostly a box.
IN_NO_FONT = "\U0010ffff"
_COMPARED_SIZE = 32


def missing_characters(characters: Iterable[str], path: str | None) -> str:
    """The characters that a font has no glyph for, in the order given. White space is never missing.

    A character is missing if it is drawn as the font's .notdef glyph.

    Args:
        characters: what to look for.
        path: the font file; see `load_font`.

    Raises:
        InputError: if the file cannot be read as a font.
    """
    font = load_font(path, _COMPARED_SIZE)
    placeholder = _drawn(IN_NO_FONT, font)
    return "".join(c for c in characters if not c.isspace() and _drawn(c, font) == placeholder)


def _drawn(character, font):
    mask, offset = font.getmask2(character, mode="L")
    return mask.size, offset, bytes(mask), font.getlength(character)


_SUFFIXES = (".ttf", ".otf", ".ttc")
# Debian's packages of TeX keep fonts here, where no other program looks for them.
_TEX_FOLDERS = tuple(f"/usr/share/texlive/texmf-dist/fonts/{kind}" for kind in ("opentype", "truetype"))
_MOST_FAMILIES = 40  # that an error names
# Families whose glyphs are as wide as those of another one, as Debian's fonts-liberation and fonts-crosextra say.
_SAME_METRICS = {
    "arial": "Liberation Sans",
    "helvetica": "Liberation Sans",
    "times new roman": "Liberation Serif",
    "courier new": "Liberation Mono",
    "calibri": "Carlito",
    "cambria": "Caladea",
}


def find_fonts(paths: Iterable[str | Path]) -> tuple[str, ...]:
    """The font files in `paths`. A folder gives all fonts in it, at any depth, sorted by name.

    Args:
        paths: files, folders, or names of installed families such as `"Arial"` or installed files such as
            `"LiberationSans-Regular.ttf"`. A name is what is neither a file nor a folder, and has no folder before it.
            A family gives its regular style.

    Raises:
        InputError: if a path does not exist, a folder holds no font, or a family or file is not installed.
    """
    fonts = []
    for path in map(Path, paths):
        if path.is_dir():
            found = sorted(str(file) for file in path.rglob("*") if file.suffix.lower() in _SUFFIXES)
            if not found:
                raise InputError(
                    f"{path}: no font in this folder: give a folder with files that end in {', '.join(_SUFFIXES)}"
                )
            fonts += found
        elif path.is_file():
            fonts.append(str(path))
        elif len(path.parts) > 1:
            raise InputError(f"{path}: no such font file or folder")
        elif path.suffix.lower() in _SUFFIXES:
            fonts.append(_of_file_name(path.name))
        else:
            family = find_family(str(path))
            if family is None:
                raise InputError(f"{path}: no such font file, folder or installed family; {_installed(str(path))}")
            fonts.append(family)
    return tuple(fonts)


def system_fonts() -> tuple[str, ...]:
    """All font files in the folders where the system keeps fonts, those of TeX among them, sorted by path.

    Raises:
        InputError: if matplotlib, which knows these folders, is not installed.
    """
    found = {str(Path(path)) for path in _font_manager().findSystemFonts()}
    for folder in map(Path, _TEX_FOLDERS):
        found.update(str(path) for path in folder.rglob("*"))
    return tuple(sorted(path for path in found if path.lower().endswith(_SUFFIXES)))


def _of_file_name(name):
    """The installed font file of this name."""
    installed = {Path(path).name.lower(): path for path in reversed(system_fonts())}
    if name.lower() in installed:
        return installed[name.lower()]
    alike = difflib.get_close_matches(name.lower(), installed, n=3)
    named = ", ".join(Path(installed[other]).name for other in alike)
    raise InputError(
        f"{name}: no such font file, neither here nor among the {len(installed):,} installed"
        + (f"; alike are {named}" if named else "")
    )


def find_family(*names: str) -> str | None:
    """The file of the first of these font families that is installed, in its regular style; `None` if none is.

    Raises:
        InputError: if matplotlib, which knows where systems keep their fonts, is not installed.
    """
    manager = _font_manager()
    for name in names:
        found = _of_family(manager.fontManager, name)
        if found:
            return found
    # matplotlib remembers the fonts it once found; one may have been installed since.
    fresh = _fresh_fonts()
    return next(filter(None, (_of_family(fresh, name) for name in names)), None)


def _of_family(fonts, name):
    wanted = _font_manager().FontProperties(family=name)
    try:
        found = str(fonts.findfont(wanted, fallback_to_default=False, rebuild_if_missing=False))
    except ValueError:
        return None
    # Two versions of a font may be installed, which are drawn differently, as Liberation Sans 1 and 2 are: always the
    # same one is taken, the first by its path. A file that is known may have been removed since.
    style = next((_style(font) for font in fonts.ttflist if font.fname == found), None)
    twins = [font.fname for font in fonts.ttflist if _style(font) == style]
    return min((path for path in [*twins, found] if Path(path).is_file()), default=None)


def _style(font):
    return font.name, font.style, font.variant, font.weight, font.stretch, font.size


@lru_cache(maxsize=1)
def _fresh_fonts():
    return _font_manager().FontManager()


def _font_manager():
    try:
        from matplotlib import font_manager
    except ModuleNotFoundError:
        raise InputError(
            "finding a font by its family takes matplotlib: pip install matplotlib, or name the font's file"
        ) from None
    # It logs each family that it does not find; our errors say so.
    logging.getLogger(font_manager.__name__).setLevel(logging.CRITICAL)
    return font_manager


def _installed(name):
    """Names the families that are installed: first the one of the same metrics as `name`, then those most like it."""
    families = sorted({font.name for font in _fresh_fonts().ttflist}, key=str.lower)
    alike = difflib.get_close_matches(name, families, n=3)
    same = [family for family in families if family == _SAME_METRICS.get(name.lower())]
    alike = [*same, *(family for family in alike if family not in same)]
    shown = [*alike, *(family for family in families if family not in alike)]
    more = f" and {len(shown) - _MOST_FAMILIES} more" if len(shown) > _MOST_FAMILIES else ""
    return f"installed are {', '.join(shown[:_MOST_FAMILIES])}{more}"
