"""Which families of fonts are trained on, which are set aside for testing, and which are neither.

A family's side depends on its name and on two lists only: `trained_on.txt`, the families that the reader `print` was
trained on, and `look_alikes.txt`, families that look like one of them under another name, as forks and width variants
do. Trained on such a twin, a reader does not meet them for the first time, so they are no test. Of all other families,
`HELD_OUT` are set aside by a hash. `python -m benchmarks.print_fonts` writes the lists.
"""

import hashlib
import re
from functools import lru_cache
from importlib.resources import files
from typing import Literal

Side = Literal["train", "test", "neither"]
TRAIN: Side = "train"
TEST: Side = "test"
NEITHER: Side = "neither"

# The share of the groups of families that are never trained on.
HELD_OUT = 0.15


def side_of(family: str, group: str) -> Side:
    """The side of a family of a group, as `group_name` gives it.

    Families of a group are on the same side, unless one of them is on a list.
    """
    if family in trained_on():
        return TRAIN
    if family in look_alikes():
        return NEITHER
    return TEST if held_out(group) else TRAIN


def held_out(group: str) -> bool:
    """Whether a group of families is set aside for testing: about `HELD_OUT` of them, by a hash of the name.

    Seven-segment displays are not: all of Debian's are of one group, and would be tested or learnt, not both.
    """
    return group != "dseg" and int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big") < HELD_OUT * 2**32


@lru_cache(maxsize=1)
def trained_on() -> frozenset[str]:
    """The families that the reader `print` was trained on."""
    return frozenset(_lines("trained_on.txt"))


@lru_cache(maxsize=1)
def look_alikes() -> dict[str, str]:
    """The families that look like one that `print` was trained on, and the name of that one."""
    return {name: twin for name, twin, *_ in (line.split("\t") for line in _lines("look_alikes.txt"))}


@lru_cache(maxsize=1)
def left_out() -> frozenset[str]:
    """The families that people do not read as print; `left_out.txt` says how they were found."""
    return frozenset(line.split("\t")[0] for line in _lines("left_out.txt"))


def _lines(name):
    text = (files("keras_reader.data.printed_text") / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


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
# Groups whose fonts draw some letters exactly alike, and the group that they belong to.
_JOINED = {
    "anonymousminus": "anonymous",
    "helvetica": "dejavu",
    "mintspiritno": "mintspirit",
    "misakimincho": "misakigothic",
    "monoisome": "monoid",
    "tiresiaskeyfontv": "tiresiasinfofontz",
    "ungraphic": "undotum",
    "wenquanyimicrohei": "noto",
    "yrsa": "rasa",
}
_STYLES = re.compile(
    r"\b(thin|hairline|extra|ultra|semi|demi|light|book|regular|normal|medium|bold|black|heavy|italic|oblique|slanted|"
    r"condensed|cond|narrow|expanded|extended|wide|compressed|std|pro|otf|ttf|nf|caps|small|sc|lf|tf|osf|tlf|display|"
    r"text|caption|poster|sub|head|deck|mono|sans|serif|slab|one|two|new|neue|next|[0-9]+(pt)?)\b"
)


def group_name(family: str) -> str:
    """The group of a family: DejaVu Sans and Bitstream Vera Serif, which are of the same origin, have the same."""
    name = _name_of_origin(family)
    return _JOINED.get(name, name)


def _name_of_origin(family):
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", family).lower()
    words = re.sub(r"[^a-z0-9]+", " ", words)
    joined = words.replace(" ", "")
    for group, beginnings in _RELATED.items():
        if joined.startswith(beginnings):
            return group
    return "".join(_STYLES.sub(" ", words).split()).rstrip("0123456789") or joined
