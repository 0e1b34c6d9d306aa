"""Evaluation: how well a reader reads, and how far its confidences and masks can be trusted."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from keras_reader.data.printed_text.printed_text import DrawnText
from keras_reader.errors import InputError
from keras_reader.evaluation.calibration import expected_calibration_error
from keras_reader.evaluation.edit_distance import levenshtein
from keras_reader.evaluation.faithfulness import Faithfulness, examine_faithfulness, shown_pixels
from keras_reader.evaluation.mask_metrics import mass_inside, offsets, points_at, visits_in_order
from keras_reader.inference.read_example import ReadExample, read_examples
from keras_reader.inference.reader import Reader


class Row(NamedTuple):
    """A figure for people: its name, its value with its unit, and its meaning in one line."""

    label: str
    value: str
    meaning: str


@dataclass(frozen=True)
class Evaluation:
    """Figures of a reader on images whose texts are known.

    Figures of masks are means over characters; `order` is a mean over words. The k-th mask is compared with the box of
    the k-th true character. Figures that cannot be measured are `None`: those that need boxes if the boxes are not
    known, and `sufficiency` and `necessity` if the images could not be changed.

    Attributes:
        images: number of images.
        whole_word_accuracy: share of the images whose text is read without any mistake, in [0, 1].
        character_error_rate: Levenshtein distance over the number of true characters, at least 0.
        expected_calibration_error: mean difference between confidence and accuracy over 15 bins of equal
            width, weighted by the number of images in each (Guo et al., "On Calibration of Modern
            Neural Networks", 2017), in [0, 1].
        area: share of the image that the mask of a character read shows (`faithfulness.shown_pixels`), in [0, 1].
        pointing: share of the true characters whose mask has its centre of mass in the character's box, with one
            pixel of slack on each side (`mask_metrics.points_at`), in [0, 1]. A character without a mask counts as
            missed.
        mass, mass_in_columns, mass_in_rows: share of the mask inside the box grown by half the receptive window,
            inside the columns of that box, and inside its rows (`mask_metrics.mass_inside`), in [0, 1]. Means over the
            true characters that have a mask.
        offset: `(x, y)`: mean offset of the mask's centre of mass from the centre of the box in pixels; positive
            is right and down. A mean over the true characters that have a mask.
        distance: `(x, y)`: the mean absolute offset.
        order: share of the words whose characters are visited from left to right, each exactly once
            (`mask_metrics.visits_in_order`), in [0, 1].
        sufficiency: share of the characters read that are read again if only the part that their mask shows is left
            (`faithfulness`), in [0, 1].
        necessity: share of the characters read that are no longer read if the part that their mask shows is removed
            (`faithfulness`), in [0, 1].
    """

    images: int
    whole_word_accuracy: float
    character_error_rate: float
    expected_calibration_error: float
    area: float | None
    pointing: float | None
    mass: float | None
    mass_in_columns: float | None
    mass_in_rows: float | None
    offset: tuple[float, float] | None
    distance: tuple[float, float] | None
    order: float | None
    sufficiency: float | None
    necessity: float | None

    def rows(self) -> list[Row]:
        """The figures for people, without those that are `None`."""
        rows = [
            Row("images", f"{self.images}", "images read"),
            Row("whole-word accuracy", f"{self.whole_word_accuracy:.2%}", "texts read without any mistake"),
            Row("character error rate", f"{self.character_error_rate:.3%}", "edits to the truth, per true character"),
            Row(
                "expected calibration error",
                f"{self.expected_calibration_error:.4f}",
                "mean gap between confidence and accuracy",
            ),
        ]
        shares = [
            ("mask area", self.area, "share of the image that a mask shows"),
            ("mask pointing", self.pointing, "centre of the mask lies in the letter's box (1 px slack)"),
            ("mask mass in box", self.mass, "share of the mask in the box grown by half a window"),
            ("mask mass in columns", self.mass_in_columns, "share of the mask in that box's columns"),
            ("mask mass in rows", self.mass_in_rows, "share of the mask in that box's rows"),
            ("mask order", self.order, "words whose letters are visited left to right, once each"),
            ("mask sufficiency", self.sufficiency, "letters read again from what their mask shows alone"),
            ("mask necessity", self.necessity, "letters no longer read without what their mask shows"),
        ]
        rows += [Row(label, f"{value:.2%}", meaning) for label, value, meaning in shares if value is not None]
        if self.offset is not None:
            x, y = self.offset
            rows.append(
                Row(
                    "mask offset",
                    f"{x:+.2f}, {y:+.2f} px",
                    "mean offset of the mask's centre from the box's, in x and y",
                )
            )
        if self.distance is not None:
            x, y = self.distance
            rows.append(Row("mask distance", f"{x:.2f}, {y:.2f} px", "mean absolute offset, in x and y"))
        return rows


def evaluate_words(reader: Reader, words: DrawnText, count: int, batch_size: int = 250) -> Evaluation:
    """All figures of a reader on the first `count` synthetic words. Each word is read again twice for each of
    its characters.

    Raises:
        InputError: if the words' images are not of the reader's size.
    """
    return evaluate(examine_words(reader, words, count, batch_size), reader.config.window)


def evaluate(examples: Iterable[tuple[ReadExample, Faithfulness | None]], window: tuple[int, int]) -> Evaluation:
    """Compare readings with the truth.

    Args:
        examples: at least one read example, each with its `Faithfulness`, or `None` if its image was not changed. They
            are not kept, so their masks need not fit in memory at once.
        window: height and width of the reader's receptive window in pixels, `ReaderConfig.window`.
    """
    right, confidences, distance, characters = [], [], 0, 0
    areas, hits, masses, away, ordered, sufficient, necessary = [], [], [], [], [], [], []
    for example, faithfulness in examples:
        reading, text, boxes = example.reading, example.true_text, example.boxes
        right.append(reading.text == text)
        confidences.append(reading.confidence)
        distance += levenshtein(reading.text, text)
        characters += len(text)
        areas.append(shown_pixels(reading.masks).mean(axis=(1, 2)))
        if boxes is not None:
            n = min(len(boxes), len(reading.masks))
            hits.append(points_at(reading.masks[:n], boxes[:n]))
            hits.append(np.zeros(len(boxes) - n, bool))
            masses.append(mass_inside(reading.masks[:n], boxes[:n], (window[0] / 2, window[1] / 2)))
            away.append(offsets(reading.masks[:n], boxes[:n]))
            ordered.append([visits_in_order(reading.masks, boxes)])
        if faithfulness is not None:
            sufficient.append(faithfulness.sufficient)
            necessary.append(faithfulness.necessary)
    mass, mass_in_columns, mass_in_rows = _mean(masses) or (None, None, None)
    return Evaluation(
        images=len(right),
        whole_word_accuracy=float(np.mean(right)),
        character_error_rate=distance / max(characters, 1),
        expected_calibration_error=expected_calibration_error(np.array(confidences), np.array(right)),
        area=_mean(areas),
        pointing=_mean(hits),
        mass=mass,
        mass_in_columns=mass_in_columns,
        mass_in_rows=mass_in_rows,
        offset=_mean(away),
        distance=_mean([np.abs(a) for a in away]),
        order=_mean(ordered),
        sufficiency=_mean(sufficient),
        necessity=_mean(necessary),
    )


def read_words(reader: Reader, words: DrawnText, count: int, batch_size: int = 250) -> Iterator[ReadExample]:
    """The first `count` words with their readings."""
    examples = itertools.chain.from_iterable(map(words.examples, _batches(count, batch_size)))
    return read_examples(reader, examples, batch_size)


def examine_words(
    reader: Reader, words: DrawnText, count: int, batch_size: int = 250
) -> Iterator[tuple[ReadExample, Faithfulness]]:
    """The first `count` words with their readings and the faithfulness of their masks.

    Raises:
        InputError: if the words' images are not of the reader's size.
    """
    if tuple(words.image_size) != reader.config.image_size:
        raise InputError(
            f"the words' images are {words.image_size}, the reader's {reader.config.image_size} (height, width): "
            "draw the words in the reader's size"
        )
    for indices in _batches(count, batch_size):
        examples = list(read_examples(reader, words.examples(indices), batch_size))
        changed = examine_faithfulness(reader, examples, words.backgrounds(indices), batch_size)
        yield from zip(examples, changed, strict=True)


def _batches(count, batch_size):
    return [range(start, min(start + batch_size, count)) for start in range(0, count, batch_size)]


def _mean(arrays) -> Any:
    """Mean over the first axis of all arrays together without NaN; `None` if no value is left."""
    values = np.concatenate([np.asarray(array, np.float64) for array in arrays]) if arrays else np.zeros(0)
    values = values[~np.isnan(values.sum(axis=tuple(range(1, values.ndim))))]
    if len(values) == 0:
        return None
    mean = values.mean(axis=0).tolist()
    return tuple(mean) if isinstance(mean, list) else mean
