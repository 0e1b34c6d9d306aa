"""Images without text among the training examples: how many, which, and that nothing else changes."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_reader.data.negatives import negative_image
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.training.drawing import DrawWords, WithNegatives
from tests.helpers.drawing import check_alike_in_any_batch

WORDS = DrawWords(SyntheticWords(alphabet="ABCD", max_length=2, image_size=(20, 28)), decoding_steps=3)
TERMINATOR = 4
MIXED = WithNegatives(WORDS, 0.25, TERMINATOR, seed=0)


def replaced(start, stop):
    images, ids = MIXED(start, stop)
    words, word_ids = WORDS(start, stop)
    return np.array([not np.array_equal(a, b) for a, b in zip(images, words, strict=True)]), ids, word_ids


def test_the_share_of_negatives_is_as_asked_and_they_alone_are_empty():
    negative, ids, word_ids = replaced(0, 2000)
    assert negative.mean() == pytest.approx(0.25, abs=0.04)
    assert (ids[negative] == TERMINATOR).all()
    np.testing.assert_array_equal(ids[~negative], word_ids[~negative])


@given(st.integers(0, 10_000), st.integers(1, 9))
def test_an_example_is_the_same_whatever_batch_it_is_in(start, count):
    check_alike_in_any_batch(MIXED, start, count)


def test_another_seed_makes_other_examples_negative():
    other = WithNegatives(WORDS, 0.25, TERMINATOR, seed=1)
    assert not np.array_equal(MIXED(0, 200)[1], other(0, 200)[1])


def test_what_draws_negatives_can_be_sent_to_another_process():
    images, ids = pickle.loads(pickle.dumps(MIXED))(0, 50)
    np.testing.assert_array_equal(images, MIXED(0, 50)[0])
    np.testing.assert_array_equal(ids, MIXED(0, 50)[1])


@given(st.integers(0, 2**32), st.tuples(st.integers(1, 50), st.integers(1, 50)))
def test_negatives_are_images(seed, image_size):
    image = negative_image(np.random.default_rng(seed), image_size)
    assert image.shape == image_size
    assert image.dtype == np.float32
    assert 0 <= image.min() <= image.max() <= 1
    assert np.isfinite(image).all()


def test_negatives_are_of_all_brightnesses_and_contrasts():
    random = np.random.default_rng(0)
    images = np.stack([negative_image(random, (40, 40)) for _ in range(500)])
    means, contrasts = images.mean(axis=(1, 2)), images.std(axis=(1, 2))
    assert np.quantile(means, 0.05) < 0.15 < 0.85 < np.quantile(means, 0.95)
    assert np.quantile(contrasts, 0.05) < 0.1 < 0.25 < np.quantile(contrasts, 0.95)


def test_a_negative_has_no_character_to_look_at_and_the_other_examples_keep_theirs():
    words = DrawWords(WORDS.words, decoding_steps=3, centres=True)
    _, plain = words(0, 300)
    images, labels = WithNegatives(words, 0.25, TERMINATOR, seed=0)(0, 300)
    assert isinstance(labels, dict) and isinstance(plain, dict)
    np.testing.assert_array_equal(images, MIXED(0, 300)[0])
    np.testing.assert_array_equal(labels["logits"], MIXED(0, 300)[1])
    empty = (labels["logits"] == TERMINATOR).all(axis=1)
    assert np.isnan(labels["masks"][empty]).all()
    np.testing.assert_array_equal(labels["masks"][~empty], plain["masks"][~empty])
    assert 0.15 < empty.mean() < 0.35
