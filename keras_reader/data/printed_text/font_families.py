"""The installed fonts by family: which of them can print a text, and which are set aside for testing."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import ImageFont

from keras_reader.data.printed_text.font_sides import TEST, TRAIN, Side, group_name, left_out, side_of
from keras_reader.data.text_rendering import IN_NO_FONT, find_fonts, system_fonts

# Files of one family that are looked at: its regular style, bold, italic, condensed and so on.
MOST_FILES = 8
_PROBED_SIZE = 48


class FontFile(NamedTuple):
    """A font file and what it cannot print.

    Attributes:
        path: the file.
        missing: the characters of the alphabet that it has no glyph for, or another one's: lower-case letters, if it
            has capitals in their place.
        alike: characters that it draws nearly as another one, as many fonts do I and l; only the word around them says
            which they are.
        kerned: whether pairs of characters have distances of their own, as far as Pillow's basic layout knows them.
    """

    path: str
    missing: str
    alike: str = ""
    kerned: bool = False


class Family(NamedTuple):
    """A family of fonts.

    Attributes:
        name: its name, as its files say, or the name of its first file where they do not say it.
        group: the families that share its design have the same group.
        files: its fonts, sorted by their paths.
    """

    name: str
    group: str
    files: tuple[FontFile, ...]

    @property
    def side(self) -> Side:
        """Whether it is trained on, tested with, or neither. What else is installed does not matter."""
        return side_of(self.name, self.group)


@lru_cache(maxsize=4)
def find_families(
    folders: tuple[str, ...], alphabet: str, judged: bool = True, by_name: bool = True
) -> tuple[Family, ...]:
    """The families whose fonts print most characters of an alphabet, sorted by the names that their files say.

    Args:
        folders: folders or files of fonts; none for all fonts that the system has.
        alphabet: the characters to print.
        judged: whether the families of `left_out` are left out.
        by_name: whether families are left out whose names say that nobody prints texts in them: scripts, outlines.

    Raises:
        InputError: if a folder does not exist or holds no font.
    """
    paths = find_fonts(folders) if folders else system_fonts()
    by_family: dict[str, list[str]] = {}
    for path in paths:
        name = _family_name(path)
        if name and not (judged and name in left_out()) and not (by_name and _is_unfit(name)):
            by_family.setdefault(name, []).append(path)
    usable = {}
    for name, found in sorted(by_family.items()):
        checked = [_checked(path, name, alphabet) for path in _spread(sorted(found))]
        checked = [file for file in checked if file is not None]
        if checked:
            usable[name] = checked
    return tuple(Family(_shown(name, fonts), group_name(name), tuple(fonts)) for name, fonts in usable.items())


def _spread(paths: Sequence[str]) -> list[str]:
    """At most `MOST_FILES` of the files, evenly spread over their names."""
    if len(paths) <= MOST_FILES:
        return list(paths)
    return [paths[i * len(paths) // MOST_FILES] for i in range(MOST_FILES)]


def _family_name(path):
    try:
        name = ImageFont.truetype(path, 12, layout_engine=ImageFont.Layout.BASIC).getname()[0]
    except (OSError, ValueError):
        return None
    if name and _NO_NAME.fullmatch(name):
        return Path(path).name
    # TeX has a family for each size: cmr10 and cmr12 are one here.
    return _SIZED.sub(r"\1", name) if name else None


def _shown(name, fonts):
    """A family's name for people. FreeType gives a question mark for a letter that it cannot spell."""
    return Path(fonts[0].path).name if "?" in name else name


_SIZED = re.compile(r"^([A-Za-z]+)\d{1,2}$")
_NO_NAME = re.compile(r"(sans|serif|mono|monospace|regular|bold|italic|font|untitled|unknown)\d*", re.IGNORECASE)


# Names of fonts without letters, and of those that nobody prints texts in: scripts, outlines, school books with lines,
# the experiments of Brian Kent.
_UNFIT = re.compile(
    r"symbol|emoji|dingbat|icon|awesome|math|music|ornament|braille|barcode|cmsy|cmex|cmmi|msam|msbm|wasy|stmary|"
    r"initials|blackletter|fraktur|swash|phonetic|tipa|chess|feyn|gothic ?antiqua|outline|shadow|keyboard|borders?$|"
    r"cmbsy|esint|script|handwrit|calligra|signpost|^abecedario| BRK$|^drm(sym?|grk|mi|figs|inf|uc)\b|nushu|uncial",
    re.IGNORECASE,
)


def _is_unfit(name):
    return _UNFIT.search(name) is not None


