"""Opening image files from anywhere: what they cost is known, and bounded, before they are decoded.

A file is looked at as bytes first (`image_containers`, `pnm`): its size, and how much memory and time decoding will
take. Then Pillow decodes what is left of it. One place turns whatever goes wrong into an `InputError`.
"""

import io
import math
import warnings
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from keras_reader import limits
from keras_reader.errors import InputError, first_line
from keras_reader.image_containers import Container, DamagedImageError, NoImageError, take_apart
from keras_reader.pnm import decode_pnm, is_pnm, take_apart_pnm
from keras_reader.quiet import quiet_stderr
from keras_reader.regular_files import read_regular, shown

# The endings of the formats that are read.
SUFFIXES = (
    *(".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff"),
    ".webp",
)

# Colours are converted and shrunk in tiles of so many pixels, so that no second image of full size is made.
_TILE_PIXELS = 1 << 20

_DEEP = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")


class Picture(NamedTuple):
    """An image that was opened.

    Attributes:
        pixels: uint8 in [0, 255], upright: `(height, width)` grey or `(height, width, 3)` in its own colours. Of an
            image with a side of more than 4,096 pixels, shrunk by a whole number.
        size: `(height, width)` of the image itself, upright.
    """

    pixels: np.ndarray
    size: tuple[int, int]


def open_grey(source: "str | Path | bytes | Image.Image") -> np.ndarray:
    """Read an image as grey, uint8 `(height, width)` in [0, 255]; see `open_picture`."""
    return open_picture(source).pixels


def open_colour(source: "str | Path | bytes | Image.Image") -> np.ndarray:
    """Read an image in its own colours, uint8 `(height, width, 3)` in [0, 255]; see `open_picture`."""
    return open_picture(source, colour=True).pixels


def open_picture(source: "str | Path | bytes | Image.Image", colour: bool = False) -> Picture:
    """Read an image.

    PNG, JPEG, GIF, BMP, TIFF, WebP and PNM files are read. 16 bits become 8 (32-bit images do not say what their white
    is: it is 65,535, or 255 if no value is above that, or 1 if they are floats up to 1), transparent pixels lie on
    white, EXIF rotation is applied, and of an animation the first frame is taken. Grey is the luma of the colours
    (ITU-R 601-2, Pillow's "L").

    Whatever the file says, this takes no more than 1 GiB of memory and about 2 s, unless
    `keras_reader.limits.set_max_pixels` allows more.

    Args:
        source: a path, the bytes of an image file, or a Pillow image.
        colour: whether the colours are kept.

    Raises:
        InputError: naming the file, if it cannot be read, is no image, is damaged or would take too much.
    """
    if isinstance(source, Image.Image):
        name = "the image"
    elif isinstance(source, bytes):
        name = "the image's bytes"
    else:
        name = shown(source)
    try:
        # What Pillow and NumPy warn of is either an error here or nothing to worry about.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if isinstance(source, Image.Image):
                return _opened(source, colour)
            data = source if isinstance(source, bytes) else read_image_file(source)
            return _decoded(data, colour)
    except (DamagedImageError, NoImageError, _TooLargeError) as error:
        start = "damaged: " if isinstance(error, DamagedImageError) else ""
        raise InputError(f"{name}: {start}{error}") from None
    except InputError:
        raise
    except Exception as error:  # decoders raise almost anything on damaged files
        reason = getattr(error, "strerror", None) or first_line(error)
        raise InputError(f"{name}: cannot be read ({reason})") from None


class _TooLargeError(InputError):
    """More pixels, or more memory or time for them, than is allowed."""


