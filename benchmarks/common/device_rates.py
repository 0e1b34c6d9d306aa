"""How quickly a device multiplies matrices and moves memory, measured with the backend of Keras."""

import time
from collections.abc import Callable

import keras


def matrix_product_rate(side: int, dtype: str, seconds: float) -> float:
    """Operations a second of products of square matrices: multiplications and additions."""
    # Small numbers, so that products of products stay finite.
    matrix = keras.ops.cast(keras.random.uniform((side, side), -1, 1, seed=0) / side, dtype)
    return 2 * side**3 / _seconds_of(lambda x: keras.ops.matmul(x, matrix), matrix, seconds)


def memory_rate(megabytes: int, seconds: float) -> float:
    """Bytes a second that are read and written, in adding a number to a long array."""
    array = keras.ops.zeros(megabytes * 250_000)
    return 2 * megabytes * 1e6 / _seconds_of(lambda x: x + 1, array, seconds)


def _seconds_of(function: Callable, array, seconds: float) -> float:
    """The time of a call that takes what the last one gave, so that none can be left out."""
    count = 1
    while True:
        result = array
        began = time.perf_counter()
        for _ in range(count):
            result = function(result)
        keras.ops.convert_to_numpy(keras.ops.ravel(result)[:1])  # waits for the device
        taken = time.perf_counter() - began
        # The first call, which compiles, never counts.
        if count > 1 and taken >= seconds:
            return taken / count
        count = max(2, round(1.2 * count * seconds / taken), 2 * count)