# Displays of segments have no letters that a person would tell from each other out of context.
_ONLY = {"DSEG7": "0123456789.:- ", "DSEG14": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:- "}


def _checked(path: str, family: str, alphabet: str) -> FontFile | None:
    """A font and what it lacks; `None` if its letters cannot be relied on."""
    try:
        font = ImageFont.truetype(path, _PROBED_SIZE, layout_engine=ImageFont.Layout.BASIC)
        placeholder = _ink(font, IN_NO_FONT)
        drawn = {c: _ink(font, c) for c in alphabet if c != " "}
    except (OSError, ValueError):
        return None
    lacking = {c for c, ink in drawn.items() if ink is None or ink == placeholder}
    allowed = next((kept for name, kept in _ONLY.items() if family.startswith(name)), None)
    if allowed is not None:
        lacking.update(c for c in alphabet if c not in allowed)
        return FontFile(path, "".join(c for c in alphabet if c in lacking))
    drawn = {c: ink for c, ink in drawn.items() if ink is not None and c not in lacking}
    needed = {c for c in alphabet if c.isascii() and (c.isupper() or c.isdigit())}
    if not needed <= set(drawn):
        return None
    if _lower_case_are_capitals(drawn):
        lacking.update(c for c in alphabet if c.islower())
    # The same picture for two characters: one of them is not what it says. Only 0 and O, l and I may look alike.
    seen: dict[tuple, str] = {}
    for c in sorted(drawn, key=lambda c: (not c.isalnum(), c.islower(), c)):
        if c not in lacking:
            twin = seen.setdefault(drawn[c], c)
            if twin != c and not any({twin, c} <= set(kind) for kind in _MAY_BE_ALIKE):
                lacking.add(c)
    if lacking & needed:
        return None
    return FontFile(path, "".join(c for c in alphabet if c in lacking), _alike(drawn), _is_kerned(font))


def _is_kerned(font):
    return any(font.getlength(pair) != sum(map(font.getlength, pair)) for pair in ("AV", "To", "VA", "Ta", "P.", "LT"))


# Characters that many good fonts draw alike.
_MAY_BE_ALIKE = ("0Oo", "lI1", "'\"")


def _alike(drawn):
    """The characters of `_MAY_BE_ALIKE` that are hard to tell from another one of their kind."""
    found = set()
    for kind in _MAY_BE_ALIKE[:2]:
        for one in kind:
            for other in kind:
                if one < other and {one, other} <= set(drawn) and _nearly_same(drawn[one], drawn[other]):
                    found |= {one, other}
    return "".join(sorted(found))


def _nearly_same(one, other):
    """Whether two inks have nearly the same size and, stretched to the same size, the same shape."""
    (width, height), top, _ = one
    (wide, tall), above, _ = other
    # Two pixels at this size are less than one in most images.
    if abs(height - tall) > 0.08 * tall or abs(top - above) > 0.1 * tall or abs(width - wide) > max(2, 0.12 * wide):
        return False
    bars = all(np.frombuffer(levels, np.uint8).mean() > 0.7 * 255 for _, _, levels in (one, other))
    return bars or _agreement(one, other) > 0.88


def _agreement(one, other):
    """The share of the pixels that are ink in both or neither, when both are stretched to the same size."""
    rows = np.arange(24)
    a, b = (
        np.frombuffer(levels, np.uint8).reshape(height, width)[rows * height // 24][:, rows * width // 24] > 127
        for (width, height), _, levels in (one, other)
    )
    return float((a == b).mean())


def _ink(font, character):
    """The size, place and levels of a character's ink; `None` if it has none."""
    mask, (_, top) = font.getmask2(character, mode="L")
    box = mask.getbbox()
    if box is None:
        return None
    return (box[2] - box[0], box[3] - box[1]), top + box[1], bytes(mask.crop(box))


def _lower_case_are_capitals(drawn):
    """Whether the lower-case letters are capitals, small or of full size."""
    pairs = [(c, c.upper()) for c in "abdeghnqrt" if c in drawn and c.upper() in drawn]
    alike = sum(_agreement(drawn[low], drawn[high]) > 0.85 for low, high in pairs)
    # Small capitals are all of the same height.
    flat = {"a", "b", "d", "h"} <= set(drawn) and all(drawn[c][0][1] < 1.15 * drawn["a"][0][1] for c in "bdh")
    return flat or alike >= max(1, len(pairs) * 0.4)


def on_side(families: Iterable[Family], split: str) -> tuple[Family, ...]:
    """The families to draw a split with: those set aside for `"test"`, those of training for the other two."""
    wanted = TEST if split == "test" else TRAIN
    return tuple(family for family in families if family.side == wanted)


# Groups that occur far more often than others in what people read, and so do here.
_COMMON = {
    "dseg": 8.0,
    "helvetica": 3.0,
    "dejavu": 3.0,
    "times": 2.0,
    "courier": 2.0,
    "noto": 2.0,
    "roboto": 2.0,
    "ocrb": 4.0,
    "ocra": 3.0,
}


def group_shares(families: Sequence[Family]) -> dict[str, float]:
    """How often each group is drawn; they sum to 1.

    It grows as the square root of the number of its families, so that a design with many variants does not crowd out
    the others.
    """
    sizes = Counter(family.group for family in families)
    weights = {group: math.sqrt(count) * _COMMON.get(group, 1) for group, count in sizes.items()}
    total = sum(weights.values())
    return {group: weight / total for group, weight in weights.items()}
