"""Patterns allow the texts that they say, and what cannot be compiled is refused."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_reader.alphabet import Alphabet
from keras_reader.errors import InputError
from keras_reader.inference.pattern import compile_pattern
from keras_reader.limits import PATTERN_STATES

CHARACTERS = "abA1-É"
LENGTH = 4
TEXTS = ["".join(text) for n in range(LENGTH + 1) for text in itertools.product(CHARACTERS, repeat=n)]


def test_a_letter_whose_lower_case_has_another_capital_is_matched_as_python_matches_it():
    assert allowed("re:(?i:\N{LATIN CAPITAL LETTER SHARP S})", "ß", 1) == {"ß"}
    assert allowed("re:a|(?ai:\N{LATIN CAPITAL LETTER SHARP S})", "aß", 1) == {"a"}


def allowed(pattern, characters=CHARACTERS, length=LENGTH, allow=None):
    automaton = compile_pattern(pattern, Alphabet(characters), length, allow)
    texts = TEXTS if characters == CHARACTERS else map("".join, itertools.product(characters, repeat=length))
    return {text for text in texts if automaton.accepts(characters.index(c) for c in text)}


def sets():
    members = st.sampled_from(["a", "b", "A", "1", r"\-", "É", "é", r"\d", r"\w", r"\s", r"\D", r"\W", "a-b", "A-É"])
    return st.tuples(st.sampled_from(["[", "[^"]), st.lists(members, min_size=1, max_size=3)).map(
        lambda parts: parts[0] + "".join(parts[1]) + "]"
    )


def expressions():
    single = st.sampled_from(["a", "b", "A", "1", "-", "É", ".", r"\d", r"\w", r"\W", "(?i:a)", "(?i:É)", "^", "$", ""])
    repeats = st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "{2,9}", "{0}"])
    return st.recursive(
        single | sets(),
        lambda inner: st.one_of(
            st.tuples(inner, inner).map("".join),
            st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
            st.tuples(inner, repeats).map(lambda two: f"({two[0]}){two[1]}"),
        ),
        max_leaves=6,
    )


@given(expressions())
def test_a_regular_expression_allows_what_re_matches_as_a_whole(expression):
    expected = {text for text in TEXTS if re.fullmatch(expression, text)}
    if expected:
        assert allowed("re:" + expression) == expected
    else:
        with pytest.raises(InputError, match="no text that this reader can give matches"):
            allowed("re:" + expression)


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("9", {"1"}),
        ("A1", {"a1", "b1", "A1", "É1"}),
        (r"\A1", {"A1"}),
        ("-9", {"-1"}),
        ("*-", {"a-", "b-", "A-", "É-", "1-"}),
        ("b?", {"ba", "bb", "bA", "b1", "b-", "bÉ"}),
        ("bE\u0301", {"bÉ"}),
        (r"re:^\d{2,}$", {"11", "111", "1111"}),
        (r"re:(?i)B-?a", {"ba", "b-a", "bA", "b-A"}),
        ("re:É|a$", {"É", "a"}),
    ],
)
def test_signs_and_escapes_of_templates_and_expressions(pattern, texts):
    assert allowed(pattern) == texts


def test_allow_restricts_a_pattern_further():
    assert allowed("A9", allow="ab1") == {"a1", "b1"}
    assert allowed(None, "ab1", 2, allow="a1xyz") == {"aa", "a1", "1a", "11"}


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("re:a(?=b)", "lookaround cannot be used"),
        ("re:a(?!b)", "lookaround cannot be used"),
        ("re:(?<=a)b", "lookaround cannot be used"),
        ("re:(?!)", "lookaround cannot be used"),
        (r"re:(a)\1", "backreferences cannot be used"),
        ("re:(a)?(?(1)b|A)", "conditional groups cannot be used"),
        ("re:(?>a)", "atomic groups cannot be used"),
        ("re:a*+b", "possessive repeats cannot be used"),
        (r"re:\ba", "word boundaries cannot be used"),
        ("re:(?m)a", "multi-line mode is not supported"),
        ("re:(a", r"not a regular expression \(missing \)"),
        ("re:[b-a]", r"not a regular expression \(bad character range"),
        ("re:a{99999999999}", "not a regular expression"),
        ("re:" + "(" * 3000 + "a" + ")" * 3000, "too large"),
        ("re:" + "(" * 9 + ")*" * 9 + "((((a{4}){4}){4}){4}){4}" + "(((((((){4}){4}){4}){4}){4}){4}){4}", "too large"),
        (r"\d", "a backslash must be followed by one of A 9"),
        ("a\\", "a backslash must be followed by one of A 9"),
        ("AAAA-9999", "no text that this reader can give matches.*a regular expression begins with re:"),
        ("x", "no text that this reader can give matches"),
        (r"re:\d{5}", "no text that this reader can give matches"),
        ("re:x*y", "no text that this reader can give matches"),
    ],
)
def test_what_cannot_be_compiled_is_named_with_its_pattern(pattern, message):
    with pytest.raises(InputError, match=message) as error:
        allowed(pattern)
    assert str(error.value).startswith("pattern ")


def test_characters_of_which_the_reader_knows_none_are_refused():
    with pytest.raises(InputError, match="this reader knows none of these characters"):
        allowed(None, allow="xyz")


def test_an_automaton_that_would_grow_without_bounds_is_refused():
    with pytest.raises(InputError, match=rf"more than {PATTERN_STATES:,} states"):
        compile_pattern("re:(a|b)*a(a|b){14}", Alphabet("ab"), 40)


def test_a_repeat_longer_than_any_text_costs_nothing():
    automaton = compile_pattern("re:a{0,1000000}b", Alphabet("ab"), 4)
    assert automaton.accepts([0, 0, 1]) and not automaton.accepts([0, 0])
    assert len(automaton.accepting) <= 12


def test_alphabets_of_thousands_of_characters_are_grouped():
    characters = "".join(map(chr, range(0x4E00, 0x4E00 + 6000))) + "0123456789"
    automaton = compile_pattern(r"re:.\d{2}", Alphabet(characters), 5)
    assert automaton.transitions.shape[1] == 2
    assert automaton.accepts([17, 6000, 6009]) and not automaton.accepts([17, 18, 6009])
