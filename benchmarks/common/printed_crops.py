"""Readings of printed text in fonts that are set aside, with what is known of each crop."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import keras_reader as kr
from benchmarks.common.tally import Tally, tallies
from benchmarks.common.temperatures import confidences
from keras_reader.progress import with_progress

# Heights of capitals in pixels of the reader's image: up to the first, up to the second, ...
SIZES = (12, 16, 20)
FEWEST = 30  # crops that a figure is given for as the weakest
_BATCH = 250


class Printed(NamedTuple):
    """A crop, without its pixels, and its reading.

    Attributes:
        text, read: what it shows, and what was read.
        confidence: of the reading, in [0, 1].
        kind: of the text.
        degradation: of the print.
        family: of the font.
        font: its file.
        height: of the font's capitals, in pixels of the reader's image.
        confidences: as other temperatures would make them, see `benchmarks.common.temperatures`.
    """

    text: str
    read: str
    confidence: float
    kind: str
    degradation: str
    family: str
    font: str
    height: float
    confidences: tuple[float, ...] = ()

    @property
    def size(self) -> tuple[int, str]:
        """The class of its height."""
        return size_class(self.height)


def size_class(height: float) -> tuple[int, str]:
    """The class of a height, for sorting and for a person."""
    names = [f"below {SIZES[0]} px", *(f"{a} to {b} px" for a, b in pairwise(SIZES))]
    number = sum(height >= size for size in SIZES)
    return number, [*names, f"{SIZES[-1]} px and more"][number]


def read_printed(reader: kr.Reader, words, count: int) -> list[Printed]:
    """Read the first `count` crops.

    Args:
        reader: the reader.
        words: a source of printed text, with `batch` and `facts`.
        count: number of crops.
    """
    rows = []
    starts = range(0, count, _BATCH)
    for start in with_progress(starts, len(starts), "printed text read"):
        indices = range(start, min(start + _BATCH, count))
        readings = reader.read(words.batch(indices)[0], _BATCH)
        rows += [
            Printed(
                read=reading.text,
                confidence=reading.confidence,
                confidences=confidences(reading),
                **facts._asdict(),
            )
            for reading, facts in zip(readings, words.facts(indices), strict=True)
        ]
    return rows


def weakest(printed: Sequence[Printed], field: str) -> tuple[str, Tally]:
    """The value of a field whose crops are read worst, among those with enough crops, and what was read of them."""
    groups = tallies((getattr(row, field), row.text, row.read) for row in printed)
    enough = {key: read for key, read in groups.items() if read.words >= FEWEST} or groups
    worst = min(enough, key=lambda key: enough[key].accuracy)
    return worst[1] if isinstance(worst, tuple) else str(worst), enough[worst]
