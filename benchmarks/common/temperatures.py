"""Confidences as another temperature would make them."""

import numpy as np

from keras_reader.inference.reader import Reading

TEMPERATURES = (0.8, 0.85, 0.9, 0.95, 1.0, 1.1)  # as factors of a reader's own
_LEAST = 1e-30


def confidences(reading: Reading) -> tuple[float, ...]:
    """The confidence of a text at each of `TEMPERATURES`; what is read stays the same."""
    steps = min(len(reading.text) + 1, len(reading.probabilities))
    logs = np.log(np.maximum(reading.probabilities[:steps].astype(np.float64), _LEAST))
    highest = logs.max(axis=-1)
    sums = [np.exp((logs - highest[:, None]) / factor).sum(axis=-1) for factor in TEMPERATURES]
    return tuple(float(np.prod(1 / each)) for each in sums)
