"""PNM image files (PBM, PGM, PPM), as text or binary: decoded with NumPy, where Pillow takes a microsecond a pixel."""

import re
import warnings
from typing import NamedTuple

import numpy as np

from keras_reader.image_containers import Container, DamagedImageError
from keras_reader.limits import PNM_HEADER_BYTES, SLOW_FILE_BYTES

_START = re.compile(rb"P[1-6][ \t\n\r\v\f#]")
_NUMBER = re.compile(rb"(?:[ \t\n\r\v\f]|#[^\r\n]*[\r\n])*([0-9]{1,9})(?![0-9])")
_BLOCK = 1 << 20
_COMMENT = re.compile(rb"#[^\r\n]*")


class _Header(NamedTuple):
    width: int
    height: int
    channels: int
    white: int
    is_text: bool
    end: int


def is_pnm(data: bytes) -> bool:
    """Whether a file begins as a PNM."""
    return _START.match(data) is not None


def take_apart_pnm(data: bytes) -> Container:
    """Look at a PNM's header; see `keras_reader.image_containers.take_apart`.

    Raises:
        DamagedImageError: if the header cannot be read, or a file of numbers as text is too large.
    """
    header = _header(data)
    if header.is_text and len(data) > SLOW_FILE_BYTES:
        raise DamagedImageError(f"a PNM of numbers as text of more than {SLOW_FILE_BYTES:,} bytes: save it as a PNG")
    raw = header.channels * (1 if header.white < 256 else 2)
    # Pillow's image and ours; numbers are read into 8 bytes each.
    memory = 4 + header.channels * (9 if header.is_text or data[1:2] in b"14" else 1)
    return Container("PPM", data, (header.height, header.width), 1, memory, raw)


def decode_pnm(data: bytes) -> np.ndarray:
    """The pixels of a PNM: uint8 `(height, width)`, or `(height, width, 3)` of a PPM.

    Raises:
        DamagedImageError: if there are fewer pixels than the header says, or some are out of range.
    """
    header = _header(data)
    shape = (header.height, header.width) if header.channels == 1 else (header.height, header.width, 3)
    count = header.height * header.width * header.channels
    is_bits = data[1:2] in b"14"
    if header.is_text:
        levels = _text_levels(_COMMENT.sub(b"", data[header.end :]), is_bits)
    elif is_bits:
        row_bytes = (header.width + 7) // 8
        packed = np.frombuffer(data, np.uint8, offset=header.end)[: row_bytes * header.height]
        if len(packed) < row_bytes * header.height:
            raise DamagedImageError("it is truncated")
        levels = np.unpackbits(packed.reshape(header.height, row_bytes), axis=1)[:, : header.width].ravel()
    else:
        dtype = np.dtype(np.uint8 if header.white < 256 else ">u2")
        there = (len(data) - header.end) // dtype.itemsize
        levels = np.frombuffer(data, dtype, count=min(count, there), offset=header.end)
    if len(levels) < count:
        raise DamagedImageError("it is truncated")
    levels = levels[:count]
    if is_bits:
        return np.array([255, 0], np.uint8)[levels.reshape(shape)]  # a bit of a PBM is black
    if header.white == 255 and levels.dtype == np.uint8:
        return levels.reshape(shape)
    if header.is_text and levels.max() > header.white:
        raise DamagedImageError("a pixel is brighter than the header says")
    # The levels of 16 bits that Pillow makes of them, or of 8 bits; then as of any image of 16 bits.
    deep = header.white > 255
    scaled = np.arange(header.white + 1) * (65535 if deep else 255) / header.white
    table = (np.rint(scaled).astype(np.int64) >> (8 if deep else 0)).astype(np.uint8)
    pixels = np.empty(count, np.uint8)
    for start in range(0, count, _BLOCK):  # indices take 8 bytes each
        table.take(levels[start : start + _BLOCK], mode="clip", out=pixels[start : start + _BLOCK])
    return pixels.reshape(shape)


def _header(data):
    head, numbers, end = data[:PNM_HEADER_BYTES], [], 2
    for _ in range(2 if data[1:2] in b"14" else 3):
        number = _NUMBER.match(head, end)
        if number is None:
            raise DamagedImageError("its header is not that of a PNM")
        numbers.append(int(number[1]))
        end = number.end()
    width, height, white = (*numbers, 1)[:3]
    if min(width, height) < 1 or not 0 < white < 65536:
        raise DamagedImageError("its header is not that of a PNM")
    return _Header(width, height, 3 if data[1:2] in b"36" else 1, white, data[1:2] in b"123", end + 1)


def _text_levels(text, is_bits):
    if is_bits:
        levels = np.frombuffer(text.translate(None, b" \t\n\r\v\f"), np.uint8) - np.uint8(ord("0"))
        if len(levels) and levels.max() > 1:
            raise DamagedImageError("a bit is neither 0 nor 1")
        return levels
    if not text.strip():
        return np.zeros(0, np.int64)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            levels = np.fromstring(text, np.int64, sep=" ")
    except (ValueError, DeprecationWarning):
        raise DamagedImageError("what should be numbers are none") from None
    if levels.min() < 0:
        raise DamagedImageError("a level is below 0")
    return levels
