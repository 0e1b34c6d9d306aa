"""Figures of a reader, by value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_reader.evaluation import evaluate, expected_calibration_error, levenshtein, points_at
from keras_reader.reading import Reading


def reading(text, confidence):
    return Reading(text, confidence, np.zeros(len(text)), np.zeros((len(text), 2, 2)), None, None)


def test_figures_of_a_few_readings():
    figures = evaluate(
        [(reading("AB", 0.9), "AB", None), (reading("A", 0.5), "ABC", None), (reading("", 0.2), "", None)]
    )
    assert figures.images == 3
    assert figures.whole_word_accuracy == pytest.approx(2 / 3)
    assert figures.character_error_rate == pytest.approx(2 / 5)
    assert figures.expected_calibration_error == pytest.approx((0.1 + 0.5 + 0.8) / 3)
    assert figures.pointing is None


def square(left, top, right, bottom):
    mask = np.zeros((12, 16))
    mask[top:bottom, left:right] = 0.5
    return mask


@pytest.mark.parametrize(
    ("mask", "hit"),
    [
        (square(4, 2, 8, 6), True),  # the box itself
        (square(0, 0, 12, 8), True),  # centre (6, 4), as the box's
        (square(8, 2, 10, 6), True),  # centre (9, 4), just within the slack
        (square(9, 2, 10, 6), False),  # centre (9.5, 4)
        (square(4, 7, 8, 8), False),  # centre (6, 7.5)
        (square(0, 0, 0, 0), False),  # empty
    ],
)
def test_a_mask_points_where_its_centre_of_mass_lies(mask, hit):
    assert points_at(mask[None], np.array([[4, 2, 8, 6]])).tolist() == [hit]


def test_a_character_without_a_mask_is_missed():
    box = np.array([[4, 2, 8, 6]])
    found = Reading("A", 0.9, np.ones(1), square(4, 2, 8, 6)[None], None, None)
    missed = Reading("", 0.9, np.ones(0), np.zeros((0, 12, 16)), None, None)
    assert evaluate([(found, "A", box), (missed, "A", box)]).pointing == 0.5


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
