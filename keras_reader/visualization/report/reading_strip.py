"""Reading strips: what a report shows of one reading, with a picture of every decoding step."""

import base64
import io
from typing import NamedTuple

import numpy as np
from PIL import Image

from keras_reader.inference.read_example import ReadExample
from keras_reader.visualization.palette import shared_palette
from keras_reader.visualization.parts import decoding_steps_of
from keras_reader.visualization.shown_picture import ShownPicture
from keras_reader.visualization.style import percent

PICTURE_HEIGHT = 120  # height of a small picture in CSS pixels, about
LARGEST_PICTURE = (240, 512)  # (height, width) that a large one is shrunk to


class Frame(NamedTuple):
    """One decoding step on the strip.

    Attributes:
        name: the character that was read, or `"end"`.
        confidence: its probability in [0, 1].
        percent: the same in percent, for a person.
        picture: the image under the mask, as a data URI.
        is_wrong: whether another character, or no character, should have been read.
    """

    name: str
    confidence: float
    percent: str
    picture: str
    is_wrong: bool


class ReadingStrip(NamedTuple):
    """A reading with its truth, its confidence and its pictures.

    Attributes:
        source: where the image comes from, such as the name of a file.
        right: whether the text was read without any mistake.
        text: the true text.
        said: how each character of the true text is shown, and whether the reading differs there.
        read: the same for the text that was read.
        sure: the confidence of the whole text in percent, for a person.
        image: the bare image, as a data URI.
        width: width of a picture in CSS pixels.
        is_enlarged: whether its pixels are shown as squares.
        frames: the decoding steps.
        outlines: left, top, width and height of each true character, as shares of the image.
        ended: whether a decoding step gave the terminator.
    """

    source: str
    right: bool
    text: str
    said: list[tuple[str, bool]]
    read: list[tuple[str, bool]]
    sure: str
    image: str
    width: int
    is_enlarged: bool
    frames: list[Frame]
    outlines: list[tuple[float, float, float, float]]
    ended: bool


def reading_strip(example: ReadExample, pairs: list[tuple[str, str]], style: str) -> ReadingStrip:
    """Make the strip of a reading.

    Args:
        example: the image with its truth and its reading.
        pairs: the alignment of the true and the read text: pairs of characters, one of which may be empty.
        style: how masks are shown, one of `keras_reader.visualization.overlay.MASK_STYLES`.

    Raises:
        InputError: if the file of the example can no longer be read.
    """
    reading = example.reading
    picture = ShownPicture(example, 1, LARGEST_PICTURE, style)
    height, width = picture.size
    steps = decoding_steps_of(reading)
    wrong = [true != read for true, read in pairs if read]
    if reading.end_mask is not None:
        wrong.append(bool(pairs) and pairs[-1][1] == "")
    pictures = [Image.fromarray(picture.under(step.mask)) for step in steps]
    if pictures and not picture.is_shrunk:
        # A palette makes the pictures three times smaller, and the noise of the image hides the rounding.
        pictures = shared_palette(pictures)
    names = [*map(visible_name, reading.text), "end"]
    return ReadingStrip(
        source=example.source,
        right=example.right,
        text=example.true_text,
        said=_marked(pairs, 0),
        read=_marked(pairs, 1),
        sure=percent(reading.confidence),
        image=_data_uri(_bare(picture), picture.is_shrunk),
        width=width * max(1, round(PICTURE_HEIGHT / height)),
        is_enlarged=not picture.is_shrunk,
        frames=[
            Frame(name, step.confidence, percent(step.confidence), _data_uri(shown, picture.is_shrunk), is_wrong)
            for name, step, shown, is_wrong in zip(names, steps, pictures, wrong, strict=False)
        ],
        outlines=[] if picture.boxes is None else _outlines(picture),
        ended=reading.end_mask is not None,
    )


def visible_name(character: str) -> str:
    """A character as it is, or its name if it would be invisible."""
    if character == " ":
        return "space"
    return character if character.isprintable() else f"U+{ord(character):04X}"


def _marked(pairs, side):
    marked = []
    for pair in pairs:
        if character := pair[side]:
            name = visible_name(character)
            shown = "\u2423" if character == " " else name if name == character else f"[{name}]"
            marked.append((shown, pair[0] != pair[1]))
    return marked


def _outlines(picture):
    height, width = picture.size
    return [
        (left / width, top / height, (right - left) / width, (bottom - top) / height)
        for left, top, right, bottom in picture.boxes.tolist()
    ]


def _bare(picture):
    """The bare picture. A grey one has one channel, which makes it smaller."""
    red, green, blue = np.moveaxis(picture.bare, -1, 0)
    grey = np.array_equal(red, green) and np.array_equal(green, blue)
    return Image.fromarray(red if grey else picture.bare)


def _data_uri(image, is_photograph):
    file = io.BytesIO()
    # A picture that was shrunk has no sharp pixels to lose, and is several times larger as PNG.
    kind, options = ("jpeg", {"quality": 88}) if is_photograph else ("png", {})
    image.save(file, format=kind, optimize=True, **options)
    return f"data:image/{kind};base64," + base64.b64encode(file.getvalue()).decode("ascii")
