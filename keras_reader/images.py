"""Antialiased resizing as two matrix products.

Shrinking without antialiasing turns an image into noise, and the usual antialiased operators do not
convert to ONNX. Matrix products do, on any backend, and agree with Pillow's BILINEAR resize of
floating-point images within 1e-6 (a triangle filter whose support grows with the scale).
"""

import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from keras_reader.errors import InputError


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


# Above this many pixels a file is taken for a decompression bomb; a 9,000 x 9,000 scan is below it.
LARGEST_IMAGE = 100_000_000


def open_grey(source: "str | Path | bytes | Image.Image") -> np.ndarray:
    """Read an image as uint8 `(height, width)` in [0, 255].

    Colours become luma (ITU-R 601-2, Pillow's "L"), 16 bits become 8 (32-bit images do not say
    what their white is: it is 65,535, or 255 if no value is above that, or 1 if they are floats up to 1),
    transparent pixels lie on white, EXIF rotation is applied, and of an animation the first frame is taken.

    Args:
        source: a path, the bytes of an image file, or a Pillow image.

    Raises:
        InputError: if the file cannot be read, is no image, is truncated or is too large.
    """
    if isinstance(source, Image.Image):
        return _grey(source)
    name = "the image's bytes" if isinstance(source, bytes) else str(source)
    try:
        # Pillow warns at half the size at which it refuses; one limit, and it is an error.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as image:
                if image.width * image.height > LARGEST_IMAGE:
                    raise InputError(
                        f"{name}: {image.width}x{image.height} pixels are more than {LARGEST_IMAGE:,}: shrink it first"
                    )
                return _grey(image)
    except InputError:
        raise
    except UnidentifiedImageError:
        raise InputError(f"{name}: not an image that can be read: give a PNG, JPEG, BMP, GIF, TIFF or WebP") from None
    except Image.DecompressionBombError:
        raise InputError(f"{name}: more than {LARGEST_IMAGE:,} pixels: shrink it first") from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{name}: cannot be read ({reason})") from None


def _grey(image):
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _in_8_bits(np.asarray(image), image.mode)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("L"))


def _in_8_bits(levels, mode):
    brightest = levels.max()
    if mode == "F" and brightest <= 1:
        levels = levels * 255
    elif mode.startswith("I;16") or brightest > 255:
        levels = np.floor(levels / 256)
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


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
    if array.ndim == 2:
        return array
    return array[:, :, 0] if array.shape[2] == 1 else open_grey(Image.fromarray(array))
