"""The characters that a reader knows, and their class indices."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from keras_reader.errors import InputError
from keras_reader.limits import ALPHABET_LENGTH

# Unicode's categories of control characters, halves of pairs, unassigned ones, and ends of lines and paragraphs.
UNSEEN = ("Cc", "Cs", "Cn", "Zl", "Zp")


def unseen_characters(text: str) -> str:
    """Those characters of a text that no line of text can have, each once, sorted: control characters and the like."""
    return "".join(sorted({c for c in text if unicodedata.category(c) in UNSEEN}))


def up_to_end(ids: np.ndarray, terminator: int) -> np.ndarray:
    """Whether a decoding step counts, bool of the shape of `ids`, `(batch, decoding_steps)`.

    All steps do up to and including the first terminator; what comes after it means nothing.
    """
    ends = ids == terminator
    return np.cumsum(ends, axis=1) - ends == 0


def characters_in_words(characters: str, most: int | None = None) -> str:
    """Characters as a person is told them: `0123.-`, `ABC and space`.

    Spaces and others that are not seen by themselves come last, by name or code point.

    Args:
        characters: the characters, such as those of an alphabet.
        most: most characters to show; the rest are three dots. `None` for all.
    """
    seen = "".join(c for c in characters if c.isprintable() and c != " ")
    if most is not None and len(seen) > most:
        seen = seen[: most - 3] + "..."
    named = ["space"] * (" " in characters) + [f"U+{ord(c):04X}" for c in characters if not c.isprintable()]
    names = [seen] * bool(seen) + named
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


@dataclass(frozen=True)
class Alphabet:
    """The characters of a reader, in the order of their class indices.

    Character `i` of `characters` is class `i`. The last class, `len(characters)`, is the terminator, which ends every
    text.

    Args:
        characters: the distinct characters, for example `"ABC"`.

    Raises:
        InputError: if `characters` is empty, contains a character twice or one that cannot be part of a line of text
            (a line feed, a control character), or has too many.
    """

    characters: str

    def __post_init__(self) -> None:
        if not self.characters:
            raise InputError("the alphabet is empty: give at least one character")
        if len(self.characters) > ALPHABET_LENGTH:
            raise InputError(f"the alphabet has {len(self.characters):,} characters, more than {ALPHABET_LENGTH:,}")
        unseen = unseen_characters(self.characters)
        if unseen:
            raise InputError(f"the alphabet has {unseen!a}, which cannot be part of a line of text: leave it out")
        repeated = sorted(c for c, count in Counter(self.characters).items() if count > 1)
        if repeated:
            raise InputError(f"the alphabet contains {''.join(repeated)!r} more than once: give each character once")

    @property
    def terminator(self) -> int:
        """Class index of the terminator."""
        return len(self.characters)

    @property
    def classes(self) -> int:
        """Number of classes: the characters and the terminator."""
        return len(self.characters) + 1

    def encode(self, text: str, decoding_steps: int) -> np.ndarray:
        """The class indices of `text`, filled up with terminators: int32 `(decoding_steps,)`.

        Raises:
            InputError: if a character is not in the alphabet, or if `text` and its terminator do not
                fit in `decoding_steps`.
        """
        self.check(text, decoding_steps - 1)
        ids = np.full(decoding_steps, self.terminator, np.int32)
        ids[: len(text)] = [self.characters.index(c) for c in text]
        return ids

    def can_spell(self, text: str, max_length: int) -> bool:
        """Whether `text` has characters of the alphabet only, and at most so many."""
        return len(text) <= max_length and set(self.characters).issuperset(text)

    def check(self, text: str, max_length: int) -> None:
        """Raise an `InputError` that says why, unless `can_spell`."""
        if self.can_spell(text, max_length):
            return
        unknown = sorted(set(text) - set(self.characters))
        if unknown:
            raise InputError(f"{text!r} has {''.join(unknown)!r}, which is not in the alphabet {self.characters!r}")
        raise InputError(f"{text!r} has {len(text)} characters; this reader takes at most {max_length}")

    def decode(self, ids: Iterable[int]) -> str:
        """The text of class indices, up to the first terminator, or of all of them if there is no terminator."""
        text = []
        for i in ids:
            if i == self.terminator:
                break
            text.append(self.characters[i])
        return "".join(text)
