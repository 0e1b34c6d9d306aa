"""Antialiased resizing as two matrix products.

Shrinking without antialiasing turns an image into noise, and the usual antialiased operators do not
convert to ONNX. Matrix products do, on any backend, and agree with Pillow's BILINEAR resize of
floating-point images within 1e-6 (a triangle filter whose support grows with the scale).
"""

import numpy as np


def triangle_weights(size_in: int, size_out: int) -> np.ndarray:
    """Weights that resize one axis: float32 `(size_out, size_in)`, each row sums to 1."""
    scale = size_in / size_out
    support = max(scale, 1.0)
    centres = (np.arange(size_out) + 0.5) * scale
    distance = np.abs(np.arange(size_in) + 0.5 - centres[:, None]) / support
    weights = np.maximum(1.0 - distance, 0.0)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize `image`, uint8 `(height, width)` in [0, 255], to `size`: float32 in [0, 1]."""
    rows = triangle_weights(image.shape[0], size[0])
    columns = triangle_weights(image.shape[1], size[1])
    resized = rows @ (image.astype(np.float32) / 255) @ columns.T
    return np.minimum(resized, 1)  # the weights sum to 1 only as nearly as float32 can
