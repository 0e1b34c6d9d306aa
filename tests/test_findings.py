"""The numbers behind a report, by value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_reader.evaluation import expected_calibration_error, levenshtein
from keras_reader.findings import (
    Confusion,
    Outcome,
    Rejection,
    align,
    by_length,
    calibration,
    confusions,
    least_confident_right,
    rejections,
    typical_right,
    wilson_interval,
    worst_mistakes,
)


@given(st.integers(1, 5000), st.data())
def test_the_ends_of_an_interval_are_shares_that_the_count_is_just_within_reach_of(total, data):
    count = data.draw(st.integers(0, total))
    low, high = wilson_interval(count, total)
    assert 0 <= low < high <= 1 and low - 1e-12 <= count / total <= high + 1e-12
    for share in (low, high):
        reach = 1.959964 * np.sqrt(share * (1 - share) / total)
        assert abs(share - count / total) == pytest.approx(reach, abs=1e-7)


@pytest.mark.parametrize(
    ("text", "read", "pairs"),
    [
        ("ABC", "ABC", ["AA", "BB", "CC"]),
        ("OX", "QX", ["OQ", "XX"]),
        ("IM", "M", ["I-", "MM"]),
        ("XMH", "XMMH", ["XX", "-M", "MM", "HH"]),
        ("A", "", ["A-"]),
        ("", "AB", ["-A", "-B"]),
        ("", "", []),
    ],
)
def test_readings_are_compared_character_by_character(text, read, pairs):
    assert ["".join(character or "-" for character in pair) for pair in align(text, read)] == pairs


@given(st.text("ABC", max_size=6), st.text("ABC", max_size=6))
def test_an_alignment_has_all_characters_and_as_few_edits_as_possible(text, read):
    pairs = align(text, read)
    assert "".join(true for true, _ in pairs) == text
    assert "".join(character for _, character in pairs) == read
    assert sum(true != character for true, character in pairs) == levenshtein(text, read)


def test_confusions_are_counted_among_all_occurrences():
    outcomes = [
        Outcome(0, "OX", "QX", 0.9),
        Outcome(1, "OO", "OQ", 0.9),
        Outcome(2, "O", "O", 0.9),
        Outcome(3, "IM", "M", 0.9),
        Outcome(4, "", "A", 0.9),
    ]
    assert confusions(outcomes) == [Confusion("O", "Q", 2, 4), Confusion("", "A", 1, 0), Confusion("I", "", 1, 1)]


def test_accuracy_by_length_goes_by_the_true_text():
    outcomes = [Outcome(0, "AB", "AB", 1), Outcome(1, "AB", "A", 1), Outcome(2, "", "", 1), Outcome(3, "ABCD", "", 1)]
    assert by_length(outcomes) == [(0, 1, 1), (2, 2, 1), (4, 1, 0)]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50))
def test_the_diagram_has_the_bins_of_the_calibration_error(pairs):
    outcomes = [Outcome(i, "A", "A" if right else "B", confidence) for i, (confidence, right) in enumerate(pairs)]
    bins = calibration(outcomes)
    error = sum(abs(part.confidence * part.images - part.right) for part in bins) / len(pairs)
    confidence, right = map(np.array, zip(*pairs, strict=True))
    assert error == pytest.approx(expected_calibration_error(confidence, right), abs=1e-9)
    assert sum(part.images for part in bins) == len(pairs)
    # A mean of equal values may be off by a rounding.
    assert all(part.low - 1e-12 <= part.confidence <= part.high + 1e-12 for part in bins)


def test_rejecting_takes_the_least_confident():
    outcomes = [Outcome(i, "A", "A" if i % 2 else "B", i / 10) for i in reversed(range(10))]
    assert rejections(outcomes, [0, 0.25, 0.9]) == [
        Rejection(rejected=0, least=0, kept=10, mistakes=5),
        Rejection(rejected=2, least=0.2, kept=8, mistakes=4),
        Rejection(rejected=9, least=0.9, kept=1, mistakes=0),
    ]


def test_the_worst_mistakes_are_the_most_confident():
    outcomes = [Outcome(i, "A", "B", confidence) for i, confidence in enumerate([0.3, 0.9, 0.5, 0.9])]
    outcomes.append(Outcome(4, "A", "A", 1.0))
    assert [outcome.index for outcome in worst_mistakes(outcomes, 3)] == [1, 3, 2]


def test_right_readings_to_compare_are_the_least_confident_and_those_in_the_middle():
    outcomes = [Outcome(i, "A", "A", i / 100) for i in range(60)] + [Outcome(60, "A", "B", 0.0)]
    assert [outcome.index for outcome in least_confident_right(outcomes, 2)] == [0, 1]
    assert [outcome.index for outcome in typical_right(outcomes, 3)] == [10, 30, 50]
    assert [outcome.index for outcome in typical_right(outcomes[:2], 3)] == [0, 1]
    assert typical_right(outcomes[60:], 3) == []
