"""Reading strips: what a report shows of one reading, with a picture of every decoding step."""

import base64
import io
from typing import NamedTuple

import numpy as np
from PIL import Image

from keras_reader.inference.read_example import ReadExample
from keras_reader.visualization.media_files import shared_palette
from keras_reader.visualization.overlay import overlay
from keras_reader.visualization.parts import decoding_steps_of
from keras_reader.visualization.style import percent

PICTURE_HEIGHT = 120  # height of a picture in CSS pixels, about


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
    frames: list[Frame]
    outlines: list[tuple[float, float, float, float]]
    ended: bool


def reading_strip(example: ReadExample, pairs: list[tuple[str, str]]) -> ReadingStrip:
    """Make the strip of a reading.

    Args:
        example: the image with its truth and its reading.
        pairs: the alignment of the true and the read text: pairs of characters, one of which may be empty.
    """
    reading, image = example.reading, example.image
    steps = decoding_steps_of(reading)
    wrong = [true != read for true, read in pairs if read]
    if reading.end_mask is not None:
        wrong.append(bool(pairs) and pairs[-1][1] == "")
    # A palette makes the pictures three times smaller, and the noise of the image hides the rounding.
    pictures = shared_palette([Image.fromarray(overlay(image, step.mask)) for step in steps]) if steps else []
    names = [*map(visible_name, reading.text), "end"]
    return ReadingStrip(
        source=example.source,
        right=example.right,
        text=example.true_text,
        said=_marked(pairs, 0),
        read=_marked(pairs, 1),
        sure=percent(reading.confidence),
        image=_data_uri(Image.fromarray(image)),
        width=image.shape[1] * max(1, round(PICTURE_HEIGHT / image.shape[0])),
        frames=[
            Frame(name, step.confidence, percent(step.confidence), _data_uri(picture), is_wrong)
            for name, step, picture, is_wrong in zip(names, steps, pictures, wrong, strict=False)
        ],
        outlines=[] if example.boxes is None else _outlines(example),
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


def _outlines(example):
    height, width = example.image.shape
    return [
        (left / width, top / height, (right - left) / width, (bottom - top) / height)
        for left, top, right, bottom in np.asarray(example.boxes).tolist()
    ]


def _data_uri(image):
    file = io.BytesIO()
    image.save(file, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")
