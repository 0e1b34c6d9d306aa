"""The parts of animations and contact sheets: decoding steps, slots and the verdict."""

from typing import NamedTuple

import numpy as np
from PIL import ImageDraw

from keras_reader.inference.read_example import ReadExample
from keras_reader.inference.reader import Reading
from keras_reader.visualization.style import (
    BLUE,
    FAINT,
    LIGHT_BLUE,
    RIGHT,
    TEXT,
    TRACK,
    WRONG,
    draw_text,
    label,
    percent,
    readable,
)

SLOT_WIDTH, SLOT_HEIGHT = 48, 80
FOOTER_HEIGHT = 52


class DecodingStep(NamedTuple):
    """One decoding step of a reading.

    Attributes:
        label: the character as it is shown in pictures, or `"end"`.
        confidence: its probability in [0, 1].
        mask: float32 `(height, width)` in [0, 1]: the mask of the step.
    """

    label: str
    confidence: float
    mask: np.ndarray


def decoding_steps_of(reading: Reading) -> list[DecodingStep]:
    """The decoding steps of a reading: one for each character and one for the terminator if the reader gave it."""
    steps = list(map(DecodingStep, map(label, reading.text), reading.character_confidence, reading.masks))
    if reading.end_mask is not None and reading.end_confidence is not None:
        steps.append(DecodingStep("end", reading.end_confidence, reading.end_mask))
    return steps


def draw_slot(draw: ImageDraw.ImageDraw, left: int, top: int, step: DecodingStep, current: bool = False) -> None:
    """Draw the character and the confidence of a step in a slot of `SLOT_WIDTH` x `SLOT_HEIGHT` pixels."""
    centre, inner = left + SLOT_WIDTH // 2, SLOT_WIDTH - 8
    if current:
        draw.rectangle((left + 1, top, left + SLOT_WIDTH - 2, top + SLOT_HEIGHT - 5), fill=LIGHT_BLUE)
    draw_text(draw, (centre, top + 26), step.label, 34, BLUE if current else TEXT, "mm", inner)
    draw.rectangle((left + 4, top + 51, left + 3 + inner, top + 55), fill=TRACK)
    filled = round(inner * float(step.confidence))
    if filled:
        draw.rectangle((left + 4, top + 51, left + 3 + filled, top + 55), fill=BLUE if current else FAINT)
    draw_text(draw, (centre, top + 66), percent(step.confidence), 12, BLUE if current else TEXT, "mm", inner)


def draw_verdict(
    draw: ImageDraw.ImageDraw, example: ReadExample, left: int, top: int, width: int, is_suspect: bool = False
) -> None:
    """Draw the confidence of the whole text and, if the true text is known, whether it is right.

    Where the label is suspect, it is not known who is wrong, and only the label is told.
    """
    reading = example.reading
    text = f"word confidence {percent(reading.confidence)}"
    if reading.end_mask is None:
        text += ", no end was read"
    draw_text(draw, (left, top + 8), text, 17, TEXT, "lt", width)
    if example.text is None:
        return
    if is_suspect:
        draw_text(draw, (left, top + 32), f"labelled {readable(example.text)}", 17, TEXT, "lt", width)
        return
    right = example.text == reading.text
    text = "right" if right else f"wrong, it is {readable(example.text)}"
    draw_text(draw, (left, top + 32), text, 17, RIGHT if right else WRONG, "lt", width)
