"""Random numbers that depend on what they are for, not on what was drawn before."""

from collections.abc import Sequence

import numpy as np


class RandomStreams:
    """Independent streams of random numbers, one for each index and purpose, in any order.

    They are one Philox generator at different counters (Salmon et al., "Parallel Random Numbers: As Easy as
    1, 2, 3", SC 2011). Setting its state is six times quicker than a new generator.

    Args:
        key: two integers in [0, 2**64); the streams of different keys have nothing in common.
    """

    def __init__(self, key: tuple[int, int]):
        self._bits = np.random.Philox(0)
        self._generator = np.random.Generator(self._bits)
        self._state = self._bits.state
        self._state["state"]["key"][:] = key

    def at(self, index: int, purpose: int) -> np.random.Generator:
        """The stream of an index and a purpose, from its beginning; the one given before ends."""
        # They are the upper two of the counter's four words: 2**128 blocks until two streams meet. All else
        # in the state is as in a new generator.
        self._state["state"]["counter"][:] = (0, 0, index, purpose)
        self._bits.state = self._state
        return self._generator

    def uniform(self, indices: Sequence[int], purpose: int, *shape: int) -> np.ndarray:
        """Uniform numbers in [0, 1), float64 `(indices, *shape)`: the first of each index."""
        random = np.empty((len(indices), *shape))
        for row, index in zip(random, indices, strict=True):
            self.at(index, purpose).random(out=row)
        return random
