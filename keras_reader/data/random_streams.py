"""Random numbers that depend on their index and purpose, and not on the numbers drawn before."""

from collections.abc import Sequence

import numpy as np


class RandomStreams:
    """Independent streams of random numbers, one for each index and purpose. They can be taken in any order.

    All streams come from one Philox generator, set to different counters (Salmon et al., "Parallel Random Numbers: As
    Easy as 1, 2, 3", SC 2011). Setting the state of a generator is six times quicker than making a new one.

    Args:
        key: two integers in [0, 2**64). Streams with different keys are independent.
    """

    def __init__(self, key: tuple[int, int]):
        self._bits = np.random.Philox(0)
        self._generator = np.random.Generator(self._bits)
        self._state = self._bits.state
        self._state["state"]["key"][:] = key

    def at(self, index: int, purpose: int) -> np.random.Generator:
        """The beginning of the stream of an index and a purpose. It invalidates the generator returned before."""
        # Index and purpose are the upper two of the counter's four words, so streams are 2**128 blocks apart. The rest
        # of the state is that of a new generator.
        self._state["state"]["counter"][:] = (0, 0, index, purpose)
        self._bits.state = self._state
        return self._generator

    def uniform(self, indices: Sequence[int], purpose: int, *shape: int) -> np.ndarray:
        """The first uniform numbers in [0, 1) of each index: float64 `(indices, *shape)`."""
        random = np.empty((len(indices), *shape))
        for row, index in zip(random, indices, strict=True):
            self.at(index, purpose).random(out=row)
        return random
