"""What image files say of themselves before they are decoded, and the parts of them that decoding takes.

Decoders read all of a file's structure: profiles, comments, previews, directories of tags that may point anywhere. That
is where files lie, and none of it changes a pixel. So it is left out here, and what is left is bounded.
"""

import re
import struct
from typing import NamedTuple

from keras_reader.errors import InputError
from keras_reader.limits import (
    FILE_PARTS,
    JPEG_SCANS,
    JPEG_SCANS_TIMES_PIXELS,
    RUN_LENGTH_FILE_BYTES,
    RUN_LENGTH_SIDE,
    TIFF_TABLE_BYTES,
    TIFF_TAGS,
    TIFF_TILE_PIXELS,
)


class Container(NamedTuple):
    """An image file as its decoder gets it.

    Attributes:
        format: Pillow's name of the format.
        content: the file without what decoding does not take.
        size: `(height, width)` in pixels as the header says, before the orientation is applied.
        orientation: EXIF's, 1 to 8; 1 where there is none that can be read.
        pixel_bytes: bytes of memory that decoding takes for a pixel, the file's own bytes not counted.
        raw_bytes: bytes of a pixel in the file before compression.
        patches: what is written over `content`, each with its position.
        shrinks: whether the decoder can give the image at half, a quarter or an eighth of its size.
    """

    format: str
    content: bytes
    size: tuple[int, int]
    orientation: int
    pixel_bytes: float
    raw_bytes: float = 1
    patches: tuple[tuple[int, bytes], ...] = ()
    shrinks: bool = False


class NoImageError(InputError):
    """A file that is none of the formats that are read."""


class DamagedImageError(InputError):
    """A file that begins as an image, and is not whole or not consistent."""


def take_apart(data: bytes) -> Container:
    """Look through an image file other than a PNM.

    Raises:
        NoImageError: if it is no PNG, JPEG, GIF, BMP, TIFF or WebP file.
        DamagedImageError: if its structure is broken, or has more parts than any usual file.
    """
    for start, parse in _PARSERS.items():
        if data.startswith(start) and (start != b"RIFF" or data[8:12] == b"WEBP"):
            try:
                container = parse(data)
            except (struct.error, IndexError):
                raise DamagedImageError("it is truncated") from None
            if min(container.size) < 1:
                raise DamagedImageError("it has no pixels")
            return container
    raise NoImageError("not an image that can be read: give a PNG, JPEG, GIF, BMP, TIFF, WebP or PNM (PBM, PGM, PPM)")


def exif_orientation(exif: bytes) -> int:
    """The orientation in an EXIF block, 1 to 8; 1 if there is none that can be read."""
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    try:
        if order is None:
            return 1
        (directory,) = struct.unpack_from(order + "I", exif, 4)
        (entries,) = struct.unpack_from(order + "H", exif, directory)
        for entry in range(directory + 2, directory + 2 + 12 * entries, 12):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", exif, entry)
            if tag == _ORIENTATION:
                return value if kind == 3 and 1 <= value <= 8 else 1
    except struct.error:
        pass  # a damaged EXIF block changes nothing about the pixels
    return 1


def _count(parts):
    if parts > FILE_PARTS:
        raise DamagedImageError(f"it has more than {FILE_PARTS:,} parts")


# --- PNG: chunks of length, type, data and checksum ------------------------------------------------------------------

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def _png(data):
    kept, view, header, orientation = [data[:8]], memoryview(data), None, 1
    position, parts, has_pixels = len(_PNG), 0, False
    while True:
        parts += 1
        _count(parts)
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise DamagedImageError("it is truncated")
        if kind == b"IHDR" and header is None:
            header = struct.unpack_from(">IIBB", data, position + 8)
        if kind == b"eXIf":
            orientation = exif_orientation(data[position + 8 : end - 4])
        has_pixels = has_pixels or kind == b"IDAT"
        if kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            kept.append(view[position:end])
        if kind == b"IEND":
            break
        position = end
    if header is None or not has_pixels:
        raise DamagedImageError("it lacks its header or its pixels")
    width, height, depth, colour = header
    channels = _PNG_CHANNELS.get(colour)
    if channels is None:
        raise DamagedImageError("it has a kind of colour that no PNG has")
    memory, raw = _memory(channels, depth), channels * depth / 8
    return Container("PNG", b"".join(kept), (height, width), orientation, memory, raw)


def _memory(channels, depth):
    """Bytes of a pixel in Pillow's memory."""
    return 4 if channels > 1 else max(1, depth / 8)


# --- JPEG: segments of a marker, length and data; a scan's data follow it --------------------------------------------

