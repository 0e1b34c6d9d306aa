"""Right words and edits of readings, by group."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from benchmarks.common.markdown_page import share
from keras_reader.evaluation.edit_distance import levenshtein


@dataclass
class Tally:
    """What became of some words.

    Attributes:
        words, right: number of words, and of those that were read without any mistake.
        characters, edits: number of true characters, and of edits from the readings to the truth.
    """

    words: int = 0
    right: int = 0
    characters: int = 0
    edits: int = 0

    def add(self, text: str, read: str) -> None:
        """Count a word with its reading."""
        self.words += 1
        self.right += text == read
        self.characters += len(text)
        self.edits += levenshtein(read, text)

    @property
    def accuracy(self) -> float:
        """The share of whole words, in [0, 1]; NaN of none."""
        return self.right / self.words if self.words else float("nan")

    def __str__(self) -> str:
        return f"{share(self.right, self.words)} of {self.words:,}"

    @property
    def character_errors(self) -> str:
        """The character error rate, for a person."""
        return share(self.edits, self.characters)


def tally(pairs: Iterable[tuple[str, str]]) -> Tally:
    """Count pairs of true text and reading."""
    counted = Tally()
    for text, read in pairs:
        counted.add(text, read)
    return counted


def tallies(keyed: Iterable[tuple[Hashable, str, str]]) -> Mapping:
    """Count true texts and readings by the key before them, in the order of the keys' first occurrence."""
    counted: dict[Hashable, Tally] = {}
    for key, text, read in keyed:
        counted.setdefault(key, Tally()).add(text, read)
    return counted
