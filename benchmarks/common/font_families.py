"""Installed fonts by family, for `benchmarks.fonts`."""

import re
from collections import Counter
from itertools import groupby
from pathlib import Path

from PIL import ImageFont

from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.data.text_rendering import find_fonts
from keras_reader.errors import InputError

SYSTEM_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)
SYMBOLS = ("cmex10", "cmsy10")  # TeX fonts with symbols in place of letters


def common_fonts() -> list[str]:
    """Fonts of the system and of matplotlib that draw all capital letters, one of each name."""
    import matplotlib

    folders = [*SYSTEM_FOLDERS, Path(matplotlib.get_data_path()) / "fonts" / "ttf"]
    fonts = {}
    for folder in folders:
        folder = Path(folder).expanduser()
        if folder.is_dir() and any(folder.rglob("*.[to]t[fc]")):
            for font in find_fonts([folder]):
                fonts.setdefault(Path(font).stem, font)
    return [font for name, font in fonts.items() if name not in SYMBOLS and draws_capitals(font)]


def draws_capitals(path: str) -> bool:
    """Whether a font has a different glyph for each capital letter. Fonts of symbols and other scripts do not."""
    try:
        font = ImageFont.truetype(path, 24, layout_engine=ImageFont.Layout.BASIC)
        glyphs = {(mask.size, bytes(mask)) for mask in map(font.getmask, [*SyntheticWords.alphabet, "\U0010ffff"])}
    except OSError:
        return False
    return len(glyphs) == len(SyntheticWords.alphabet) + 1


def family(path: str) -> str:
    """The first word of a font's name: DejaVu Sans and DejaVu Serif Bold belong to one family."""
    name = ImageFont.truetype(path, 12).getname()[0] or Path(path).stem
    if re.fullmatch(r"cm[a-z]+\d+", name):
        return "Computer Modern"
    return re.split(r"[ -]|(?<=[a-z])(?=Sans|Serif|Mono)", name)[0]


def split_by_family(fonts: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split fonts into those to train on and those to test on: every third family by name is for testing.

    Raises:
        InputError: if there are fewer than three families.
    """
    ordered = sorted(fonts, key=lambda font: (family(font).lower(), Path(font).name))
    families = [list(group) for _, group in groupby(ordered, key=lambda font: family(font).lower())]
    if len(families) < 3:
        raise InputError("fewer than three families of fonts: install more, or name --train-fonts and --test-fonts")
    train = [font for number, group in enumerate(families) if number % 3 != 2 for font in group]
    test = [font for number, group in enumerate(families) if number % 3 == 2 for font in group]
    return tuple(train), tuple(test)


def families_of(fonts: tuple[str, ...]) -> str:
    """The families of the fonts, with the number of fonts in each."""
    counts = Counter(map(family, fonts))
    return ", ".join(f"{name} ({count})" for name, count in sorted(counts.items(), key=lambda item: item[0].lower()))