def read_image_file(path: str | Path) -> bytes:
    """The bytes of a file that may be an image.

    Raises:
        InputError: if it cannot be read, is no regular file, or has more bytes than any image that is opened.
    """
    # A file and what is left of it for its decoder are in memory at once.
    return read_regular(path, limits.max_pixels() * limits.BYTES_PER_MAX_PIXEL // 2, "an image")


def _decoded(data: bytes, colour: bool) -> Picture:
    container = take_apart_pnm(data) if is_pnm(data) else take_apart(data)
    _check_cost(container)
    if container.format == "PPM":
        return _opened(Image.fromarray(decode_pnm(data)), colour)
    # libtiff writes to stderr by itself, past any setting.
    with quiet_stderr() if container.format == "TIFF" else nullcontext():
        file = io.BytesIO(container.content)
        for position, patch in container.patches:
            file.seek(position)
            file.write(patch)
        file.seek(0)
        with Image.open(file, formats=[container.format]) as image:
            height, width = container.size
            if image.size != (width, height):
                raise DamagedImageError(
                    f"its header says {width}x{height} pixels, its decoder {image.width}x{image.height}"
                )
            factor = _shrink_factor(image.size)
            if container.shrinks and factor > 1:
                mode = "L" if image.mode == "RGB" and not colour else None
                image.draft(mode, (max(1, width // factor), max(1, height // factor)))
            image.load()
            return _opened(image, colour, container.orientation, (height, width))


def _check_cost(container: Container) -> None:
    (height, width), most = container.size, limits.max_pixels()
    pixels = height * width
    if pixels > most:
        raise _TooLargeError(
            f"{width}x{height} pixels are more than {most:,}: shrink it first, or allow more with --max-pixels"
        )
    memory = 2 * len(container.content) + pixels * container.pixel_bytes
    if memory > most * limits.BYTES_PER_MAX_PIXEL or pixels * container.raw_bytes > most * limits.RAW_PER_MAX_PIXEL:
        raise _TooLargeError(
            f"decoding {width}x{height} pixels of this kind takes too much memory: shrink it first, save it with "
            "8 bits a channel, or allow more with --max-pixels"
        )


def _opened(image: Image.Image, colour: bool, orientation: int | None = None, size=None) -> Picture:
    """The pixels of a Pillow image, shrunk where it is large, and turned.

    Args:
        image: the image.
        colour: whether its colours are kept.
        orientation: EXIF's; `None` to ask the image for it.
        size: `(height, width)` of the image, if this is a smaller one of it.
    """
    if orientation is None:
        if image.width * image.height > limits.max_pixels():
            raise _TooLargeError(f"{image.width}x{image.height} pixels are more than {limits.max_pixels():,}")
        image.load()
        orientation = int(image.getexif().get(_ORIENTATION) or 1)
    height, width = size or (image.height, image.width)
    pixels = _TURNS.get(orientation, lambda pixels: pixels)(_tiled(image, "RGB" if colour else "L"))
    return Picture(np.ascontiguousarray(pixels), (width, height) if orientation in (5, 6, 7, 8) else (height, width))


_ORIENTATION = 274
_TURNS = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.rot90(pixels, 2).swapaxes(0, 1),
    8: lambda pixels: np.rot90(pixels),
}


def shrunk(image: np.ndarray) -> np.ndarray:
    """An image that is in memory already, uint8 `(height, width)`, shrunk as one that is opened would be."""
    return image if _shrink_factor(image.shape) == 1 else _tiled(Image.fromarray(image), "L")


def _shrink_factor(size):
    """The whole number by which an image of these sides is shrunk."""
    return math.ceil(max(size) / limits.OPENED_SIDE)


def _tiled(image, mode):
    """The image in `mode`, "L" or "RGB", shrunk, as an array: tile after tile."""
    factor = _shrink_factor(image.size)
    wide = min(image.width, _TILE_PIXELS // factor * factor)
    high = max(factor, _TILE_PIXELS // wide // factor * factor)
    boxes = [
        (left, top, min(left + wide, image.width), min(top + high, image.height))
        for top in range(0, image.height, high)
        for left in range(0, image.width, wide)
    ]
    white = _white(image, boxes) if image.mode in _DEEP else None
    shape = (math.ceil(image.height / factor), math.ceil(image.width / factor))
    pixels = np.empty(shape if mode == "L" else (*shape, 3), np.uint8)
    for box in boxes:
        tile = image.crop(box)
        if white is not None:
            tile = Image.fromarray(_in_8_bits(np.asarray(tile), white))
        elif tile.has_transparency_data:
            tile = tile.convert("RGBA")
            if tile.getextrema()[3] != (255, 255):
                tile = Image.alpha_composite(Image.new("RGBA", tile.size, "white"), tile)
        tile = tile.convert(mode)
        tile = np.asarray(tile.reduce(factor) if factor > 1 else tile)
        top, left = box[1] // factor, box[0] // factor
        pixels[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return pixels


def _white(image, boxes):
    """The level that stands for white in an image of more than 8 bits."""
    if image.mode.startswith("I;16"):
        return 65535
    brightest = max(float(np.nanmax(np.asarray(image.crop(box)), initial=0)) for box in boxes)
    if image.mode == "F" and brightest <= 1:
        return 1
    return 65535 if brightest > 255 else 255


def _in_8_bits(levels, white):
    if white == 1:
        levels = levels * 255
    elif white == 65535:
        levels = np.floor(levels / 256)
    return np.nan_to_num(np.clip(np.rint(levels), 0, 255)).astype(np.uint8)
