"""Colours, letters and numbers of all pictures."""

import math
from functools import lru_cache

from PIL import ImageDraw, ImageFont

PAPER, TEXT, FAINT, TRACK = "#ffffff", "#202020", "#707070", "#d8d8d8"
BLUE, LIGHT_BLUE = "#1d4ed8", "#dbeafe"
RIGHT, WRONG = "#15803d", "#c81e1e"
BOX = "#ff9f0a"

PADDING = 16


def percent(probability: float) -> str:
    """A probability in percent, rounded down, so that only certainty is 100%."""
    tenths = math.floor(probability * 1000)
    return "100%" if tenths >= 1000 else f"{tenths / 10:.1f}%"


@lru_cache(maxsize=4096)
def label(character: str) -> str:
    """What stands for a character in pictures: itself, or its code point if Pillow's font lacks it."""
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
    """A text for a person: as it is, or character by character where some could not be seen."""
    if not text:
        return "empty"
    if text == text.strip() and all(label(character) == character for character in text.replace(" ", "")):
        return text
    return " ".join(map(label, text))


def draw_text(
    draw: ImageDraw.ImageDraw, position: tuple[float, float], text: str, size: int, colour: str, anchor: str, width: int
) -> None:
    """Draw text, smaller where it would be wider than `width` pixels, cut where that does not help."""
    while size > 9 and font(size).getlength(text) > width:
        size -= 1
    if font(size).getlength(text) > width:
        text = text[:width]  # no character is narrower than a pixel
        while font(size).getlength(text + "...") > width:
            text = text[:-1]
        text += "..."
    draw.text(position, text, fill=colour, font=font(size), anchor=anchor)


@lru_cache(maxsize=64)
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own font in a size in pixels."""
    return ImageFont.load_default(size)
