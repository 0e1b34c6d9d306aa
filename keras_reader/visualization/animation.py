"""Animations of one reading, and of several readings in a grid."""

import math
from collections.abc import Sequence

from PIL import Image, ImageDraw

from keras_reader.inference.read_example import ReadExample
from keras_reader.visualization.overlay import DEFAULT_STYLE
from keras_reader.visualization.parts import (
    FOOTER_HEIGHT,
    SLOT_HEIGHT,
    SLOT_WIDTH,
    decoding_steps_of,
    draw_slot,
    draw_verdict,
)
from keras_reader.visualization.shown_picture import ShownPicture, paste_picture
from keras_reader.visualization.style import FAINT, PADDING, PAPER, draw_text

# Small pictures are enlarged to this height, and large ones are shrunk to (height, width), in pixels.
ANIMATION_HEIGHT, LARGEST_PICTURE = 240, (768, 1024)
MOSAIC_WIDTH, LARGEST_TILE = 1120, (320, 560)


def animate(example: ReadExample, decoding_steps: int | None = None, style: str = DEFAULT_STYLE) -> list[Image.Image]:
    """The frames of one reading.

    The first frame is the bare picture. One frame for each character follows, then one for the terminator if the reader
    gave it. Each frame shows the example's own picture, in its own colours, under the mask of its decoding step, and a
    panel with the text read so far. The panel is on the right of the picture, or below a wide one. The last frame also
    shows the confidence of the whole text and, if the true text is known, whether it is right.

    Args:
        example: the image and its reading. Its boxes, if it has any, are drawn as thin outlines.
        decoding_steps: number of decoding steps to leave room for, so that animations of different words have the same
            size; `None` for those of this reading.
        style: how masks are shown, one of `keras_reader.visualization.overlay.MASK_STYLES`.

    Returns:
        RGB images of one size. The picture in them is at least 240 pixels high, unless it would be wider than 1024
        pixels, and at most 1024 pixels wide and 768 high.

    Raises:
        InputError: if the file of the example can no longer be read.
    """
    picture = ShownPicture(example, ANIMATION_HEIGHT, LARGEST_PICTURE, style)
    height, width = picture.size
    return _animate(example, picture, decoding_steps, beside=width <= 1.5 * height)


class _Layout:
    """The layout of a frame: the picture, and a panel of slots and a footer on its right or below it."""

    def __init__(self, picture_size, decoding_steps, beside):
        height, width = picture_size
        if beside:
            rows = max(1, (height - FOOTER_HEIGHT) // SLOT_HEIGHT)
            self.columns = max(5, math.ceil(decoding_steps / rows))
            self.panel = 2 * PADDING + width, PADDING
        else:
            self.columns = max(5, width // SLOT_WIDTH)
            self.panel = PADDING, 2 * PADDING + height
        self.panel_width = self.columns * SLOT_WIDTH
        self.footer = self.panel[0], self.panel[1] + math.ceil(decoding_steps / self.columns) * SLOT_HEIGHT
        self.size = (
            PADDING + max(PADDING + width, self.panel[0] + self.panel_width),
            PADDING + max(PADDING + height, self.footer[1] + FOOTER_HEIGHT),
        )

    def slot(self, k):
        return self.panel[0] + k % self.columns * SLOT_WIDTH, self.panel[1] + k // self.columns * SLOT_HEIGHT


def _animate(example, picture, decoding_steps, beside):
    done = decoding_steps_of(example.reading)
    layout = _Layout(picture.size, max(decoding_steps or 0, len(done)), beside)
    return [_frame(example, picture, done[:k], layout, last=k == len(done)) for k in range(len(done) + 1)]


def _frame(example, picture, done, layout, last):
    frame = Image.new("RGB", layout.size, PAPER)
    draw = ImageDraw.Draw(frame)
    paste_picture(frame, picture, done[-1] if done else None, PADDING, PADDING)
    for k, step in enumerate(done):
        left, top = layout.slot(k)
        draw_slot(draw, left, top, step, current=k == len(done) - 1)
    left, top = layout.footer if done else layout.panel
    if last:
        draw_verdict(draw, example, layout.footer[0], layout.footer[1], layout.panel_width)
    else:
        draw_text(draw, (left, top + 8), f"step {len(done)}" if done else "image", 15, FAINT, "lt", layout.panel_width)
    return frame


def mosaic(examples: Sequence[ReadExample], style: str = DEFAULT_STYLE) -> list[Image.Image]:
    """The frames of several readings in a grid. All are at the same decoding step; short ones wait at their last frame.

    Args:
        examples: at least one image with its reading. Their pictures are enlarged less and shrunk more than by
            `animate`, so that the grid fits on a page.
        style: how masks are shown, one of `keras_reader.visualization.overlay.MASK_STYLES`.

    Returns:
        RGB images of one size, as many as the longest reading has frames.

    Raises:
        InputError: if the file of an example can no longer be read.
    """
    pictures = [ShownPicture(example, ANIMATION_HEIGHT, LARGEST_TILE, style) for example in examples]
    decoding_steps = max(len(decoding_steps_of(example.reading)) for example in examples)
    tiles = [
        _animate(example, picture, decoding_steps, beside=False)
        for example, picture in zip(examples, pictures, strict=True)
    ]
    width, height = (max(tile[0].size[side] for tile in tiles) for side in (0, 1))
    columns = _columns(len(tiles), width, height)
    frames = []
    for k in range(max(map(len, tiles))):
        frame = Image.new("RGB", (columns * width, math.ceil(len(tiles) / columns) * height), PAPER)
        for i, tile in enumerate(tiles):
            frame.paste(tile[min(k, len(tile) - 1)], (i % columns * width, i // columns * height))
        frames.append(frame)
    return frames


def _columns(tiles, width, height):
    """The number of columns whose grid is closest to 4:3 and fits on a page."""

    def distance(columns):
        return abs(math.log(columns * width / (math.ceil(tiles / columns) * height) / (4 / 3)))

    return min(range(1, max(1, min(tiles, MOSAIC_WIDTH // width)) + 1), key=distance)
