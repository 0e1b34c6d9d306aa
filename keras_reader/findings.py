"""What went right and wrong on images whose texts are known: the numbers behind a report."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from keras_reader.alignment import align


class Outcome(NamedTuple):
    """What is kept of one reading.

    Attributes:
        index: number of the image.
        text: the true text.
        read: the text that was read.
        confidence: of the whole text, in [0, 1].
    """

    index: int
    text: str
    read: str
    confidence: float

    @property
    def right(self) -> bool:
        """Whether the text was read without any mistake."""
        return self.text == self.read


class Confusion(NamedTuple):
    """One kind of mistake.

    Attributes:
        true: the true character; empty where the reading has one too many.
        read: the character it was taken for; empty where the reading lacks it.
        count: how often.
        occurrences: how often the true character stands in all texts; 0 where there is none.
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
        mistakes: number of wrong ones among them.
    """

    rejected: int
    least: float
    kept: int
    mistakes: int


def confusions(outcomes: Sequence[Outcome]) -> list[Confusion]:
    """Which characters are taken for which, the most frequent first."""
    occurrences = Counter(character for outcome in outcomes for character in outcome.text)
    wrong = [outcome for outcome in outcomes if not outcome.right]
    counts = Counter(pair for outcome in wrong for pair in align(outcome.text, outcome.read) if pair[0] != pair[1])
    found = [Confusion(*pair, count, occurrences[pair[0]]) for pair, count in counts.items()]
    return sorted(found, key=lambda confusion: (-confusion.count, confusion.true, confusion.read))


def by_length(outcomes: Sequence[Outcome]) -> list[tuple[int, int, int]]:
    """Length of the true text, number of such images, number of right readings among them; by length."""
    images = Counter(len(outcome.text) for outcome in outcomes)
    right = Counter(len(outcome.text) for outcome in outcomes if outcome.right)
    return [(length, images[length], right[length]) for length in sorted(images)]


def rejections(outcomes: Sequence[Outcome], shares: Sequence[float]) -> list[Rejection]:
    """What is left when a share of the readings, the least confident, is rejected.

    Args:
        outcomes: at least one.
        shares: in [0, 1).
    """
    by_confidence = sorted(outcomes, key=lambda outcome: outcome.confidence)
    found = []
    for share in shares:
        kept = by_confidence[int(share * len(by_confidence)) :]
        wrong = sum(not outcome.right for outcome in kept)
        found.append(Rejection(len(by_confidence) - len(kept), kept[0].confidence, len(kept), wrong))
    return found


def worst_mistakes(outcomes: Sequence[Outcome], count: int) -> list[Outcome]:
    """Wrong readings, those of highest confidence first."""
    wrong = [outcome for outcome in outcomes if not outcome.right]
    return sorted(wrong, key=lambda outcome: (-outcome.confidence, outcome.index))[:count]


def least_confident_right(outcomes: Sequence[Outcome], count: int) -> list[Outcome]:
    """Right readings, those of lowest confidence first."""
    return _right_by_confidence(outcomes)[:count]


def typical_right(outcomes: Sequence[Outcome], count: int) -> list[Outcome]:
    """Right readings in the middle of `count` equal parts of all right readings by confidence."""
    right = _right_by_confidence(outcomes)
    count = min(count, len(right))
    return [right[(2 * part + 1) * len(right) // (2 * count)] for part in range(count)]


def _right_by_confidence(outcomes):
    right = [outcome for outcome in outcomes if outcome.right]
    return sorted(right, key=lambda outcome: (outcome.confidence, outcome.index))
