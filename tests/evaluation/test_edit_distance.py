"""Texts side by side."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_reader.evaluation.edit_distance import align, levenshtein


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


@cache
def fewest_edits(a, b):
    """By the definition: the last characters stand side by side, or one of them stands alone."""
    if not a or not b:
        return len(a) + len(b)
    together = fewest_edits(a[:-1], b[:-1]) + (a[-1] != b[-1])
    return min(together, fewest_edits(a[:-1], b) + 1, fewest_edits(a, b[:-1]) + 1)


@given(st.text("ABC", max_size=6), st.text("ABC", max_size=6))
def test_an_alignment_has_all_characters_and_as_few_edits_as_possible(text, read):
    pairs = align(text, read)
    assert "".join(true for true, _ in pairs) == text
    assert "".join(character for _, character in pairs) == read
    assert sum(true != character for true, character in pairs) == fewest_edits(text, read)


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
