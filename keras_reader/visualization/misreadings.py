"""Pages of misread images: what was read, and where the reader looked."""

import itertools
from collections.abc import Iterable, Iterator

from PIL import Image, ImageDraw

from keras_reader.inference.read_example import ReadExample
from keras_reader.visualization.contact_sheet import contact_sheet
from keras_reader.visualization.style import PADDING, PAPER, TEXT, TRACK, draw_text

IMAGES_A_PAGE = 8
_PICTURE_HEIGHT = 48
_HEADING_HEIGHT = 40


def misreading_pages(
    examples: Iterable[ReadExample], suspect: Iterable[bool] = itertools.repeat(False)
) -> Iterator[Image.Image]:
    """Contact sheets of several readings below each other, each under its image's name.

    Args:
        examples: what to draw, taken when a page needs it.
        suspect: whether the label of each may be what is wrong. The reading is then not called wrong.

    Returns:
        RGB images with the sheets of at most `IMAGES_A_PAGE` readings each.
    """
    sheets = []
    for example, is_suspect in zip(examples, suspect, strict=False):
        sheets.append((example.source, contact_sheet(example, _PICTURE_HEIGHT, is_suspect=is_suspect)))
        if len(sheets) == IMAGES_A_PAGE:
            yield _page(sheets)
            sheets = []
    if sheets:
        yield _page(sheets)


def _page(sheets):
    width = max(sheet.width for _, sheet in sheets)
    page = Image.new("RGB", (width, sum(_HEADING_HEIGHT + sheet.height for _, sheet in sheets)), PAPER)
    draw = ImageDraw.Draw(page)
    top = 0
    for i, (name, sheet) in enumerate(sheets):
        if i:
            draw.line((0, top, width, top), fill=TRACK, width=2)
        draw_text(draw, (PADDING, top + PADDING), name, 17, TEXT, "lt", width - 2 * PADDING)
        page.paste(sheet, (0, top + _HEADING_HEIGHT))
        top += _HEADING_HEIGHT + sheet.height
    return page