_SCAN_END = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = (0xC2, 0xC6, 0xCA, 0xCE)
_LOSSLESS = (0xC3, 0xC7, 0xCB, 0xCF)
_ARITHMETIC = range(0xC9, 0xD0)
# An arithmetic decoder takes four times as long as a Huffman decoder.
_ARITHMETIC_COST = 4


def _jpeg(data):
    kept, view, orientation, frame = [data[:2]], memoryview(data), 1, None
    position, parts, scans = 2, 0, 0
    while True:
        parts += 1
        _count(parts)
        while data[position : position + 2] == b"\xff\xff":
            position += 1
            parts += 1
            _count(parts)
        if data[position] != 0xFF:
            raise DamagedImageError("what should be a marker is none")
        marker = data[position + 1]
        if marker == 0xD9:
            kept.append(b"\xff\xd9")
            break
        if marker in (0x01, *range(0xD0, 0xD9)):
            position += 2
            continue
        (length,) = struct.unpack_from(">H", data, position + 2)
        start, segment = position, data[position : position + 2 + length]
        if len(segment) < 2 + length or length < 2:
            raise DamagedImageError("it is truncated")
        position += 2 + length
        if marker == 0xE1 and segment[4:10] == b"Exif\0\0":
            orientation = exif_orientation(segment[4:])
        # JFIF and Adobe say how the colours are coded.
        is_needed = marker < 0xE0 or (marker == 0xE0 and segment[4:9] == b"JFIF\0") or marker == 0xEE
        if is_needed:
            kept.append(view[start:position])
        if marker in _FRAMES:
            if frame:
                raise DamagedImageError("it has two headers")
            frame = (marker, *struct.unpack_from(">BHHB", segment, 4))
        if marker == 0xDA:
            scans += 1
            if scans > JPEG_SCANS:
                raise DamagedImageError(f"it has more than {JPEG_SCANS} scans")
            end = _SCAN_END.search(data, position)
            end = end.start() if end else len(data)
            kept.append(view[position:end])
            position = end
            if end == len(data):
                break  # truncated: the decoder decides what of it can be read
    if frame is None or not scans:
        raise DamagedImageError("it has no pixels")
    marker, depth, height, width, channels = frame
    cost = scans * height * width * (_ARITHMETIC_COST if marker in _ARITHMETIC else 1)
    if cost > JPEG_SCANS_TIMES_PIXELS:
        raise DamagedImageError(
            f"{scans} scans of {width}x{height} pixels take too long to decode: save it as a usual JPEG"
        )
    # Where there are several scans, all coefficients are kept, of 2 bytes each.
    memory = _memory(channels, depth) + (2 * channels if scans > 1 or marker in _PROGRESSIVE else 0)
    shrinks = marker not in _LOSSLESS and depth == 8
    return Container("JPEG", b"".join(kept), (height, width), orientation, memory, channels, shrinks=shrinks)


# --- GIF: extensions and images, each in blocks of up to 255 bytes ---------------------------------------------------


def _gif(data):
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    position = 13 + (3 << (flags % 8 + 1) if flags & 0x80 else 0)
    kept, control = [data[:position]], b""
    parts = 0
    while True:
        if data[position] == 0x2C:
            break
        if data[position] == 0x3B:
            raise DamagedImageError("it has no pixels")
        if data[position] != 0x21:
            raise DamagedImageError("what should be a block is none")
        start, is_control = position, data[position + 1] == 0xF9
        position += 2
        while data[position]:
            parts += 1
            _count(parts)
            position += 1 + data[position]
        position += 1
        if is_control:
            control = data[start:position]
    left, top, wide, high = struct.unpack_from("<HHHH", data, position + 1)
    size = max(height, top + high), max(width, left + wide)
    return Container("GIF", b"".join([*kept, control, data[position:]]), size, 1, 6)


# --- WebP: chunks of type, length and data ---------------------------------------------------------------------------


def _webp(data):
    position, parts, size, orientation = 12, 0, None, 1
    kept = []
    while position + 8 <= len(data):
        parts += 1
        _count(parts)
        kind, length = struct.unpack_from("<4sI", data, position)
        content = position + 8
        if kind == b"VP8X" and size is None:
            wide, high = (int.from_bytes(data[content + i : content + i + 3], "little") for i in (4, 7))
            size = (high + 1, wide + 1)
        elif kind == b"VP8L" and size is None:
            (bits,) = struct.unpack_from("<I", data, content + 1)
            size = ((bits >> 14) % (1 << 14) + 1, bits % (1 << 14) + 1)
        elif kind == b"VP8 " and size is None:
            wide, high = struct.unpack_from("<HH", data, content + 6)
            size = (high % (1 << 14), wide % (1 << 14))
        elif kind == b"EXIF":
            orientation = exif_orientation(data[content : content + length])
        end = content + length + length % 2
        if kind not in (b"EXIF", b"ICCP", b"XMP "):
            kept.append(data[position:end])
        position = end
    if size is None:
        raise DamagedImageError("it has no pixels")
    body = b"WEBP" + b"".join(kept)
    return Container("WEBP", b"RIFF" + struct.pack("<I", len(body)) + body, size, orientation, 16, 4)


