"""Calibration: whether confidences equal the share of readings that are right."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

BINS = 15  # of equal width
FEW_READINGS = 200  # fewer fill the bins by chance


class Bin(NamedTuple):
    """The readings whose confidence lies in one of `BINS` equal parts of [0, 1].

    Attributes:
        low, high: ends of the bin.
        images: number of readings in it, at least 1.
        confidence: their mean confidence.
        right: number of right readings among them.
    """

    low: float
    high: float
    images: int
    confidence: float
    right: int

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the share of right readings."""
        return wilson_interval(self.right, self.images)


def confidence_bins(confidence: ArrayLike, right: ArrayLike) -> list[Bin]:
    """Group readings by their confidence. Bins without readings are left out.

    Args:
        confidence: `(readings,)` in [0, 1].
        right: bool `(readings,)`: whether the reading is right.
    """
    number = np.minimum((np.asarray(confidence) * BINS).astype(int), BINS - 1)
    images, sums, rights = (np.bincount(number, weights, BINS) for weights in (None, confidence, right))
    return [
        Bin(i / BINS, (i + 1) / BINS, int(images[i]), float(sums[i] / images[i]), int(rights[i]))
        for i in np.flatnonzero(images)
    ]


def expected_calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Mean difference between confidence and accuracy over the bins, weighted by the readings in each.

    Guo et al., "On Calibration of Modern Neural Networks" (2017).

    Args:
        confidence: `(readings,)` in [0, 1], at least one.
        right: bool `(readings,)`: whether the reading is right.
    """
    gaps = [abs(part.confidence * part.images - part.right) for part in confidence_bins(confidence, right)]
    return math.fsum(gaps) / len(confidence)


def wilson_interval(count: int, total: int) -> tuple[float, float]:
    """The 95 % confidence interval of a share, estimated from `count` of `total` (Wilson, 1927)."""
    z = 1.959964
    share = count / total
    centre = share + z * z / (2 * total)
    reach = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (centre - reach) / scale), min(1.0, (centre + reach) / scale)
