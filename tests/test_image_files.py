"""Image files as an attacker makes them: named in one line, or read, at a bounded cost."""

import io
import os
import socket
import struct
import subprocess
import sys
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from benchmarks.common.damaged_files import damage, sample_images
from keras_reader import limits
from keras_reader.errors import InputError
from keras_reader.images import open_colour, open_grey, open_picture
from tests.helpers import ROOT

GREY = np.arange(60, dtype=np.uint8).reshape(6, 10) * 4
SAMPLES = sample_images()


def encoded(image, format="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, depth=8, colour=0, rows=b"", *chunks):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *chunks, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def one_line(data_or_path, message=None):
    with pytest.raises(InputError, match=message) as error:
        open_grey(data_or_path)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_of_every_format_is_read_in_grey_and_in_colour(name):
    grey, colour = open_picture(SAMPLES[name]), open_picture(SAMPLES[name], colour=True)
    size = (20, 12) if name in ("grey.png", "colour.jpg", "colour.tif", "lossy.webp") else (12, 20)
    assert grey.size == colour.size == grey.pixels.shape == size
    assert colour.pixels.shape == (*size, 3)
    assert grey.pixels.dtype == colour.pixels.dtype == np.uint8
    luma = Image.fromarray(colour.pixels).convert("L")
    np.testing.assert_allclose(grey.pixels.astype(int), np.asarray(luma), atol=1)


@given(st.sampled_from(sorted(SAMPLES)), st.lists(st.integers(0, 2**32 - 1), min_size=2, max_size=8))
def test_a_damaged_file_is_read_or_named_and_nothing_else(name, numbers):
    try:
        pixels = open_grey(damage(SAMPLES[name], numbers))
    except InputError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert pixels.dtype == np.uint8 and pixels.ndim == 2 and pixels.size


def test_damaged_files_write_nothing_to_stderr(tmp_path):
    paths = []
    for i in range(300):
        name = sorted(SAMPLES)[i % len(SAMPLES)]
        numbers = np.random.default_rng(i).integers(0, 2**32, 4).tolist()
        paths.append(tmp_path / f"{i}-{name}")
        paths[-1].write_bytes(damage(SAMPLES[name], numbers))
    code = """if True:
        import sys
        from keras_reader.errors import InputError
        from keras_reader.images import open_grey
        for path in sys.argv[1:]:
            try:
                open_grey(path)
            except InputError:
                print("named")
    """
    done = subprocess.run([sys.executable, "-c", code, *paths], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""
    assert 50 < done.stdout.count("named") < 300


@pytest.mark.parametrize(
    "content",
    [b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n{} loop\n", b"8BPS\0\1", b"\0\0\1\0\1\0", b"qoif", b"hello"],
    ids=["PostScript", "Photoshop", "icon", "QOI", "text"],
)
def test_other_formats_are_not_opened_whatever_the_file_is_called(tmp_path, content, monkeypatch):
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("Pillow saw it"))
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    one_line(path, r"picture\.png: not an image that can be read: give a PNG, JPEG, GIF, BMP, TIFF, WebP or PNM")


def test_what_is_no_regular_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "fifo.png")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.png"))
    for path, kind in (
        (tmp_path / "fifo.png", "a FIFO"),
        (tmp_path / "socket.png", "a socket"),
        ("/dev/zero", "a device"),
        (tmp_path, "a folder"),
    ):
        one_line(path, f"cannot be read: {kind}, not a file")


@pytest.mark.parametrize("path", ["", "a" * 5000 + ".png", "a\0b.png", "line\nbreak.png", "\udcff.png"])
def test_impossible_paths_are_one_short_line(path):
    assert len(one_line(path)) < 300


def test_a_png_whose_exif_is_cut_is_read_or_named():
    rows = b"".join(b"\0" + row.tobytes() for row in GREY)
    cut_inside = png(10, 6, 8, 0, rows, chunk(b"eXIf", b"II*\0\x08\0\0\0\x05\0\x12\x01"))
    np.testing.assert_array_equal(open_grey(cut_inside), GREY)
    start = cut_inside.index(b"eXIf")
    one_line(cut_inside[: start + 10], "truncated")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_every_orientation_is_pillows(format, orientation):
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(Image.fromarray(GREY), format, exif=exif, **({"lossless": True} if format == "WEBP" else {}))
    image = Image.open(io.BytesIO(data))
    image.load()
    np.testing.assert_array_equal(open_grey(data), np.asarray(ImageOps.exif_transpose(image).convert("L")))


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(10_000_000, 1), (1, 1_000_000), (9000, 7000)])
def test_a_large_image_is_shrunk_as_it_is_opened_and_its_size_is_known(width, height):
    rows = (b"\0" + b"\x80" * width) * height
    picture = open_picture(png(width, height, 8, 0, rows))
    assert picture.size == (height, width)
    assert limits.OPENED_SIDE / 2 <= max(picture.pixels.shape) <= limits.OPENED_SIDE
    assert (picture.pixels == 128).all()


def test_shrinking_takes_the_mean_of_the_pixels():
    image = np.random.default_rng(0).integers(0, 256, (4, 8000), np.uint8)
    expected = image.reshape(2, 2, 4000, 2).mean((1, 3))
    np.testing.assert_allclose(open_grey(encoded(Image.fromarray(image))), expected, atol=0.51)


@pytest.mark.slow
def test_a_large_jpeg_is_shrunk_by_its_decoder_to_nearly_the_same():
    smooth = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8))
    data = encoded(smooth.resize((6000, 4000), Image.Resampling.BICUBIC), "JPEG", quality=95)
    picture = open_picture(data)
    assert picture.size == (4000, 6000) and picture.pixels.shape == (2000, 3000)
    whole = np.asarray(Image.open(io.BytesIO(data)).convert("L").reduce(2))
    np.testing.assert_allclose(picture.pixels.astype(int), whole, atol=3)


