"""Synthetic words, the task of the original deep_reader among them. Every image is rendered when it is needed.

This module needs NumPy and Pillow only, so that a reader can be evaluated without Keras.
"""

import string
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from keras_reader.alphabet import Alphabet
from keras_reader.data import clutter
from keras_reader.data.backgrounds import CROP_DRAWS, crop_background, load_backgrounds
from keras_reader.data.example import Example, drawn_examples
from keras_reader.data.random_streams import RandomStreams
from keras_reader.data.tasks import task_fields
from keras_reader.data.text_rendering import RenderedText, load_font, missing_characters, render_text
from keras_reader.errors import InputError

SMALLEST_FONT_SIZE = 5
SPLITS = ("train", "validation", "test")
_MOST_NAMED = 20  # characters that an error names
POLARITIES = ("light", "dark", "both")

# The strong clutter that figures are given for, and that --clutter means: `SyntheticWords(**STRONG_CLUTTER)`.
STRONG_CLUTTER = {"background": 110, "strokes": 3, "stroke_length": 12, "intensity": 110, "noise": 0.1}
# The purposes of an image's random numbers. Each purpose has its own stream, so that an option changes only what it is
# about.
_WORD, _FRESH_NOISE, _LOOK, _BACKGROUND, _STROKES, _FRAGMENTS = range(6)


class _PlacedWord(NamedTuple):
    """A word and where it lies in its image."""

    text: str
    rendered: RenderedText
    font: str | None
    size: int
    top: int
    left: int

    @property
    def boxes(self):
        return self.rendered.boxes + np.array((self.left, self.top, self.left, self.top), np.int32)


class _Looks(NamedTuple):
    """The random looks of each image, `(images,)` each."""

    intensity: np.ndarray  # float32, in [0, 255]
    noise: np.ndarray  # standard deviation, in levels
    dark: np.ndarray  # bool


