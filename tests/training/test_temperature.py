"""The temperature of a reader's confidences, fitted to simulated validation images."""

import numpy as np
import pytest

from keras_reader.alphabet import Alphabet
from keras_reader.evaluation.calibration import expected_calibration_error
from keras_reader.training.temperature import fit_temperature

ALPHABET = Alphabet("0123456789")
STEPS = 5


def simulated(images, temperature, seed=0, scale=3.0):
    """Logits whose softmax at `temperature` gives the true probabilities of the ids drawn; texts of four characters."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, scale, (images, STEPS, ALPHABET.classes))
    gumbel = random.gumbel(size=logits.shape)
    ids = (logits + gumbel)[..., :-1].argmax(-1).astype(np.int32)
    # The characters are drawn from the softmax without the terminator, which never competes with them.
    logits[..., -1] = -1e3
    ids[:, -1] = ALPHABET.terminator
    logits[:, -1] = -1e3
    logits[:, -1, -1] = 0
    return (logits * temperature).astype(np.float32), ids


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0, 4.0])
def test_a_known_temperature_is_found_again(temperature):
    fitted = fit_temperature(*simulated(4000, temperature), ALPHABET)
    assert fitted.temperature == pytest.approx(temperature, rel=0.05)


def test_overconfidence_and_its_calibration_error_go():
    logits, ids = simulated(3000, 3.0, scale=5.0)
    fitted = fit_temperature(logits, ids, ALPHABET)
    before, after = (expected_calibration_error(values, fitted.right) for values in (fitted.before, fitted.after))
    assert before > 0.2 > 5 * after
    assert 0.01 < fitted.right.mean() < 0.99


def test_images_that_are_all_read_right_do_not_make_every_confidence_one():
    ids = np.tile(np.array([1, 2, 3, 4, ALPHABET.terminator], np.int32), (20, 1))
    logits = np.zeros((20, STEPS, ALPHABET.classes), np.float32)
    np.put_along_axis(logits, ids[..., None], 6, axis=-1)
    fitted = fit_temperature(logits, ids, ALPHABET)
    assert fitted.right.all()
    assert 0.4 < fitted.temperature < 1
    assert fitted.after.mean() < 0.99999


def test_few_images_move_the_temperature_less_than_many():
    few, many = (fit_temperature(*simulated(count, 4.0), ALPHABET).temperature for count in (2, 2000))
    assert 1 < few < many


def test_steps_after_the_terminator_count_for_nothing():
    logits, ids = simulated(200, 2.0)
    ids[:, 2:] = ALPHABET.terminator
    logits[:, 2] = -1e3
    logits[:, 2, -1] = 0
    fitted = fit_temperature(logits, ids, ALPHABET)
    logits[:, 3:] = np.random.default_rng(1).normal(0, 30, logits[:, 3:].shape)
    again = fit_temperature(logits, ids, ALPHABET)
    assert again.temperature == fitted.temperature
    np.testing.assert_array_equal(again.right, fitted.right)
    np.testing.assert_array_equal(again.after, fitted.after)


def test_before_is_the_confidence_at_a_temperature_of_one():
    logits, ids = simulated(5, 1.0)
    fitted = fit_temperature(logits, ids, ALPHABET)
    scores = logits.astype(float)
    probabilities = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    np.testing.assert_allclose(fitted.before, probabilities.max(-1).prod(-1), rtol=1e-9)
