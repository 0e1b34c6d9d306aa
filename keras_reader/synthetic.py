"""Synthetic words: the task of the original deep_reader, rendered afresh for every image.

Only NumPy and Pillow are needed here: whoever measures a reader needs the images too.
"""

import math
import string
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFont

from keras_reader.alphabet import Alphabet
from keras_reader.errors import InputError

SMALLEST_FONT_SIZE = 5
SPLITS = ("train", "validation", "test")


class Sample(NamedTuple):
    """One synthetic image with its truth.

    Attributes:
        image: `(height, width)`, uint8 in [0, 255] (float32, unbounded, with `clip=False`).
        text: the word that was drawn.
        boxes: int32 `(characters, 4)`: left, top, right, bottom of the ink of each character in
            pixels; right and bottom are exclusive.
    """

    image: np.ndarray
    text: str
    boxes: np.ndarray


class _Ink(NamedTuple):
    levels: np.ndarray  # (height, width) float32 in [0, 255], cropped to the ink
    boxes: np.ndarray  # (characters, 4) int32, relative to `levels`


@dataclass(frozen=True)
class SyntheticWords:
    """An endless, random-access source of word images.

    Image `index` depends on nothing but the fields below and `index`: not on batch size, order, or
    the number of workers. Each image has its own Philox stream, keyed by `seed` and `split` and
    counted from `index` (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011).

    The defaults are the original's task: 1 to 4 capital letters of Pillow's built-in font at size 9,
    intensity 128 on black, anywhere in a 40x40 image with a margin of 1 pixel, under Gaussian noise
    of standard deviation 0.1 x 255. The original keeps unclipped floats (`clip=False`); here images
    are rounded and clipped as any image file is.

    Args:
        alphabet: characters to draw from, each equally likely.
        min_length, max_length: word length in characters, uniform between the two, inclusive.
        image_size: `(height, width)` in pixels.
        fonts: paths of TrueType or OpenType files, each equally likely; empty for Pillow's own font.
        font_size: `(smallest, largest)` size in pixels, uniform, inclusive. A word too wide or too
            high for the image is drawn in the largest smaller size that fits.
        intensity: brightness of the text in [0, 255].
        noise: standard deviation of the noise, as a share of 255.
        margin: pixels at the image's edge that stay free of ink.
        clip: whether images are rounded and clipped to uint8.
        split: `"train"`, `"validation"` or `"test"`: the images of different splits have nothing in
            common, whatever their seeds and indices.
        seed: any integer in [0, 2**63).

    Raises:
        InputError: if a value is out of its range or a font cannot be read.
    """

    alphabet: str = string.ascii_uppercase
    min_length: int = 1
    max_length: int = 4
    image_size: tuple[int, int] = (40, 40)
    fonts: tuple[str, ...] = ()
    font_size: tuple[int, int] = (9, 9)
    intensity: int = 128
    noise: float = 0.1
    margin: int = 1
    clip: bool = True
    split: str = "train"
    seed: int = 0
    _stream: "_Stream" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        Alphabet(self.alphabet)
        height, width = self.image_size
        checks = {
            "0 <= min_length <= max_length": 0 <= self.min_length <= self.max_length,
            "margin >= 0 and room between the margins": min(height, width) > 2 * self.margin >= 0,
            f"{SMALLEST_FONT_SIZE} <= smallest font_size <= largest": SMALLEST_FONT_SIZE
            <= self.font_size[0]
            <= self.font_size[1],
            "intensity in [0, 255]": 0 <= self.intensity <= 255,
            "noise >= 0": self.noise >= 0,
            "seed in [0, 2**63)": 0 <= self.seed < 2**63,
            f"split one of {', '.join(SPLITS)}": self.split in SPLITS,
        }
        broken = [rule for rule, holds in checks.items() if not holds]
        if broken:
            raise InputError(f"synthetic words need {' and '.join(broken)}, got {self}")
        for path in self.fonts:
            _font(path, self.font_size[0])
        object.__setattr__(self, "_stream", _Stream(self.seed, SPLITS.index(self.split)))

    def sample(self, index: int) -> Sample:
        """Image `index` with its text and boxes."""
        images, texts, boxes = self.batch([index])
        return Sample(images[0], texts[0], boxes[0])

    def batch(self, indices: Iterable[int]) -> tuple[np.ndarray, list[str], list[np.ndarray]]:
        """Images `(batch, height, width)`, texts and boxes of `indices`, as in `Sample`."""
        indices = list(indices)
        images = np.empty((len(indices), *self.image_size), np.float32)
        texts, boxes = [], []
        for image, index in zip(images, indices, strict=True):
            text, box = self._draw(index, image)
            texts.append(text)
            boxes.append(box)
        if self.clip:
            np.rint(images, out=images)
            np.clip(images, 0, 255, out=images)
            images = images.astype(np.uint8)
        return images, texts, boxes

    def _draw(self, index, image):
        random = self._stream.at(index)
        length, font, size, top, left, *letters = random.random(5 + self.max_length).tolist()
        length = self.min_length + int(length * (self.max_length - self.min_length + 1))
        text = "".join([self.alphabet[int(u * len(self.alphabet))] for u in letters[:length]])
        path = self.fonts[int(font * len(self.fonts))] if self.fonts else None
        smallest, largest = self.font_size
        ink = self._fit(text, path, smallest + int(size * (largest - smallest + 1)))
        height, width = ink.levels.shape
        top = self.margin + int(top * (self.image_size[0] - 2 * self.margin - height + 1))
        left = self.margin + int(left * (self.image_size[1] - 2 * self.margin - width + 1))
        random.standard_normal(dtype=np.float32, out=image)
        image *= 255 * self.noise
        image[top : top + height, left : left + width] += ink.levels * np.float32(self.intensity / 255)
        return text, ink.boxes + np.array((left, top, left, top), np.int32)

    def _fit(self, text, path, size):
        height, width = (side - 2 * self.margin for side in self.image_size)
        while True:
            ink = _word(text, path, size)
            if ink.levels.shape[0] <= height and ink.levels.shape[1] <= width:
                return ink
            size -= 1
            if size < SMALLEST_FONT_SIZE:
                raise InputError(
                    f"{text!r} does not fit an image of {self.image_size[0]}x{self.image_size[1]} pixels even in "
                    f"font size {SMALLEST_FONT_SIZE}: make the images larger or the words shorter"
                )


