"""Finds pictures that are nearly the same, such as one picture saved as PNG and as JPEG."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

_HEIGHT, _WIDTH = 12, 24  # of a thumbnail
# Root of the mean squared difference of two thumbnails, as a share of their contrast (standard deviation). Saving
# a picture as a JPEG of quality 75 seldom changes it by more; amounts that a till printed twice differ by 0.2 and more.
_NEAR = 0.16
_LEAST_CONTRAST = 4.0  # levels; with less contrast than that, it would be the grain that differs
_SIMILAR_ASPECT = 1.05


class LabelledThumbnail(NamedTuple):
    """A small copy of a picture.

    Attributes:
        levels: uint8 `(12, 24)`, whatever the picture's size.
        aspect: width over height of the picture.
        text: what it says.
    """

    levels: np.ndarray
    aspect: float
    text: str


def thumbnail(image: np.ndarray) -> np.ndarray:
    """The levels of a `LabelledThumbnail`.

    Args:
        image: uint8 `(height, width)` in [0, 255], of any size.
    """
    return np.asarray(Image.fromarray(image).resize((_WIDTH, _HEIGHT), Image.Resampling.BOX))


def near_copies(pictures: Sequence[LabelledThumbnail], others: Sequence[LabelledThumbnail]) -> list[tuple[int, int]]:
    """Pairs of pictures of the same text that are nearly the same.

    Different pictures of a text, such as two photographs or two prints, differ more than a picture and its copy.

    Returns:
        For each of `others` that has such a picture: the index in `pictures` of the nearest one, and its own.
    """
    by_text = defaultdict(list)
    for i, picture in enumerate(pictures):
        by_text[picture.text].append(i)
    groups = {text: _Group([pictures[i] for i in by_text[text]]) for text in {o.text for o in others} & by_text.keys()}
    pairs = []
    for j, other in enumerate(others):
        if other.text in groups:
            differences = groups[other.text].differences(other)
            nearest = int(np.argmin(differences))
            if differences[nearest] < _NEAR:
                pairs.append((by_text[other.text][nearest], j))
    return pairs


class _Group:
    """Pictures of one text."""

    def __init__(self, pictures: Sequence[LabelledThumbnail]):
        self._levels = np.stack([picture.levels for picture in pictures]).astype(np.float32)
        self._contrasts = self._levels.std(axis=(1, 2))
        self._aspects = np.array([picture.aspect for picture in pictures])

    def differences(self, other: LabelledThumbnail) -> np.ndarray:
        """How much each differs from another picture; infinitely if its sides have another ratio."""
        levels = other.levels.astype(np.float32)
        contrast = np.maximum((self._contrasts + levels.std()) / 2, _LEAST_CONTRAST)
        differences = np.sqrt(np.mean((self._levels - levels) ** 2, axis=(1, 2))) / contrast
        ratios = self._aspects / other.aspect
        return np.where(np.maximum(ratios, 1 / ratios) < _SIMILAR_ASPECT, differences, np.inf)
