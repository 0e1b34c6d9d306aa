"""Contact sheets: all decoding steps of one reading side by side."""

import math

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

# Small pictures are enlarged to this height, and large ones are shrunk to (height, width), in pixels: at least two fit
# beside each other.
SHEET_HEIGHT, LARGEST_PICTURE = 160, (384, 768)
SHEET_WIDTH = 1600


def contact_sheet(
    example: ReadExample,
    picture_height: int = SHEET_HEIGHT,
    style: str = DEFAULT_STYLE,
    is_suspect: bool = False,
) -> Image.Image:
    """The bare picture and all decoding steps of a reading, each with its character and confidence below.

    A sheet that would be wider than 1600 pixels continues in the next row.

    Args:
        example: the image and its reading. Its boxes, if it has any, are drawn as thin outlines.
        picture_height: height in pixels to which small pictures are enlarged.
        style: how masks are shown, one of `keras_reader.visualization.overlay.MASK_STYLES`.
        is_suspect: whether the label may be what is wrong. The reading is then not called wrong.

    Returns:
        An RGB image. Each picture in it is at least `picture_height` pixels high, unless it would be wider than 768
        pixels, and at most 768 pixels wide and 384 high.

    Raises:
        InputError: if the file of the example can no longer be read.
    """
    steps = decoding_steps_of(example.reading)
    picture = ShownPicture(example, picture_height, LARGEST_PICTURE, style)
    height, width = picture.size
    tile_width, tile_height = max(width, SLOT_WIDTH) + PADDING, height + SLOT_HEIGHT + PADDING
    columns = max(1, min(len(steps) + 1, (SHEET_WIDTH - PADDING) // tile_width))
    # The verdict needs room even if there is only one decoding step.
    sheet_width = max(columns * tile_width, 320) + PADDING
    rows = math.ceil((len(steps) + 1) / columns)
    sheet = Image.new("RGB", (sheet_width, PADDING + FOOTER_HEIGHT + rows * tile_height), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw_verdict(draw, example, PADDING, PADDING // 2, sheet_width - 2 * PADDING, is_suspect)
    for i, step in enumerate([None, *steps]):
        centre = PADDING + i % columns * tile_width + (tile_width - PADDING) // 2
        top = PADDING + FOOTER_HEIGHT + i // columns * tile_height
        paste_picture(sheet, picture, step, centre - width // 2, top)
        if step is None:
            draw_text(draw, (centre, top + height + 26), "image", 15, FAINT, "mm", tile_width)
        else:
            draw_slot(draw, centre - SLOT_WIDTH // 2, top + height, step)
    return sheet
