"""What went right and wrong on images whose texts are known: the numbers behind a report."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

BINS = 15  # of equal width, as for the expected calibration error


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


class Bin(NamedTuple):
    """The readings whose confidence lies in one of `BINS` equal parts of [0, 1].

    Attributes:
        low, high: the part.
        images: number of readings in it, at least 1.
        confidence: their mean confidence.
        right: number of right ones among them.
    """

    low: float
    high: float
    images: int
    confidence: float
    right: int


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


def wilson_interval(count: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share of which `count` in `total` were seen (Wilson, 1927)."""
    z = 1.959964
    share = count / total
    centre = share + z * z / (2 * total)
    reach = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (centre - reach) / scale), min(1.0, (centre + reach) / scale)


def align(text: str, read: str) -> list[tuple[str, str]]:
    """The fewest edits between two texts (Wagner and Fischer, 1974), character by character.

    Returns:
        Pairs of a true and a read character, in order; one of the two is empty where there is no
        counterpart. Among alignments of as few edits, those with most counterparts towards the end are taken.
    """
    rows = [list(range(len(read) + 1))]
    for i, true in enumerate(text, 1):
        rows.append([i])
        for j, character in enumerate(read, 1):
            rows[i].append(min(rows[i - 1][j - 1] + (true != character), rows[i - 1][j] + 1, rows[i][j - 1] + 1))
    pairs = []
    i, j = len(text), len(read)
    while i or j:
        if i and j and rows[i][j] == rows[i - 1][j - 1] + (text[i - 1] != read[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((text[i], read[j]))
        elif i and rows[i][j] == rows[i - 1][j] + 1:
            i -= 1
            pairs.append((text[i], ""))
        else:
            j -= 1
            pairs.append(("", read[j]))
    return pairs[::-1]


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


def calibration(outcomes: Sequence[Outcome]) -> list[Bin]:
    """Confidence and accuracy by bin of confidence; bins without readings are left out."""
    bins = {}
    for outcome in outcomes:
        bins.setdefault(min(int(outcome.confidence * BINS), BINS - 1), []).append(outcome)
    return [
        Bin(
            low=number / BINS,
            high=(number + 1) / BINS,
            images=len(within),
            confidence=math.fsum(outcome.confidence for outcome in within) / len(within),
            right=sum(outcome.right for outcome in within),
        )
        for number, within in sorted(bins.items())
    ]


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
