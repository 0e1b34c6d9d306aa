"""Backgrounds from the user's images: which files, which size, and what a bad one does."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from keras_reader.data.backgrounds import crop_background, find_backgrounds, load_backgrounds
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.errors import InputError
from keras_reader.training.dataset import TrainingDataset
from keras_reader.training.drawing import DrawWords

BLANK = SyntheticWords(noise=0.0, intensity=0)


@pytest.fixture
def folder(tmp_path):
    """Images of one level each, and files that are none."""
    (tmp_path / "deeper").mkdir()
    for name, level, size in [("a.png", 255, (50, 60)), ("deeper/b.JPG", 51, (40, 40)), ("c.tif", 102, (300, 200))]:
        Image.new("L", size, level).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("not an image")
    return tmp_path


def test_the_images_of_a_folder_are_found_at_any_depth(folder):
    assert find_backgrounds(folder) == tuple(str(folder / name) for name in ("a.png", "c.tif", "deeper/b.JPG"))


def test_each_image_is_as_likely_and_white_is_the_background(folder):
    words = replace(BLANK, background=100, background_files=find_backgrounds(folder))
    levels = words.batch(range(900))[0]
    np.testing.assert_array_equal(levels.min(axis=(1, 2)), levels.max(axis=(1, 2)))
    values, counts = np.unique(levels[:, 0, 0], return_counts=True)
    np.testing.assert_array_equal(values, [20, 40, 100])
    np.testing.assert_allclose(counts, 300, atol=60)


def test_backgrounds_are_windows_of_the_image_anywhere_in_it(tmp_path):
    # Every window shows where it was cut: levels rise by 1 a column and 100 a row.
    picture = np.arange(2)[:, None] * 100 + np.arange(42)
    Image.fromarray(picture.astype(np.uint8)).save(tmp_path / "x.png")
    words = replace(BLANK, image_size=(1, 40), margin=0, min_length=0, max_length=0, background=255, clip=True)
    words = replace(words, background_files=find_backgrounds(tmp_path))
    images = words.batch(range(300))[0][:, 0].astype(int)
    starts = images[:, 0]
    np.testing.assert_array_equal(images, starts[:, None] + np.arange(40))
    assert set(starts) == {0, 1, 2, 100, 101, 102}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ((40, 40), (40, 40)),
        ((45, 150), (45, 150)),
        ((160, 160), (160, 160)),
        ((20, 10), (80, 40)),  # enlarged until it covers a window
        ((10, 200), (40, 800)),
        ((1600, 1600), (160, 160)),  # shrunk to four windows
        ((3000, 4000), (160, 213)),
    ],
)
def test_images_are_kept_at_one_to_four_windows(tmp_path, given, kept):
    Image.new("L", (given[1], given[0]), 7).save(tmp_path / "x.png")
    (image,) = load_backgrounds((str(tmp_path / "x.png"),), (40, 40))
    assert image.shape == kept and image.dtype == np.uint8 and (image == 7).all()


@settings(deadline=None)
@given(st.tuples(*[st.floats(0, 1, exclude_max=True)] * 3), st.tuples(st.integers(8, 20), st.integers(5, 20)))
def test_a_window_has_the_size_of_the_image(random, size):
    window = crop_background((np.zeros(size, np.uint8), np.zeros((8, 5), np.uint8)), np.array(random), (8, 5))
    assert window.shape == (8, 5)


@pytest.mark.slow
def test_backgrounds_are_the_same_in_other_processes(folder):
    words = SyntheticWords(background=110, background_files=find_backgrounds(folder), polarity="both")
    assert len(pickle.dumps(words)) < 5000  # the files' names, not the images
    draw = DrawWords(words, 5)
    batches = TrainingDataset(draw, 8, 2, processes=1)
    try:
        np.testing.assert_array_equal(batches[1][0][..., 0], draw(8, 16)[0])
    finally:
        batches.close()


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="nowhere: no such folder"):
        find_backgrounds(tmp_path / "nowhere")


def test_a_folder_without_images_is_named(tmp_path):
    (tmp_path / "notes.txt").write_text("not an image")
    with pytest.raises(InputError, match=f"{tmp_path}: no image in this folder"):
        find_backgrounds(tmp_path)


def test_an_image_that_cannot_be_read_is_named(folder):
    (folder / "broken.png").write_bytes(b"no image")
    with pytest.raises(InputError, match=r"broken\.png: not an image"):
        SyntheticWords(background=110, background_files=find_backgrounds(folder))


def test_backgrounds_that_would_not_show_are_an_error(folder):
    with pytest.raises(InputError, match="background > 0 to show images in, got background=0"):
        SyntheticWords(background_files=find_backgrounds(folder))
