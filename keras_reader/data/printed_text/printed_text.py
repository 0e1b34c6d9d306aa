"""Printed text in the fonts of the system: what the reader `print` is trained and tested on."""

from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from keras_reader.alphabet import Alphabet
from keras_reader.data.example import Example, drawn_examples
from keras_reader.data.printed_text.drawing import DEGRADATIONS, Crop, border_byte, draw_crop, fitted
from keras_reader.data.printed_text.font_families import Family, find_families, group_shares, on_side
from keras_reader.data.random_streams import RandomStreams
from keras_reader.data.string_models import PRINT_ALPHABET, random_string
from keras_reader.data.synthetic_words import SPLITS, SyntheticWords
from keras_reader.errors import InputError

_SHARES = (0.25, 0.40, 0.35)  # of DEGRADATIONS
_TEXT, _LOOK = range(2)
_FEWEST_FAMILIES = 20
_FONT_TRIES = 40
_TEXT_TRIES = 200
_ADVICE = (
    "install more (Debian: apt-get install texlive-fonts-extra; python -m benchmarks.print_fonts names all packages)"
)
# In such texts nothing but its look says whether a character is I or l, O or 0.
_WITHOUT_CONTEXT = ("random", "code", "hexadecimal")


class Facts(NamedTuple):
    """What is known about an image, to give figures by.

    Attributes:
        text: the text.
        kind: the string model that it is from, of `string_models.SHARES`.
        degradation: one of `DEGRADATIONS`.
        family: the family of its font.
        font: the file of its font.
        height: height of the font's capitals in the reader's image, in pixels.
    """

    text: str
    kind: str
    degradation: str
    family: str
    font: str
    height: float


