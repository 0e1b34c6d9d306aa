"""How a person is told the characters of an alphabet."""

import pytest

from keras_reader.alphabet import characters_in_words


@pytest.mark.parametrize(
    ("characters", "told"),
    [
        ("0123.-", "0123.-"),
        (" 0123", "0123 and space"),
        ("A B\u00a0", "AB, space and U+00A0"),
        (" ", "space"),
        ("京A", "京A"),
    ],
)
def test_what_is_not_seen_by_itself_comes_last_by_its_name(characters, told):
    assert characters_in_words(characters) == told


def test_a_long_alphabet_is_cut_and_its_space_is_still_told():
    assert characters_in_words(" ABCDEFGHIJ", 8) == "ABCDE... and space"
    assert characters_in_words("ABCDEFGH", 8) == "ABCDEFGH"
