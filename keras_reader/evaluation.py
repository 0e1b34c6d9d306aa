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
    """

    images: int
    whole_word_accuracy: float
    character_error_rate: float
    expected_calibration_error: float


def evaluate(readings: Iterable[tuple[Reading, str]]) -> Evaluation:
    """Compare readings with the true texts.

    Args:
        readings: pairs of a reading and the true text, at least one. Readings are not kept, so that
            their masks need not all fit the memory.
    """
    right, confidences, distance, characters = [], [], 0, 0
    for reading, text in readings:
        right.append(reading.text == text)
        confidences.append(reading.confidence)
        distance += levenshtein(reading.text, text)
        characters += len(text)
    return Evaluation(
        images=len(right),
        whole_word_accuracy=float(np.mean(right)),
        character_error_rate=distance / max(characters, 1),
        expected_calibration_error=expected_calibration_error(np.array(confidences), np.array(right)),
    )


def read_words(
    reader: Reader, words: SyntheticWords, count: int, batch_size: int = 250
) -> Iterator[tuple[Reading, str]]:
    """Readings and true texts of the first `count` words."""
    for start in range(0, count, batch_size):
        images, texts, _ = words.batch(range(start, min(start + batch_size, count)))
        yield from zip(reader.read(images, batch_size), texts, strict=True)


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
