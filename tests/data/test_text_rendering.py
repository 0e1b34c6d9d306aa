"""Fonts and the characters that they lack."""

import types
from pathlib import Path

import matplotlib
import pytest

from keras_reader.data import text_rendering
from keras_reader.data.text_rendering import missing_characters
from keras_reader.errors import InputError

DEJAVU = str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")


def test_of_two_versions_of_a_font_always_the_same_one_is_taken(tmp_path, monkeypatch):
    paths = [tmp_path / name for name in ("liberation2.ttf", "liberation.ttf", "removed.ttf", "bold.ttf")]
    for path in paths:
        path.touch()
    fonts = [
        types.SimpleNamespace(
            fname=str(path),
            name="Liberation Sans",
            style="normal",
            variant="normal",
            weight=700 if path.stem == "bold" else 400,
            stretch="normal",
            size="scalable",
        )
        for path in paths
    ]
    paths[2].unlink()
    manager = types.SimpleNamespace(ttflist=fonts, findfont=lambda *_, **__: str(paths[0]))
    fake = types.SimpleNamespace(fontManager=manager, FontProperties=lambda family: family)
    monkeypatch.setattr(text_rendering, "_font_manager", lambda: fake)
    assert text_rendering.find_family("Liberation Sans") == str(paths[1])


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
