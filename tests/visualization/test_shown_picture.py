"""The user's own picture: its colours, its size, and where a mask lies on it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_reader.errors import InputError
from keras_reader.images import open_grey
from keras_reader.inference.read_example import ReadExample
from keras_reader.inference.reader import Reading
from keras_reader.visualization.animation import animate
from keras_reader.visualization.contact_sheet import contact_sheet
from keras_reader.visualization.shown_picture import ShownPicture

READER = (24, 48)


def window(left, right, top=0, bottom=24):
    mask = np.zeros(READER, np.float32)
    mask[top:bottom, left:right] = 1
    return mask


def example(path, *masks, resize="pad"):
    read = Reading("7" * len(masks), 0.9, np.full(len(masks), 0.9, np.float32), np.stack(masks), None, None)
    return ReadExample(image=open_grey(path), reading=read, resize=resize, source=str(path), path=Path(path))


@pytest.fixture
def photograph(tmp_path):
    """Makes a colourful picture of a size."""

    def make(height, width, name="photo.png"):
        coarse = np.random.default_rng(0).integers(0, 256, (3, 5, 3)).astype(np.uint8)
        Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC).save(tmp_path / name)
        return tmp_path / name

    return make


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_a_picture_is_shown_in_its_own_colours_and_size(photograph):
    path = photograph(300, 600)
    shown = ShownPicture(example(path, window(10, 20)), 240, (768, 1024), "dim")
    assert (shown.bare == pixels(path)).all()
    assert not shown.is_shrunk


def test_a_small_picture_is_enlarged_by_a_whole_number(photograph):
    path = photograph(30, 60)
    shown = ShownPicture(example(path, window(10, 20)), 100, (768, 1024), "dim")
    assert (shown.bare == pixels(path).repeat(4, axis=0).repeat(4, axis=1)).all()
    assert ShownPicture(example(path, window(10, 20)), 100, (768, 200), "dim").size == (90, 180)


def test_a_large_picture_is_shrunk_and_keeps_its_ratio(photograph):
    path = photograph(288, 512)
    shown = ShownPicture(example(path, window(10, 20)), 240, (200, 256), "dim")
    assert shown.size == (144, 256)
    assert shown.is_shrunk
    with Image.open(path) as image:
        expected = np.asarray(image.resize((256, 144), Image.Resampling.BOX)).astype(int)
    assert np.abs(shown.bare - expected).mean() < 2


@pytest.mark.parametrize(("size", "resize"), [((100, 200), "pad"), ((100, 200), "stretch"), ((90, 300), "stretch")])
def test_a_mask_lies_on_the_part_of_the_picture_that_the_reader_saw(photograph, size, resize):
    path = photograph(*size)
    shown = ShownPicture(example(path, window(12, 24, 6, 18), resize=resize), 1, (768, 1024), "dim")
    height, width = size
    unchanged = (shown.under(window(12, 24, 6, 18)) == shown.bare).all(axis=-1)
    inside = np.zeros(size, bool)
    inside[height // 4 : height * 3 // 4, width // 4 : width // 2] = True
    assert unchanged[inside].all()
    assert unchanged[~inside].mean() < 0.02


@pytest.mark.parametrize(("size", "across"), [((400, 400), True), ((100, 400), False)])
def test_a_padded_picture_has_its_mask_where_the_picture_lies_in_the_readers_size(photograph, size, across):
    path = photograph(*size)
    # The square lies in columns 12 to 36 of the reader; the strip in rows 6 to 18.
    mask = window(12, 24) if across else window(0, 48, 6, 12)
    shown = ShownPicture(example(path, mask), 1, (768, 1024), "dim")
    assert shown.size == size
    unchanged = (shown.under(mask) == shown.bare).all(axis=-1)
    first, second = (unchanged[:, :200], unchanged[:, 200:]) if across else (unchanged[:50], unchanged[50:])
    assert first.all()
    assert second.mean() < 0.02


def test_the_margin_is_shown_as_far_as_masks_reach_into_it(photograph):
    path = photograph(40, 40)
    # The picture lies in columns 12 to 36, 24 columns for 40 pixels; the mask begins 6 columns beyond its right side.
    shown = ShownPicture(example(path, window(14, 20), window(42, 45)), 40, (768, 1024), "dim")
    assert shown.size == (40, 40 + 15)
    assert (shown.bare[:, :40] == pixels(path)).all()
    border = np.concatenate([pixels(path)[[0, -1]].reshape(-1, 3), pixels(path)[:, [0, -1]].reshape(-1, 3)]).mean(
        axis=0
    )
    assert np.abs(shown.bare[:, 41:].reshape(-1, 3) - border).max() <= 1
    seen = (shown.under(window(42, 45)) == shown.bare).all(axis=-1)
    assert seen[:, 50:].all()
    assert seen[:, :50].mean() < 0.02


def test_a_picture_that_is_turned_by_exif_is_shown_upright(tmp_path):
    image = Image.new("RGB", (40, 20), "white")
    image.paste("red", (0, 0, 10, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    image.save(tmp_path / "turned.png", exif=exif)
    shown = ShownPicture(example(tmp_path / "turned.png", window(20, 28)), 1, (768, 1024), "blue")
    assert shown.size == (40, 20)
    assert (shown.bare[:10] == [255, 0, 0]).all() and (shown.bare[10:] == 255).all()


def test_a_file_that_has_gone_is_named(photograph):
    path = photograph(30, 60)
    gone = example(path, window(10, 20))
    path.unlink()
    with pytest.raises(InputError, match=r"photo\.png: cannot be read"):
        animate(gone)


@pytest.mark.parametrize("style", ["dim", "outline", "blue"])
def test_animations_and_sheets_of_photographs_have_bounded_sizes_and_the_style_asked_for(photograph, style):
    path = photograph(640, 1200)
    shown = example(path, window(10, 20))
    frame, sheet = animate(shown, style=style)[1], contact_sheet(shown, style=style)
    assert frame.width == 1024 + 32
    assert sheet.width == 2 * (384 * 1200 // 640 + 16) + 16
    drawn = np.asarray(frame)[16 : 16 + 546, 16 : 16 + 1024]
    expected = ShownPicture(shown, 240, (768, 1024), style).under(window(10, 20))
    assert (drawn == expected).all()


def test_a_grey_array_without_a_file_is_shown_in_grey():
    image = np.arange(24 * 48, dtype=np.int64).reshape(READER).astype(np.uint8)
    read = Reading("7", 0.9, np.full(1, 0.9, np.float32), window(10, 20)[None], None, None)
    shown = ShownPicture(ReadExample(image=image, reading=read), 1, (768, 1024), "dim")
    assert (shown.bare == image[..., None]).all()
