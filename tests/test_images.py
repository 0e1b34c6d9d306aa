"""User images: what has one obvious meaning is read, the rest is named."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from keras_reader.alphabet import Alphabet
from keras_reader.data.labelled_images import load_labelled
from keras_reader.errors import InputError
from keras_reader.images import RESIZES, border_level, fit, open_grey, resize, resize_weights
from keras_reader.limits import MAX_PIXELS_VARIABLE

GREY = np.arange(60, dtype=np.uint8).reshape(6, 10) * 4


def encoded(image, format="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def transparent_black(alpha):
    return Image.merge("LA", (Image.new("L", (10, 6)), Image.fromarray(alpha)))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.fromarray(GREY), GREY),
        (Image.fromarray(GREY).convert("RGB"), GREY),
        (Image.fromarray(GREY).convert("RGBA"), GREY),
        (Image.fromarray(GREY).convert("P"), GREY),
        (Image.fromarray(GREY.astype(np.uint16) * 256 + 200), GREY),
        (Image.fromarray(np.where(GREY > 100, 255, 0).astype(np.uint8)).convert("1"), np.where(GREY > 100, 255, 0)),
        (transparent_black(GREY), 255 - GREY),
    ],
    ids=["grey", "colour", "alpha", "palette", "16 bits", "1 bit", "transparent"],
)
def test_png_of_every_kind_becomes_the_same_grey(image, expected):
    np.testing.assert_array_equal(open_grey(encoded(image)), expected)


def test_cmyk_is_read():
    picture = open_grey(encoded(Image.fromarray(GREY).convert("RGB").convert("CMYK"), "JPEG", quality=95))
    np.testing.assert_allclose(picture.astype(int), GREY, atol=12)


def test_exif_rotation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to look at it
    rotated = open_grey(encoded(Image.fromarray(GREY), "PNG", exif=exif))
    np.testing.assert_array_equal(rotated, np.rot90(GREY, -1))


def test_the_first_frame_of_an_animation_is_read():
    frames = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
    gif = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(open_grey(gif), GREY)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", encoded(Image.fromarray(GREY))[:-30]])
def test_a_file_that_is_no_whole_image_is_named(tmp_path, content):
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"broken\.png") as error:
        open_grey(path)
    assert "\n" not in str(error.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    for path in (tmp_path / "none.png", tmp_path):
        with pytest.raises(InputError, match=str(path)):
            open_grey(path)


def test_a_decompression_bomb_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setenv(MAX_PIXELS_VARIABLE, "50")
    with pytest.raises(InputError, match="10x6 pixels are more than 50"):
        open_grey(encoded(Image.fromarray(GREY)))


sizes = st.integers(1, 90)


@given(sizes, sizes, sizes, sizes, st.integers(0, 2**32 - 1))
def test_resizing_is_pillows(height, width, new_height, new_width, seed):
    image = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    expected = Image.fromarray(image.astype(np.float32) / 255).resize(
        (new_width, new_height), Image.Resampling.BILINEAR
    )
    np.testing.assert_allclose(resize(image, (new_height, new_width), "stretch"), np.asarray(expected), atol=2e-6)


@given(sizes, sizes)
def test_resizing_weights_sum_to_one(size_in, size_out):
    axis, _ = fit((size_in, 1), (size_out, 1), "stretch")
    np.testing.assert_allclose(resize_weights(axis).sum(axis=1), 1, atol=1e-6)


@given(sizes, sizes)
def test_white_stays_within_the_range_at_every_size(height, width):
    white = resize(np.full((height, width), 255, np.uint8), (40, 40))
    assert white.max() <= 1
    np.testing.assert_allclose(white, 1, atol=1e-6)


@given(sizes, sizes, sizes, sizes)
def test_padding_keeps_the_ratio_of_the_sides_and_fills_one_of_them(height, width, high, wide):
    axes = fit((height, width), (high, wide), "pad")
    inside = [axis.size_in * axis.scale[1] / axis.scale[0] for axis in axes]
    assert inside[0] * width == pytest.approx(inside[1] * height)
    assert inside == pytest.approx([min(high, wide * height / width), min(wide, high * width / height)])
    for axis, side in zip(axes, inside, strict=True):
        ends = axis.size_out / 2 - side / 2, axis.size_out / 2 + side / 2
        assert list(map(axis.to_picture, ends)) == pytest.approx([0, axis.size_in], abs=1e-6)


def test_a_padded_picture_lies_in_the_middle_and_its_margin_has_the_level_of_its_border():
    image = np.full((10, 10), 60, np.uint8)
    image[4:6, 4:6] = 250
    padded = resize(image, (10, 30), "pad") * 255
    np.testing.assert_allclose(padded[:, 10:20], image, atol=1e-3)
    np.testing.assert_allclose(np.delete(padded, np.s_[10:20], axis=1), 60, atol=1e-3)
    assert border_level(image) == pytest.approx(60 / 255)


@given(sizes, sizes, st.integers(0, 255), st.sampled_from(RESIZES))
def test_an_even_picture_stays_even_however_it_is_fitted(height, width, level, how):
    fitted = resize(np.full((height, width), level, np.uint8), (24, 40), how)
    np.testing.assert_allclose(fitted, level / 255, atol=1e-6)


@pytest.mark.parametrize("how", RESIZES)
@pytest.mark.parametrize("size", [(1, 1), (7, 90), (90, 7), (50, 200), (640, 480), (24, 40), (1, 3000)])
def test_the_graph_fits_images_as_numpy_does(size, how):
    from keras import ops

    from keras_reader.models.serving import FitImage

    image = np.random.default_rng(0).integers(0, 256, size, np.uint8)
    fitted = ops.convert_to_numpy(FitImage(24, 40, how)(image[None]))[0, :, :, 0]
    np.testing.assert_allclose(fitted, resize(image, (24, 40), how), rtol=0, atol=1e-6)


@pytest.mark.parametrize("how", RESIZES)
def test_an_image_of_the_readers_own_size_is_read_to_the_bit(how):
    from keras import ops

    from keras_reader.models.serving import FitImage

    image = np.random.default_rng(0).integers(0, 256, (24, 40), np.uint8)
    expected = image.astype(np.float32) / 255
    np.testing.assert_array_equal(resize(image, (24, 40), how), expected)
    np.testing.assert_array_equal(ops.convert_to_numpy(FitImage(24, 40, how)(image[None]))[0, :, :, 0], expected)


def labelled(tmp_path, text, encoding="utf-8"):
    Image.fromarray(GREY).save(tmp_path / "a.png")
    (tmp_path / "list.csv").write_text(text, encoding=encoding)
    return load_labelled(tmp_path / "list.csv", Alphabet("ABÄ"), 3)


def test_labelled_images_are_read_in_order_at_their_own_size(tmp_path):
    data = labelled(tmp_path, "text,image,note\nAB,a.png,x\nÄ,a.png,y\n")
    assert data.texts == ("AB", "Ä")
    assert [example.text for example in data.examples()] == ["AB", "Ä"]
    for example in data.examples():
        np.testing.assert_array_equal(example.image, GREY)
        assert example.source == str(tmp_path / "a.png")


def test_a_csv_as_excel_writes_it_is_read(tmp_path):
    assert labelled(tmp_path, "image,text\r\na.png,AB\r\n", encoding="utf-8-sig").texts == ("AB",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image,label\na.png,A\n", r"list\.csv, line 1: no column text"),
        ("", r"list\.csv, line 1: no column image or text"),
        ("image,text\n", r"list\.csv: no rows"),
        ("image,text\na.png,A\nb.png,A\n", r"list\.csv, line 3: .*b\.png: no such file"),
        ("image,text\na.png,AX\n", r"list\.csv, line 2: .*'X', which is not in the alphabet"),
        ("image,text\na.png,ABAB\n", r"list\.csv, line 2: .*this reader takes at most 3"),
        ("image,text\na.png\n", r"list\.csv, line 2: a row needs an image and a text"),
        ('image,text\na.png,"A\n', r"list\.csv, line 2: a quote that begins in this row is never closed"),
    ],
)
def test_what_is_wrong_with_a_csv_is_named_with_its_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        labelled(tmp_path, text)


def test_a_csv_in_another_encoding_is_named(tmp_path):
    with pytest.raises(InputError, match="not UTF-8"):
        labelled(tmp_path, "image,text\na.png,Ä\n", encoding="latin-1")


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([0, 0.5, 1], np.float32, [0, 128, 255]),
        ([0, 127.6, 255], np.float32, [0, 128, 255]),
        ([0, 128, 255], np.int32, [0, 128, 255]),
        ([0, 32768, 65535], np.int32, [0, 128, 255]),
        ([0, 200, 255], np.uint16, [0, 0, 0]),
    ],
)
def test_white_of_a_deep_image_is_what_its_values_and_type_say(values, dtype, expected):
    image = Image.fromarray(np.array([values], dtype))
    np.testing.assert_array_equal(open_grey(image), [expected])
