"""Figures of a reader, by value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_reader.evaluation import evaluate, expected_calibration_error, levenshtein
from keras_reader.reading import Reading


def reading(text, confidence):
    return Reading(text, confidence, np.zeros(len(text)), np.zeros((len(text), 2, 2)), None, None)


def test_figures_of_a_few_readings():
    figures = evaluate([(reading("AB", 0.9), "AB"), (reading("A", 0.5), "ABC"), (reading("", 0.2), "")])
    assert figures.images == 3
    assert figures.whole_word_accuracy == pytest.approx(2 / 3)
    assert figures.character_error_rate == pytest.approx(2 / 5)
    assert figures.expected_calibration_error == pytest.approx((0.1 + 0.5 + 0.8) / 3)


def test_calibration_error_of_a_calibrated_reader_is_zero():
    confidence = np.repeat([0.25, 0.75], 100)
    right = np.tile([True, False, False, False], 25).tolist() + np.tile([True, True, True, False], 25).tolist()
    assert expected_calibration_error(confidence, np.array(right)) == pytest.approx(0)


def test_calibration_error_of_a_boaster():
    assert expected_calibration_error(np.ones(10), np.arange(10) < 6) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("a", "b", "distance"), [("", "", 0), ("ABC", "", 3), ("KITTEN", "SITTING", 3), ("AB", "BA", 2)]
)
def test_levenshtein(a, b, distance):
    assert levenshtein(a, b) == distance


@given(st.text("AB", max_size=6), st.text("AB", max_size=6), st.text("AB", max_size=6))
def test_levenshtein_is_a_distance(a, b, c):
    assert levenshtein(a, b) == levenshtein(b, a)
    assert (levenshtein(a, b) == 0) == (a == b)
    assert levenshtein(a, c) <= levenshtein(a, b) + levenshtein(b, c)
