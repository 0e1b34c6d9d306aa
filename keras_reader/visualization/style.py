"""The style of all pictures: colours, fonts, and how characters and numbers are written."""

import math
from functools import lru_cache

from PIL import ImageDraw, ImageFont

from keras_reader.visualization.glyphs import BUILT_IN, code_point, runs

PAPER, TEXT, FAINT, TRACK = "#ffffff", "#202020", "#707070", "#d8d8d8"
BLUE, LIGHT_BLUE = "#1d4ed8", "#dbeafe"
RIGHT, WRONG = "#15803d", "#c81e1e"
BOX = "#ff9f0a"

PADDING = 16


def percent(probability: float) -> str:
    """A probability in percent, rounded down, so that 100% means certainty."""
    tenths = math.floor(probability * 1000)
    return "100%" if tenths >= 1000 else f"{tenths / 10:.1f}%"


def label(character: str) -> str:
    """How a character is shown by itself: as it is, or as its code point, `U+4EAC`, if no installed font has it."""
    if character == " ":
        return "space"
    drawn = "".join(part for _, part in runs(character))
    return drawn.strip("[]") if drawn == code_point(character) else character


def readable(text: str) -> str:
    """How a text is shown to a person: as it is, but `empty`, or `[space]` for spaces at its ends.

    Characters that no font has are shown as code points in brackets, as `draw_text` does.
    """
    if not text:
        return "empty"
    inner = text.strip(" ")
    first = len(text) - len(text.lstrip(" ")) if inner else len(text)
    last = len(text) - first - len(inner)
    return "[space]" * first + "".join(part for _, part in runs(inner)) + "[space]" * last


def draw_text(
    draw: ImageDraw.ImageDraw, position: tuple[float, float], text: str, size: int, colour: str, anchor: str, width: int
) -> None:
    """Draw text at most `width` pixels wide: in a smaller size if needed, cut off if that is not enough.

    A character that Pillow's font lacks is drawn in an installed font that has it, or else as its code point.

    Args:
        draw: where to draw.
        position: x and y of the anchor.
        text: one line.
        size: largest size of the font in pixels.
        colour: of the text.
        anchor: where `position` is: `"l"` or `"m"` for the text's left or middle, then `"t"` or `"m"` for its top or
            middle.
        width: most pixels.
    """
    parts = runs(text)
    while size > 9 and _length(parts, size) > width:
        size -= 1
    if _length(parts, size) > width:
        # A character is at least one pixel wide.
        kept = "".join(part for _, part in parts)[:width]
        while _length(parts := runs(kept + "..."), size) > width:
            kept = kept[:-1]
    if [path for path, _ in parts] in ([], [BUILT_IN]):
        draw.text(position, "".join(part for _, part in parts), fill=colour, font=font(size), anchor=anchor)
        return
    # All fonts stand on one line; their own heights differ.
    x, y = position
    if anchor[0] == "m":
        x -= _length(parts, size) / 2
    if anchor[1] == "t":
        y -= min(font(size, path).getbbox(part, anchor="ls")[1] for path, part in parts)
    else:
        ascent, descent = font(size).getmetrics()
        y += (ascent - descent) / 2
    for path, part in parts:
        draw.text((x, y), part, fill=colour, font=font(size, path), anchor="ls")
        x += font(size, path).getlength(part)


def _length(parts, size):
    return sum(font(size, path).getlength(part) for path, part in parts)


@lru_cache(maxsize=256)
def font(size: int, path: str = BUILT_IN) -> ImageFont.FreeTypeFont:
    """A font in a size in pixels: Pillow's built-in one, or that of a file.

    Unlike `text_rendering.load_font`, whose glyphs each stand for a character, it may shape a text, as in Arabic.
    """
    found = ImageFont.truetype(path, size) if path else ImageFont.load_default(size)
    assert isinstance(found, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return found