@dataclass(frozen=True)
class SyntheticWords:
    """An endless, random-access source of word images.

    Image `index` depends on the fields below and on `index` only, not on batch size, order or number of workers. Each
    image has its own random streams, keyed by `seed` and `split` (see `RandomStreams`).

    The defaults are the task `"letters"`: 1 to 4 capital letters of intensity 128 on black, anywhere in a 40x40 image
    with a margin of 1 pixel, under Gaussian noise of standard deviation 0.1 x 255. All this is the original's. The
    letters are not: they are of Pillow's built-in font at size 14, with capitals 10 pixels high, the smallest size of
    this font that the noise leaves legible. `SyntheticWords.of_task("original")` has the original's letters, Arial at
    size 9, with capitals 7 pixels high. Images are rounded and clipped like any image file; `clip=False` keeps floats,
    as the original does. `python -m benchmarks.ceiling` says how many of the words an ideal observer reads.

    Clutter is off by default. An image is the sum of its background, its strokes and fragments (where these overlap,
    the brightest one shows), the word and the noise. docs/results/clutter.md shows every option.

    Args:
        alphabet: the characters of the words, all equally likely.
        min_length, max_length: word length in characters, uniform from `min_length` to `max_length`.
        image_size: `(height, width)` in pixels.
        fonts: paths of TrueType or OpenType files, or `None` for Pillow's own font, all equally likely; empty for
            Pillow's own font.
        font_size: `(smallest, largest)` size in pixels, uniform from `smallest` to `largest`; or such a pair for each
            of `fonts`. A word that is too large for the image is drawn in the largest size that fits.
        intensity: brightness of the text above its surroundings, in [0, 255]. Of a pair `(smallest, largest)`, each
            image has a random intensity, uniform between the two.
        noise: standard deviation of the noise, as a share of 255. Of a pair `(smallest, largest)`, each image has a
            random one, uniform between the two.
        margin: pixels at the image's edge that stay free of text.
        background: brightness of the background at its brightest, in [0, 255]. The background is a smooth random field
            whose hills and valleys lie two font sizes apart, or is cut from `background_files`.
        background_files: image files to cut backgrounds from. Their white gets the brightness `background`. All splits
            use the same files. See `keras_reader.data.backgrounds`.
        strokes: number of straight strokes, 1 pixel wide, in any place and direction. They are at least half as bright
            as the text, and at most as bright. They may cross the word.
        stroke_length: length of the longest stroke in pixels; lengths are uniform in [0, `stroke_length`].
        fragments: number of pieces of other letters in the word's font and size, at most half as high as the letter.
            Their brightness is that of strokes. They do not touch the word; a piece is left out if there is no room.
        polarity: `"light"` text on dark, `"dark"` text on light (the inverted image: level v becomes 255 - v), or
            `"both"`, each equally likely.
        clip: whether images are rounded and clipped to uint8.
        split: `"train"`, `"validation"` or `"test"`. Images of different splits share nothing but their background
            files, whatever their seeds and indices.
        seed: any integer in [0, 2**63).

    Raises:
        InputError: if a value is out of its range, or a font or a background cannot be read.
    """

    alphabet: str = string.ascii_uppercase
    min_length: int = 1
    max_length: int = 4
    image_size: tuple[int, int] = (40, 40)
    fonts: tuple[str | None, ...] = ()
    font_size: tuple[int, int] | tuple[tuple[int, int], ...] = (14, 14)
    intensity: int | tuple[int, int] = 128
    noise: float | tuple[float, float] = 0.1
    margin: int = 1
    background: int = 0
    background_files: tuple[str, ...] = ()
    strokes: int = 0
    stroke_length: float = 12
    fragments: int = 0
    polarity: str = "light"
    clip: bool = True
    split: str = "train"
    seed: int = 0
    _streams: RandomStreams = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        Alphabet(self.alphabet)
        for names, rule, holds in self._rules():
            if not holds:
                got = ", ".join(f"{name}={getattr(self, name)!r}" for name in names.split(", "))
                raise InputError(f"synthetic words need {rule}, got {got}")
        for path, (smallest, _) in zip(self.fonts or (None,), self.font_sizes, strict=True):
            load_font(path, smallest)
        load_backgrounds(self.background_files, self.image_size)
        object.__setattr__(self, "_streams", RandomStreams((self.seed, SPLITS.index(self.split))))

    @classmethod
    def of_task(cls, task: str, **fields: Any) -> "SyntheticWords":
        """The words of a named task, `keras_reader.data.tasks.TASKS`, the fields given in place of its own.

        Raises:
            InputError: if there is no such task, its font is not installed, or a field is out of its range.
        """
        return cls(**task_fields(task) | fields)

    @property
    def font_sizes(self) -> tuple[tuple[int, int], ...]:
        """`(smallest, largest)` size of each of `fonts`; of Pillow's own where there are none."""
        if np.ndim(self.font_size) == 1:
            return (self.font_size,) * max(1, len(self.fonts))  # pyright: ignore[reportReturnType] (a pair)
        return self.font_size  # pyright: ignore[reportReturnType] (pairs)

    @property
    def named(self) -> str:
        """What it is, for a person."""
        return "synthetic words"

    def _rules(self):
        """Rows of fields, the rule that they must obey, and whether they do."""
        room = min(self.image_size) > 2 * self.margin >= 0
        intensity, noise = _pair(self.intensity), _pair(self.noise)
        sizes = all(SMALLEST_FONT_SIZE <= smallest <= largest for smallest, largest in self.font_sizes)
        one_each = len(self.font_sizes) == max(1, len(self.fonts))
        return [
            ("min_length, max_length", "0 <= min_length <= max_length", 0 <= self.min_length <= self.max_length),
            ("margin, image_size", "margin >= 0 and room between the margins", room),
            ("font_size", f"{SMALLEST_FONT_SIZE} <= smallest font_size <= largest", sizes),
            ("fonts, font_size", "one font_size for all fonts, or one for each", one_each),
            ("intensity", "intensity in [0, 255], the smaller first", 0 <= intensity[0] <= intensity[1] <= 255),
            ("noise", "noise >= 0, the smaller first", 0 <= noise[0] <= noise[1] < np.inf),
            ("background", "background in [0, 255]", 0 <= self.background <= 255),
            ("background", "background > 0 to show images in", self.background > 0 or not self.background_files),
            ("strokes", "strokes >= 0", self.strokes >= 0),
            ("stroke_length", "stroke_length >= 0", 0 <= self.stroke_length < np.inf),
            ("fragments", "fragments >= 0", self.fragments >= 0),
            ("polarity", f"polarity one of {', '.join(POLARITIES)}", self.polarity in POLARITIES),
            ("seed", "seed in [0, 2**63)", 0 <= self.seed < 2**63),
            ("split", f"split one of {', '.join(SPLITS)}", self.split in SPLITS),
        ]

    def check_fonts(self) -> None:
        """Check that every font has every character of the alphabet, since a missing one is drawn as a box.

        Raises:
            InputError: if a font lacks a character. It names the font and the characters.
        """
        for path in self.fonts or (None,):
            missing = missing_characters(self.alphabet, path)
            if missing:
                more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
                raise InputError(
                    f"{path or 'the built-in font'}: has no glyph for {missing[:_MOST_NAMED]}{more}: give fonts that "
                    "have all characters of the alphabet with --font"
                )

    def longest_that_fits(self) -> int:
        """Length of the longest text that fits into an image whatever its characters, in the smallest font size.

        It is at most `max_length`, and 0 if some character does not fit by itself.
        """
        height, width = (side - 2 * self.margin for side in self.image_size)
        longest = self.max_length
        for path in self.fonts or (None,):
            step, overhang = 1, 0
            for character in self.alphabet:
                ink, pair = (render_text(n * character, path, SMALLEST_FONT_SIZE).levels.shape[1] for n in (1, 2))
                # The next character lies this far off, and its ink ends this far behind that.
                step, overhang = max(step, pair - ink), max(overhang, 2 * ink - pair)
            line = render_text(self.alphabet, path, SMALLEST_FONT_SIZE).levels.shape[0]
            longest = min(longest, (width - overhang) // step if line <= height else 0)
        return max(0, longest)

    def example(self, index: int) -> Example:
        """Image `index` with its text and boxes."""
        return self.examples([index])[0]

    def examples(self, indices: Iterable[int]) -> list[Example]:
        """The images of `indices` with their texts and boxes."""
        return drawn_examples(self.batch, indices, "synthetic")

    def batch(self, indices: Iterable[int]) -> tuple[np.ndarray, list[str], list[np.ndarray]]:
        """Images `(batch, height, width)`, texts and boxes of `indices`, as in `Example`."""
        indices = list(indices)
        looks = self._looks(indices)
        images = np.empty((len(indices), *self.image_size), np.float32)
        words = []
        for image, index, intensity, noise in zip(images, indices, looks.intensity, looks.noise, strict=True):
            random = self._streams.at(index, _WORD)
            word = self._word(random)
            random.standard_normal(dtype=np.float32, out=image)
            image *= noise
            height, width = word.rendered.levels.shape
            image[word.top : word.top + height, word.left : word.left + width] += word.rendered.levels * (
                intensity / 255
            )
            words.append(word)
        self._add_clutter(images, indices, words, looks)
        return self._finish(images, looks), [word.text for word in words], [word.boxes for word in words]

    def backgrounds(self, indices: Iterable[int]) -> np.ndarray:
        """The images of `indices` without their words: `(batch, height, width)`, of the same type as in `batch`.

        Everything but the noise equals the image itself. The noise is fresh and has the same strength, so that pixels
        of the image can be replaced by pixels of its background without a visible seam.
        """
        indices = list(indices)
        looks = self._looks(indices)
        images = np.empty((len(indices), *self.image_size), np.float32)
        for image, index, noise in zip(images, indices, looks.noise, strict=True):
            self._streams.at(index, _FRESH_NOISE).standard_normal(dtype=np.float32, out=image)
            image *= noise
        words = [self._word(self._streams.at(index, _WORD)) for index in indices] if self.fragments else []
        self._add_clutter(images, indices, words, looks)
        return self._finish(images, looks)

    def _looks(self, indices):
        (dimmest, brightest), (weakest, strongest) = _pair(self.intensity), _pair(self.noise)
        random = np.zeros((len(indices), 3))
        if dimmest < brightest or weakest < strongest or self.polarity == "both":
            random = self._streams.uniform(indices, _LOOK, 3)
        return _Looks(
            (dimmest + random[:, 0] * (brightest - dimmest)).astype(np.float32),
            (255 * (weakest + random[:, 1] * (strongest - weakest))).astype(np.float32),
            random[:, 2] < {"light": 0, "dark": 1, "both": 0.5}[self.polarity],
        )

    def _word(self, random):
        length, font, size, top, left, *letters = random.random(5 + self.max_length).tolist()
        length = self.min_length + int(length * (self.max_length - self.min_length + 1))
        text = self._text(letters[:length])
        font = int(font * len(self.fonts))
        path = self.fonts[font] if self.fonts else None
        smallest, largest = self.font_sizes[font]
        rendered, size = self._fit(text, path, smallest + int(size * (largest - smallest + 1)))
        height, width = rendered.levels.shape
        top = self.margin + int(top * (self.image_size[0] - 2 * self.margin - height + 1))
        left = self.margin + int(left * (self.image_size[1] - 2 * self.margin - width + 1))
        return _PlacedWord(text, rendered, path, size, top, left)

    def _text(self, letters):
        """The text that so many numbers in [0, 1) stand for. No space begins it, ends it or follows another one: in the
        image, it could not be seen."""
        places = [u * len(self.alphabet) for u in letters]
        text = [self.alphabet[int(place)] for place in places]
        visible = self.alphabet.replace(" ", "")
        if visible != self.alphabet and visible:
            for i, place in enumerate(places):
                if text[i] == " " and (i in (0, len(text) - 1) or text[i - 1] == " "):
                    text[i] = visible[int(place % 1 * len(visible))]
        return "".join(text)

    def _fit(self, text, path, size):
        height, width = (side - 2 * self.margin for side in self.image_size)
        while True:
            rendered = render_text(text, path, size)
            if rendered.levels.shape[0] <= height and rendered.levels.shape[1] <= width:
                return rendered, size
            size -= 1
            if size < SMALLEST_FONT_SIZE:
                raise InputError(
                    f"{text!r} does not fit an image of {self.image_size[0]}x{self.image_size[1]} pixels even in "
                    f"font size {SMALLEST_FONT_SIZE}: make the images larger or the words shorter"
                )

    def _add_clutter(self, images, indices, words, looks):
        if self.background_files:
            files = load_backgrounds(self.background_files, self.image_size)
            for image, random in zip(images, self._streams.uniform(indices, _BACKGROUND, CROP_DRAWS), strict=True):
                image += crop_background(files, random, self.image_size) * np.float32(self.background / 255)
        elif self.background:
            spacing = 2 * max(largest for _, largest in self.font_sizes)
            random = self._streams.uniform(indices, _BACKGROUND, clutter.background_draws(self.image_size, spacing))
            images += clutter.smooth_backgrounds(random, self.image_size, spacing) * np.float32(self.background)
        if self.strokes or self.fragments:
            marks = np.zeros_like(images)
            random = self._streams.uniform(indices, _STROKES, self.strokes, clutter.STROKE_DRAWS)
            clutter.add_strokes(marks, random, looks.intensity, self.stroke_length)
            self._add_fragments(marks, indices, words, looks)
            images += marks

    def _add_fragments(self, images, indices, words, looks):
        if not self.fragments:
            return
        random = self._streams.uniform(indices, _FRAGMENTS, self.fragments, clutter.FRAGMENT_DRAWS).tolist()
        for image, word, intensity, draws in zip(images, words, looks.intensity, random, strict=True):
            height, width = word.rendered.levels.shape
            gap = max(2, word.size // 4)
            word_box = (word.left - gap, word.top - gap, word.left + width + gap, word.top + height + gap)
            for draw in draws:
                letter = self.alphabet[int(draw[0] * len(self.alphabet))]
                glyph = render_text(letter, word.font, word.size).levels
                clutter.add_fragment(image, draw, glyph, intensity, word_box)

    def _finish(self, images, looks):
        if self.clip:
            np.rint(images, out=images)
            np.clip(images, 0, 255, out=images)
            images = images.astype(np.uint8)
        images[looks.dark] = 255 - images[looks.dark]
        return images


def _pair(value: Any) -> tuple:
    return (value, value) if np.isscalar(value) else value
