"""A picture of drawn texts as they are trained on."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from keras_reader.data.printed_text.printed_text import DrawnText
from keras_reader.visualization.media_files import write_png
from keras_reader.visualization.style import FAINT, PADDING, PAPER, draw_text, readable

ROWS = 12
SHEET_WIDTH = 1400
_TILE_HEIGHT = 64
_LABEL_HEIGHT = 20


def write_text_sheet(words: DrawnText, path: str | Path) -> None:
    """Write a PNG of the first images of drawn texts, each with its text below it.

    The images are enlarged in whole pixels to about 64 pixels in height. Twelve rows are drawn, of as many as fit into
    1400 pixels.

    Args:
        words: what draws the images.
        path: the file to write.

    Raises:
        InputError: if the file cannot be written.
    """
    height, width = words.image_size
    scale = max(1, round(_TILE_HEIGHT / height))
    tile = width * scale + PADDING, height * scale + _LABEL_HEIGHT + PADDING
    columns = max(1, (SHEET_WIDTH - PADDING) // tile[0])
    sheet = Image.new("L", (PADDING + columns * tile[0], PADDING + ROWS * tile[1]), PAPER)
    draw = ImageDraw.Draw(sheet)
    images, texts, _ = words.batch(range(ROWS * columns))
    for number, (image, text) in enumerate(zip(images, texts, strict=True)):
        left, top = PADDING + number % columns * tile[0], PADDING + number // columns * tile[1]
        # Unclipped images have levels outside of those of bytes.
        levels = np.rint(image).clip(0, 255).astype(np.uint8)
        enlarged = Image.fromarray(levels).resize((width * scale, height * scale), Image.Resampling.NEAREST)
        sheet.paste(enlarged, (left, top))
        draw_text(draw, (left, top + height * scale + 3), readable(text), 14, FAINT, "lt", width * scale)
    write_png(sheet, path)
