"""Pictures of a reader's worst mistakes, for `benchmarks.mistakes`."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from keras_reader.inference.read_example import read_examples
from keras_reader.visualization.contact_sheet import contact_sheet
from keras_reader.visualization.media_files import write_png
from keras_reader.visualization.style import PADDING, PAPER, TEXT

MOST = 5  # largest number of mistakes in a picture
BRIGHTNESS = 2  # factor for the brightness of O and Q, which are dark in the images


def draw_pictures(reader, words, read, folder: Path) -> list[str]:
    """Draw the most confident mistakes into `folder`, and return the paragraphs that show them.

    Args:
        reader: the reader.
        words: the words that it read.
        read: the words with their readings, `benchmarks.common.misreadings.Word`.
        folder: the folder to write to; it is made if it does not exist.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_png(_o_and_q(words), folder / "o_and_q.png")
    wrong = sorted((word for word in read if word.wrong), key=lambda word: -word.confidence)
    o_q = [word for word in wrong if not word.wrong_as_one]
    others = [word for word in wrong if word.wrong_as_one]
    parts = [
        "## O and Q",
        "The drawn letters, their difference, and three of each under the noise of the task. All are twice as bright "
        "as in the images.",
        f"![O, Q, their difference, and both under noise]({folder.name}/o_and_q.png)",
    ]
    for name, title, mistakes in (("o_q", "O and Q confused", o_q), ("others", "all others", others)):
        if mistakes:
            write_png(_stack(reader, words, mistakes[:MOST]), folder / f"{name}.png")
            parts += [
                f"## The most confident mistakes: {title}",
                f"{min(MOST, len(mistakes))} of {len(mistakes):,}. What lies outside the mask of each step is dimmed. "
                "Orange outlines are the boxes of the true letters.",
                f"![The most confident mistakes with their masks]({folder.name}/{name}.png)",
            ]
    return parts


def _stack(reader, words, mistakes):
    """The contact sheets of some mistakes below each other, each with a line above it."""
    font = ImageFont.load_default(20)
    sheets = []
    for word in mistakes:
        observer = "reads it correctly" if word.named == word.text else f"names {word.named}"
        line = f"{word.text} read as {word.read or 'no text'}; the ideal observer {observer}"
        sheet = contact_sheet(next(read_examples(reader, words.examples([word.index]))))
        sheets.append((line, sheet))
    title = 2 * PADDING + 20
    width = max(sheet.width for _, sheet in sheets)
    picture = Image.new("RGB", (width, sum(title + sheet.height for _, sheet in sheets)), PAPER)
    draw = ImageDraw.Draw(picture)
    top = 0
    for line, sheet in sheets:
        draw.text((PADDING, top + PADDING), line, fill=TEXT, font=font)
        picture.paste(sheet, (0, top + title))
        top += title + sheet.height
    return picture


def _o_and_q(words):
    """O, Q, their difference, and both under noise."""
    tile, scale, label = 2 * words.font_size[0], 8, 30
    font = ImageFont.load_default(words.font_size[0])
    drawn = {}
    for letter in "OQ":
        image = Image.new("L", (tile, tile))
        ImageDraw.Draw(image).text((tile // 2, tile // 2), letter, fill=words.intensity, font=font, anchor="mm")
        drawn[letter] = np.asarray(image).astype(float)
    random = np.random.default_rng(words.seed)
    tiles = [("O", drawn["O"]), ("Q", drawn["Q"]), ("difference", np.abs(drawn["O"] - drawn["Q"]))]
    for letter in "OQOQOQ":
        tiles.append((letter, drawn[letter] + random.normal(0, 255 * words.noise, (tile, tile))))
    side = tile * scale
    picture = Image.new("RGB", (len(tiles) * (side + PADDING) + PADDING, side + label + 2 * PADDING), PAPER)
    draw = ImageDraw.Draw(picture)
    for i, (name, levels) in enumerate(tiles):
        left = PADDING + i * (side + PADDING)
        grey = Image.fromarray(np.clip(np.rint(levels) * BRIGHTNESS, 0, 255).astype(np.uint8))
        picture.paste(grey.resize((side, side), Image.Resampling.NEAREST), (left, PADDING))
        draw.text(
            (left + side // 2, PADDING + side + label // 2 + 4),
            name,
            fill=TEXT,
            font=ImageFont.load_default(20),
            anchor="mm",
        )
    return picture
