"""Is what a mask shows what was read? Asked by changing the image and reading it again.

Where nothing but the mask is looked at, a mask can lie on the right letter and still have no part in the
reading. So the image is changed instead. With m the mask of a character, it shows the pixels

    S = {p : m(p) > SHOWN_THRESHOLD x max m}

and two new images are made of the image and a background, which is the same image without its word, under
noise of its own:

    shown alone    the image where S, the background elsewhere
    taken away     the background where S, the image elsewhere

The mask is *sufficient* if the reader finds the same character there in the first, and *necessary* if it
no longer does in the second. *There* is within half a receptive window, in x and in y, of where the centre
of mass of the mask was. Each says little without the other, and both say nothing of a mask that shows the
whole image: see the area shown as well.

Pixels are exchanged whole, not mixed in proportion to the mask: a mixture of two noises is weaker than
either, and half a letter's brightness is another letter. The threshold is that by which Zhou et al.,
"Learning Deep Features for Discriminative Localization" (2016) take regions from attention maps; zero
would do for the masks of `small`, which are zero nearly everywhere, but a sigmoid, which `deep_reader` has,
never is.

Sources: insertion and deletion, Petsiuk et al., "RISE" (2018); sufficiency and comprehensiveness, DeYoung
et al., "ERASER" (2020), here of single characters and of what is read instead of probabilities.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from keras_reader.evaluation.mask_metrics import centres
from keras_reader.inference.read_example import ReadExample
from keras_reader.inference.reader import Reader

SHOWN_THRESHOLD = 0.2  # as a share of the mask's largest value


class Faithfulness(NamedTuple):
    """What came of changing an image.

    Attributes:
        sufficient: bool `(characters,)`: whether each character of the reading is read again, and there,
            when nothing but what its mask shows is left.
        necessary: bool `(characters,)`: whether each is no longer read there when what its mask shows is gone.
    """

    sufficient: np.ndarray
    necessary: np.ndarray


def shown_pixels(masks: np.ndarray) -> np.ndarray:
    """The pixels that masks, `(masks, height, width)`, show: bool of the same shape; an empty mask shows none."""
    return masks > SHOWN_THRESHOLD * masks.max(axis=(1, 2), keepdims=True, initial=0)


def examine_faithfulness(
    reader: Reader, examples: Sequence[ReadExample], backgrounds: np.ndarray, batch_size: int = 250
) -> list[Faithfulness]:
    """Read images again with only what each mask shows, and without it.

    Two images a character are read.

    Args:
        reader: what gave the readings.
        examples: images, uint8 at the reader's own size, with their readings.
        backgrounds: uint8 `(examples, height, width)`: the same images without their words, as
            `SyntheticWords.backgrounds` gives them.
        batch_size: number of images read at once.
    """
    height, width = reader.config.window
    reach = np.array([width / 2, height / 2])  # as centres are: x, y
    again = reader.read(_changed(examples, backgrounds), batch_size)
    results = []
    for reading in (example.reading for example in examples):
        sufficient, necessary = [], []
        for character, centre in zip(reading.text, centres(reading.masks), strict=True):
            alone, without = next(again), next(again)
            sufficient.append(_nearest(alone, centre, reach) == character)
            necessary.append(character not in _all_near(without, centre, reach))
        results.append(Faithfulness(np.array(sufficient, bool), np.array(necessary, bool)))
    return results


def _changed(examples, backgrounds):
    for example, background in zip(examples, backgrounds, strict=True):
        for seen in shown_pixels(example.reading.masks):
            yield np.where(seen, example.image, background)
            yield np.where(seen, background, example.image)


def _nearest(reading, centre, reach):
    """The character whose mask is centred nearest, or `None` if none is near."""
    away = _away(reading, centre, reach)
    return reading.text[int(away.argmin())] if (away <= 1).any() else None


def _all_near(reading, centre, reach):
    away = _away(reading, centre, reach)
    return {character for character, distance in zip(reading.text, away, strict=True) if distance <= 1}


def _away(reading, centre, reach):
    """Distance of each mask's centre from a point as a share of `reach`, the larger of x and y; infinite if empty."""
    return np.nan_to_num((np.abs(centres(reading.masks) - centre) / reach).max(axis=1), nan=np.inf)
