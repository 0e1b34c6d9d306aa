"""Finds pictures that are nearly the same, such as one picture saved as PNG and as JPEG."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from PIL import Image

_SIZE = (16, 32)  # height and width of a thumbnail
# Root of the mean squared difference of two thumbnails, as a share of their contrast (standard deviation). Saving
# a picture as a JPEG of quality 75 seldom changes it by more; amounts that a till printed twice differ by 0.2 and more.
_NEAR = 0.15
_LEAST_CONTRAST = 4.0  # levels; differences of pictures with less contrast are those of the grain
_SIMILAR_RATIO = 1.05


def thumbnail(image: np.ndarray) -> np.ndarray:
    """A small copy of an image, for `near_copies`: uint8 `(16, 32)`.

    Args:
        image: uint8 `(height, width)` in [0, 255], of any size.
    """
    return np.asarray(Image.fromarray(image).resize(_SIZE[::-1], Image.Resampling.BOX))


def near_copies(
    pictures: Sequence[tuple[np.ndarray, float, str]], others: Sequence[tuple[np.ndarray, float, str]]
) -> list[tuple[int, int]]:
    """Pairs of pictures of the same text that are nearly the same.

    Different pictures of a text, such as two photographs or two prints, differ more than a picture and its copy.

    Args:
        pictures, others: the thumbnail, the width over the height, and the text of each picture.

    Returns:
        The index of each of `others` that has such a picture, with that of the most similar one in `pictures`; in the
        order `(index in pictures, index in others)`.
    """
    by_text = defaultdict(list)
    for i, (_, _, text) in enumerate(pictures):
        by_text[text].append(i)
    vectors = {}
    pairs = []
    for j, (small, ratio, text) in enumerate(others):
        if text not in by_text:
            continue
        same_text = by_text[text]
        if text not in vectors:
            thumbnails = np.stack([pictures[i][0] for i in same_text]).astype(np.float32).reshape(len(same_text), -1)
            vectors[text] = thumbnails, thumbnails.std(axis=1), np.array([pictures[i][1] for i in same_text])
        thumbnails, contrasts, ratios = vectors[text]
        own = small.astype(np.float32).ravel()
        contrast = np.maximum((contrasts + own.std()) / 2, _LEAST_CONTRAST)
        difference = np.sqrt(np.mean((thumbnails - own) ** 2, axis=1)) / contrast
        difference[np.maximum(ratios / ratio, ratio / ratios) > _SIMILAR_RATIO] = np.inf
        nearest = int(np.argmin(difference))
        if difference[nearest] < _NEAR:
            pairs.append((same_text[nearest], j))
    return pairs
