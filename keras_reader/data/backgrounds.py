"""Backgrounds cut from the user's images."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from keras_reader.errors import InputError
from keras_reader.image_files import SUFFIXES
from keras_reader.images import open_grey

CROP_DRAWS = 3

# Larger images are shrunk to this many times the window: a small window of a large photograph is nearly flat, and a
# folder of large photographs would fill the memory.
_LARGEST = 4


def find_backgrounds(folder: str | Path) -> tuple[str, ...]:
    """All files in a folder, at any depth, whose ending is that of an image; sorted by path.

    Raises:
        InputError: if the folder does not exist, cannot be read or holds no image.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder: --backgrounds takes a folder of images")
    try:
        files = sorted(str(path) for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror})") from None
    if not files:
        raise InputError(f"{folder}: no image in this folder: put PNG, JPEG or other image files there")
    return tuple(files)


@lru_cache(maxsize=8)
def load_backgrounds(files: tuple[str, ...], image_size: tuple[int, int]) -> tuple[np.ndarray, ...]:
    """Load images to cut windows of `image_size` from: each is uint8 `(height, width)`.

    An image that is smaller than a window is enlarged to hold one. An image that is more than four times as high and
    as wide as a window is shrunk to that size. The sides keep their ratio.

    Raises:
        InputError: if an image cannot be read; it names the file.
    """
    return tuple(_fit(open_grey(file), image_size) for file in files)


def _fit(image, size):
    # The scale at which the image just covers a window.
    least = max(size[0] / image.shape[0], size[1] / image.shape[1])
    scale = max(least, min(1, _LARGEST * least))
    if scale == 1:
        return image
    height, width = (max(a, round(scale * b)) for a, b in zip(size, image.shape, strict=True))
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))


def crop_background(images: tuple[np.ndarray, ...], random: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
    """Cut a window out of a random image: uint8 `image_size`. Every image and every place is equally likely.

    Args:
        images: the images that `load_backgrounds` returned for the same `image_size`.
        random: `CROP_DRAWS` uniform numbers in [0, 1).
        image_size: `(height, width)` in pixels.
    """
    which, down, right = random.tolist()
    image = images[int(which * len(images))]
    height, width = image_size
    top = int(down * (image.shape[0] - height + 1))
    left = int(right * (image.shape[1] - width + 1))
    return image[top : top + height, left : left + width]