# --- BMP: a header, a palette, rows ----------------------------------------------------------------------------------


def _bmp(data):
    (header,) = struct.unpack_from("<I", data, 14)
    if header == 12:
        width, height, _, depth = struct.unpack_from("<HHHH", data, 18)
        compression = 0
    else:
        width, height, _, depth, compression = struct.unpack_from("<iiHHI", data, 18)
    height, width = abs(height), abs(width)
    # Pillow decodes run lengths in Python, and skips over as many rows as a file says.
    if compression in (1, 2) and (len(data) > RUN_LENGTH_FILE_BYTES or max(height, width) > RUN_LENGTH_SIDE):
        raise DamagedImageError("a BMP with run lengths that is too large: save it as a PNG")
    return Container("BMP", data, (height, width), 1, _memory(4 if depth > 8 else 1, 8), depth / 8)


# --- TIFF: a directory of tags ---------------------------------------------------------------------------------------

_ORIENTATION = 274
# What decoding takes: sizes, kind of pixels, compression and its tables, where the strips or tiles are, palette.
_TIFF_TAGS = {254, 255, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 293, 317, 320, 322, 323, 324, 325}
_TIFF_TAGS |= {338, 339, 347, 512, 513, 514, 519, 520, 521, 529, 530, 531, 532}
_TIFF_TYPE_BYTES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)


def _tiff(data):
    """The file with a directory of no other tags, that is its last: a tag may name any part of the file as its value,
    so that a small directory can stand for terabytes."""
    order = "<" if data[:2] == b"II" else ">"
    (version,) = struct.unpack_from(order + "H", data, 2)
    is_big = version == 43
    counter, entry, offset = ("Q", "HHQQ", "Q") if is_big else ("H", "HHII", "I")
    (directory,) = struct.unpack_from(order + offset, data, 8 if is_big else 4)
    (entries,) = struct.unpack_from(order + counter, data, directory)
    first, step = directory + struct.calcsize("=" + counter), struct.calcsize("=" + entry)
    if entries > TIFF_TAGS:
        raise DamagedImageError(f"it has more than {TIFF_TAGS:,} tags")
    kept, values = [], {}
    for position in range(first, first + entries * step, step):
        tag, kind, count, value = struct.unpack_from(order + entry, data, position)
        kind_bytes = _TIFF_TYPE_BYTES[kind] if kind < len(_TIFF_TYPE_BYTES) else 0
        if tag in (*_TIFF_TAGS, _ORIENTATION) and kind_bytes:
            if count > FILE_PARTS or count * kind_bytes > TIFF_TABLE_BYTES:
                raise DamagedImageError(f"its tag {tag} has more values than any usual file")
            form = {1: "B", 2: "H", 4: "I", 8: "Q"}[kind_bytes]
            inside = struct.calcsize("=" + offset)
            where = position + step - inside if count * kind_bytes <= inside else value
            if count and kind in (1, 3, 4, 16):
                values[tag] = max(struct.unpack_from(f"{order}{min(count, 4)}{form}", data, where))
        if tag in _TIFF_TAGS:
            kept.append(data[position : position + step])
    width, height = values.get(256, 0), values.get(257, 0)
    channels, depth = values.get(277, 1), values.get(258, 1)
    if values.get(322, 0) * values.get(323, 0) > max(width * height, TIFF_TILE_PIXELS):
        raise DamagedImageError("its tiles are larger than the image")
    raw = channels * depth / 8
    # libtiff decodes a strip or a tile at a time, which may be the whole image.
    memory = _memory(channels, depth) + (raw if values.get(259, 1) != 1 else 0)
    patches = (
        (directory, struct.pack(order + counter, len(kept))),
        (first, b"".join(kept) + bytes(struct.calcsize("=" + offset))),
    )
    orientation = min(values.get(_ORIENTATION, 1), 9) % 9
    return Container("TIFF", data, (height, width), orientation, memory, raw, patches)


_PARSERS = {
    _PNG: _png,
    b"\xff\xd8\xff": _jpeg,
    b"GIF87a": _gif,
    b"GIF89a": _gif,
    b"RIFF": _webp,
    b"BM": _bmp,
    b"II*\0": _tiff,
    b"MM\0*": _tiff,
    b"II+\0": _tiff,
    b"MM\0+": _tiff,
}
