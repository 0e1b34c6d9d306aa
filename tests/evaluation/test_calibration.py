"""Confidences by bin, calibration error and intervals, by value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_reader.evaluation.calibration import confidence_bins, expected_calibration_error, wilson_interval


def test_bins_hold_the_readings_of_their_confidences():
    bins = confidence_bins(np.array([0.0, 0.05, 0.5, 1.0]), np.array([False, True, True, True]))
    assert [(part.images, part.confidence, part.right) for part in bins] == [(2, 0.025, 1), (1, 0.5, 1), (1, 1.0, 1)]
    assert [round(part.low * 15) for part in bins] == [0, 7, 14]
    assert bins[-1].high == 1


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50))
def test_every_reading_is_in_one_bin_that_its_confidence_lies_in(pairs):
    bins = confidence_bins(*map(np.array, zip(*pairs, strict=True)))
    assert sum(part.images for part in bins) == len(pairs)
    assert sum(part.right for part in bins) == sum(right for _, right in pairs)
    # A mean of equal values may be off by a rounding.
    assert all(part.low - 1e-12 <= part.confidence <= part.high + 1e-12 for part in bins)


def test_calibration_error_of_a_calibrated_reader_is_zero():
    confidence = np.repeat([0.25, 0.75], 100)
    right = np.tile([True, False, False, False], 25).tolist() + np.tile([True, True, True, False], 25).tolist()
    assert expected_calibration_error(confidence, np.array(right)) == pytest.approx(0)


def test_calibration_error_of_a_boaster():
    assert expected_calibration_error(np.ones(10), np.arange(10) < 6) == pytest.approx(0.4)


@given(st.integers(1, 5000), st.data())
def test_the_ends_of_an_interval_are_shares_that_the_count_is_just_within_reach_of(total, data):
    count = data.draw(st.integers(0, total))
    low, high = wilson_interval(count, total)
    assert 0 <= low < high <= 1 and low - 1e-12 <= count / total <= high + 1e-12
    for share in (low, high):
        reach = 1.959964 * np.sqrt(share * (1 - share) / total)
        assert abs(share - count / total) == pytest.approx(reach, abs=1e-7)
