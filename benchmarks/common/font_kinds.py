"""What kinds a font is of, as far as its name and its widths say."""

import re
from collections.abc import Sequence
from functools import lru_cache

from PIL import ImageFont

_NAMED = {
    "segment display": r"^DSEG",
    "OCR-A, OCR-B": r"^ocr",
    "pixel font": r"^px |^spleen|^terminus|^misaki|^proggy|^dotgothic|^amiga|^atari|^c-64|^glass tty|^unifont",
    "bold": r"bold|black|heavy|demi\b",
    "italic": r"ital|obl|slant",
    "condensed": r"cond|narrow|cnd|compressed",
}
_FIXED = "monospaced"
_OTHERS = "none of these"
KINDS = (*_NAMED, _FIXED, _OTHERS)


@lru_cache(maxsize=4096)
def font_kinds(path: str) -> Sequence[str]:
    """Those of `KINDS` that a font file is of, by the names of its family and style and by the widths of its letters.

    A font can be of several: bold and condensed, say. Whether it has serifs, no name says reliably.
    """
    font = ImageFont.truetype(path, 48, layout_engine=ImageFont.Layout.BASIC)
    name = " ".join(part.strip() for part in font.getname() if part)
    kinds = [kind for kind, pattern in _NAMED.items() if re.search(pattern, name, re.IGNORECASE)]
    if len({font.getlength(c) for c in "iM.W"}) == 1:
        kinds.append(_FIXED)
    return tuple(kinds) or (_OTHERS,)
