"""Images without text, or with text that a reader of capital letters does not know."""

import string
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw

from keras_reader.data.negatives import field, slope
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.images import resize


def images_without_text(words: SyntheticWords, count: int) -> Iterator[tuple[str, np.ndarray]]:
    """Yield kinds of images with their names. The images of a kind are uint8 `(count, height, width)`.

    Args:
        words: the words that the reader was trained on. Size, noise and seed are theirs.
        count: number of images of each kind.
    """
    yield from images_of_nothing(words, count)

    def drawn(source):
        return source.batch(range(count))[0]

    size = "-".join(map(str, sorted(set(words.font_size))))
    yield f"digits, size {size}", drawn(replace(words, alphabet=string.digits))
    yield f"lower-case letters, size {size}", drawn(replace(words, alphabet=string.ascii_lowercase))
    yield "single capitals, size 24", drawn(replace(words, font_size=(24, 24), min_length=1, max_length=1))


def images_of_nothing(words: SyntheticWords, count: int) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the kinds of `images_without_text` that show no character at all."""
    random = np.random.default_rng(words.seed)
    shape = (count, *words.image_size)
    empty = replace(words, min_length=0, max_length=0)
    noise = 255 * words.noise

    def noisy(levels):
        return np.clip(np.rint(levels + random.normal(0, noise, shape)), 0, 255).astype(np.uint8)

    def drawn(source):
        return source.batch(range(count))[0]

    yield "black", np.zeros(shape, np.uint8)
    yield "noise of the task", drawn(empty)
    yield "noise twice as strong", drawn(replace(empty, noise=2 * words.noise))
    yield "noise four times as strong", drawn(replace(empty, noise=4 * words.noise))
    yield "every pixel random in 0 to 255", random.integers(0, 256, shape, np.uint8)
    yield "grey of one level, noise of the task", noisy(random.uniform(0, 255, (count, 1, 1)))
    yield "a gradient, noise of the task", noisy(_many(count, lambda: 255 * slope(random, words.image_size)))
    yield (
        "a photo-like field (1/f), noise of the task",
        noisy(_many(count, lambda: 255 * field(random, words.image_size, fall=1))),
    )
    yield "three strokes up to 12 px, noise of the task", drawn(replace(empty, strokes=3))


def textures(image_size: tuple[int, int], count: int, seed: int = 0) -> np.ndarray:
    """Regular patterns: stripes, checks and dots of any period, direction and contrast, with noise.

    Returns:
        uint8 `(count, height, width)`.
    """
    random = np.random.default_rng(seed)
    height, width = image_size
    y, x = np.mgrid[:height, :width]

    def one():
        period, angle = random.uniform(2.5, 24), random.uniform(0, np.pi)
        along = np.cos(angle) * x + np.sin(angle) * y
        across = np.cos(angle) * y - np.sin(angle) * x
        waves = [np.sin(2 * np.pi * side / period + random.uniform(0, 2 * np.pi)) for side in (along, across)]
        kind = random.integers(3)
        pattern = (waves[0], np.sign(waves[0] * waves[1]), np.minimum(*waves))[kind]
        low, high = random.uniform(0, 255, 2)
        levels = low + (high - low) * (pattern + 1) / 2 + random.normal(0, random.uniform(0, 20), image_size)
        return np.clip(np.rint(levels), 0, 255).astype(np.uint8)

    return _many(count, one)


def drawings(image_size: tuple[int, int], count: int, seed: int = 0) -> Iterator[tuple[str, np.ndarray]]:
    """Yield kinds of simple drawings, in any two levels, under weak noise.

    Some are what a character may be: a stroke alone is a slash, a small shape is a full stop.

    Yields:
        The name of the kind, and uint8 `(count, height, width)`.
    """
    random = np.random.default_rng(seed)
    height, width = image_size

    def drawn(draw, most):
        def one():
            ground = random.uniform(0, 255)
            inks = [ground - random.uniform(60, 200), ground + random.uniform(60, 200)]
            ink = random.choice([level for level in inks if -20 < level < 275] or inks)
            picture = Image.new("L", (4 * width, 4 * height))  # drawn larger, so that its edges are smooth
            pen = ImageDraw.Draw(picture)
            for _ in range(random.integers(1, most + 1)):
                draw(pen, 4 * random.uniform(0, (width, height)))
            cover = np.asarray(picture.resize((width, height), Image.Resampling.BOX)) / 255
            return np.clip(np.rint(ground + (ink - ground) * cover + random.normal(0, 5, image_size)), 0, 255)

        return _many(count, one).astype(np.uint8)

    def stroke(pen, start):
        end = 4 * random.uniform(0, (width, height))
        pen.line([*start, *end], 255, int(random.integers(3, height // 2)))

    def arc(pen, centre):
        reach = 4 * random.uniform(2, height, 2)
        first, part = random.uniform(0, 360), random.uniform(30, 360)
        pen.arc([*(centre - reach), *(centre + reach)], first, first + part, 255, int(random.integers(3, height // 2)))

    def shape(pen, centre):
        reach = 4 * random.uniform(2, height / 2, 2)
        random.choice([pen.ellipse, pen.rectangle])([*(centre - reach), *(centre + reach)], fill=255)

    yield "1 to 3 strokes of any length", drawn(stroke, 3)
    yield "1 to 4 arcs", drawn(arc, 4)
    yield "1 to 3 filled ellipses and rectangles", drawn(shape, 3)


def pieces_of_photographs(photographs: Sequence[np.ndarray], image_size: tuple[int, int], count: int) -> np.ndarray:
    """Pieces of photographs in the shape of an image, from its size up to the whole photograph, shrunk to it.

    Args:
        photographs: uint8 `(height, width)`; they must show no text.
        image_size: `(height, width)` in pixels.
        count: number of pieces.

    Returns:
        uint8 `(count, height, width)`.
    """
    random = np.random.default_rng(0)
    height, width = image_size

    def one():
        photograph = photographs[random.integers(len(photographs))]
        largest = min(photograph.shape[0] / height, photograph.shape[1] / width)
        scale = max(1.0, largest) ** random.uniform(0, 1) * min(1.0, largest)
        tall, wide = round(scale * height), round(scale * width)
        top, left = (
            random.integers(side - part + 1) for side, part in zip(photograph.shape, (tall, wide), strict=True)
        )
        piece = resize(photograph[top : top + tall, left : left + wide], image_size, "stretch")
        return np.rint(255 * piece).astype(np.uint8)

    return _many(count, one)


def _many(count, draw):
    return np.stack([draw() for _ in range(count)])
