"""Fonts and the characters that they lack."""

from pathlib import Path

import matplotlib
import pytest

from keras_reader.data.text_rendering import missing_characters
from keras_reader.errors import InputError

DEJAVU = str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")


@pytest.mark.parametrize("path", [None, DEJAVU], ids=["built in", "DejaVu Sans"])
def test_characters_without_a_glyph_are_found(path):
    assert missing_characters("AZaz09-.,漢B京", path) == "漢京"


def test_a_font_of_many_languages_has_what_the_built_in_one_lacks():
    assert missing_characters("éñяΩ□", DEJAVU) == ""
    assert "я" in missing_characters("éñяΩ", None)


def test_white_space_is_never_missing():
    assert missing_characters(" \u00a0\u3000", None) == ""


def test_what_is_no_font_is_named(tmp_path):
    path = tmp_path / "no.ttf"
    path.write_text("no font")
    with pytest.raises(InputError, match=r"no\.ttf"):
        missing_characters("A", str(path))
