"""A reading for a page: what was read, and a strip of pictures of where the reader looked."""

import base64
import io

import numpy as np
from PIL import Image

from keras_reader.evaluation.edit_distance import align
from keras_reader.inference.read_example import ReadExample
from keras_reader.visualization.media_files import shared_palette
from keras_reader.visualization.overlay import overlay
from keras_reader.visualization.report.markup import Markup, element
from keras_reader.visualization.style import percent

PICTURE_HEIGHT = 120  # a picture is about so many CSS pixels high


def reading_article(example: ReadExample) -> Markup:
    """A reading with its truth, its confidence, and a strip of pictures, one a step."""
    reading = example.reading
    pairs = align(example.text, reading.text)
    if example.text == reading.text:
        said = [_text(pairs, 0), "read right"]
    else:
        said = [_text(pairs, 0), "read as", _text(pairs, 1)]
    said = [part if isinstance(part, Markup) else element("span", part) for part in said]
    sure = element("span", f"confidence {percent(reading.confidence)}", class_="sure")
    return element(
        "article",
        element("h4", *said, sure),
        element("p", example.source, class_="faint"),
        element("div", *_film(example, pairs), class_="film"),
        class_="reading",
    )


def _film(example, pairs):
    """The bare image and a picture a step, each with what was read there."""
    reading = example.reading
    wrong = [true != read for true, read in pairs if read]
    steps = list(zip(map(_name, reading.text), reading.character_confidence, reading.masks, wrong, strict=True))
    if reading.end_mask is not None:
        ended_wrong = bool(pairs) and pairs[-1][1] == ""
        steps.append(("end", reading.end_confidence, reading.end_mask, ended_wrong))
    # A palette takes a third of the bytes; the noise of the image hides its rounding.
    overlays = shared_palette([Image.fromarray(overlay(example.image, mask)) for _, _, mask, _ in steps])
    boxes = [] if example.boxes is None else _outlines(example)
    scale = max(1, round(PICTURE_HEIGHT / example.image.shape[0]))
    width = f"--width:{example.image.shape[1] * scale}"

    alt = f"The image of {example.text}" if example.text else "The image, which has no text"
    frames = [element("figure", _picture(Image.fromarray(example.image), alt, width), element("figcaption", "image"))]
    for number, ((name, confidence, _, is_wrong), picture) in enumerate(zip(steps, overlays, strict=True), 1):
        caption = element(
            "figcaption",
            element("b", name),
            element("span", element("span", "", style=f"width:{confidence:.1%}"), class_="meter"),
            percent(confidence),
        )
        alt = f"Step {number}: the mask through which {name} was read, in blue over the image"
        class_ = "wrong" if is_wrong else None
        frames.append(element("figure", _picture(picture, alt, width, *boxes), caption, class_=class_))
    if reading.end_mask is None:
        frames.append(element("p", "No step read the end.", class_="faint"))
    return frames


def _picture(image, alt, width, *outlines):
    return element("div", element("img", src=_data_uri(image), alt=alt), *outlines, class_="picture", style=width)


def _outlines(example):
    height, width = example.image.shape
    return [
        element(
            "i",
            style=f"left:{left / width:.2%};top:{top / height:.2%};"
            f"width:{(right - left) / width:.2%};height:{(bottom - top) / height:.2%}",
        )
        for left, top, right, bottom in np.asarray(example.boxes).tolist()
    ]


def _data_uri(image):
    file = io.BytesIO()
    image.save(file, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def _text(pairs, side):
    """One side of an alignment, its characters marked where the other side differs."""
    parts = []
    for pair in pairs:
        if character := pair[side]:
            name = _name(character)
            visible = "\u2423" if character == " " else name if name == character else f"[{name}]"
            parts.append(visible if pair[0] == pair[1] else element("mark", visible))
    return element("bdi", *parts, class_="text") if parts else element("span", "(no text)", class_="faint")


def chip(character: str) -> Markup:
    """A character on its own, set off from the words around it."""
    return element("bdi", _name(character), class_="text")


def _name(character):
    """A character as it is, or what it is called where it could not be seen."""
    if character == " ":
        return "space"
    return character if character.isprintable() else f"U+{ord(character):04X}"
