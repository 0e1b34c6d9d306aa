"""Image files inside the SavedModel become the grey levels that they are outside of it."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_reader.export.tf_image_decoding import decode_grey
from keras_reader.images import open_grey
from tests.helpers.exports import assert_same, encode, noise, png


def picture():
    y, x = np.mgrid[0:46, 0:61]
    colours = np.stack([x * 4, y * 5, (x + y) * 2], axis=-1) + np.random.default_rng(0).normal(0, 12, (46, 61, 3))
    return Image.fromarray(colours.clip(0, 255).astype(np.uint8))


def with_alpha(image, alpha):
    image = image.copy()
    image.putalpha(Image.fromarray(alpha))
    return image


def image_files():
    colour = picture()
    grey, palette = colour.convert("L"), colour.quantize(64)
    alpha = noise(1, 46, 61)[0]
    grey_16 = Image.fromarray(np.random.default_rng(1).integers(0, 65536, (46, 61)).astype(np.uint16))
    other = colour.transpose(Image.Transpose.ROTATE_180).quantize(64)
    return {
        "PNG grey": encode(grey, "PNG"),
        "PNG colour": encode(colour, "PNG"),
        "PNG palette": encode(palette, "PNG"),
        "PNG palette of 4 bits": encode(colour.quantize(16), "PNG", bits=4),
        "PNG black and white": encode(colour.convert("1"), "PNG"),
        "PNG 16 bits": encode(grey_16, "PNG"),
        "PNG grey and alpha": encode(with_alpha(grey, alpha), "PNG"),
        "PNG colour and alpha": encode(with_alpha(colour, alpha), "PNG"),
        "PNG palette and alpha": encode(palette, "PNG", transparency=bytes(range(0, 256, 4))),
        "PNG 4 bits and alpha": encode(colour.quantize(16), "PNG", bits=4, transparency=bytes(range(0, 256, 16))),
        "PNG grey with a transparent level": encode(grey, "PNG", transparency=grey.getpixel((20, 20))),
        "PNG colour with a transparent one": encode(colour, "PNG", transparency=colour.getpixel((20, 20))),
        "JPEG": encode(colour, "JPEG"),
        "JPEG grey": encode(grey, "JPEG"),
        "JPEG full chroma": encode(colour, "JPEG", subsampling=0, quality=95),
        "JPEG progressive": encode(colour, "JPEG", progressive=True, quality=40),
        "JPEG CMYK": encode(colour.convert("CMYK"), "JPEG"),
        "BMP": encode(colour, "BMP"),
        "BMP grey": encode(grey, "BMP"),
        "BMP palette": encode(palette, "BMP"),
        "BMP 32 bits": encode(with_alpha(colour, alpha), "BMP"),
        "GIF": encode(palette, "GIF"),
        "GIF interlaced": encode(palette, "GIF", interlace=1),
        "GIF transparent": encode(palette, "GIF", transparency=palette.getpixel((20, 20))),
        "GIF animated": encode(palette, "GIF", save_all=True, append_images=[other], duration=100, loop=0),
        "GIF animated, transparent": encode(
            palette,
            "GIF",
            transparency=palette.getpixel((20, 20)),
            comment=b"c" * 600,
            save_all=True,
            append_images=[other],
        ),
    }


@pytest.mark.parametrize("kind", image_files())
def test_bytes_become_the_same_grey_levels_as_anywhere_else(kind):
    file = image_files()[kind]
    levels = decode_grey(file).numpy()
    assert levels.dtype == np.uint8
    # Libraries may decode a JPEG's cosines differently in the last bit.
    np.testing.assert_allclose(levels.astype(int), open_grey(file), atol=1 if "JPEG" in kind else 0)


def test_bytes_of_any_mix_of_kinds_and_sizes_read_like_their_grey_levels(export):
    files = [*image_files().values(), png(noise(1, 1, 1)[0]), png(noise(1, 300, 5)[0])]
    outputs = export.run_bytes(files)
    for i, file in enumerate(files):
        expected = export.run_saved_model(open_grey(file)[None])
        # A grey level of a JPEG may differ by one.
        assert_same({name: value[i : i + 1] for name, value in outputs.items()}, expected, 1e-3)


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("byte_order", "<>")
def test_the_orientation_of_a_jpeg_is_undone(orientation, byte_order):
    exif = Image.Exif()
    exif.endian = byte_order
    exif[0x010F], exif[0x0112], exif[0x0131] = "maker", orientation, "s" * 300
    # Without a density the EXIF segment is the first one, with it the second.
    for options in ({}, {"dpi": (72, 72), "comment": b"c" * 50}):
        file = encode(picture(), "JPEG", exif=exif, **options)
        np.testing.assert_allclose(decode_grey(file).numpy().astype(int), open_grey(file), atol=1)


def test_damaged_exif_data_are_no_orientation():
    exif = Image.Exif()
    exif[0x0112] = 6
    file = encode(picture(), "JPEG", exif=exif)
    start = file.index(b"Exif")
    damaged = file[: start + 10] + b"\xff\xff\xff\x7f" + file[start + 14 :]
    assert decode_grey(damaged).shape == (46, 61)


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"no image",
        image_files()["PNG colour"][:300],
        image_files()["PNG colour"][:20],
        image_files()["JPEG"][:300],
        image_files()["GIF"][:300],
        image_files()["BMP"][:300],
        encode(picture().convert("1"), "BMP"),
        # A compressed BMP: Pillow writes none.
        image_files()["BMP palette"][:30] + b"\x01" + image_files()["BMP palette"][31:],
    ],
    ids=["empty", "text", "PNG", "PNG header", "JPEG", "GIF", "BMP", "BMP of 1 bit", "BMP compressed"],
)
def test_bytes_that_are_no_whole_image_are_refused(file):
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode_grey(file)
