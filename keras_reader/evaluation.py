"""How well a reader reads: whole words, characters, and whether its confidence can be believed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from keras_reader.reading import Reader, Reading
from keras_reader.synthetic import SyntheticWords


@dataclass(frozen=True)
class Evaluation:
    """Figures of a reader on images whose texts are known.

    Attributes:
        images: number of images.
        whole_word_accuracy: share of the images whose text is read without any mistake, in [0, 1].
        character_error_rate: Levenshtein distance over the number of true characters, at least 0.
        expected_calibration_error: mean difference between confidence and accuracy over 15 bins of equal
            width, weighted by the number of images in each (Guo et al., "On Calibration of Modern
            Neural Networks", 2017), in [0, 1].
        pointing: share of the true characters whose mask has its centre of mass in the character's box,
            one pixel of slack on each side, in [0, 1]; the k-th character is compared with the k-th mask,
            and a character without a mask is missed. After the pointing game of Zhang et al., "Top-down
            Neural Attention by Excitation Backprop" (2016). `None` where the boxes are not known.
    """

    images: int
    whole_word_accuracy: float
    character_error_rate: float
    expected_calibration_error: float
    pointing: float | None


def evaluate(readings: Iterable[tuple[Reading, str, np.ndarray | None]]) -> Evaluation:
    """Compare readings with the truth.

    Args:
        readings: a reading, the true text and the true boxes, int32 `(characters, 4)` as in
            `keras_reader.synthetic.Sample` or `None`, for each of at least one image. Readings are not
            kept, so that their masks need not all fit the memory.
    """
    right, confidences, distance, characters, hits, boxed = [], [], 0, 0, 0, 0
    for reading, text, boxes in readings:
        right.append(reading.text == text)
        confidences.append(reading.confidence)
        distance += levenshtein(reading.text, text)
        characters += len(text)
        if boxes is not None:
            hits += int(points_at(reading.masks[: len(boxes)], boxes[: len(reading.masks)]).sum())
            boxed += len(boxes)
    return Evaluation(
        images=len(right),
        whole_word_accuracy=float(np.mean(right)),
        character_error_rate=distance / max(characters, 1),
        expected_calibration_error=expected_calibration_error(np.array(confidences), np.array(right)),
        pointing=hits / boxed if boxed else None,
    )


def read_words(
    reader: Reader, words: SyntheticWords, count: int, batch_size: int = 250
) -> Iterator[tuple[Reading, str, np.ndarray]]:
    """Readings, true texts and true boxes of the first `count` words."""
    for start in range(0, count, batch_size):
        images, texts, boxes = words.batch(range(start, min(start + batch_size, count)))
        yield from zip(reader.read(images, batch_size), texts, boxes, strict=True)


def points_at(masks: np.ndarray, boxes: np.ndarray, slack: float = 1.0) -> np.ndarray:
    """Whether the centre of mass of each mask lies in its box.

    Args:
        masks: `(masks, height, width)` in [0, 1].
        boxes: `(masks, 4)`: left, top, right, bottom in pixels; pixel i covers [i, i + 1].
        slack: pixels that the box is grown by on each side.

    Returns:
        bool `(masks,)`; an empty mask points nowhere.
    """
    total = np.maximum(masks.sum(axis=(1, 2)), 1e-12)
    x = masks.sum(axis=1) @ (np.arange(masks.shape[2]) + 0.5) / total
    y = masks.sum(axis=2) @ (np.arange(masks.shape[1]) + 0.5) / total
    left, top, right, bottom = boxes.T
    inside = (left - slack <= x) & (x <= right + slack) & (top - slack <= y) & (y <= bottom + slack)
    return inside & (masks.max(axis=(1, 2), initial=0) > 0)


def expected_calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error; see `Evaluation`.

    Args:
        confidence: `(images,)` in [0, 1].
        right: bool `(images,)`: whether the reading is right.
        bins: number of bins of equal width.
    """
    number = np.minimum((confidence * bins).astype(int), bins - 1)
    gap = np.bincount(number, confidence - right, minlength=bins)
    return float(np.abs(gap).sum() / len(confidence))


def levenshtein(a: str, b: str) -> int:
    """Fewest insertions, deletions and substitutions that turn `a` into `b` (Wagner and Fischer, 1974)."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
    return row[-1]
