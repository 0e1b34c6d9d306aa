"""The temperature that makes a reader's confidences right on its validation images."""

import math
from typing import NamedTuple

import numpy as np

from keras_reader.alphabet import Alphabet, up_to_end

# Few validation images say little, and images that are all read right would make every confidence 1. The temperature
# therefore is the likeliest one under a normal distribution of its logarithm around 0, with this standard deviation.
_PRIOR = 0.5
_LOWEST, _HIGHEST = math.log(0.2), math.log(10)


class Calibration(NamedTuple):
    """A temperature, and what it does to the confidences of the validation images.

    Attributes:
        temperature: what the logits are divided by.
        before, after: float64 `(images,)`: the confidence of each text without and with the temperature.
        right: bool `(images,)`: whether the text was read right.
    """

    temperature: float
    before: np.ndarray
    after: np.ndarray
    right: np.ndarray


def fit_temperature(logits: np.ndarray, ids: np.ndarray, alphabet: Alphabet) -> Calibration:
    """Fit the temperature to validation images (Guo et al., "On Calibration of Modern Neural Networks", 2017).

    Args:
        logits: float32 `(images, decoding_steps, classes)`.
        ids: int32 `(images, decoding_steps)`, the true class indices, with terminators after the first one.
        alphabet: the reader's characters.
    """
    logits = logits.astype(np.float64)
    counts = up_to_end(ids, alphabet.terminator)
    truth = np.take_along_axis(logits, ids[..., None], axis=-1)[..., 0][counts]
    candidates = logits[counts]

    def cost(log_temperature):
        scale = math.exp(-log_temperature)
        surprise = _log_sum_exp(scale * candidates) - scale * truth
        return surprise.sum() + (log_temperature / _PRIOR) ** 2 / 2

    temperature = math.exp(_minimum(cost, _LOWEST, _HIGHEST))
    read = logits.argmax(axis=-1)
    right = ((read == ids) | ~counts).all(axis=1)
    before, after = (_confidence(logits / t, read, alphabet.terminator) for t in (1.0, temperature))
    return Calibration(temperature, before, after, right)


def _confidence(logits, read, terminator):
    likeliest = logits.max(axis=-1) - _log_sum_exp(logits)
    return np.exp(np.where(up_to_end(read, terminator), likeliest, 0).sum(axis=1))


def _log_sum_exp(logits):
    highest = logits.max(axis=-1)
    return highest + np.log(np.exp(logits - highest[..., None]).sum(axis=-1))


def _minimum(cost, low, high):
    """Golden-section search for the minimum of a function that has one."""
    ratio = (math.sqrt(5) - 1) / 2
    while high - low > 1e-4:
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if cost(left) < cost(right):
            high = right
        else:
            low = left
    return (low + high) / 2
