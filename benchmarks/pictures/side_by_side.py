"""The same word as several readers read it: one animation of all of them beside each other."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from keras_reader.inference.read_example import ReadExample
from keras_reader.visualization.animation import mosaic
from keras_reader.visualization.style import PADDING, PAPER, TEXT, draw_text

CAPTION_HEIGHT = 28
SCALE = 0.7  # of an animation's tile, so that three fit a page


def side_by_side(rows: Sequence[Sequence[tuple[str, ReadExample]]]) -> list[Image.Image]:
    """The frames of several readings in rows, all at the same step, each under its caption.

    Args:
        rows: as many captions and examples in each, with images of one size; levels beyond 0 to 255 are drawn as these.

    Returns:
        RGB images of one size, as many as the longest reading has.
    """
    tiles = [[(caption, mosaic([_in_bytes(example)])) for caption, example in row] for row in rows]
    every = [frames for row in tiles for _, frames in row]
    width, height = (max(round(SCALE * frames[0].size[side]) for frames in every) for side in (0, 1))
    size = len(tiles[0]) * width + PADDING, len(tiles) * (height + CAPTION_HEIGHT) + PADDING
    pictures = []
    for k in range(max(map(len, every))):
        picture = Image.new("RGB", size, PAPER)
        draw = ImageDraw.Draw(picture)
        for i, row in enumerate(tiles):
            for j, (caption, frames) in enumerate(row):
                left, top = j * width, i * (height + CAPTION_HEIGHT)
                draw_text(
                    draw, (left + PADDING, top + CAPTION_HEIGHT // 2 + 2), caption, 17, TEXT, "lm", width - PADDING
                )
                frame = frames[min(k, len(frames) - 1)]
                small = frame.resize([round(SCALE * side) for side in frame.size], Image.Resampling.LANCZOS)
                picture.paste(small, (left, top + CAPTION_HEIGHT))
        pictures.append(picture)
    return pictures


def _in_bytes(example):
    image = np.clip(np.rint(example.image), 0, 255).astype(np.uint8)
    return ReadExample(image=image, text=example.text, boxes=example.boxes, reading=example.reading)
