"""Images without text, or with text that a reader of capital letters does not know."""

import string
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from keras_reader.data.negatives import field, slope
from keras_reader.data.synthetic_words import SyntheticWords


def images_without_text(words: SyntheticWords, count: int) -> Iterator[tuple[str, np.ndarray]]:
    """Yield kinds of images with their names. The images of a kind are uint8 `(count, height, width)`.

    Args:
        words: the words that the reader was trained on. Size, noise and seed are theirs.
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
    yield "a gradient, noise of the task", noisy(_many(count, lambda: 255 * slope(random, words.image_size)))
    yield (
        "a photo-like field (1/f), noise of the task",
        noisy(_many(count, lambda: 255 * field(random, words.image_size, fall=1))),
    )
    yield "three strokes up to 12 px, noise of the task", drawn(replace(empty, strokes=3))
    size = "-".join(map(str, sorted(set(words.font_size))))
    yield f"digits, size {size}", drawn(replace(words, alphabet=string.digits))
    yield f"lower-case letters, size {size}", drawn(replace(words, alphabet=string.ascii_lowercase))
    yield "single capitals, size 24", drawn(replace(words, font_size=(24, 24), min_length=1, max_length=1))


def _many(count, draw):
    return np.stack([draw() for _ in range(count)])
