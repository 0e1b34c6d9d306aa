"""Opening image files: whatever has one obvious meaning becomes an 8-bit grey image."""

import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from keras_reader.errors import InputError

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
