"""Contact sheets: all decoding steps of one reading side by side."""

import math

from PIL import Image, ImageDraw

from keras_reader.inference.read_example import ReadExample
from keras_reader.visualization.parts import (
    FOOTER_HEIGHT,
    SLOT_HEIGHT,
    SLOT_WIDTH,
    decoding_steps_of,
    draw_slot,
    draw_verdict,
    paste_picture,
)
from keras_reader.visualization.style import FAINT, PADDING, PAPER, draw_text

SHEET_HEIGHT = 160  # least height of a picture in a contact sheet, in pixels
SHEET_WIDTH = 1600


def contact_sheet(example: ReadExample) -> Image.Image:
    """The bare image and all decoding steps of a reading, each with its character and confidence below.

    A sheet that would be wider than 1600 pixels continues in the next row.

    Returns:
        An RGB image; each picture in it is at least 160 pixels high.
    """
    steps = decoding_steps_of(example.reading)
    scale = math.ceil(SHEET_HEIGHT / example.image.shape[0])
    height, width = (side * scale for side in example.image.shape)
    tile_width, tile_height = max(width, SLOT_WIDTH) + PADDING, height + SLOT_HEIGHT + PADDING
    columns = max(1, min(len(steps) + 1, (SHEET_WIDTH - PADDING) // tile_width))
    # The verdict needs room even if there is only one decoding step.
    sheet_width = max(columns * tile_width, 320) + PADDING
    rows = math.ceil((len(steps) + 1) / columns)
    sheet = Image.new("RGB", (sheet_width, PADDING + FOOTER_HEIGHT + rows * tile_height), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw_verdict(draw, example, PADDING, PADDING // 2, sheet_width - 2 * PADDING)
    for i, step in enumerate([None, *steps]):
        centre = PADDING + i % columns * tile_width + (tile_width - PADDING) // 2
        top = PADDING + FOOTER_HEIGHT + i // columns * tile_height
        paste_picture(sheet, example, step, scale, centre - width // 2, top)
        if step is None:
            draw_text(draw, (centre, top + height + 26), "image", 15, FAINT, "mm", tile_width)
        else:
            draw_slot(draw, centre - SLOT_WIDTH // 2, top + height, step)
    return sheet
