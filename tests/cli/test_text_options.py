"""`--allow` and `--pattern`, as commands read them."""

import string

import numpy as np
import pytest

from keras_reader.cli.common import CommandParser
from keras_reader.cli.text_options import add_text_options, restricted
from keras_reader.config import ReaderConfig
from keras_reader.errors import InputError
from keras_reader.inference.reader import Reader

ALPHABET = string.digits + string.ascii_uppercase + "-."


def restrict(allow, alphabet=ALPHABET):
    parser = CommandParser()
    add_text_options(parser)
    reader = Reader(ReaderConfig(alphabet=alphabet, max_length=9), lambda images: {"masks": np.zeros(0)}, "reader.onnx")
    return restricted(reader, parser.parse_args([f"--allow={allow}"]))


@pytest.mark.parametrize(
    ("allow", "meant", "these"),
    [
        ("0-9", "0123456789", "09-"),
        ("A-F", "ABCDEF", "AF-"),
        ("0-9A-C", "0123456789ABC", "09AC-"),
        ("0-9.", "0123456789.", "09.-"),
    ],
)
def test_what_looks_like_a_range_is_refused_with_what_to_write_instead(allow, meant, these):
    with pytest.raises(InputError) as error:
        restrict(allow)
    assert f"--allow {allow} stands for {len(these)} characters, not for a range" in str(error.value)
    assert f"write --allow {meant}, or {these} if you mean these" in str(error.value)
    assert restrict(meant).allows(meant[:2]) and restrict(these).allows("-" + these[0])


@pytest.mark.parametrize("allow", ["0123456789-ABCDEF", "09-", "-09", "9-0", "A-9", "0-1", "ABC-DEF", "0123456789.-"])
def test_a_hyphen_among_other_characters_is_a_character(allow):
    assert restrict(allow).allows("-" + allow[0]) or allow[0] == "-"
    assert not restrict(allow).allows("Z")


def test_a_range_of_characters_that_the_reader_does_not_have_is_none():
    assert restrict("a-z0", "0123-").allows("0-")
