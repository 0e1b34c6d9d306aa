"""Images that a reader of capital letters should find nothing in, or nothing that it knows."""

import string
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from keras_reader.synthetic import SyntheticWords


def images_without_text(words: SyntheticWords, count: int) -> Iterator[tuple[str, np.ndarray]]:
    """Kinds of images, with their names: each uint8 `(count, height, width)`.

    Args:
        words: the words that the reader was trained on; size, noise and seed are taken from them.
        count: number of images of each kind.
    """
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
    yield "a gradient, noise of the task", noisy(_gradients(random, shape))
    yield "a photo-like field (1/f), noise of the task", noisy(_fields(random, shape))
    yield "three strokes up to 12 px, noise of the task", drawn(replace(empty, strokes=3))
    yield "digits, size 9", drawn(replace(words, alphabet=string.digits))
    yield "lower-case letters, size 9", drawn(replace(words, alphabet=string.ascii_lowercase))
    yield "single capitals, size 24", drawn(replace(words, font_size=(24, 24), min_length=1, max_length=1))


def _gradients(random, shape):
    """From black to white in any direction."""
    count, height, width = shape
    angle = random.uniform(0, 2 * np.pi, (count, 1, 1))
    y, x = np.mgrid[:height, :width]
    return _stretched(np.cos(angle) * x + np.sin(angle) * y)


def _fields(random, shape):
    """Random fields whose amplitudes fall as 1/f, as those of photographs do, from black to white."""
    _, height, width = shape
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    frequency[0, 0] = np.inf
    return _stretched(np.fft.irfft2(np.fft.rfft2(random.normal(size=shape)) / frequency, (height, width)))


def _stretched(values):
    low, high = values.min(axis=(1, 2), keepdims=True), values.max(axis=(1, 2), keepdims=True)
    return 255 * (values - low) / (high - low)
