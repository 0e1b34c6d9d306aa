"""An ideal observer of the synthetic words: nobody can expect to read more of them.

It is told where the word lies, how long it is, and all its letters but one; it knows how every letter
is drawn and how the noise is distributed, and names the likeliest letter (among those as wide as the
true one, or the rest of the word would move). A word counts as read when each of its letters, asked for
in this way, is named rightly.

Why this is a bound: no reader is right more often than one that names the likeliest of all words. Where
that is the true one, it is likelier than each word that differs from it in one letter, so that the
observer, too, names every letter rightly.
"""

import math
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from keras_reader.data.synthetic_words import SMALLEST_FONT_SIZE, SyntheticWords
from keras_reader.data.text_rendering import load_font
from keras_reader.errors import InputError

# What the observer allows for; all else of the words must be as it is in the original's task.
_FREE = ("alphabet", "min_length", "max_length", "image_size", "fonts", "font_size", "intensity", "noise", "margin")
_FREE += ("background", "background_files", "strokes", "stroke_length", "fragments", "split", "seed")


class Naming(NamedTuple):
    """The letters that the observer names, and the probability in [0, 1] that all of them are right."""

    text: str
    confidence: float


class IdealObserver:
    """Reads synthetic words of one font and size as well as that can be done.

    Args:
        words: what is to be read: light text under Gaussian noise, as uint8. Of clutter it is told all.

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
        """What the observer names, a letter for each of `text`, and how sure it is.

        Args:
            image: uint8 `(height, width)`.
            text: what is drawn there.
            boxes: int `(characters, 4)`: the ink of its characters, as in `keras_reader.data.synthetic_words.Sample`.
            surroundings: float `(height, width)`: what the image would be without word and noise, clutter and
                all; may be left out where that is black.

        Raises:
            InputError: if the words have clutter and the observer is not told of it.
        """
        if surroundings is None:
            if self.words.background or self.words.strokes or self.words.fragments:
                raise InputError("the ideal observer must be told what lies beneath the words")
            surroundings = np.zeros(image.shape)
        if not text:
            return Naming("", 1.0)
        font, left, top = self._drawn_with(text)
        pen = int(boxes[:, 0].min()) - left, int(boxes[:, 1].min()) - top
        named = [self._likeliest(image, text, k, font, pen, surroundings) for k in range(len(text))]
        return Naming("".join(letter for letter, _ in named), math.prod(probability for _, probability in named))

    def size_of(self, text: str) -> int:
        """The font size that a text, which is not empty, is drawn in: a smaller one where it would not fit."""
        return int(self._drawn_with(text)[0].size)

    def _drawn_with(self, text):
        """The font, in a smaller size where the word would not fit the image, and where its ink begins."""
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
    """The text with all of `letters` written as the first of them, so that they compare as equal."""
    return text.translate(dict.fromkeys(map(ord, letters), letters[0]))


def _log_probability(sigma):
    """Log-probability of each pixel value given each level without noise: `(256, 256)`, [level, value]."""
    edges = np.arange(257) - 0.5
    edges[0], edges[-1] = -np.inf, np.inf  # clipped
    below = 0.5 * (1 + np.vectorize(math.erf)((edges - np.arange(256)[:, None]) / sigma / np.sqrt(2)))
    return np.log(np.maximum(np.diff(below, axis=1), 1e-300))
