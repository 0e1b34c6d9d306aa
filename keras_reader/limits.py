"""Every bound on what a file or an option may cost, in one place.

A bound is either a format's own limit or what a laptop bears: an image costs no more than 1 GiB of memory and 2 s, a
command with options that cannot work ends within a second. SECURITY.md explains them.
"""

import os

from keras_reader.errors import InputError

# --- Image files -----------------------------------------------------------------------------------------------------

# Pixels of an image file. A photograph of 50 megapixels is below it. `--max-pixels` and the environment variable,
# which processes of their own inherit, change it.
MAX_PIXELS = 64_000_000
MAX_PIXELS_VARIABLE = "KERAS_READER_MAX_PIXELS"
LARGEST_MAX_PIXELS = 4_000_000_000

# Memory that opening an image may take, for each pixel of `max_pixels()`: 0.9 GB with the default.
BYTES_PER_MAX_PIXEL = 14

# Bytes of pixels, before compression, that a decoder has to go through, for each pixel of `max_pixels()`.
RAW_PER_MAX_PIXEL = 4

# An image that is larger is shrunk as it is opened. Resizing takes memory that grows with the pixels and the sides.
OPENED_PIXELS = 1 << 24
OPENED_SIDE = 1 << 14

# Parts of a file's structure, each of which costs time: chunks, segments, values of a directory. Whole files of 50
# megapixels have fewer.
FILE_PARTS = 65_536

# Scans of a JPEG, each of which goes through all pixels; usual progressive files have about ten.
JPEG_SCANS = 100
JPEG_SCANS_TIMES_PIXELS = 1_200_000_000

# Bytes of a file whose pixels are decoded one by one: PNM with numbers as text, BMP with run lengths.
SLOW_FILE_BYTES = 1 << 24
RUN_LENGTH_FILE_BYTES = 1 << 20
RUN_LENGTH_SIDE = 1 << 14

# Characters of a PNM's header, comments included.
PNM_HEADER_BYTES = 1 << 16

# Characters of a path that a message shows; the middle of longer ones is left out.
SHOWN_PATH = 200


def max_pixels() -> int:
    """The largest number of pixels that an image file may have.

    Raises:
        InputError: if the environment variable is no number in range.
    """
    text = os.environ.get(MAX_PIXELS_VARIABLE)
    if text is None:
        return MAX_PIXELS
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= LARGEST_MAX_PIXELS):
        raise InputError(f"{MAX_PIXELS_VARIABLE} must be a whole number from 1 to {LARGEST_MAX_PIXELS:,}, got {text!r}")
    return int(text)


def set_max_pixels(pixels: int) -> None:
    """Change the largest number of pixels that an image file may have, for this process and those it starts.

    Raises:
        InputError: if it is out of range.
    """
    if not 1 <= pixels <= LARGEST_MAX_PIXELS:
        raise InputError(f"max_pixels must be from 1 to {LARGEST_MAX_PIXELS:,}, got {pixels}")
    os.environ[MAX_PIXELS_VARIABLE] = str(pixels)
