"""Opens images of any kind, converts them to grey and fits them into a reader's size."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from keras_reader.errors import InputError
from keras_reader.image_files import open_colour, open_grey, open_picture, shrunk

__all__ = [
    "RESIZES",
    "ResizedAxis",
    "as_grey",
    "border_level",
    "covered",
    "fit",
    "open_colour",
    "open_grey",
    "open_picture",
    "resize",
    "resize_weights",
]

RESIZES = ("pad", "stretch")


class ResizedAxis(NamedTuple):
    """How one side of a picture maps to the same side of the resized image.

    Attributes:
        size_in, size_out: length of the side before and after resizing, in pixels.
        scale: how many pixels of the picture make one pixel of the result, as a fraction `(numerator, denominator)`.
            The middle of the picture maps to the middle of the result.
    """

    size_in: int
    size_out: int
    scale: tuple[int, int]

    def to_picture(self, position: float) -> float:
        """The position in the picture, in pixels from its edge, of a position in the result. It may lie outside."""
        numerator, denominator = self.scale
        return float((position - self.size_out / 2) * numerator / denominator + self.size_in / 2)

    def from_picture(self, positions: np.ndarray) -> np.ndarray:
        """Where positions in the picture, in pixels from its edge, lie in the result: `to_picture` the other way."""
        numerator, denominator = self.scale
        return (positions - self.size_in / 2) * denominator / numerator + self.size_out / 2


def fit(size_in: tuple[int, int], size_out: tuple[int, int], how: str) -> tuple[ResizedAxis, ResizedAxis]:
    """How a picture maps to an image of another size.

    Args:
        size_in: `(height, width)` of the picture in pixels.
        size_out: `(height, width)` of the result in pixels.
        how: `"pad"` keeps the ratio of the sides and leaves a margin on two of them; `"stretch"` fills the result.

    Returns:
        The vertical and the horizontal axis.
    """
    (height, width), (high, wide) = size_in, size_out
    rows, columns = (height, high), (width, wide)
    if how == "pad":
        rows = columns = rows if height * wide >= width * high else columns
    return ResizedAxis(height, high, rows), ResizedAxis(width, wide, columns)


def resize_weights(axis: ResizedAxis) -> np.ndarray:
    """Weights that resize one axis: float32 `(size_out, size_in)`.

    A row sums to the share of its pixel that the picture covers: 1 except in or next to a margin.
    """
    numerator, denominator = axis.scale
    # Twice the distance in pixels, times the denominator, is a whole number, so nothing is rounded until the division.
    ends = (2 * np.arange(axis.size_out) + 1 - axis.size_out) * numerator + axis.size_in * denominator
    distance = np.abs((2 * np.arange(axis.size_in) + 1) * denominator - ends[:, None])
    weights = np.maximum(1 - distance / (2 * max(numerator, denominator)), 0)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return (weights * covered(axis)[:, None]).astype(np.float32)


def covered(axis: ResizedAxis) -> np.ndarray:
    """The share of each pixel of the result that the picture covers: float64 `(size_out,)`, 1 inside the picture."""
    numerator, denominator = axis.scale
    half = axis.size_in * denominator / numerator / 2
    pixel = np.arange(axis.size_out) - axis.size_out / 2
    return np.clip(np.minimum(pixel + 1, half) - np.maximum(pixel, -half), 0, 1)


def resize(image: np.ndarray, size: tuple[int, int], how: str = "pad") -> np.ndarray:
    """Resize an image with antialiasing, exactly as every exported reader does inside its graph.

    The method is two matrix products with a triangle filter whose support grows with the scale. They convert to ONNX,
    unlike antialiased resizing operators. The result agrees with Pillow's BILINEAR resize of floating-point images
    within 1e-6.

    Args:
        image: uint8 `(height, width)` in [0, 255].
        size: `(height, width)` of the result in pixels.
        how: `"pad"` keeps the ratio of the sides: the picture is centred, and the margin is filled with the mean level
            of the picture's border. `"stretch"` fills the whole result.

    Returns:
        float32 of `size` in [0, 1].
    """
    axes = fit(image.shape, size, how)
    rows, columns = map(resize_weights, axes)
    # The border's level fills the margin only, so that no other pixel depends on the border.
    margin = 1 - np.multiply.outer(*map(covered, axes)).astype(np.float32)
    resized = rows @ (image.astype(np.float32) / 255) @ columns.T + border_level(image) * margin
    return np.clip(resized, 0, 1)  # rounding can take the sum of the weights past 1


def border_level(image: np.ndarray) -> np.float32:
    """The mean of the four border lines of an image, uint8 `(height, width)`: float32 in [0, 1]."""
    sides = (image[0], image[-1], image[:, 0], image[:, -1])
    means = [np.mean(side.astype(np.float32) / 255, dtype=np.float32) for side in sides]
    return np.float32(sum(means) / 4)


def as_grey(image) -> np.ndarray:
    """An image of any form that `Reader.read` takes, as uint8 `(height, width)` in [0, 255]."""
    if isinstance(image, (str, Path, bytes, Image.Image)):
        return open_grey(image)
    array = np.asarray(image)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)) or 0 in array.shape:
        raise InputError(f"an image array must be (height, width) or (height, width, 3), got {array.shape}")
    if np.issubdtype(array.dtype, np.floating):
        if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
            raise InputError("a floating-point image must lie in [0, 1]: divide it by its largest possible value")
        array = np.rint(array * 255).astype(np.uint8)
    if array.dtype == bool:
        array = array.astype(np.uint8) * 255
    if array.dtype != np.uint8:
        raise InputError(f"an image array must be uint8 in [0, 255] or floating-point in [0, 1], got {array.dtype}")
    if array.ndim == 3 and array.shape[2] > 1:
        return open_grey(Image.fromarray(array))
    return shrunk(array if array.ndim == 2 else array[:, :, 0])
