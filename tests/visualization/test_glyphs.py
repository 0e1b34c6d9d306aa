"""Characters that Pillow's built-in font lacks: drawn in an installed font that has them, or told by code point."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from keras_reader.data.tasks import ARIAL
from keras_reader.data.text_rendering import find_family
from keras_reader.visualization import glyphs
from keras_reader.visualization.style import draw_text, label, readable


@pytest.fixture
def installed(monkeypatch):
    """Makes these the only fonts that are installed."""

    def clear():
        glyphs.font_with.cache_clear()
        glyphs._installed.cache_clear()

    def install(*paths):
        monkeypatch.setattr(glyphs, "system_fonts", lambda: tuple(map(str, paths)))
        clear()

    yield install
    clear()


@pytest.fixture(scope="module")
def cyrillic():
    """A font that has Cyrillic letters and accents."""
    path = find_family(*ARIAL)
    if path is None:
        pytest.skip("neither Arial nor Liberation Sans is installed: apt-get install fonts-liberation")
    return path


def drawn(text, anchor="lt", width=300, size=20):
    picture = Image.new("L", (320, 60), "white")
    draw_text(ImageDraw.Draw(picture), (10, 10) if anchor == "lt" else (160, 30), text, size, "black", anchor, width)
    return np.asarray(picture)


def test_fonts_are_not_searched_for_what_the_built_in_font_has(monkeypatch, installed):
    installed()
    monkeypatch.setattr(glyphs, "system_fonts", lambda: pytest.fail("searched"))
    assert readable("AB (12)") == "AB (12)"
    assert [label(c) for c in "Aa7-\t\n\u00a0"] == ["A", "a", "7", "-", "U+0009", "U+000A", "U+00A0"]


def test_without_a_font_a_character_is_told_by_its_code_point(installed):
    installed()
    assert [label(c) for c in "Ж京\u0301😀"] == ["U+0416", "U+4EAC", "U+0301", "U+1F600"]
    assert readable("京PL3N67") == "[U+4EAC]PL3N67"
    np.testing.assert_array_equal(drawn("京PL3N67"), drawn("[U+4EAC]PL3N67"))


def test_a_character_is_shown_as_it_is_if_an_installed_font_has_it(installed, cyrillic):
    installed(cyrillic)
    assert label("Ж") == "Ж" and label("京") == "U+4EAC"
    assert readable("ЖA") == "ЖA"
    assert readable("Ж京") == "Ж[U+4EAC]"
    picture = Image.new("L", (320, 60), "white")
    ImageDraw.Draw(picture).text((10, 10), "Жук", fill="black", font=ImageFont.truetype(cyrillic, 20), anchor="lt")
    np.testing.assert_array_equal(drawn("Жук"), np.asarray(picture))


def test_fonts_that_cannot_draw_are_passed_over(installed, cyrillic, tmp_path):
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    installed(tmp_path / "broken.ttf", tmp_path / "gone.ttf", cyrillic)
    assert glyphs.font_with("Ж") == cyrillic


def test_plain_fonts_come_first(installed):
    paths = [f"/fonts/{name}" for name in ("A.ttf", "NotoSans-Bold.ttf", "NotoSans-Regular.ttf", "LastResort.otf")]
    installed(*paths)
    assert glyphs._installed() == (paths[2], paths[0], paths[1])


def test_a_letter_and_its_accent_are_one(installed, cyrillic):
    installed(cyrillic)
    assert readable("e\u0301") == "\u00e9"
    installed()
    assert readable("e\u0301") == "[U+00E9]"
    assert readable("x\u0301") == "x[U+0301]"


def test_spaces_at_the_ends_and_characters_without_a_picture_are_told():
    assert readable("") == "empty"
    assert readable("  ") == "[space][space]"
    assert readable(" a b ") == "[space]a b[space]"
    assert readable("a\tb\udc80") == "a[U+0009]b[U+DC80]"


@pytest.mark.parametrize("anchor", ["lt", "mm"])
def test_a_text_of_two_fonts_stands_on_one_line_and_fits(monkeypatch, installed, cyrillic, anchor):
    installed(cyrillic)
    has = {glyphs.BUILT_IN: set("A."), cyrillic: {"Ж"}}
    monkeypatch.setattr(glyphs, "_has", lambda path, characters: set(characters) <= has[path])
    assert glyphs.runs("AЖA") == [(glyphs.BUILT_IN, "A"), (cyrillic, "Ж"), (glyphs.BUILT_IN, "A")]
    ink = drawn("AЖA", anchor) < 128
    columns = np.flatnonzero(ink.any(axis=0))
    lowest = [np.flatnonzero(part.any(axis=1)).max() for part in np.array_split(ink[:, columns[0] : columns[-1]], 3, 1)]
    assert max(lowest) - min(lowest) <= 1
    if anchor == "lt":
        assert (np.flatnonzero(ink.any(axis=1)).min(), columns[0]) == pytest.approx((10, 10), abs=1)
    else:
        assert (columns[0] + columns[-1]) / 2 == pytest.approx(160, abs=2)
    for text in ("AЖ" * 8, "AЖ" * 200):
        columns = np.flatnonzero((drawn(text, anchor, width=120) < 128).any(axis=0))
        assert 80 <= columns[-1] - columns[0] <= 120
