"""Every bound on what a file or an option may cost, in one place.

A bound is either a format's own limit or what a laptop bears: an image costs no more than 1 GiB of memory and 2 s, a
command with options that cannot work ends within a second. SECURITY.md explains them.
"""

import os

from keras_reader.errors import InputError, RangeError

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

# An image with a longer side is shrunk as it is opened, and sampled by the exported graphs, which may be given others
# than this package opens: resizing takes memory that grows with the pixels and with the sides.
OPENED_SIDE = 4096

# Pixels of an image file that a SavedModel's `serve_bytes` decodes, whose graph takes 12 bytes and more for each.
SERVED_PIXELS = 1 << 24

# Parts of a file's structure, each of which costs time: chunks, segments, values of a directory. Whole files of 50
# megapixels have fewer.
FILE_PARTS = 65_536

# Tags of a TIFF's directory, bytes of their values, and pixels of a tile that is larger than its image.
TIFF_TAGS = 4096
TIFF_TABLE_BYTES = 1 << 20
TIFF_TILE_PIXELS = 1 << 22

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
MESSAGE_LENGTH = 2000

# Bytes of a CSV of labels.
CSV_BYTES = 1 << 30

# --- Readers ---------------------------------------------------------------------------------------------------------

ALPHABET_LENGTH = 20_000
TEXT_LENGTH = 512
IMAGE_SIDE = 4096
LAYER_WIDTH = 4096  # filters and units
# Numbers that a reader gives for one image: masks of every decoding step, and probabilities.
READER_OUTPUTS = 1 << 26
READER_WEIGHTS = 1 << 29  # 2 GiB as float32

# Bytes of a reader's parts, as far as they are read into memory: metadata and configuration, graphs, whole files.
METADATA_BYTES = 1 << 20
SAVED_MODEL_BYTES = 1 << 28
MODEL_BYTES = 1 << 31

# Bytes of a file that is downloaded from the Hub. The largest reader that a preset makes by default, with the state of
# its training, has a quarter of it.
HUB_FILE_BYTES = 1 << 30

# --- Searching and training together --------------------------------------------------------------------------------

# States of the automaton that `--pattern` becomes, each of which a search looks at at each decoding step; and parts of
# the nondeterministic one that it is made of.
PATTERN_STATES = 2000
PATTERN_PARTS = 5000
NEXT_BEST_TEXTS = 100  # texts that `--top` gives

# Bytes of a line that processes that train together send each other.
COMPANION_LINE_BYTES = 4096

# --- Options ---------------------------------------------------------------------------------------------------------

# The largest value of each option whose cost grows with it; `command.option` where it differs between commands. What
# is lower than the least sensible value is refused where the option is used.
LARGEST_OPTIONS = {
    "max_length": TEXT_LENGTH,
    "image_size": IMAGE_SIDE,
    "training_steps": 100_000_000,
    "batch_size": 65_536,
    "learning_rate": 100.0,
    "validations": 100_000,
    "validation_images": 1_000_000,
    "processes": 256,
    "workers": 65_536,  # of a cluster, for `read --ray`
    "steps_per_execution": 10_000,
    "process_count": 4096,
    "count": 10_000_000,
    "visualize.count": 10_000,
    "report.count": 1_000_000,
    "show_mistakes": 1000,
    "font_size": 1000,
    "stroke_length": 10_000.0,
    "strokes": 1000,
    "fragments": 1000,
    "noise": 100.0,
    "max_pixels": LARGEST_MAX_PIXELS,
}


def check_option(command: str, name: str, shown: str, value) -> None:
    """Refuse a number above what `LARGEST_OPTIONS` allows.

    Args:
        command: the command's name.
        name: the option's name in `LARGEST_OPTIONS`.
        shown: what its user calls it.
        value: its value, a number or several; anything else passes.

    Raises:
        InputError: if it is too large.
    """
    most = LARGEST_OPTIONS.get(f"{command}.{name}", LARGEST_OPTIONS.get(name))
    if most is None:
        return
    for number in value if isinstance(value, tuple | list) else (value,):
        if isinstance(number, int | float) and number > most:
            raise InputError(f"{shown} must be at most {most:,}, got {number:,}")


def check_reader(
    alphabet: str, max_length: int, image_size: tuple[int, int], filters: int, units: int, has_pixel_weights: bool
) -> None:
    """Refuse a reader whose configuration asks for more memory than a reader ever needs.

    Args:
        alphabet, max_length, image_size, filters, units: as in `keras_reader.config.ReaderConfig`.
        has_pixel_weights: whether the LSTM has weights for every pixel, as the original's has.

    Raises:
        InputError: if a value is too large, or all of them are together.
    """
    height, width = image_size
    for name, value, most in (
        ("the alphabet's length", len(alphabet), ALPHABET_LENGTH),
        ("max_length", max_length, TEXT_LENGTH),
        ("image_size", max(image_size), IMAGE_SIDE),
        ("filters", filters, LAYER_WIDTH),
        ("units", units, LAYER_WIDTH),
    ):
        if value > most:
            raise RangeError(name, f"be at most {most:,}, got {value:,}")
    outputs = (max_length + 1) * (height * width + len(alphabet) + 1)
    if outputs > READER_OUTPUTS:
        raise InputError(
            f"{max_length + 1} masks of {height}x{width} pixels take too much memory: make the images smaller or the "
            "texts shorter"
        )
    weights = height * width * units * (4 * filters + 1)
    if has_pixel_weights and weights > READER_WEIGHTS:
        raise InputError(
            f"about {weights:,} weights for images of {height}x{width} pixels take too much memory: make the images "
            "smaller, or choose another preset"
        )


def check_memory(needed: int, what: str) -> None:
    """Refuse what takes more memory than this machine has.

    Args:
        needed: bytes, estimated from below.
        what: what takes it, for the error message.

    Raises:
        InputError: if the machine has less.
    """
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > there:
        raise InputError(
            f"{what} take at least {needed / 1e9:,.1f} GB of memory, of which this machine has {there / 1e9:,.1f}"
        )


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
