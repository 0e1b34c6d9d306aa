"""Draws test pictures with true boxes, the centres of the masks, and what was read."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from keras_reader.evaluation.mask_metrics import centres
from keras_reader.images import ResizedAxis, open_colour
from keras_reader.inference.reader import Reading
from keras_reader.visualization.style import draw_text

_COLUMNS, _WIDTH, _GAP = 3, 400, 6
_BAND = 26


class Read(NamedTuple):
    """A picture with its truth, what was read, and how it maps to the reader's own size.

    Attributes:
        path: the picture's file.
        text: the true text.
        kind: the kind of its font.
        boxes: `(characters, 4)`: left, top, right, bottom of each character in pixels of the picture.
        reading: what was read.
        axes: how the picture's rows and columns map to the reader's image.
    """

    path: Path
    text: str
    kind: str
    boxes: np.ndarray
    reading: Reading
    axes: tuple[ResizedAxis, ResizedAxis]

    @property
    def is_right(self) -> bool:
        """Whether the whole text was read right."""
        return self.reading.text == self.text

    @property
    def network_boxes(self) -> np.ndarray:
        """The boxes in pixels of the reader's own size: float64 `(characters, 4)`."""
        rows, columns = self.axes
        return np.stack([_to_image(axis, self.boxes[:, i]) for i, axis in enumerate((columns, rows, columns, rows))], 1)


def _to_image(axis, position):
    """The inverse of `ResizedAxis.to_picture`."""
    numerator, denominator = axis.scale
    return (position - axis.size_in / 2) * denominator / numerator + axis.size_out / 2


def draw_sheet(read: list[Read]) -> Image.Image:
    """The pictures in rows of three, each with what is true and what was read."""
    tiles = [_tile(row) for row in read]
    width, height = tiles[0].size
    rows = -(-len(tiles) // _COLUMNS)
    sheet = Image.new("RGB", (_COLUMNS * (width + _GAP) - _GAP, rows * (height + _GAP) - _GAP), "white")
    for i, tile in enumerate(tiles):
        sheet.paste(tile, (i % _COLUMNS * (width + _GAP), i // _COLUMNS * (height + _GAP)))
    return sheet


def _tile(row):
    picture = Image.fromarray(open_colour(row.path))
    scale = _WIDTH / picture.width
    height = round(picture.height * scale)
    tile = Image.new("RGB", (_WIDTH, height + _BAND), "white")
    tile.paste(picture.resize((_WIDTH, height), Image.Resampling.BILINEAR))
    draw = ImageDraw.Draw(tile)
    # Around the digits, so that the outline covers none of their strokes.
    for box in (row.boxes * scale + np.array([-3, -3, 3, 3])).tolist():
        draw.rectangle(box, outline="black", width=3)
        draw.rectangle(box, outline="white", width=1)
    rows, columns = row.axes
    for x, y in centres(row.reading.masks).tolist():
        if x == x:  # an empty mask has no centre
            x, y = columns.to_picture(x) * scale, rows.to_picture(y) * scale
            draw.ellipse((x - 5, y - 5, x + 5, y + 5), fill="white", outline="black", width=2)
    colour = "#186a3b" if row.is_right else "#b03a2e"
    line = f"{row.text}, read {row.reading.text or 'nothing'} ({row.reading.confidence:.2f})"
    draw_text(draw, (4, height + 5), line, 15, colour, "lt", _WIDTH)
    return tile
