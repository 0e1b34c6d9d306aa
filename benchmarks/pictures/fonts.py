"""Words in many fonts with their readings, for `benchmarks.fonts`."""

from collections import defaultdict
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from benchmarks.common.font_families import family
from keras_reader.visualization.media_files import write_png
from keras_reader.visualization.style import FAINT, PADDING, PAPER, RIGHT, TEXT, WRONG

COLUMNS, ROWS, SCALE = 6, 2, 4


def draw_examples(readers, fonts, words, path: Path) -> None:
    """Draw a word in each of some fonts, with the readings of each reader below it.

    Args:
        readers: the readers by name.
        fonts: font files. Their families take turns.
        words: the words to draw in these fonts.
        path: the PNG file to write.
    """
    chosen = _families_in_turn(fonts)[: COLUMNS * ROWS]
    height, width = (side * SCALE for side in words.image_size)
    line = 22
    tile = width + PADDING, height + (len(readers) + 2) * line + PADDING
    sheet = Image.new("RGB", (COLUMNS * tile[0] + PADDING, ROWS * tile[1] + PADDING), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for i, file in enumerate(chosen):
        example = replace(words, fonts=(file,), min_length=3).example(i)
        image, text = example.image, example.text
        left, top = PADDING + i % COLUMNS * tile[0], PADDING + i // COLUMNS * tile[1]
        picture = Image.fromarray(image).resize((width, height), Image.Resampling.NEAREST)
        sheet.paste(picture, (left, top))
        draw.text((left, top + height + 4), Path(file).stem[:20], fill=FAINT, font=font)
        draw.text((left, top + height + 4 + line), f"true: {text}", fill=TEXT, font=font)
        for k, (name, reader) in enumerate(readers.items()):
            read = reader.read_one(image).text
            below = (left, top + height + 4 + (k + 2) * line)
            draw.text(below, f"{name.split(',')[0]}: {read or '-'}", fill=RIGHT if read == text else WRONG, font=font)
    write_png(sheet, path)


def _families_in_turn(fonts):
    """The first font of each family, then the second of each, and so on."""
    by_family = defaultdict(list)
    for font in fonts:
        by_family[family(font)].append(font)
    return [font for turn in zip_longest(*by_family.values()) for font in turn if font]