@dataclass(frozen=True)
class PrintedText:
    """An endless, random-access source of crops of one printed line.

    Image `index` depends on the fields below and on `index` only, like those of `SyntheticWords`, whose methods it has.

    Args:
        families: the fonts; `find_families` gives those installed. Only those of the split's side are drawn with, and
            with `every_family` all of them.
        alphabet: the characters that occur.
        max_length: length of the longest text in characters.
        image_size: `(height, width)` in pixels.
        split: `"train"`, `"validation"` (other strings in the fonts of training) or `"test"` (fonts set aside).
        seed: any integer in [0, 2**63).
        every_family: whether to draw with all families, to try a reader on fonts of one's own.

    Raises:
        InputError: if a value is out of its range, or there are too few families.
    """

    families: tuple[Family, ...]
    alphabet: str = PRINT_ALPHABET
    max_length: int = 12
    image_size: tuple[int, int] = (32, 128)
    split: str = "train"
    seed: int = 0
    every_family: bool = False
    _streams: RandomStreams = field(init=False, repr=False, compare=False)
    _used: tuple[Family, ...] = field(init=False, repr=False, compare=False)
    _groups: list[list[Family]] = field(init=False, repr=False, compare=False)
    _ends: list[float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        Alphabet(self.alphabet)
        if self.split not in SPLITS:
            raise InputError(f"printed text needs split one of {', '.join(SPLITS)}, got split={self.split!r}")
        if not 0 <= self.seed < 2**63:
            raise InputError(f"printed text needs seed in [0, 2**63), got seed={self.seed!r}")
        if self.max_length < 1:
            raise InputError(f"printed text needs max_length >= 1, got max_length={self.max_length!r}")
        used = self.families if self.every_family else on_side(self.families, self.split)
        if not used and self.every_family:
            raise InputError(
                f"none of the fonts prints the letters A to Z and the digits, as printed text of {len(self.alphabet)} "
                "characters needs: name another font"
            )
        if not used:
            raise InputError(
                f"printed text needs families of fonts for the split {self.split}, and none of the "
                f"{len(self.families)} found is for it (their names decide): {_ADVICE}; --task letters draws "
                "words in any font"
            )
        shares = group_shares(used)
        object.__setattr__(self, "_used", used)
        object.__setattr__(self, "_groups", [[f for f in used if f.group == group] for group in shares])
        object.__setattr__(self, "_ends", np.cumsum(list(shares.values())).tolist()[:-1])
        object.__setattr__(self, "_streams", RandomStreams((2**63 + 16 + SPLITS.index(self.split), self.seed)))

    @classmethod
    def installed(cls, folders: tuple[str, ...] = (), **fields) -> "PrintedText":
        """Printed text in the fonts of some folders or files, or of the system.

        Args:
            folders: folders and files of fonts; none for the system's.
            fields: fields of the class.

        Raises:
            InputError: as the class, and if the system has too few families to learn to read any font from.
        """
        # A person who names fonts wants just these, whatever their names say.
        every = fields.get("every_family", False)
        families = find_families(tuple(folders), fields.get("alphabet", PRINT_ALPHABET), not every, not every)
        if not folders and len(families) < _FEWEST_FAMILIES:
            raise InputError(
                f"printed text takes at least {_FEWEST_FAMILIES} families of fonts, and {len(families)} are installed: "
                f"{_ADVICE}, or name folders of fonts with --font"
            )
        return cls(families, **fields)

    @property
    def named(self) -> str:
        """What it is, for a person."""
        files = sum(len(family.files) for family in self._used)
        return f"printed text in {files:,} fonts of {len(self._used):,} families"

    def example(self, index: int) -> Example:
        """Image `index` with its text and boxes."""
        return self.examples([index])[0]

    def examples(self, indices: Iterable[int]) -> list[Example]:
        """The images of `indices` with their texts and boxes."""
        return drawn_examples(self.batch, indices, "printed")

    def batch(self, indices: Iterable[int]) -> tuple[np.ndarray, list[str], list[np.ndarray]]:
        """Images uint8 `(batch, height, width)`, texts and boxes of `indices`, as in `Example`."""
        indices = list(indices)
        images = np.empty((len(indices), *self.image_size), np.uint8)
        texts, boxes = [], []
        for row, index in zip(images, indices, strict=True):
            facts, crop = self._crop(index)
            row[:], places = fitted(crop.levels, crop.boxes, self.image_size)
            texts.append(facts.text)
            boxes.append(places)
        return images, texts, boxes

    def backgrounds(self, indices: Iterable[int]) -> np.ndarray:
        """The images of `indices` without their texts and what is printed beside them: uint8 `(batch, height, width)`.

        The margin has the level that it has in the image, so that pixels of the image can be replaced by pixels of its
        background without a visible seam.
        """
        return np.stack([self._background(index) for index in indices])

    def _background(self, index):
        margin = border_byte(self._crop(index)[1].levels)
        crop = self._crop(index, blank=True)[1]
        return fitted(crop.levels, crop.boxes, self.image_size, margin)[0]

    def crops(self, indices: Iterable[int]) -> list[np.ndarray]:
        """The crops before they are fitted into the reader's size, uint8 `(height, width)` each, for other readers."""
        return [self._crop(index)[1].levels for index in indices]

    def facts(self, indices: Iterable[int]) -> list[Facts]:
        """What is known about the images of `indices`."""
        return [self._crop(index)[0] for index in indices]

    def _crop(self, index: int, blank: bool = False) -> tuple[Facts, Crop]:
        random = self._streams.at(index, _TEXT)
        text, kind, family, font = self._text(random)
        u = random.random()
        level = DEGRADATIONS[0 if u < _SHARES[0] else 1 if u < _SHARES[0] + _SHARES[1] else 2]
        random = self._streams.at(index, _LOOK)
        crop = draw_crop(random, text, font, level, self.image_size, blank)
        scale = min(self.image_size[0] / crop.levels.shape[0], self.image_size[1] / crop.levels.shape[1])
        return Facts(text, kind, level, family.name, font.path, crop.height * scale), crop

    def _text(self, random):
        """A random text and its kind, and a font that prints it. With few fonts, some texts cannot be printed."""
        for _ in range(_TEXT_TRIES):
            text, kind = random_string(random, self.alphabet, self.max_length)
            found = self._font(random, text, kind)
            if found is not None:
                wanted, family, file = found
                return wanted, kind, family, file
        raise InputError(
            f"the fonts have too few of the {len(self.alphabet)} characters: none of {_TEXT_TRIES} texts can be "
            "printed with them: name more fonts"
        )

    def _font(self, random, text, kind):
        """A random font that has all characters of a text, or of the text in capitals; `None` if there is none."""
        for _ in range(_FONT_TRIES):
            families = self._groups[bisect(self._ends, random.random())]
            family = families[int(random.random() * len(families))]
            file = family.files[int(random.random() * len(family.files))]
            if file.alike and kind in _WITHOUT_CONTEXT and not text.isdigit() and not set(text).isdisjoint(file.alike):
                continue
            for wanted in (text, text.upper()):
                if set(wanted).isdisjoint(file.missing):
                    return wanted, family, file
        for family in self._used:
            for file in family.files:
                if set(text).isdisjoint(file.missing):
                    return text, family, file
        return None


# What draws images of texts by their index.
DrawnText = SyntheticWords | PrintedText
