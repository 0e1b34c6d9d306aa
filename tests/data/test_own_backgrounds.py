"""Backgrounds made of the user's pictures: the text goes, the background stays; words on them can be read."""

import numpy as np
import pytest

from keras_reader.data.own_backgrounds import without_text, write_on
from keras_reader.data.text_rendering import render_text


def word(height=40, width=100, size=18):
    levels = render_text("AB12", None, size).levels
    image = np.zeros((height, width), np.float32)
    top, left = (height - levels.shape[0]) // 2, (width - levels.shape[1]) // 2
    image[top : top + levels.shape[0], left : left + levels.shape[1]] = levels
    return np.rint(image).astype(np.uint8)


def test_the_text_is_gone_and_the_rest_of_the_picture_stays():
    background = np.full((40, 100), 200, np.float32)
    cover = word() / 255
    picture = np.rint(background * (1 - cover)).astype(np.uint8)
    bare = without_text(picture, np.random.default_rng(0))
    assert (bare.shape, bare.dtype) == (picture.shape, np.uint8)
    assert picture.min() < 10
    assert bare.min() > 190
    np.testing.assert_array_equal(bare[:8], picture[:8])
    np.testing.assert_array_equal(bare[-8:], picture[-8:])


def test_what_fills_the_text_runs_from_the_level_above_to_that_below():
    rows = np.linspace(120, 240, 40)[:, None] * np.ones((1, 100))
    picture = np.rint(rows * (1 - word() / 255)).astype(np.uint8)
    bare = without_text(picture, np.random.default_rng(0)).astype(float)
    assert np.abs(picture - rows).mean() > 3 * np.abs(bare - rows).mean()
    assert bare.min() > 90


def test_a_picture_of_one_level_stays_as_it_is():
    flat = np.full((20, 30), 9, np.uint8)
    np.testing.assert_array_equal(without_text(flat, np.random.default_rng(0)), flat)


def test_the_same_random_numbers_give_the_same_background():
    noisy = np.random.default_rng(1).integers(0, 256, (24, 60)).astype(np.uint8)
    first, again = (without_text(noisy, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("level", [0, 60, 128, 200, 255])
def test_a_word_stands_out_from_its_background_darker_or_lighter(level):
    background, cover = np.full((40, 100), level, np.uint8), word()
    darker = []
    for seed in range(30):
        written = write_on(background, cover, np.random.default_rng(seed)).astype(int)
        np.testing.assert_array_equal(written[cover == 0], level)
        letters = written[cover == 255]
        assert np.ptp(letters) == 0
        assert abs(letters[0] - level) >= 59
        darker.append(letters[0] < level)
    assert (
        all(darker) if level == 255 else not any(darker) if level == 0 else len(set(darker)) == 2 or level in (60, 200)
    )
