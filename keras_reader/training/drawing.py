"""Training examples, drawn by their number.

What draws them is sent to other processes. It imports neither Keras nor a backend, so that these start at once, stay
small and end at once.
"""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from keras_reader.alphabet import Alphabet
from keras_reader.data.augmentation import Augmentation, augment
from keras_reader.data.negatives import negative_image
from keras_reader.data.own_backgrounds import write_on
from keras_reader.data.part_of_text import part_of_text
from keras_reader.data.printed_text.printed_text import DrawnText
from keras_reader.data.random_streams import RandomStreams
from keras_reader.data.synthetic_words import SyntheticWords

# What the reader is to give for a batch: class indices, int32 `(batch, decoding_steps)`; or these as `"logits"` and, of
# readers with a language model, as `"seen"`, and as `"masks"` the characters' centres, as `PointingLoss` takes them.
Labels = np.ndarray | dict[str, np.ndarray]
# Draws the examples `start` to `stop` of an endless row: images, float32 `(batch, height, width)` in [0, 1], and their
# labels.
Draw = Callable[[int, int], tuple[np.ndarray, Labels]]

# The first number of a stream's key. Synthetic words have their seed there, which is below 2**63.
_NEGATIVES_KEY, _AUGMENTATION_KEY, _MIXING_KEY, _PARTS_KEY = (2**63 + i for i in range(4))


class DrawWords:
    """Draws synthetic words or printed text; see `Draw`.

    Args:
        words: what is drawn.
        decoding_steps: what the texts are encoded for.
        centres: whether the labels say where the characters are, too.
        parts: share of the images of which only a piece is left, in [0, 1]; see `keras_reader.data.part_of_text`.
            Whether it is image i, and which piece, depends on the seed and i only.
        seed: fixes which images, and which pieces.
    """

    def __init__(self, words: DrawnText, decoding_steps: int, centres: bool = False, parts: float = 0.0, seed: int = 0):
        self.words = words
        self.decoding_steps = decoding_steps
        self.centres = centres
        self.parts = parts
        self.seed = seed

    def __call__(self, start, stop):
        images, texts, boxes = self.words.batch(range(start, stop))
        if self.parts:
            self._take_parts(start, images, texts, boxes)
        ids = encode_texts(texts, Alphabet(self.words.alphabet), self.decoding_steps)
        labels = {"logits": ids, "masks": self._centres(boxes)} if self.centres else ids
        return images.astype(np.float32) / 255, labels

    def _take_parts(self, start, images, texts, boxes):
        for i, random in _chosen(_PARTS_KEY, self.seed, self.parts, start, start + len(images)):
            if texts[i]:
                (background,) = self.words.backgrounds([start + i])
                images[i], texts[i], boxes[i] = part_of_text(random, images[i], background, texts[i], boxes[i])

    def _centres(self, boxes):
        centres = np.full((len(boxes), self.decoding_steps, 2), np.nan, np.float32)
        for row, places in zip(centres, boxes, strict=True):
            row[: len(places)] = (places[:, :2] + places[:, 2:]) / 2
        return centres


