"""The numbers behind a report: confused characters, worst mistakes, and what rejecting readings leaves."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from keras_reader.evaluation.edit_distance import align
from keras_reader.inference.read_example import ReadExample


class Confusion(NamedTuple):
    """One kind of mistake.

    Attributes:
        true: the true character; empty if the reading has a character too many.
        read: the character that was read; empty if the true character was left out.
        count: number of such mistakes.
        occurrences: number of times that the true character occurs in all texts; 0 if `true` is empty.
    """

    true: str
    read: str
    count: int
    occurrences: int


class Rejection(NamedTuple):
    """What rejecting the least confident readings leaves.

    Attributes:
        rejected: number of readings rejected.
        least: the lowest confidence among those kept.
        kept: number of readings kept, at least 1.
        mistakes: number of wrong readings among them.
    """

    rejected: int
    least: float
    kept: int
    mistakes: int


def confusions(examples: Sequence[ReadExample]) -> list[Confusion]:
    """Which characters are read as which others, the most frequent first."""
    occurrences = Counter(character for example in examples for character in example.true_text)
    wrong = [example for example in examples if not example.right]
    counts = Counter(
        pair for example in wrong for pair in align(example.true_text, example.reading.text) if pair[0] != pair[1]
    )
    found = [Confusion(*pair, count, occurrences[pair[0]]) for pair, count in counts.items()]
    return sorted(found, key=lambda confusion: (-confusion.count, confusion.true, confusion.read))


def by_length(examples: Sequence[ReadExample]) -> list[tuple[int, int, int]]:
    """Rows of length of the true text, number of images, and number of right readings among them."""
    images = Counter(len(example.true_text) for example in examples)
    right = Counter(len(example.true_text) for example in examples if example.right)
    return [(length, images[length], right[length]) for length in sorted(images)]


def rejections(examples: Sequence[ReadExample], shares: Sequence[float]) -> list[Rejection]:
    """What is left when the least confident share of the readings is rejected.

    Args:
        examples: at least one.
        shares: shares to reject, in [0, 1).
    """
    by_confidence = sorted(examples, key=lambda example: example.reading.confidence)
    found = []
    for share in shares:
        kept = by_confidence[int(share * len(by_confidence)) :]
        wrong = sum(not example.right for example in kept)
        found.append(Rejection(len(by_confidence) - len(kept), kept[0].reading.confidence, len(kept), wrong))
    return found


def worst_mistakes(examples: Sequence[ReadExample], count: int) -> list[int]:
    """Indices of wrong readings, the most confident first."""
    wrong = [i for i, example in enumerate(examples) if not example.right]
    return sorted(wrong, key=lambda i: -examples[i].reading.confidence)[:count]


def suspect_labels(examples: Sequence[ReadExample], least_confidence: float) -> list[int]:
    """Indices of the examples whose label may be wrong: the reader disagrees with confidence, the surest first.

    A confidence is the share of such readings that are right, if the confidences are calibrated on images like these.
    What a reader was trained on proves less: a wrong label that was learnt by heart is read as it is labelled.

    Args:
        examples: the examples.
        least_confidence: the confidence of a wrong reading, in [0, 1], from which on the label is suspected.
    """
    by_confidence = worst_mistakes(examples, len(examples))
    return [i for i in by_confidence if examples[i].reading.confidence >= least_confidence]


def least_confident_right(examples: Sequence[ReadExample], count: int) -> list[int]:
    """Indices of right readings, the least confident first."""
    return _right_by_confidence(examples)[:count]


def typical_right(examples: Sequence[ReadExample], count: int) -> list[int]:
    """Indices of typical right readings: sorted by confidence and cut into `count` equal parts, the middle of each."""
    right = _right_by_confidence(examples)
    count = min(count, len(right))
    return [right[(2 * part + 1) * len(right) // (2 * count)] for part in range(count)]


def _right_by_confidence(examples):
    right = [i for i, example in enumerate(examples) if example.right]
    return sorted(right, key=lambda i: examples[i].reading.confidence)
