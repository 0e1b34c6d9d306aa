"""An ideal observer of synthetic words, which gives an upper bound for every reader.

The observer knows where the word lies, how long it is, and all its letters except one. It also knows how every letter
is drawn and how the noise is distributed. It names the likeliest letter, among those as wide as the true one, since
another width would move the rest of the word. A word counts as read if the observer names each of its letters correctly
in this way.

This is an upper bound for the following reason. No reader is right more often than one that names the likeliest of all
words. If the likeliest word is the true one, it is likelier than every word that differs in one letter, so the observer
names every letter correctly too.
"""

import math
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from keras_reader.data.synthetic_words import SMALLEST_FONT_SIZE, SyntheticWords
from keras_reader.data.text_rendering import load_font
from keras_reader.errors import InputError

# The fields that may differ from the defaults; all others must have them.
_FREE = ("alphabet", "min_length", "max_length", "image_size", "fonts", "font_size", "intensity", "noise", "margin")
_FREE += ("background", "background_files", "strokes", "stroke_length", "fragments", "split", "seed")


class Naming(NamedTuple):
    """The letters that the observer names, and the probability in [0, 1] that all of them are correct."""

    text: str
    confidence: float


class IdealObserver:
    """Reads synthetic words of one font and size as well as possible.

    Args:
        words: the words to read: light text under Gaussian noise, as uint8. The observer knows all clutter.

    Raises:
        InputError: if the words have more than one font, size, intensity or noise, no noise, or dark text.
    """

    def __init__(self, words: SyntheticWords):
        plain = SyntheticWords(**{name: getattr(words, name) for name in _FREE})
        one = len(words.fonts) <= 1 and words.font_size[0] == words.font_size[1]
        if words != plain or not one or np.ndim(words.intensity) or np.ndim(words.noise) or not words.noise:
            raise InputError("the ideal observer reads words of one font, size, intensity and noise, light on dark")
        self.words = words
        self.log_probability = _log_probability(255 * words.noise)
        path = words.fonts[0] if words.fonts else None
        self.fonts = {size: load_font(path, size) for size in range(SMALLEST_FONT_SIZE, words.font_size[0] + 1)}

    def read(self, image: np.ndarray, text: str, boxes: np.ndarray, surroundings: np.ndarray | None = None) -> Naming:
        """Name a letter for each letter of `text`.

        Args:
            image: uint8 `(height, width)`.
            text: the true text.
            boxes: int `(characters, 4)`: the boxes of its characters, as in `keras_reader.data.example.Example`.
            surroundings: float `(height, width)`: the image without word and noise, but with its clutter; `None` for
                black.

        Raises:
            InputError: if the words have clutter and `surroundings` is not given.
        """
        if surroundings is None:
            if self.words.background or self.words.strokes or self.words.fragments:
                raise InputError("the ideal observer needs the surroundings of words in clutter")
            surroundings = np.zeros(image.shape)
        if not text:
            return Naming("", 1.0)
        font, left, top = self._drawn_with(text)
        pen = int(boxes[:, 0].min()) - left, int(boxes[:, 1].min()) - top
        named = [self._likeliest(image, text, k, font, pen, surroundings) for k in range(len(text))]
        return Naming("".join(letter for letter, _ in named), math.prod(probability for _, probability in named))

    def size_of(self, text: str) -> int:
        """The font size that a text, which must not be empty, is drawn in. It is smaller if the text would not fit."""
        return int(self._drawn_with(text)[0].size)

    def _drawn_with(self, text):
        """The font, in a smaller size if the word would not fit the image, and the left and top of the drawn text."""
        height, width = (side - 2 * self.words.margin for side in self.words.image_size)
        for size in sorted(self.fonts, reverse=True):
            mask, (left, top) = self.fonts[size].getmask2(text, mode="L")
            x0, y0, x1, y1 = mask.getbbox()
            if x1 - x0 <= width and y1 - y0 <= height:
                return self.fonts[size], left + x0, top + y0
        raise InputError(f"{text!r} does not fit the image in any size")

    def _likeliest(self, image, text, k, font, pen, surroundings):
        likelihood = {}
        for letter in self.words.alphabet:
            changed = text[:k] + letter + text[k + 1 :]
            if font.getlength(changed) == font.getlength(text):
                picture = Image.new("L", image.shape[::-1])
                ImageDraw.Draw(picture).text(pen, changed, fill=self.words.intensity, font=font)
                levels = np.clip(np.rint(surroundings + np.asarray(picture)), 0, 255).astype(int)
                likelihood[letter] = self.log_probability[levels, image].sum()
        likeliest = max(likelihood, key=likelihood.get)
        return likeliest, 1 / np.exp(np.array(list(likelihood.values())) - likelihood[likeliest]).sum()


def as_one_letter(text: str, letters: str = "OQ") -> str:
    """The text with all of `letters` replaced by the first of them, so that they compare as equal."""
    return text.translate(dict.fromkeys(map(ord, letters), letters[0]))


def _log_probability(sigma):
    """The log-probability of each pixel value, given the level without noise: `(256, 256)`, [level, value]."""
    edges = np.arange(257) - 0.5
    edges[0], edges[-1] = -np.inf, np.inf  # clipped
    below = 0.5 * (1 + np.vectorize(math.erf)((edges - np.arange(256)[:, None]) / sigma / np.sqrt(2)))
    return np.log(np.maximum(np.diff(below, axis=1), 1e-300))
