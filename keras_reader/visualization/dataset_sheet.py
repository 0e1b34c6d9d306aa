"""A sheet of labelled images as the network will see them."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from keras_reader.visualization.style import FAINT, PADDING, PAPER, TEXT, TRACK, draw_text, readable

_TILE_WIDTH = 240  # a picture is enlarged to about so many pixels
_SHEET_WIDTH = 1120
_CAPTION_HEIGHT = 48
_TITLE_HEIGHT = 64


def dataset_sheet(
    images: Sequence[np.ndarray], texts: Sequence[str], names: Sequence[str], title: str, hint: str
) -> Image.Image:
    """Labelled images in a grid: each enlarged in whole pixels, with its label, and once more at its own size.

    Args:
        images: uint8 `(height, width)` in [0, 255], all of one size, the network's; at least one.
        texts: the label of each.
        names: what each is, such as its line in the CSV.
        title, hint: two lines above them.

    Returns:
        An RGB image.
    """
    height, width = images[0].shape
    scale = max(2, _TILE_WIDTH // width)
    tile_width = max(width * scale, _TILE_WIDTH) + PADDING
    below = max(_CAPTION_HEIGHT, height + 4)
    tile_height = height * scale + below + PADDING
    columns = max(1, min(len(images), (_SHEET_WIDTH - PADDING) // tile_width))
    sheet_width = max(columns * tile_width + PADDING, 560)
    rows = math.ceil(len(images) / columns)
    sheet = Image.new("RGB", (sheet_width, _TITLE_HEIGHT + rows * tile_height + PADDING), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw_text(draw, (PADDING, PADDING), title, 17, TEXT, "lt", sheet_width - 2 * PADDING)
    draw_text(draw, (PADDING, PADDING + 24), hint, 15, FAINT, "lt", sheet_width - 2 * PADDING)
    for i, (image, text, name) in enumerate(zip(images, texts, names, strict=True)):
        left, top = PADDING + i % columns * tile_width, _TITLE_HEIGHT + i // columns * tile_height
        picture = Image.fromarray(image)
        large = picture.resize((width * scale, height * scale), Image.Resampling.NEAREST)
        draw.rectangle((left - 1, top - 1, left + large.width, top + large.height), outline=TRACK)
        sheet.paste(large, (left, top))
        top += large.height
        # Captions go to the left of the small picture, or below it where it is too wide for that.
        room = tile_width - PADDING - width - 8
        if room >= 80:
            sheet.paste(picture, (left + tile_width - PADDING - width, top + 4))
            draw_text(draw, (left, top + 6), readable(text), 20, TEXT, "lt", room)
            draw_text(draw, (left, top + 30), name, 12, FAINT, "lt", room)
        else:
            draw_text(draw, (left, top + 6), readable(text), 20, TEXT, "lt", tile_width - PADDING)
            draw_text(draw, (left, top + 30), name, 12, FAINT, "lt", tile_width - PADDING)
    return sheet