class DrawLabelled:
    """Draws labelled pictures, changed at random, in a new order each time all were drawn; see `Draw`.

    Args:
        images: uint8 `(images, height, width)` in [0, 255], in the reader's size.
        texts: the text of each image.
        alphabet, decoding_steps: what their texts are encoded with.
        augmentation: how the images are changed; `None` to leave them as they are.
        seed: fixes the orders and the changes.
        warmup: number of examples in which the changes grow from nothing to their full strength.
    """

    def __init__(
        self,
        images: np.ndarray,
        texts: Sequence[str],
        alphabet: Alphabet,
        decoding_steps: int,
        augmentation: Augmentation | None,
        seed: int,
        warmup: int = 0,
    ):
        self.images = images
        self.ids = encode_texts(texts, alphabet, decoding_steps)
        self.augmentation = augmentation
        self.seed = seed
        self.warmup = warmup

    def __call__(self, start, stop):
        count = len(self.images)
        rounds = range(start // count, math.ceil(stop / count))
        order = np.concatenate([np.random.default_rng((self.seed, r)).permutation(count) for r in rounds])
        chosen = order[start - rounds.start * count : stop - rounds.start * count]
        images = augmented(self.images[chosen], self.augmentation, self.seed, start, self.warmup)
        return images, self.ids[chosen]


class DrawMixed:
    """Draws synthetic words on backgrounds in the place of a share of the examples; see `Draw`.

    Whether example i is a synthetic word, and which one, depends on the seed and i only.

    Args:
        draw: draws the other examples.
        share: share of the examples, in [0, 1].
        words: the words, white on black without noise.
        backgrounds: uint8 `(backgrounds, height, width)`, what the words are drawn on.
        decoding_steps: what their texts are encoded for.
        augmentation: how the images are changed; `None` to leave them as they are.
        seed: fixes which examples, and how they look.
        warmup: number of examples, those of `draw` among them, in which the changes grow to their full strength.
    """

    def __init__(
        self,
        draw: Draw,
        share: float,
        words: SyntheticWords,
        backgrounds: np.ndarray,
        decoding_steps: int,
        augmentation: Augmentation | None,
        seed: int,
        warmup: int = 0,
    ):
        self.draw = draw
        self.share = share
        self.words = words
        self.backgrounds = backgrounds
        self.decoding_steps = decoding_steps
        self.augmentation = augmentation
        self.seed = seed
        self.warmup = warmup

    def __call__(self, start, stop):
        images, ids = self.draw(start, stop)
        assert isinstance(ids, np.ndarray), "labelled images have no boxes"
        alphabet = Alphabet(self.words.alphabet)
        for i, image, text in self.drawn(start, stop):
            images[i] = image
            ids[i] = alphabet.encode(text, self.decoding_steps)
        return images, ids

    def drawn(self, start: int, stop: int) -> Iterator[tuple[int, np.ndarray, str]]:
        """The synthetic words among the examples `start` to `stop`.

        Returns:
            The row of each in the batch, its image, float32 `(height, width)` in [0, 1], and its text.
        """
        for i, random in _chosen(_MIXING_KEY, self.seed, self.share, start, stop):
            word = self.words.example(start + i)
            background = self.backgrounds[random.integers(len(self.backgrounds))]
            image = write_on(background, word.image, random)
            yield i, _changed(image, self.augmentation, self.warmup, start + i, random), word.true_text


def mixed_of(draw: Draw) -> DrawMixed:
    """What draws the synthetic words of `training_examples` on labelled images, whatever is put in the place of some.

    Raises:
        ValueError: if no words are mixed in.
    """
    while not isinstance(draw, DrawMixed):
        if not isinstance(draw, WithNegatives | WithSeen):
            raise ValueError("no words are mixed in")
        draw = draw.draw
    return draw


def augmented(
    images: np.ndarray, augmentation: Augmentation | None, seed: int, start: int, warmup: int = 0
) -> np.ndarray:
    """Change the images of the examples from `start` on at random: float32, of the same shape, in [0, 1].

    Args:
        images: uint8 `(images, height, width)` in [0, 255].
        augmentation: how they are changed; `None` to leave them as they are.
        seed: with the number of an example, it fixes how that example is changed.
        start: the number of the first example.
        warmup: number of examples in which the changes grow from nothing to their full strength.
    """
    streams = RandomStreams((_AUGMENTATION_KEY, seed))
    numbered = enumerate(images, start)
    return np.stack([_changed(image, augmentation, warmup, i, streams.at(i, 0)) for i, image in numbered])


def _changed(image, augmentation, warmup, index, random):
    if augmentation is None:
        return image.astype(np.float32) / 255
    if index < warmup:
        augmentation = augmentation.times(index / warmup)
    return augment(image, augmentation, random)


def _chosen(key, seed, share, start, stop):
    """Of the examples `start` to `stop`, a share: the row of each in the batch, and its random numbers."""
    streams = RandomStreams((key, seed))
    for row, index in enumerate(range(start, stop)):
        random = streams.at(index, 0)
        if random.random() < share:
            yield row, random


class WithNegatives:
    """Puts images without text in the place of a share of the examples; see `Draw`.

    A reader that was trained on words alone has only letters and the end to call anything by, and calls
    random pixels, a gradient or a photograph letters with confidence. Whether example i is a negative, and
    which one, depends on the seed and i only.

    Args:
        draw: draws the other examples.
        share: of the examples, in [0, 1].
        terminator: class index that an empty text consists of.
        seed: fixes which examples, and what they show.
        negative: draws one, float32 `(height, width)` in [0, 1], from random numbers and an image's size.
    """

    def __init__(
        self,
        draw: Draw,
        share: float,
        terminator: int,
        seed: int,
        negative: Callable[[np.random.Generator, tuple[int, int]], np.ndarray] = negative_image,
    ):
        self.draw = draw
        self.share = share
        self.negative = negative
        self.terminator = terminator
        self.seed = seed

    def __call__(self, start, stop):
        images, labels = self.draw(start, stop)
        ids = class_indices(labels)
        for i, random in _chosen(_NEGATIVES_KEY, self.seed, self.share, start, stop):
            images[i] = self.negative(random, images[i].shape)
            ids[i] = self.terminator
            if isinstance(labels, dict):
                labels["masks"][i] = np.nan
        return images, labels


class WithSeen:
    """Draws the examples of a `Draw` for a reader with a language model: what is read is what has to be seen."""

    def __init__(self, draw: Draw):
        self.draw = draw

    def __call__(self, start, stop):
        images, labels = self.draw(start, stop)
        return images, with_seen(labels)


def with_seen(labels: Labels) -> Labels:
    """The labels of a reader with a language model: one for every output, as Keras wants it, unknown centres too."""
    if not isinstance(labels, dict):
        labels = {"logits": labels, "masks": np.full((*labels.shape, 2), np.nan, np.float32)}
    return {**labels, "seen": labels["logits"]}


def class_indices(labels: Labels) -> np.ndarray:
    """The class indices among the labels, int32 `(batch, decoding_steps)`."""
    return labels["logits"] if isinstance(labels, dict) else labels


def encode_texts(texts: Sequence[str], alphabet: Alphabet, decoding_steps: int) -> np.ndarray:
    """Class indices of the texts, int32 `(texts, decoding_steps)`, terminated and filled with terminators."""
    return np.stack([alphabet.encode(text, decoding_steps) for text in texts])