class _Stream:
    """Random numbers by (seed, index). Setting the state is six times quicker than a new generator."""

    def __init__(self, seed, split):
        self._bits = np.random.Philox(0)
        self._generator = np.random.Generator(self._bits)
        self._state = self._bits.state
        self._state["state"]["key"][:] = (seed, split)

    def at(self, index):
        # Counter word 2 is the image: an image may draw 2**128 blocks before it meets the next one.
        self._state["state"]["counter"][:] = (0, 0, index, 0)
        self._state["buffer_pos"] = 4
        self._state["has_uint32"] = 0
        self._bits.state = self._state
        return self._generator


@lru_cache(maxsize=256)
def _font(path, size):
    if path is None:
        return ImageFont.load_default(size)
    try:
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise InputError(f"{path}: not a font that can be read ({error})") from None


@lru_cache(maxsize=65536)
def _ink_box(character, path, size):
    """Left, top, right, bottom of one character's ink, from the pen and the top of the line."""
    mask, (left, top) = _font(path, size).getmask2(character, mode="L")
    ink = mask.getbbox() or (0, 0, 0, 0)
    return left + ink[0], top + ink[1], left + ink[2], top + ink[3]


@lru_cache(maxsize=65536)
def _advance(pair, path, size):
    font = _font(path, size)
    return font.getlength(pair) - font.getlength(pair[1])


# Three quarters of the default task's images are one of the 18,278 words of up to three letters.
@lru_cache(maxsize=65536)
def _word(text, path, size):
    if not text:
        return _Ink(np.zeros((0, 0), np.float32), np.zeros((0, 4), np.int32))
    mask, (left, top) = _font(path, size).getmask2(text, mode="L")
    ink = mask.getbbox() or (0, 0, 0, 0)
    left, top = left + ink[0], top + ink[1]
    boxes = []
    pen = 0.0
    for k, character in enumerate(text):
        if k:
            pen += _advance(text[k - 1 : k + 1], path, size)
        x = math.floor(pen + 0.5) - left  # Pillow, too, puts each glyph on a whole pixel
        x0, y0, x1, y1 = _ink_box(character, path, size)
        boxes.append((x + x0, y0 - top, x + x1, y1 - top))
    levels = np.asarray(Image.Image()._new(mask.crop(ink)), np.float32)
    return _Ink(levels, np.array(boxes, np.int32))
