"""Which font shows a character: Pillow's built-in one, or else an installed one."""

import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from keras_reader.data.text_rendering import load_font, missing_characters, system_fonts
from keras_reader.errors import InputError

BUILT_IN = ""  # in place of the path of Pillow's font, which has the characters of Western Europe
_COMPARED_SIZE = 32

# Plain fonts of Linux, macOS and Windows that have many characters. The first ones are taken first.
_PREFERRED = (
    *("notosans", "dejavusans", "droidsansfallback", "sourcehansans", "wqy", "liberationsans", "takaogothic"),
    *("nanumgothic", "arialunicode", "hiragino", "pingfang", "stheiti", "applesdgothic"),
    *("segoeui", "msyh", "yugoth", "meiryo", "malgun", "arial"),
)
_OTHER_STYLES = re.compile("bold|italic|oblique|thin|light|black|heavy|medium|condensed|mono|serif", re.IGNORECASE)
# Fonts that draw a sign, or nothing, in place of every character.
_WITHOUT_LETTERS = re.compile("last ?resort|blank|fallback ?sil", re.IGNORECASE)


@lru_cache(maxsize=65536)
def font_with(characters: str) -> str | None:
    """The font that has a visible glyph for each of these characters.

    Installed fonts are searched only for what the built-in font lacks. This takes up to a second among thousands of
    them.

    Returns:
        `BUILT_IN`, the path of an installed font, or `None` if no font has all of them. Fonts cannot be found without
        matplotlib, which knows where systems keep them.
    """
    if not characters.isprintable():
        return None
    if _has(BUILT_IN, characters):
        return BUILT_IN
    return next((path for path in _installed() if _has(path, characters)), None)


def runs(text: str) -> list[tuple[str, str]]:
    """Split a text where its font changes.

    A character that no font has is written as its code point in brackets: `[U+4EAC]`.

    Returns:
        Fonts, as `font_with` names them, and the characters to draw in each.
    """
    text = unicodedata.normalize("NFC", text)
    parts: list[tuple[str, str]] = []
    for cluster in _clusters(text):
        path = parts[-1][0] if cluster == " " and parts else font_with(cluster)
        # A mark that stands on nothing is not seen for what it is.
        if path is not None and not _is_mark(cluster[0]):
            parts.append((path, cluster))
            continue
        for character in cluster:
            alone = None if _is_mark(character) else font_with(character)
            parts.append((BUILT_IN, code_point(character)) if alone is None else (alone, character))
    # One font for the whole text looks better, if it has all of it.
    drawn = "".join(part for _, part in parts)
    others = dict.fromkeys(path for path, _ in parts if path != BUILT_IN)
    whole = next((path for path in others if _has(path, drawn)), None)
    if whole is not None:
        return [(whole, drawn)]
    return [(path, "".join(part for _, part in same)) for path, same in groupby(parts, key=lambda part: part[0])]


def code_point(character: str) -> str:
    """A character's code point, in brackets: `[U+4EAC]`."""
    return f"[U+{ord(character):04X}]"


def _clusters(text):
    """The characters of a text, each with the marks, such as accents, that stand on it."""
    found: list[str] = []
    for character in text:
        if found and _is_mark(character) and found[-1] != " ":
            found[-1] += character
        else:
            found.append(character)
    return found


def _is_mark(character):
    return unicodedata.category(character).startswith("M")


@lru_cache(maxsize=1)
def _installed() -> tuple[str, ...]:
    """The installed fonts, plain ones first."""
    try:
        found = system_fonts()
    except InputError:  # without matplotlib
        return ()
    return tuple(sorted((path for path in found if not _WITHOUT_LETTERS.search(Path(path).stem)), key=_rank))


def _rank(path):
    name = re.sub("[ _-]", "", Path(path).stem.lower())
    preferred = next((i for i, start in enumerate(_PREFERRED) if name.startswith(start)), len(_PREFERRED))
    return bool(_OTHER_STYLES.search(name)), preferred, path


def _has(path, characters):
    try:
        font = load_font(path or None, _COMPARED_SIZE)
        seen = all(character == " " or font.getmask(character).getbbox() for character in characters)
        return seen and not missing_characters(characters, path or None)
    except (InputError, OSError):  # a broken font, or one of pictures in a size of their own, has no glyph for us
        return False
