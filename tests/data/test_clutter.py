"""Clutter: what each option adds to an image, and that it adds nothing else."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_reader.data.clutter import FRAGMENT_DRAWS, add_fragment, add_strokes, background_draws, smooth_backgrounds
from keras_reader.data.synthetic_words import STRONG_CLUTTER, SyntheticWords

BARE = SyntheticWords(noise=0.0, clip=False)
BLANK = replace(BARE, intensity=0)

ranges = st.tuples(st.integers(0, 255), st.integers(0, 255)).map(lambda pair: tuple(sorted(pair)))
looks = st.fixed_dictionaries(
    {
        "background": st.integers(0, 255),
        "strokes": st.integers(0, 4),
        "stroke_length": st.floats(0, 60),
        "fragments": st.integers(0, 4),
        "polarity": st.sampled_from(["light", "dark", "both"]),
        "intensity": st.integers(0, 255) | ranges,
        "noise": st.floats(0, 0.5) | st.tuples(st.floats(0, 0.1), st.floats(0.1, 0.5)),
        "image_size": st.sampled_from([(40, 40), (17, 60), (50, 31)]),
        "min_length": st.integers(0, 4),
        "clip": st.booleans(),
        "seed": st.integers(0, 2**63 - 1),
    }
)


@settings(deadline=None)
@given(looks, st.lists(st.integers(0, 10_000), min_size=1, max_size=5))
def test_a_cluttered_image_depends_on_its_options_and_index_alone(options, indices):
    words = SyntheticWords(**options)
    images, texts, boxes = words.batch(indices)
    backgrounds = words.backgrounds(indices)
    assert images.shape == backgrounds.shape == (len(indices), *words.image_size)
    assert images.dtype == backgrounds.dtype == (np.uint8 if words.clip else np.float32)
    assert np.isfinite(images).all()
    copy = pickle.loads(pickle.dumps(words))
    for k, index in enumerate(indices):
        alone = copy.example(index)
        np.testing.assert_array_equal(images[k], alone.image)
        np.testing.assert_array_equal(backgrounds[k], copy.backgrounds([index])[0])
        assert texts[k] == alone.text
        np.testing.assert_array_equal(boxes[k], alone.boxes)


@settings(deadline=None)
@given(looks)
def test_clutter_changes_neither_texts_nor_boxes(options):
    words = SyntheticWords(**options)
    plain = SyntheticWords(image_size=words.image_size, min_length=words.min_length, seed=words.seed)
    _, texts, boxes = words.batch(range(3))
    _, plain_texts, plain_boxes = plain.batch(range(3))
    assert texts == plain_texts
    for box, plain_box in zip(boxes, plain_boxes, strict=True):
        np.testing.assert_array_equal(box, plain_box)


@settings(deadline=None)
@given(looks)
def test_an_image_without_noise_is_its_background_and_its_word(options):
    words = SyntheticWords(**options | {"noise": 0.0, "clip": False, "intensity": 110})
    sign = 1 if words.polarity == "light" else -1
    added = sign * (words.batch(range(4))[0] - words.backgrounds(range(4)))
    if words.polarity == "both":
        added = np.abs(added)
    word = SyntheticWords(
        image_size=words.image_size, min_length=words.min_length, seed=words.seed, noise=0.0, clip=False, intensity=110
    )
    np.testing.assert_allclose(added, word.batch(range(4))[0], atol=1e-3)


def test_the_text_stands_out_from_its_surroundings_by_the_intensity():
    words = SyntheticWords(**STRONG_CLUTTER, clip=False)
    ink = replace(BARE, intensity=255).batch(range(500))[0] / 255
    above = words.batch(range(500))[0] - words.backgrounds(range(500))
    assert (above * ink).sum() / (ink * ink).sum() == pytest.approx(110, abs=1)


def test_the_noise_of_a_background_is_fresh_and_as_strong():
    words = SyntheticWords(clip=False, intensity=0, noise=(0.0, 0.2))
    images, backgrounds = words.batch(range(300))[0], words.backgrounds(range(300))
    assert abs(np.corrcoef(images.ravel(), backgrounds.ravel())[0, 1]) < 0.01
    # Nor are they the same numbers, shifted.
    assert np.isin(images[0], backgrounds[0]).mean() < 0.01
    np.testing.assert_allclose(images.std(axis=(1, 2)), backgrounds.std(axis=(1, 2)), rtol=0.15, atol=0.1)


def test_noise_and_intensity_of_a_range_are_uniform_over_the_images():
    noise = replace(BLANK, noise=(0.1, 0.3)).batch(range(600))[0].std(axis=(1, 2)) / 255
    assert noise.min() == pytest.approx(0.1, abs=0.01) and noise.max() == pytest.approx(0.3, abs=0.02)
    assert noise.mean() == pytest.approx(0.2, abs=0.01)
    brightest = replace(BARE, intensity=(50, 200)).batch(range(600))[0].max(axis=(1, 2))
    full = replace(BARE, intensity=255).batch(range(600))[0].max(axis=(1, 2)) / 255
    intensity = brightest / full
    assert 50 <= intensity.min() < 55 and 195 < intensity.max() <= 200.01
    assert intensity.mean() == pytest.approx(125, abs=5)


def test_a_smooth_background_fills_its_range_and_is_smooth():
    images = replace(BLANK, background=110).batch(range(1000))[0]
    assert 0 <= images.min() < 2 and 108 < images.max() <= 110.001
    assert images.mean() == pytest.approx(55, abs=2)
    # Nodes lie 28 pixels apart, and the fade curve is at most 1.5 times as steep as a straight line.
    steepest = 110 * 1.5 / 28
    assert np.abs(np.diff(images, axis=1)).max() <= steepest and np.abs(np.diff(images, axis=2)).max() <= steepest


def test_a_smooth_background_takes_the_values_of_its_nodes():
    size, spacing = (20, 30), 10
    random = np.random.default_rng(0).random((1, background_draws(size, spacing)))
    random[0, :2] = 0.05  # half a pixel: then the first pixel lies a whole pixel beyond a node
    field = smooth_backgrounds(random, size, spacing)[0]
    nodes = random[0, 2:].reshape(4, 5)
    np.testing.assert_allclose(field[9::10, 9::10], nodes[1:3, 1:4], atol=1e-6)
    np.testing.assert_allclose(field[14, 9], (nodes[1, 1] + nodes[2, 1]) / 2, atol=1e-6)


def test_a_stroke_is_where_its_numbers_say():
    image = np.zeros((1, 21, 41), np.float32)
    middle, along, level = 0.5, 0.0, 1.0
    add_strokes(image, np.array([[[middle, middle, along, 0.8, level]]]), np.array([100.0]), longest=10)
    expected = np.zeros((21, 41))
    expected[10, 16:25] = 100  # from 20.5 - 4 to 20.5 + 4, pixel centres included
    np.testing.assert_allclose(image[0], expected, atol=1e-3)
    add_strokes(image, np.array([[[middle, middle, 0.5, 1.0, 0.0]]]), np.array([100.0]), longest=10)
    expected[5:16, 20] = np.maximum(expected[5:16, 20], 50)  # upright, half as bright, behind the other
    np.testing.assert_allclose(image[0], expected, atol=1e-3)


def test_strokes_are_as_many_long_and_bright_as_asked_for():
    words = replace(BARE, alphabet=" ", intensity=100, stroke_length=12)
    one = replace(words, strokes=1).batch(range(2000))[0]
    shown = [np.nonzero(image > 1) for image in one if image.any()]
    extents = np.array([np.hypot(np.ptp(rows), np.ptp(columns)) for rows, columns in shown])
    assert 9 < extents.max() <= 12 + 2 * np.sqrt(2)
    assert one.max() == pytest.approx(100, abs=2) and one.max(axis=(1, 2)).mean() < 80
    # Few strokes overlap: three show nearly three times as much.
    three = replace(words, strokes=3).batch(range(2000))[0]
    assert three.sum() / one.sum() == pytest.approx(3, rel=0.06)


@settings(deadline=None)
@given(
    st.lists(st.floats(0, 1, exclude_max=True), min_size=FRAGMENT_DRAWS, max_size=FRAGMENT_DRAWS),
    st.tuples(st.integers(2, 30), st.integers(1, 50)),
)
def test_a_fragment_is_at_most_half_as_high_as_its_letter_and_off_the_word(random, shape):
    image = np.zeros((40, 40), np.float32)
    add_fragment(image, random, np.full(shape, 255, np.float32), 100, keep_off=(10, 15, 30, 25))
    assert not image[15:25, 10:30].any()
    rows, columns = np.nonzero(image)
    if len(rows):
        assert np.ptp(rows) + 1 <= shape[0] // 2
        assert np.ptp(columns) + 1 <= shape[1]
        assert 50 <= image[image > 0].min() == image.max() <= 100


def test_fragments_without_room_are_left_out():
    image = np.zeros((40, 40), np.float32)
    add_fragment(image, [0.5] * FRAGMENT_DRAWS, np.full((8, 8), 255, np.float32), 100, keep_off=(0, 0, 40, 40))
    assert not image.any()


def test_fragments_lie_off_the_word_and_are_pieces_of_letters():
    words = replace(BARE, fragments=5)
    with_fragments, _, boxes = words.batch(range(300))
    fragments = with_fragments - BARE.batch(range(300))[0]
    counts = []
    for image, box in zip(fragments, boxes, strict=True):
        left, top, right, bottom = [*(box[:, :2].min(axis=0) - 2).clip(0), *(box[:, 2:].max(axis=0) + 2)]
        assert not image[top:bottom, left:right].any()
        counts.append(np.count_nonzero(image))
    assert fragments.min() >= 0 and 64 < fragments.max() <= 128
    assert np.count_nonzero(counts) >= 299 and 20 < np.mean(counts) < 100


@settings(deadline=None)
@given(looks)
def test_dark_text_is_light_text_inverted(options):
    light, dark, both = (SyntheticWords(**options | {"polarity": name}) for name in ("light", "dark", "both"))
    np.testing.assert_array_equal(dark.batch(range(4))[0], 255 - light.batch(range(4))[0])
    np.testing.assert_array_equal(dark.backgrounds(range(4)), 255 - light.backgrounds(range(4)))
    for image, *choices in zip(*(words.batch(range(4))[0] for words in (both, light, dark)), strict=True):
        assert any(np.array_equal(image, choice) for choice in choices)


def test_both_polarities_are_equally_likely():
    dark = SyntheticWords(polarity="both").batch(range(1000))[0].mean(axis=(1, 2)) > 127
    assert dark.mean() == pytest.approx(0.5, abs=0.05)


def test_an_option_leaves_what_the_others_draw_as_it_was():
    background = replace(BLANK, background=100).batch(range(20))[0]
    strokes = replace(BARE, strokes=3).batch(range(20))[0]
    both = replace(BARE, background=100, strokes=3).batch(range(20))[0]
    np.testing.assert_allclose(both, background + strokes, atol=1e-3)


def test_clutter_as_strong_as_can_be_is_clipped_not_wrapped_round():
    words = SyntheticWords(background=255, strokes=20, fragments=20, intensity=255, noise=1.0)
    unclipped = replace(words, clip=False).batch(range(10))[0]
    assert unclipped.min() < -200 and unclipped.max() > 500
    np.testing.assert_array_equal(words.batch(range(10))[0], np.clip(np.rint(unclipped), 0, 255))
