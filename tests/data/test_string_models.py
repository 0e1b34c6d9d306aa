"""The strings that are printed: their characters, lengths and kinds."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_reader.data.string_models import PRINT_ALPHABET, SHARES, random_string, word_list


def drawn(count, alphabet=PRINT_ALPHABET, max_length=12, seed=0):
    random = np.random.default_rng(seed)
    return [random_string(random, alphabet, max_length) for _ in range(count)]


@given(
    st.integers(0, 2**32),
    st.sets(st.sampled_from(PRINT_ALPHABET.replace(" ", "")), min_size=1).map(sorted).map("".join),
    st.integers(1, 14),
)
def test_a_string_has_characters_of_the_alphabet_only_and_fits_the_length(seed, alphabet, max_length):
    text, kind = random_string(np.random.default_rng(seed), alphabet, max_length)
    assert 1 <= len(text) <= max_length
    assert set(text) <= set(alphabet)
    assert kind in SHARES


def test_a_string_has_no_space_that_nobody_sees():
    assert all(text == " ".join(text.split()) for text, _ in drawn(5000))


def test_the_same_numbers_give_the_same_strings():
    assert drawn(50, seed=3) == drawn(50, seed=3)
    assert drawn(50, seed=3) != drawn(50, seed=4)


def test_every_character_and_every_kind_occurs_about_as_often_as_it_should():
    strings = drawn(20_000)
    kinds = Counter(kind for _, kind in strings)
    for kind, share in SHARES.items():
        assert kinds[kind] / len(strings) == pytest.approx(share, abs=0.015), kind
    characters = Counter("".join(text for text, _ in strings))
    assert min(characters[c] for c in PRINT_ALPHABET) >= 150
    lengths = Counter(len(text) for text, _ in strings)
    assert set(lengths) == set(range(1, 13))


@pytest.mark.parametrize("alphabet", [PRINT_ALPHABET, "0123456789"])
def test_long_texts_are_as_long_as_the_longest_may_be(alphabet):
    lengths = np.array([len(text) for text, _ in drawn(2000, alphabet=alphabet, max_length=24)])
    assert lengths.max() == 24
    assert (lengths > 12).mean() > 0.3


def test_numbers_have_digits_and_words_have_letters():
    for text, kind in drawn(3000):
        if kind in ("integer", "decimal", "amount", "percentage", "time", "phone"):
            assert any(c.isdigit() for c in text) or len(text) < 5, (kind, text)
        if kind == "word":
            assert any(c.isalpha() for c in text), text


def test_the_words_are_in_lower_case_and_all_in_the_alphabet():
    assert len(word_list()) > 400
    assert all(set(word) <= set("abcdefghijklmnopqrstuvwxyz") for word in word_list())
