"""Noise and textures that are made once, and cut from for each image. Making them anew would take most of the time."""

from functools import lru_cache

import numpy as np

from keras_reader.data.negatives import field

_NOISE_LENGTH = 1 << 20
_FIELDS, _FIELD_SIZE = 96, (160, 640)


@lru_cache(maxsize=1)
def _noise():
    return np.random.default_rng(20_170).standard_normal(_NOISE_LENGTH, np.float32)


def noise(u: float, shape: tuple[int, int]) -> np.ndarray:
    """Gaussian noise of standard deviation 1, float32 of `shape`; `u` in [0, 1) says which."""
    length = shape[0] * shape[1]
    start = int(u * (_NOISE_LENGTH - length))
    return _noise()[start : start + length].reshape(shape)


@lru_cache(maxsize=1)
def _fields():
    random = np.random.default_rng(20_171)
    return [field(random, _FIELD_SIZE, fall).astype(np.float32) for fall in np.linspace(0.3, 2.5, _FIELDS)]


def texture(u: float, v: float, w: float, shape: tuple[int, int]) -> np.ndarray:
    """A random field in [0, 1] like paper, cloth or clouds, float32 of `shape`.

    Args:
        u: in [0, 1), which field: from grain to clouds.
        v, w: in [0, 1), which part of it.
        shape: `(height, width)` in pixels.
    """
    height, width = shape
    found = _fields()[int(u * _FIELDS)]
    high, wide = found.shape
    if height > high or width > wide:
        found = np.tile(found, (-(-height // high), -(-width // wide)))
        high, wide = found.shape
    top, left = int(v * (high - height + 1)), int(w * (wide - width + 1))
    return found[top : top + height, left : left + width]
