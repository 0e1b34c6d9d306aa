"""The synthetic words: the same image for the same number, and boxes that are true."""

import re
import string
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from keras_reader.data.synthetic_words import SPLITS, SyntheticWords
from keras_reader.data.text_rendering import find_fonts
from keras_reader.errors import InputError

CLEAN = SyntheticWords(noise=0.0)


def test_spaces_stand_alone_and_inside_of_a_text():
    texts = [e.true_text for e in SyntheticWords(alphabet="A ", max_length=6, image_size=(40, 90)).examples(range(300))]
    assert all(text == text.strip() and "  " not in text for text in texts)
    assert any(" " in text for text in texts) and {len(text) for text in texts} == set(range(1, 7))
    alone = [e.true_text for e in SyntheticWords(alphabet=" ", max_length=2).examples(range(5))]
    assert set("".join(alone)) == {" "}


@settings(deadline=None)
@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=20), st.integers(0, 2**63 - 1))
def test_an_image_depends_on_seed_and_index_alone(indices, seed):
    words = SyntheticWords(seed=seed)
    images, texts, boxes = words.batch(indices)
    for k, index in enumerate(indices):
        alone = SyntheticWords(seed=seed).example(index)
        np.testing.assert_array_equal(images[k], alone.image)
        assert texts[k] == alone.text
        np.testing.assert_array_equal(boxes[k], alone.boxes)


@settings(deadline=None)
@given(st.integers(0, 100_000), st.integers(0, 2**63 - 1), st.sampled_from(SPLITS))
def test_the_letters_task_is_drawn_as_it_always_was(index, seed, split):
    """The images of all figures, drawn a second time by independent code. They must not change by a single bit."""
    random = np.random.Generator(np.random.Philox(key=(seed, SPLITS.index(split)), counter=(0, 0, index, 0)))
    length, _, _, top, left, *letters = random.random(9)
    word = "".join(string.ascii_uppercase[int(u * 26)] for u in letters[: 1 + int(length * 4)])
    ink = Image.new("L", (80, 40))
    ImageDraw.Draw(ink).text((10, 10), word, fill=255, font=ImageFont.load_default(14))
    levels = np.asarray(ink.crop(ink.getbbox()), np.float32)
    height, width = levels.shape
    assume(width <= 38)  # what is wider is drawn smaller
    top, left = 1 + int(top * (39 - height)), 1 + int(left * (39 - width))
    expected = random.standard_normal((40, 40), np.float32) * np.float32(25.5)
    expected[top : top + height, left : left + width] += levels * np.float32(128 / 255)
    drawn = SyntheticWords(seed=seed, split=split).example(index)
    image, text = drawn.image, drawn.text
    assert text == word
    np.testing.assert_array_equal(image, np.clip(np.rint(expected), 0, 255))


def test_seeds_and_splits_give_other_images():
    base = SyntheticWords().batch(range(50))[0]
    for other in (SyntheticWords(seed=1), SyntheticWords(split="validation"), SyntheticWords(split="test")):
        assert not any(np.array_equal(a, b) for a in base for b in other.batch(range(50))[0])


@settings(deadline=None)
@given(st.integers(0, 100_000))
def test_the_text_is_what_pillow_draws(index):
    drawn = replace(CLEAN, font_size=(9, 9)).example(index)
    image, text, boxes = drawn.image, drawn.text, drawn.boxes
    font = ImageFont.load_default(9)
    left, top = boxes[:, :2].min(axis=0)
    ink = Image.new("L", (80, 40))
    ImageDraw.Draw(ink).text((10, 10), text, fill=128, font=font)
    drawn = np.asarray(ink.crop(ink.getbbox()))
    height, width = drawn.shape
    np.testing.assert_allclose(image[top : top + height, left : left + width].astype(int), drawn, atol=1)
    assert image.astype(int).sum() == pytest.approx(drawn.astype(int).sum(), abs=drawn.size)