@pytest.mark.parametrize(
    "data",
    [
        png(9_999, 9_999),
        b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x0e\x27\0\x0e\x27\0",
        b"P5 100000 100000 255\n",
        b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0;",
        encoded(Image.new("RGB", (10, 10)), "BMP").replace(
            struct.pack("<ii", 10, 10), struct.pack("<ii", 20_000, 9000)
        ),
    ],
    ids=["PNG", "WebP", "PNM", "GIF", "BMP"],
)
def test_a_bomb_is_refused_by_its_header(data, monkeypatch):
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("Pillow saw it"))
    one_line(data, r"pixels are more than 64,000,000: shrink it first, or allow more with --max-pixels")


def test_the_largest_number_of_pixels_is_the_users_to_say(monkeypatch):
    monkeypatch.setenv(limits.MAX_PIXELS_VARIABLE, "59")
    one_line(encoded(Image.fromarray(GREY)), "10x6 pixels are more than 59")
    limits.set_max_pixels(60)
    np.testing.assert_array_equal(open_grey(encoded(Image.fromarray(GREY))), GREY)
    for wrong in (0, 10**12):
        with pytest.raises(InputError, match="max_pixels must be from 1 to 4,000,000,000"):
            limits.set_max_pixels(wrong)
    monkeypatch.setenv(limits.MAX_PIXELS_VARIABLE, "many")
    one_line(encoded(Image.fromarray(GREY)), "must be a whole number")


def scans(count):
    data = encoded(Image.new("L", (16, 16)), "JPEG", progressive=True)
    start = data.rindex(b"\xff\xda")
    return data[:start] + data[start:-2] * count + b"\xff\xd9"


def test_a_jpeg_of_thousands_of_scans_is_refused_and_a_usual_one_is_not():
    assert open_grey(scans(1)).shape == (16, 16)
    one_line(scans(5000), "more than 100 scans")


def test_tags_that_point_to_the_whole_file_over_and_over_cost_nothing():
    entries = [(256, 4, 1, 10), (257, 4, 1, 6), (258, 3, 1, 8), (262, 3, 1, 1), (273, 4, 1, 8), (278, 4, 1, 6)]
    entries += [(279, 4, 1, 60), *((40_000 + i, 7, 4_000_000, 8) for i in range(4000))]
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    data = struct.pack("<2sHI", b"II", 42, 4_000_100) + GREY.tobytes() + bytes(4_000_032) + directory + bytes(4)
    np.testing.assert_array_equal(open_grey(data), GREY)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8" + b"\xff\xfe\0\2" * 1_000_000,
        b"\x89PNG\r\n\x1a\n" + chunk(b"tEXt", b"") * 500_000,
        b"GIF89a\1\0\1\0\0\0\0" + b"!\xfe" + b"\1x" * 1_000_000 + b"\0",
        b"RIFF\0\0\0\0WEBP" + b"JUNK\0\0\0\0" * 500_000,
        b"P6 #" + b"x" * 5_000_000 + b"\n1 1 255\nabc",
    ],
    ids=["JPEG", "PNG", "GIF", "WebP", "PNM"],
)
def test_a_file_of_a_million_parts_is_refused(data, monkeypatch):
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("Pillow saw it"))
    one_line(data)


def test_pnm_files_are_what_pillow_makes_of_them():
    for name in ("colour.ppm", "grey.pgm", "bits.pbm", "text.pgm", "text.pbm"):
        expected = Image.open(io.BytesIO(SAMPLES[name])).convert("RGB")
        np.testing.assert_array_equal(open_colour(SAMPLES[name]), np.asarray(expected))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"P2 #x\n3 2\n255\n0 10 20\n#c\n30 255 7", [[0, 10, 20], [30, 255, 7]]),
        (b"P1 3 2 0 1 0 #c\n111", [[255, 0, 255], [0, 0, 0]]),
        (b"P5 3 1 100 " + bytes([0, 50, 100]), [[0, 128, 255]]),
        (b"P5 2 1 65535 " + bytes([255, 255, 128, 0]), [[255, 128]]),
        (b"P2 2 1 1023 1023 0", [[255, 0]]),
    ],
)
def test_levels_of_a_pnm_are_shares_of_its_white(data, expected):
    np.testing.assert_array_equal(open_grey(data), expected)


@pytest.mark.parametrize(
    "data",
    [b"P2 2 1 255 1", b"P2 2 1 255 1 x", b"P2 2 1 255 1 256", b"P2 2 1 255 1 -1", b"P1 2 1 1 2", b"P5 2 1 0 ab",
     b"P5 2 1 70000 ab", b"P4 9 1 a", b"P6 1 1 255 ab", b"P7 1 1 255 a", b"Pf 1 1 -1.0 abcd", b"P2 2 1 255 1 9e99"],
)  # fmt: skip
def test_a_damaged_pnm_is_named(data):
    one_line(data)


def test_levels_that_are_no_numbers_become_black_without_a_warning():
    image = Image.fromarray(np.array([[np.nan, 0, 0.5, 1]], np.float32))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(open_grey(encoded(image, "TIFF")), [[0, 0, 128, 255]])


def test_deep_images_and_transparent_ones_have_the_same_colours_on_all_channels():
    deep = Image.fromarray(GREY.astype(np.uint16) * 257)
    np.testing.assert_array_equal(open_colour(encoded(deep)), np.repeat(GREY[..., None], 3, axis=2))
    clear = Image.new("RGBA", (3, 2), (10, 20, 30, 0))
    assert (open_colour(encoded(clear)) == 255).all()
