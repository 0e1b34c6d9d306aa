"""The words and letters that a reader and the ideal observer read, for `benchmarks.mistakes`."""

from typing import NamedTuple

import numpy as np

import keras_reader as kr
from benchmarks.common.ideal_observer import IdealObserver, as_one_letter
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.evaluation.edit_distance import align
from keras_reader.evaluation.evaluate import read_words
from keras_reader.progress import with_progress

CELL = 4  # distance of the attention's cells in pixels; the centre of the first cell is at 2
BATCH = 250  # images read at a time


class Word(NamedTuple):
    """One image: the true text, what was read, and what the ideal observer names."""

    index: int
    text: str
    boxes: np.ndarray
    read: str
    confidence: float
    named: str
    size: int  # font size that the word is drawn in

    @property
    def wrong(self) -> bool:
        return self.read != self.text

    @property
    def wrong_as_one(self) -> bool:
        return as_one_letter(self.read) != as_one_letter(self.text)

    @property
    def observer_wrong(self) -> bool:
        return self.named != self.text


class Letter(NamedTuple):
    """One true letter: where it lies, and whether it was misread."""

    true: str
    length: int  # length of its word
    position: int  # position in its word, from 1
    wrong: bool
    wrong_as_one: bool
    observer_wrong: bool
    edge: int  # pixels between its box and the nearest edge of the image
    gap: float  # pixels between its box and the nearest letter's, negative if they overlap; inf if it is alone
    across: float  # pixels from its centre to the nearest centre of a column of cells
    down: float  # pixels from its centre to the nearest centre of a row of cells


def read_all(reader: kr.Reader, words: SyntheticWords, count: int) -> list[Word]:
    """The first `count` words as the reader and the ideal observer read them."""
    observer = IdealObserver(words)
    read = []
    for example in with_progress(read_words(reader, words, count, BATCH), count, "read"):
        text, boxes, reading = example.true_text, example.boxes, example.reading
        named = observer.read(example.image, text, boxes).text
        read.append(Word(len(read), text, boxes, reading.text, reading.confidence, named, observer.size_of(text)))
    return read


def letters_of(word: Word, image_size: tuple[int, int]) -> list[Letter]:
    """The true letters of a word."""
    height, width = image_size
    pairs = read_for_each(word.text, word.read)
    left, top, right, bottom = word.boxes.T
    gaps = np.array([np.inf, *(left[1:] - right[:-1]), np.inf])
    edges = np.min([left, top, width - right, height - bottom], axis=0)
    across, down = (np.abs(centre / 2 % CELL - CELL / 2) for centre in (left + right, top + bottom))
    return [
        Letter(
            true=true,
            length=len(word.text),
            position=k + 1,
            wrong=true != pairs[k],
            wrong_as_one=as_one_letter(true) != as_one_letter(pairs[k]),
            observer_wrong=true != word.named[k],
            edge=int(edges[k]),
            gap=min(gaps[k], gaps[k + 1]),
            across=float(across[k]),
            down=float(down[k]),
        )
        for k, true in enumerate(word.text)
    ]


def read_for_each(true: str, read: str) -> list[str]:
    """What was read for each true letter: a letter, or `""` if it was left out."""
    return [character for letter, character in align(true, read) if letter]


def kind(true: str, read: str) -> str:
    """The kind of mistake that a reading is."""
    if as_one_letter(true) == as_one_letter(read):
        return "only O and Q confused"
    if len(true) == len(read):
        return "other letters confused"
    return "letters left out" if len(read) < len(true) else "letters too many"
