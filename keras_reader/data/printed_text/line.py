"""One line of text set in a font: its ink and the box of each character."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from keras_reader.data.text_rendering import load_font


class Line(NamedTuple):
    """A line of text.

    Attributes:
        ink: uint8 `(height, width)` in [0, 255], how much of each pixel is covered.
        boxes: float64 `(characters, 4)`: left, top, right, bottom of each character's ink in pixels of `ink`; right and
            bottom are exclusive. That of a space is the gap: as wide as the space, at least a pixel, from the top of
            the ink to the baseline.
        top, bottom: where capitals with accents and descenders end in this font, in pixels of `ink`; they may lie
            outside of it.
        baseline: the row of the baseline in pixels of `ink`.
    """

    ink: np.ndarray
    boxes: np.ndarray
    top: float
    bottom: float
    baseline: int


def set_line(
    text: str,
    path: str | None,
    size: int,
    tracking: float = 0,
    wobble: Sequence[int] | None = None,
    kerned: bool = True,
) -> Line | None:
    """Set a text in a font, with the font's own kerning.

    Args:
        text: at least one character that is not a space.
        path: the font file; `None` for Pillow's own font.
        size: of the font in pixels.
        tracking: what is added between two characters, in pixels.
        wobble: how far each character is moved down, in whole pixels; `None` for none.
        kerned: whether the font has kerning; it is quicker not to look for it.

    Returns:
        The line; `None` if a character other than a space has no ink, as a dot may have none in a small size.
    """
    font = load_font(path, size)
    placed, pen = [], 0.0
    for i, character in enumerate(text):
        mask, (left, top) = font.getmask2(character, mode="L", anchor="ls")
        box = mask.getbbox()
        if box is not None:
            x, y = round(pen) + left, top + (wobble[i] if wobble is not None else 0)
            placed.append((mask, x, y, box))
        else:
            placed.append((None, round(pen), 0, (0, 0, max(1, round(font.getlength(character))), 0)))
        pen += tracking
        if kerned and i + 1 < len(text):
            pen += font.getlength(text[i : i + 2]) - font.getlength(text[i + 1])
        else:
            pen += font.getlength(character)
    if any(mask is None and character != " " for character, (mask, *_) in zip(text, placed, strict=True)):
        return None
    inked = [(x + box[0], y + box[1], x + box[2], y + box[3]) for mask, x, y, box in placed if mask is not None]
    lefts, tops, rights, bottoms = zip(*inked, strict=True)
    left, top = min(lefts), min(tops)
    # Where the boxes of two characters overlap, as in italics, the ink of both is kept.
    canvas = Image.new("L", (max(rights) - left, max(bottoms) - top))
    boxes = []
    for mask, x, y, box in placed:
        if mask is None:
            # A gap at an end of the text, or one that the tracking has closed, may lie outside of the ink.
            x0 = min(max(x - left, 0), canvas.width - 1)
            boxes.append((x0, 0, min(x0 + box[2], canvas.width), min(max(-top, 1), canvas.height)))
            continue
        x0, y0, x1, y1 = x + box[0] - left, y + box[1] - top, x + box[2] - left, y + box[3] - top
        canvas.im.paste(255, (x0, y0, x1, y1), mask if box == (0, 0, *mask.size) else mask.crop(box))
        boxes.append((x0, y0, x1, y1))
    ascent, descent = font.getmetrics()
    ascent, descent = min(ascent, size), min(descent, 0.35 * size)
    return Line(np.asarray(canvas), np.array(boxes, np.float64), -top - ascent, descent - top, -top)
