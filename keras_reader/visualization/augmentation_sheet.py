"""A picture of labelled images as they are trained on."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from keras_reader.config import ReaderConfig
from keras_reader.data.augmentation import Augmentation, augment
from keras_reader.data.labelled_images import LabelledImages
from keras_reader.data.random_streams import RandomStreams
from keras_reader.images import resize
from keras_reader.visualization.media_files import write_png
from keras_reader.visualization.style import FAINT, PADDING, PAPER, TEXT, draw_text, readable

ROWS, COLUMNS = 8, 7  # images, and changes of each
DRAWN_WORDS = 4 * (COLUMNS + 1)  # that are shown, at most
_HEADING_HEIGHT = 32
_TILE_HEIGHT = 64
_LABEL_HEIGHT = 22


def write_augmentation_sheet(
    labelled: LabelledImages,
    config: ReaderConfig,
    augmentation: Augmentation | None,
    seed: int,
    path: str | Path,
    drawn: Sequence[tuple[np.ndarray, str]] = (),
) -> None:
    """Write a PNG: in each row an image as the network sees it, and random changes of it; below, words that are drawn.

    Args:
        labelled: the images; some of them, evenly spaced, are shown.
        config: the reader's configuration.
        augmentation: how the images are changed; `None` for not at all.
        seed: fixes the changes.
        path: the file to write.
        drawn: words on backgrounds of the images, that are trained on too: the image of each, float32
            `(height, width)` in [0, 1], at the reader's size, and its text. At most `DRAWN_WORDS` are shown.

    Raises:
        InputError: if an image cannot be read or the file cannot be written.
    """
    count = min(ROWS, len(labelled))
    chosen = labelled.subset([(2 * k + 1) * len(labelled) // (2 * count) for k in range(count)])
    height, width = config.image_size
    scale = max(1, round(_TILE_HEIGHT / height))
    tile = width * scale + PADDING, height * scale + _LABEL_HEIGHT + PADDING
    rows = math.ceil(len(drawn[:DRAWN_WORDS]) / (COLUMNS + 1))
    images_end = PADDING + count * tile[1]
    total = images_end + (_HEADING_HEIGHT + rows * tile[1] if rows else 0)
    sheet = Image.new("RGB", (PADDING + (COLUMNS + 1) * tile[0], total), PAPER)
    draw = ImageDraw.Draw(sheet)
    streams = RandomStreams((0, seed))
    for row, example in enumerate(chosen.examples()):
        image = np.rint(resize(example.image, config.image_size, config.resize) * 255).astype(np.uint8)
        left, top = PADDING, PADDING + row * tile[1]
        draw_text(draw, (left, top + 4), readable(example.true_text), 15, FAINT, "lt", width * scale)
        for column in range(COLUMNS + 1):
            shown = image
            if column and augmentation is not None:
                changed = augment(image, augmentation, streams.at(row * COLUMNS + column, 0))
                shown = np.rint(changed * 255).astype(np.uint8)
            sheet.paste(_enlarged(shown, scale), (left + column * tile[0], top + _LABEL_HEIGHT))
    if rows:
        title = "words drawn on backgrounds of the images, with their texts"
        draw_text(draw, (PADDING, images_end + 4), title, 17, TEXT, "lt", sheet.width - 2 * PADDING)
    for number, (image, text) in enumerate(drawn[:DRAWN_WORDS]):
        left = PADDING + number % (COLUMNS + 1) * tile[0]
        top = images_end + _HEADING_HEIGHT + number // (COLUMNS + 1) * tile[1]
        draw_text(draw, (left, top + 4), readable(text), 15, FAINT, "lt", width * scale)
        sheet.paste(_enlarged(np.rint(image * 255).astype(np.uint8), scale), (left, top + _LABEL_HEIGHT))
    write_png(sheet, path)


def _enlarged(levels, scale):
    height, width = levels.shape
    return Image.fromarray(levels).resize((width * scale, height * scale), Image.Resampling.NEAREST)
