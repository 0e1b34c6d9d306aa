"""What every way of drawing training examples has to keep."""

import numpy as np

from keras_reader.training.drawing import Draw


def check_alike_in_any_batch(draw: Draw, start: int, count: int) -> None:
    """Check that each of `count` examples from `start` on is the same alone as in a batch with the others."""
    images, labels = draw(start, start + count)
    for i in range(count):
        alone, alone_labels = draw(start + i, start + i + 1)
        np.testing.assert_array_equal(images[i], alone[0])
        for together, by_itself in zip(_arrays(labels), _arrays(alone_labels), strict=True):
            np.testing.assert_array_equal(together[i], by_itself[0])


def _arrays(labels):
    return labels.values() if isinstance(labels, dict) else [labels]
