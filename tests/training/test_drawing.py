"""What training draws: labelled pictures that are changed at random, and words mixed in among them."""

import subprocess
import sys

import numpy as np
import pytest

from keras_reader.alphabet import Alphabet
from keras_reader.data.augmentation import AUGMENTATIONS
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.training.drawing import DrawLabelled, DrawMixed, augmented
from tests.helpers import ROOT

ALPHABET = Alphabet("ABC")
DECODING_STEPS = 4
SIZE = (24, 48)


def pictures(count=7):
    """Picture i has the level i, so that each can be told from the others."""
    return np.arange(count, dtype=np.uint8)[:, None, None] * np.ones((count, *SIZE), np.uint8)


def labelled(augment="none", seed=0, warmup=0):
    texts = ["A", "AB", "ABC", "B", "BC", "C", "CA"]
    return DrawLabelled(pictures(), texts, ALPHABET, DECODING_STEPS, AUGMENTATIONS[augment], seed, warmup)


def mixed(share, seed=0, augment="none", draw=None, warmup=0):
    words = SyntheticWords(
        alphabet="ABC", max_length=3, min_length=1, image_size=SIZE, intensity=255, noise=0, polarity="light"
    )
    backgrounds = np.full((2, *SIZE), 128, np.uint8)
    draw = draw or labelled(augment, seed, warmup)
    return DrawMixed(draw, share, words, backgrounds, DECODING_STEPS, AUGMENTATIONS[augment], seed, warmup)


def is_word(images):
    """The labelled pictures here are nearly black."""
    return images.reshape(len(images), -1).mean(axis=1) > 0.2


def test_without_augmentation_pictures_are_drawn_as_they_are_with_their_own_texts():
    images, ids = labelled()(0, 7)
    assert sorted(images[:, 0, 0] * 255) == pytest.approx(range(7))
    for image, row in zip(images, ids, strict=True):
        number = round(float(image[0, 0]) * 255)
        assert ALPHABET.decode(row) == ["A", "AB", "ABC", "B", "BC", "C", "CA"][number]


def test_each_round_shows_every_picture_once_in_another_order():
    levels = np.rint(labelled()(0, 70)[0][:, 0, 0] * 255).astype(int).reshape(10, 7)
    assert (np.sort(levels, axis=1) == np.arange(7)).all()
    assert len({tuple(order) for order in levels}) > 5


@pytest.mark.parametrize(
    "draw",
    [
        labelled("strong"),
        labelled("strong", warmup=16),
        mixed(0.5, augment="strong"),
        mixed(0.5, augment="strong", warmup=16),
    ],
    ids=["labelled", "labelled, warming up", "mixed", "mixed, warming up"],
)
def test_an_example_is_the_same_whatever_the_batch(draw):
    images, ids = draw(0, 24)
    for start, stop in ((0, 1), (5, 13), (23, 24)):
        again, ids_again = draw(start, stop)
        np.testing.assert_array_equal(again, images[start:stop])
        np.testing.assert_array_equal(ids_again, ids[start:stop])


def test_another_seed_changes_pictures_in_another_way():
    images = pictures() + 90
    first, again, other = (augmented(images, AUGMENTATIONS["strong"], seed, 0) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.02
    np.testing.assert_array_equal(augmented(images, None, 0, 0), images.astype(np.float32) / 255)


@pytest.mark.parametrize("share", [0, 1], ids=["pictures", "words"])
def test_changes_grow_from_nothing_to_their_full_strength(share):
    plain, full, warming = (
        mixed(share, augment=augment, warmup=warmup)(0, 300)[0]
        for augment, warmup in (("none", 0), ("strong", 0), ("strong", 200))
    )
    # As many levels as Pillow loses by cutting interpolated ones.
    np.testing.assert_allclose(warming[0], plain[0], atol=1.01 / 255)
    np.testing.assert_array_equal(warming[200:], full[200:])
    change = np.abs(warming - plain).mean(axis=(1, 2))
    assert 0 < change[1:50].mean() < 0.7 * change[50:150].mean() < change[200:].mean()


@pytest.mark.parametrize("share", [0, 0.3, 1])
def test_the_share_of_words_is_what_was_asked_for(share):
    images, _ = mixed(share)(0, 400)
    assert is_word(images).mean() == pytest.approx(share, abs=0.07)


def test_the_ids_of_a_word_are_those_of_the_text_that_is_drawn():
    draw = mixed(1)
    _, ids = draw(0, 20)
    assert [ALPHABET.decode(row) for row in ids] == [draw.words.example(i).true_text for i in range(20)]
    assert len({ALPHABET.decode(row) for row in ids}) > 5


def test_words_are_drawn_on_the_backgrounds_and_are_darker_or_lighter_than_they_are():
    images, _ = mixed(1)(0, 60)
    assert (np.abs(images - 128 / 255) < 1e-6).mean() > 0.5
    darker = [(image < 0.3).any() for image in images]
    assert 0.2 < np.mean(darker) < 0.8
    assert all((np.abs(image - 128 / 255) > 0.2).any() for image in images)


def test_the_other_examples_are_those_that_would_be_drawn_without_words():
    draw = labelled()
    images, ids = mixed(0.5)(0, 60)
    plain, plain_ids = draw(0, 60)
    kept = ~is_word(images)
    assert kept.any()
    np.testing.assert_array_equal(images[kept], plain[kept])
    np.testing.assert_array_equal(ids[kept], plain_ids[kept])


def test_which_examples_are_words_depends_on_the_seed():
    first, again, other = (is_word(mixed(0.5, seed)(0, 60)[0]) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_what_draws_imports_no_network_library_so_that_processes_that_draw_start_and_end_at_once():
    code = (
        "import sys, keras_reader.training.drawing; print({'keras', 'tensorflow', 'torch', 'jax'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ran.stdout == "set()\n", ran.stderr
