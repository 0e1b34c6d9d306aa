"""The style of all pictures: colours, fonts, and how characters and numbers are written."""

import math
from functools import lru_cache

from PIL import ImageDraw, ImageFont

PAPER, TEXT, FAINT, TRACK = "#ffffff", "#202020", "#707070", "#d8d8d8"
BLUE, LIGHT_BLUE = "#1d4ed8", "#dbeafe"
RIGHT, WRONG = "#15803d", "#c81e1e"
BOX = "#ff9f0a"

PADDING = 16


def percent(probability: float) -> str:
    """A probability in percent, rounded down, so that 100% means certainty."""
    tenths = math.floor(probability * 1000)
    return "100%" if tenths >= 1000 else f"{tenths / 10:.1f}%"


@lru_cache(maxsize=4096)
def label(character: str) -> str:
    """How a character is shown in pictures: as it is, or as its code point if Pillow's font does not have it."""
    if character == " ":
        return "space"
    pillow = font(32)
    glyph, missing = pillow.getmask(character), pillow.getmask("\U0010ffff")
    # The stubs of Pillow do not say that a glyph is a buffer of its pixels.
    same = glyph.size == missing.size and bytes(glyph) == bytes(missing)  # pyright: ignore[reportArgumentType]
    if glyph.getbbox() is None or same:
        return f"U+{ord(character):04X}"
    return character


def readable(text: str) -> str:
    """How a text is shown to a person: as it is, or as a list of labels if a character would be invisible."""
    if not text:
        return "empty"
    if text == text.strip() and all(label(character) == character for character in text.replace(" ", "")):
        return text
    return " ".join(map(label, text))


def draw_text(
    draw: ImageDraw.ImageDraw, position: tuple[float, float], text: str, size: int, colour: str, anchor: str, width: int
) -> None:
    """Draw text at most `width` pixels wide: in a smaller size if needed, cut off if that is not enough."""
    while size > 9 and font(size).getlength(text) > width:
        size -= 1
    if font(size).getlength(text) > width:
        text = text[:width]  # a character is at least one pixel wide
        while font(size).getlength(text + "...") > width:
            text = text[:-1]
        text += "..."
    draw.text(position, text, fill=colour, font=font(size), anchor=anchor)


@lru_cache(maxsize=64)
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's built-in font in a size in pixels."""
    return ImageFont.load_default(size)
