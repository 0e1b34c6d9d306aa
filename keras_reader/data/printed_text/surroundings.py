"""What a text is printed on and between, other than plain paper: pictures, fields of another level, rulings.

Each draws into `back`, float32 `(height, width)`, 1 being white; `draw` gives uniform numbers in [0, 1); `paper` and
`colour` are the levels of the paper and of the ink.
"""

import math
from functools import lru_cache

import numpy as np

from keras_reader.data.printed_text.neighbours import outline


@lru_cache(maxsize=1024)
def ramp(length: int) -> np.ndarray:
    """From -1 to 1 along a side of so many pixels, float32."""
    return np.linspace(-1, 1, length, dtype=np.float32)


def scene(back, cover, draw, paper, colour, pixels):
    """What is behind a text that is written over a picture: surfaces with edges between them.

    They are near the level of the paper, or of any level where the letters have an outline.
    """
    height, width = back.shape
    outlined = draw() < 0.6
    for _ in range(1 + int(draw() * 4)):
        angle, place, u = draw() * 2 * math.pi, draw() - 0.5, draw()
        surface = u if outlined else paper + (colour - paper) * (0.7 * u - 0.35)
        across, down = math.cos(angle), math.sin(angle)
        beside = (ramp(width) * np.float32(across * width / 2)) + (
            ramp(height)[:, None] * np.float32(down * height / 2)
        )
        beside += np.float32(place * (abs(across) * width + abs(down) * height))
        soft = np.float32(1 + 4 * draw() ** 2)
        back += (np.float32(surface) - back) * np.clip(beside / soft + np.float32(0.5), 0, 1)
    if outlined:
        for _ in range(1 + int(draw() * pixels / 12)):
            cover = outline(cover)
        back += (np.float32(paper) - back) * cover


def box(back, draw, pixels, boxes, paper, colour):
    """A field of paper around the text, on something else: a key, a label, a line in inverse video."""
    x0, y0, x1, y1 = boxes[:, 0].min(), boxes[:, 1].min(), boxes[:, 2].max(), boxes[:, 3].max()
    gap = 1 + int(draw() * 0.2 * pixels)
    around = np.float32(paper + (colour - paper) * (draw() - 0.4))
    left, top, right, bottom = (max(0, int(v)) for v in (x0 - gap - 1, y0 - gap, x1 + gap + 1, y1 + gap))
    back[:top], back[bottom:], back[:, :left], back[:, right:] = around, around, around, around


def frame(back, draw, pixels, boxes, paper, colour):
    """A ruling under or over the text, or a side of a box beside it, where there is room."""
    height, width = back.shape
    x0, y0, x1, y1 = boxes[:, 0].min(), boxes[:, 1].min(), boxes[:, 2].max(), boxes[:, 3].max()
    thick = 1 + int(draw() * pixels / 14)
    colour = paper + (colour - paper) * (0.4 + 0.6 * draw())
    beside = max(3, pixels * 0.2)
    # Above, below, left and right of the text, each seen from its own edge of the crop.
    for room, gap, seen in (
        (y0, 2, back),
        (height - y1, 2, back[::-1]),
        (x0, beside, back.T),
        (width - x1, beside, back.T[::-1]),
    ):
        wanted, place = draw(), draw()
        if wanted < 0.5 and room > thick + gap:
            at = int(place * (room - thick - gap))
            seen[at : at + thick] = colour
