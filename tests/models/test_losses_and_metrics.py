"""The masked loss and the metrics, by value."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import keras_reader as kr
from keras_reader.evaluation.edit_distance import levenshtein
from keras_reader.evaluation.mask_metrics import centres

END = 3  # classes A, B, C and the terminator
STEPS = 5


def sure(ids, classes=4):
    """Logits that give `ids` with all but certainty."""
    return 50.0 * np.eye(classes, dtype="float32")[np.asarray(ids)]


def word_accuracy(true, read):
    metric = kr.WholeWordAccuracy(END)
    metric.update_state(np.asarray(true), sure(read))
    return float(metric.result())


def error_rate(true, read):
    metric = kr.CharacterErrorRate(END)
    metric.update_state(np.asarray(true), sure(read))
    return float(metric.result())


def text(ids):
    return list(ids[: ids.index(END)]) if END in ids else list(ids)


def test_what_comes_after_the_terminator_costs_nothing():
    loss = kr.MaskedCrossEntropy(END)
    true = np.array([[0, 1, END, END, END]])
    assert float(loss(true, sure([[0, 1, END, 2, 0]]))) == pytest.approx(0, abs=1e-6)


def test_a_terminator_in_mid_word_ends_it_and_what_follows_costs_nothing():
    loss = kr.MaskedCrossEntropy(END)
    logits = np.random.default_rng(0).normal(size=(1, STEPS, 4)).astype("float32")
    assert float(loss(np.array([[0, END, 1, 2, END]]), logits)) == pytest.approx(
        float(loss(np.array([[0, END, 2, 0, 1]]), logits))
    )


def test_padding_after_the_terminator_may_be_any_number():
    loss = kr.MaskedCrossEntropy(END)
    logits = np.random.default_rng(0).normal(size=(1, STEPS, 4)).astype("float32")
    assert float(loss(np.array([[0, END, -1, -1, -1]]), logits)) == pytest.approx(
        float(loss(np.array([[0, END, END, END, END]]), logits))
    )


def test_an_empty_word_counts_its_terminator_alone():
    uniform = np.zeros((1, STEPS, 4), "float32")
    true = np.full((1, STEPS), END)
    assert float(kr.MaskedCrossEntropy(END)(true, uniform)) == pytest.approx(np.log(4))
    assert float(kr.MaskedCrossEntropy(END, average="all")(true, uniform)) == pytest.approx(np.log(4) / STEPS)


def test_a_full_length_word_counts_every_step():
    uniform = np.zeros((1, STEPS, 4), "float32")
    true = np.array([[0, 1, 2, 0, END]])
    assert float(kr.MaskedCrossEntropy(END)(true, uniform)) == pytest.approx(np.log(4))
    assert float(kr.MaskedCrossEntropy(END, average="all")(true, uniform)) == pytest.approx(np.log(4))


def test_the_average_is_over_all_steps_that_count_in_the_batch():
    logits = np.random.default_rng(1).normal(size=(2, STEPS, 4)).astype("float32")
    true = np.array([[END] * 5, [0, 1, 2, 0, END]])
    log_probability = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    counted = [log_probability[0, 0, END], *(log_probability[1, t, true[1, t]] for t in range(STEPS))]
    assert float(kr.MaskedCrossEntropy(END)(true, logits)) == pytest.approx(-np.mean(counted), abs=1e-6)


def test_the_order_of_a_batch_changes_nothing():
    random = np.random.default_rng(2)
    logits = random.normal(size=(8, STEPS, 4)).astype("float32")
    true = random.integers(0, 4, (8, STEPS))
    order = random.permutation(8)
    loss = kr.MaskedCrossEntropy(END)
    assert float(loss(true, logits)) == pytest.approx(float(loss(true[order], logits[order])), rel=1e-6)


@pytest.mark.parametrize(
    ("true", "read", "accuracy"),
    [
        ([[0, 1, END, END, END]], [[0, 1, END, 2, 2]], 1.0),
        ([[0, 1, END, END, END]], [[0, 1, 2, END, END]], 0.0),
        ([[0, 1, END, END, END]], [[0, END, END, END, END]], 0.0),
        ([[END] * 5], [[END, 0, 1, 2, 0]], 1.0),
        ([[END] * 5], [[0, END, END, END, END]], 0.0),
        ([[0, 1, 2, 0, END]], [[0, 1, 2, 0, END]], 1.0),
        ([[0, 1, 2, 0, END]], [[0, 1, 2, 0, 1]], 0.0),
        ([[0, END, 1, 1, END]], [[0, END, 2, 2, 2]], 1.0),
        ([[0, END, 0, 0, 0], [1, END, 0, 0, 0]], [[0, END, 0, 0, 0], [2, END, 0, 0, 0]], 0.5),
    ],
)
def test_whole_word_accuracy(true, read, accuracy):
    assert word_accuracy(true, read) == accuracy


@pytest.mark.parametrize(
    ("true", "read", "rate"),
    [
        ([[0, 1, 2, 0, END]], [[0, 1, 2, 0, END]], 0.0),
        ([[0, 1, 2, 0, END]], [[1, 2, 0, END, 0]], 0.25),
        ([[0, 1, END, END, END]], [[END, 0, 1, 0, 1]], 1.0),
        ([[0, END, 2, 2, END]], [[0, END, 1, 1, 1]], 0.0),
        ([[END] * 5, [0, 1, END, END, END]], [[2, END, END, END, END], [0, 1, END, END, END]], 0.5),
        ([[0, 1, 2, 0, END]], [[0, 1, 2, 0, 1]], 0.25),
    ],
)
def test_character_error_rate(true, read, rate):
    assert error_rate(true, read) == pytest.approx(rate)


words = st.lists(st.lists(st.integers(0, END), min_size=STEPS, max_size=STEPS), min_size=6, max_size=6)


@given(words, words)
def test_character_error_rate_is_levenshteins_distance(true, read):
    characters = sum(len(text(ids)) for ids in true)
    distance = sum(levenshtein(text(t), text(r)) for t, r in zip(true, read, strict=True))
    if characters:
        assert error_rate(true, read) == pytest.approx(distance / characters, rel=1e-5)


@given(words, words)
def test_whole_word_accuracy_is_equality_of_the_decoded_texts(true, read):
    # A word without a terminator is right only if no step is wrong, as decoding it would show.
    right = np.mean([text(t) == text(r) for t, r in zip(true, read, strict=True)])
    assert word_accuracy(true, read) == pytest.approx(right)


@pytest.mark.parametrize(
    "thing",
    [kr.MaskedCrossEntropy(7, average="all"), kr.PointingLoss(), kr.WholeWordAccuracy(7), kr.CharacterErrorRate(7)],
)
def test_round_trip_of_the_configuration(thing):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(thing))
    assert type(again) is type(thing)
    assert again.get_config() == thing.get_config()


@given(st.integers(0, 2**32 - 1))
def test_pointing_loss_is_the_mean_distance_of_the_centres_of_mass_where_the_place_is_known(seed):
    random = np.random.default_rng(seed)
    masks = random.random((3, 4, 6, 8)).astype(np.float32)
    places = random.uniform(0, 8, (3, 4, 2)).astype(np.float32)
    places[random.random((3, 4)) < 0.4] = np.nan
    distances = np.linalg.norm(centres(masks.reshape(12, 6, 8)) - places.reshape(12, 2), axis=1)
    expected = np.sqrt(distances**2 + 1) - 1
    expected = 0 if np.isnan(expected).all() else np.nanmean(expected)
    assert float(kr.PointingLoss()(places, masks)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("place", [np.nan, 2.0])
def test_pointing_loss_of_an_unknown_place_or_an_empty_mask_has_a_gradient(place):
    image = keras.Input((2, 4, 4))
    dense = keras.layers.Dense(4, kernel_initializer="zeros")  # gives empty masks
    model = keras.Model(image, dense(image))
    model.compile("sgd", kr.PointingLoss())
    assert np.isfinite(model.train_on_batch(np.ones((1, 2, 4, 4)), np.full((1, 2, 2), place, np.float32)))
    assert all(np.isfinite(weight).all() for weight in dense.get_weights())
