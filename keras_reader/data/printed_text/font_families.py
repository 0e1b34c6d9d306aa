"""The installed fonts by family: which of them can print a text, and which are set aside for testing."""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from PIL import ImageFont

from keras_reader.data.text_rendering import IN_NO_FONT, find_fonts, system_fonts

# The share of the groups of families that are never trained on.
HELD_OUT = 0.15
# Files of one family that are looked at: its regular style, bold, italic, condensed and so on.
MOST_FILES = 8
_PROBED_SIZE = 48
_PROBE = "Rag8"
_SUFFIXES = (".ttf", ".otf", ".ttc")


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
        name: its name, as its files say.
        group: the families that share its design have the same group; all of a group are on the same side of the split.
        files: its fonts, sorted by their paths.
    """

    name: str
    group: str
    files: tuple[FontFile, ...]

    @property
    def held_out(self) -> bool:
        """Whether the family is set aside for testing. It depends on the group's name only."""
        return held_out(self.group)


def held_out(group: str) -> bool:
    """Whether a group of families is set aside for testing: about `HELD_OUT` of them, by a hash of the name.

    Seven-segment displays are not: all of Debian's are of one group, and would be tested or learnt, not both.
    """
    return group != "dseg" and int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big") < HELD_OUT * 2**32


@lru_cache(maxsize=4)
def find_families(folders: tuple[str, ...], alphabet: str, judged: bool = True) -> tuple[Family, ...]:
    """The families whose fonts print most characters of an alphabet, sorted by name.

    Args:
        folders: folders or files of fonts; none for all fonts that the system has.
        alphabet: the characters to print.
        judged: whether the families of `left_out` are left out.

    Raises:
        InputError: if a folder does not exist or holds no font.
    """
    paths = find_fonts(folders) if folders else system_fonts()
    by_family: dict[str, list[str]] = {}
    for path in paths:
        name = _family_name(path)
        if name and not (judged and name in left_out()) and not _is_unfit(name):
            by_family.setdefault(name, []).append(path)
    usable = {}
    for name, found in sorted(by_family.items()):
        checked = [_checked(path, name, alphabet) for path in _spread(sorted(found))]
        checked = [file for file in checked if file is not None]
        if checked:
            usable[name] = checked
    groups = _groups(usable)
    return tuple(Family(name, groups[name], tuple(fonts)) for name, fonts in usable.items())


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
    # TeX has a family for each size: cmr10 and cmr12 are one here.
    return _SIZED.sub(r"\1", name) if name else None


_SIZED = re.compile(r"^([A-Za-z]+)\d{1,2}$")


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


@lru_cache(maxsize=1)
def left_out() -> frozenset[str]:
    """The families that people do not read as print; `left_out.txt` says how they were found."""
    text = (files("keras_reader.data.printed_text") / "left_out.txt").read_text(encoding="utf-8")
    return frozenset(line.split("\t")[0] for line in text.splitlines() if line and not line.startswith("#"))


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


# Families that are derived from one another under other names: a name that begins so belongs to the group.
_RELATED = {
    "dejavu": ("bitstreamvera", "dejavu", "verana", "veranda", "arev", "hack", "menlo", "bera", "vera"),
    "helvetica": (
        "liberationsans", "arimo", "nimbussans", "texgyreheros", "freesans", "aerial", "arial", "switzera", "helvet",
        "texgyreadventor", "urwgothic", "garuda", "wine", "tahoma",
    ),
    "times": (
        "liberationserif", "tinos", "nimbusroman", "texgyretermes", "freeserif", "tymes", "stix", "xits", "kinnari",
        "norasi",
    ),
    "courier": (
        "liberationmono", "cousine", "nimbusmono", "texgyrecursor", "freemono", "courier", "tlwgmono", "tlwgtypo",
        "tlwgtypist",
    ),
    "computer modern": ("lm", "latinmodern", "cm", "cmu", "newcomputermodern", "newcm", "aem"),
    "palatino": ("texgyrepagella", "p052", "palladio", "asana", "aepagella"),
    "bookman": ("texgyrebonum", "urwbookman", "bookman"),
    "schoolbook": ("texgyreschola", "c059", "centuryschoolbook", "centurycatalogue"),
    "chancery": ("texgyrechorus", "z003"),
    "noto": ("noto", "droid", "opensans"),
    "roboto": ("roboto", "heebo"),
    "fira": ("fira",),
    "mplus": ("mplus", "m1", "mp", "migmix", "migu", "mmcedar", "ricty", "inconsolata"),
    "lato": ("lato", "carlito"),
    "libertine": ("linuxlibertine", "libertinus", "linuxbiolinum", "libertine"),
    "caladea": ("caladea", "cambo"),
    "gentium": ("gentium", "doulos", "charis", "andika"),
    "garamond": ("ebgaramond", "garamond"),
    "drm": ("drm",),
    "dseg": ("dseg",),
    "ocrb": ("ocrb",),
    "ocra": ("ocra",),
    "plex": ("ibmplex",),
    "pc": ("px", "ibm3270", "atari", "glasstty"),
}  # fmt: skip
_STYLES = re.compile(
    r"\b(thin|hairline|extra|ultra|semi|demi|light|book|regular|normal|medium|bold|black|heavy|italic|oblique|slanted|"
    r"condensed|cond|narrow|expanded|extended|wide|compressed|std|pro|otf|ttf|nf|caps|small|sc|lf|tf|osf|tlf|display|"
    r"text|caption|poster|sub|head|deck|mono|sans|serif|slab|one|two|new|neue|next|[0-9]+(pt)?)\b"
)


def group_name(family: str) -> str:
    """The name that families of the same origin share: DejaVu Sans and Bitstream Vera Serif have the same."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", family).lower()
    words = re.sub(r"[^a-z0-9]+", " ", words)
    joined = words.replace(" ", "")
    for group, beginnings in _RELATED.items():
        if joined.startswith(beginnings):
            return group
    return "".join(_STYLES.sub(" ", words).split()).rstrip("0123456789") or joined


def _groups(families: dict[str, list[FontFile]]) -> dict[str, str]:
    """The group of each family: by name, and by fonts that draw the same letters."""
    group = {name: group_name(name) for name in families}
    by_picture: dict[bytes, str] = {}
    joined: dict[str, str] = {}

    def root(name):
        while name in joined:
            name = joined[name]
        return name

    for name, fonts in families.items():
        for file in fonts:
            picture = _probe(file.path)
            first, second = sorted((root(by_picture.setdefault(picture, group[name])), root(group[name])))
            if first != second:
                joined[second] = first
    return {name: root(own) for name, own in group.items()}


def _probe(path):
    font = ImageFont.truetype(path, _PROBED_SIZE, layout_engine=ImageFont.Layout.BASIC)
    return hashlib.sha256(repr([_ink(font, c) for c in _PROBE]).encode()).digest()


def on_side(families: Iterable[Family], split: str) -> tuple[Family, ...]:
    """The families to draw a split with: those set aside for `"test"`, all others for `"train"` and `"validation"`."""
    return tuple(family for family in families if family.held_out == (split == "test"))


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
