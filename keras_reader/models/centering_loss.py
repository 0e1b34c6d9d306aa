"""A price on attention that lies beside the character that it reads."""

import numpy as np
from keras import ops


def centering_loss(attention, read, alone):
    """How far attention lies from the centre of the cells that show, each by itself, the character that was read.

    The windows of several cells hold a whole narrow letter, and any of them will do to read it; this tells
    the middle one from the others, without being told where the letters are. A cell shows as much of the
    character as what is read from it alone agrees with what was read. Only cells that are attended to, or
    beside one that is, count: the word may have the same letter twice. While the reader is unsure, they say
    little.

    Args:
        attention: float32 `(batch, decoding_steps, rows, columns)`, each step's summing to 1.
        read: float32 `(batch, decoding_steps, characters)`: probabilities of what was read, without the terminator's.
        alone: float32 `(batch, rows * columns, characters)`: the same, read from each cell alone.

    Returns:
        Squared distance in cells, float32 `(batch, decoding_steps)`, weighted by how sure the reading is: 0 where it is
        the terminator. No gradient flows through the choice of the cells that count; the caller gives `read` and
        `alone` without theirs.
    """
    _, steps, rows, columns = attention.shape
    grid = ops.reshape(ops.stop_gradient(attention), (-1, rows, columns, 1))
    near = ops.max_pool(grid, 3, strides=1, padding="same", data_format="channels_last")
    showing = ops.matmul(read, ops.transpose(alone, (0, 2, 1))) * ops.reshape(near, (-1, steps, rows * columns))
    total = ops.sum(showing, axis=-1, keepdims=True)
    positions = np.indices((rows, columns)).reshape(2, -1).T.astype(np.float32)
    flat = ops.reshape(attention, (-1, steps, rows * columns))
    distance = ops.sum(ops.square(ops.matmul(flat - showing / (total + 1e-6), positions)), axis=-1)
    sure = ops.max(read, axis=-1) ** 4 * ops.minimum(5 * ops.squeeze(total, -1), 1)
    return sure * distance
