"""Where masks lie."""

from keras import ops


def mask_centres(masks):
    """The centres of mass of masks.

    Args:
        masks: float32 `(batch, decoding_steps, height, width)`, at least 0.

    Returns:
        float32 `(batch, decoding_steps, 2)`: x and y in pixels; both 0 where a mask is empty.
    """
    _, _, height, width = masks.shape
    rows, columns = ops.sum(masks, axis=3), ops.sum(masks, axis=2)
    total = ops.sum(columns, axis=-1) + 1e-6
    x = ops.sum(columns * (ops.arange(width, dtype="float32") + 0.5), axis=-1) / total
    y = ops.sum(rows * (ops.arange(height, dtype="float32") + 0.5), axis=-1) / total
    return ops.stack([x, y], axis=-1)
