"""Faithfulness: whether a reader reads a character from the part of the image that its mask shows.

A mask can lie on the right letter and still have no part in the reading. So the image is changed and read again. With m
the mask of a character, the mask shows the pixels

    S = {p : m(p) > SHOWN_THRESHOLD x max m}

Two new images are made from the image and its background, which is the same image without what is written on it. The
noise is drawn anew for synthetic words, and the same for printed text:

    shown alone    the image inside S, the background elsewhere
    removed        the background inside S, the image elsewhere

The mask is *sufficient* if the reader reads the same character at the same place in the first image. It is *necessary*
if the reader no longer does so in the second image. Two places are the same if the centres of mass of the two masks are
within half a receptive window of each other, in x and in y. The two figures belong together, and they say nothing about
a mask that shows the whole image. Read them next to the mask area.

A language model is left out: what the other characters make of a character is not in its mask, and is not meant to be.

Pixels are exchanged as a whole and not mixed in proportion to the mask, because a mixture of two noises is weaker than
either and a letter of half the brightness is another letter. The threshold is that of Zhou et al., "Learning Deep
Features for Discriminative Localization" (2016), who take regions from attention maps. Masks of `small` are zero almost
everywhere, but the sigmoid of `deep_reader` never is, so a threshold of zero would not do.

Sources: insertion and deletion, Petsiuk et al., "RISE" (2018); sufficiency and comprehensiveness, DeYoung et al.,
"ERASER" (2020), applied to single characters and to readings instead of probabilities.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from keras_reader.evaluation.mask_metrics import centres
from keras_reader.inference.read_example import ReadExample
from keras_reader.inference.reader import Reader

SHOWN_THRESHOLD = 0.2  # as a share of the mask's largest value


class Faithfulness(NamedTuple):
    """The result of changing an image, for each character of its reading.

    Attributes:
        text: the characters. They are those that the reader reads without its language model.
        sufficient: bool `(characters,)`: whether the character is read again at the same place if only the part that
            its mask shows is left.
        necessary: bool `(characters,)`: whether the character is no longer read there if that part is removed.
    """

    text: str
    sufficient: np.ndarray
    necessary: np.ndarray


def shown_pixels(masks: np.ndarray) -> np.ndarray:
    """The pixels that masks, `(masks, height, width)`, show: bool of the same shape. An empty mask shows none."""
    return masks > SHOWN_THRESHOLD * masks.max(axis=(1, 2), keepdims=True, initial=0)


def examine_faithfulness(
    reader: Reader, examples: Sequence[ReadExample], backgrounds: np.ndarray, batch_size: int = 250
) -> list[Faithfulness]:
    """Read images again with only the part that each mask shows, and without it.

    Two images are read for each character.

    Args:
        reader: the reader.
        examples: images, uint8 at the reader's own size, with its readings.
        backgrounds: uint8 `(examples, height, width)`: the same images without their words, from
            the `backgrounds` of `SyntheticWords` or `PrintedText`.
        batch_size: number of images in a batch.
    """
    height, width = reader.config.window
    reach = np.array([width / 2, height / 2])  # as centres are: x, y
    images, readings = ([getattr(example, name) for example in examples] for name in ("image", "reading"))
    if reader.config.language_units:
        reader = reader.without_language_model()
        readings = list(reader.read(images, batch_size))
    again = reader.read(_changed(images, readings, backgrounds), batch_size)
    results = []
    for reading in readings:
        sufficient, necessary = [], []
        for character, centre in zip(reading.text, centres(reading.masks), strict=True):
            alone, without = next(again), next(again)
            sufficient.append(_nearest(alone, centre, reach) == character)
            necessary.append(character not in _all_near(without, centre, reach))
        results.append(Faithfulness(reading.text, np.array(sufficient, bool), np.array(necessary, bool)))
    return results


def _changed(images, readings, backgrounds):
    for image, reading, background in zip(images, readings, backgrounds, strict=True):
        for seen in shown_pixels(reading.masks):
            yield np.where(seen, image, background)
            yield np.where(seen, background, image)


def _nearest(reading, centre, reach):
    """The character whose mask is nearest, or `None` if no mask is within reach."""
    away = _away(reading, centre, reach)
    return reading.text[int(away.argmin())] if (away <= 1).any() else None


def _all_near(reading, centre, reach):
    away = _away(reading, centre, reach)
    return {character for character, distance in zip(reading.text, away, strict=True) if distance <= 1}


def _away(reading, centre, reach):
    """Distance of each mask's centre from a point, in units of `reach`: the larger of x and y, infinite if empty."""
    return np.nan_to_num((np.abs(centres(reading.masks) - centre) / reach).max(axis=1), nan=np.inf)
