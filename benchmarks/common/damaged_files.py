"""Small valid image files of every format that is read, and ways to damage them."""

import io
import struct
from collections.abc import Sequence

import numpy as np
from PIL import Image


def sample_images() -> dict[str, bytes]:
    """Valid image files by name, of every format and of many kinds of pixels."""
    random = np.random.default_rng(0)
    colours = Image.fromarray(random.integers(0, 256, (12, 20, 3), np.uint8))
    grey = colours.convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a description"
    kinds = {
        "grey.png": (grey, "PNG", {"exif": exif}),
        "colour.png": (colours, "PNG", {"compress_level": 0}),
        "alpha.png": (colours.convert("RGBA"), "PNG", {}),
        "palette.png": (colours.convert("P"), "PNG", {"transparency": 3}),
        "deep.png": (deep, "PNG", {}),
        "colour.jpg": (colours, "JPEG", {"exif": exif, "comment": b"a comment"}),
        "progressive.jpg": (colours, "JPEG", {"progressive": True}),
        "cmyk.jpg": (colours.convert("CMYK"), "JPEG", {}),
        "colour.gif": (colours, "GIF", {}),
        "animated.gif": (grey, "GIF", {"save_all": True, "append_images": [grey, grey.rotate(180)], "comment": b"x"}),
        "colour.bmp": (colours, "BMP", {}),
        "palette.bmp": (colours.convert("P"), "BMP", {}),
        "bits.bmp": (colours.convert("1"), "BMP", {}),
        "colour.tif": (colours, "TIFF", {"exif": exif}),
        "deflated.tif": (colours, "TIFF", {"compression": "tiff_adobe_deflate"}),
        "lzw.tif": (colours.convert("RGBA"), "TIFF", {"compression": "tiff_lzw"}),
        "jpeg.tif": (colours, "TIFF", {"compression": "jpeg"}),
        "fax.tif": (colours.convert("1"), "TIFF", {"compression": "group4"}),
        "deep.tif": (deep, "TIFF", {}),
        "float.tif": (grey.convert("F"), "TIFF", {}),
        "big.tif": (colours, "TIFF", {"big_tiff": True}),
        "lossy.webp": (colours, "WEBP", {"exif": exif}),
        "lossless.webp": (colours.convert("RGBA"), "WEBP", {"lossless": True}),
        "animated.webp": (grey, "WEBP", {"save_all": True, "append_images": [grey.rotate(180)]}),
        "colour.ppm": (colours, "PPM", {}),
        "grey.pgm": (grey, "PPM", {}),
        "bits.pbm": (colours.convert("1"), "PPM", {}),
    }
    files = {}
    for name, (image, format, options) in kinds.items():
        file = io.BytesIO()
        image.save(file, format, **options)
        files[name] = file.getvalue()
    numbers = " ".join(str(level) for level in np.asarray(grey).ravel())
    files["text.pgm"] = f"P2\n# a comment\n20 12\n255\n{numbers}\n".encode()
    files["text.pbm"] = b"P1 20 12 " + b"01" * 120
    return files


# What headers hold where it matters: nothing, all bits, the largest numbers of each kind.
NASTY = (
    b"\0",
    b"\xff",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\0\0\0\1",
    b"\xff\xda",
)


def damage(data: bytes, numbers: Sequence[int]) -> bytes:
    """The data with one change for every two of the `numbers`, which are any whole numbers from 0 on."""
    for how, where in zip(numbers[::2], numbers[1::2], strict=False):
        kind, value = how % 7, how // 7
        position = where % (len(data) + 1)
        before, after = data[:position], data[position:]
        if kind == 0:  # a bit flips
            data = before + bytes([after[0] ^ (1 << value % 8)]) + after[1:] if after else before
        elif kind == 1:  # a byte becomes another
            data = before + bytes([value % 256]) + after[1:]
        elif kind == 2:  # the end is missing
            data = before
        elif kind == 3:  # something is missing
            data = before + after[1 + value % 16 :]
        elif kind == 4:  # something is there twice
            data = before + after[: 1 + value % 64] + after
        elif kind == 5:  # a number becomes one that nobody expects
            nasty = NASTY[value % len(NASTY)]
            data = before + nasty + after[len(nasty) :]
        else:  # a number becomes any other
            data = before + struct.pack(">I", value % 2**32) + after[4:]
    return data