@settings(deadline=None)
@given(st.integers(0, 100_000))
def test_boxes_hold_all_the_ink_and_no_empty_border(index):
    drawn = CLEAN.example(index)
    image, text, boxes = drawn.image, drawn.text, drawn.boxes
    assert len(boxes) == len(text)
    covered = np.zeros(image.shape, bool)
    for left, top, right, bottom in boxes:
        covered[top:bottom, left:right] = True
        inside = image[top:bottom, left:right]
        assert inside[0].any() and inside[-1].any() and inside[:, 0].any() and inside[:, -1].any()
    assert not image[~covered].any()


def test_the_defaults_are_one_to_four_capitals_anywhere_within_the_margin():
    words = SyntheticWords()
    images, texts, boxes = words.batch(range(5000))
    assert images.shape == (5000, 40, 40) and images.dtype == np.uint8
    lengths = np.bincount([len(text) for text in texts], minlength=5)[1:] / 5000
    np.testing.assert_allclose(lengths, 0.25, atol=0.03)
    letters = np.bincount([ord(c) - ord("A") for text in texts for c in text], minlength=26)
    np.testing.assert_allclose(letters / letters.sum(), 1 / 26, atol=0.01)
    edges = np.array([[box[:, 0].min(), box[:, 1].min(), box[:, 2].max(), box[:, 3].max()] for box in boxes])
    np.testing.assert_array_equal(edges.min(axis=0)[:2], [1, 1])
    np.testing.assert_array_equal(edges.max(axis=0)[2:], [39, 39])
    assert replace(CLEAN, alphabet="I").batch(range(200))[0].max() <= 128


def test_noise_is_gaussian_of_the_stated_strength():
    images = replace(SyntheticWords(clip=False), intensity=0).batch(range(500))[0]
    assert images.dtype == np.float32
    assert images.std() == pytest.approx(25.5, rel=0.01)
    assert images.mean() == pytest.approx(0, abs=0.1)


def test_clipping_rounds_the_unclipped_image():
    clipped = SyntheticWords(seed=3).example(5).image
    unclipped = SyntheticWords(seed=3, clip=False).example(5).image
    np.testing.assert_array_equal(clipped, np.clip(np.rint(unclipped), 0, 255))


def test_words_too_wide_are_drawn_smaller():
    words = SyntheticWords(noise=0.0, min_length=4, alphabet="W", font_size=(30, 30))
    drawn = words.example(0)
    text, boxes = drawn.text, drawn.boxes
    assert text == "WWWW"
    assert boxes[:, 2].max() - boxes[:, 0].min() <= 38


def test_words_that_cannot_fit_are_an_error():
    with pytest.raises(InputError, match="does not fit an image of 40x40"):
        SyntheticWords(min_length=30, max_length=30).example(0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"noise": -1},
        {"noise": float("nan")},
        {"noise": (0.2, 0.1)},
        {"intensity": 256},
        {"intensity": (100, 50)},
        {"min_length": 5},
        {"margin": 20},
        {"font_size": (9, 8)},
        {"background": -1},
        {"background": 256},
        {"strokes": -1},
        {"stroke_length": -1},
        {"stroke_length": float("inf")},
        {"fragments": -1},
        {"polarity": "odd"},
        {"seed": -1},
        {"split": "dev"},
    ],
)
def test_a_value_out_of_range_is_named(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(InputError, match=re.escape(f"{name}={value!r}")):
        SyntheticWords(**wrong)


def test_characters_that_come_twice_are_an_error():
    with pytest.raises(InputError, match="'A'"):
        SyntheticWords(alphabet="AA")


def test_a_file_that_is_no_font_is_named(tmp_path):
    (tmp_path / "x.ttf").write_text("not a font")
    with pytest.raises(InputError, match=r"x\.ttf"):
        SyntheticWords(fonts=find_fonts([tmp_path]))


def test_a_folder_without_fonts_is_named(tmp_path):
    with pytest.raises(InputError, match="no font in this folder"):
        find_fonts([tmp_path])
