"""The list of Debian's packages of fonts, the licences and the judgement of what is read as print."""

import re
from pathlib import Path

import pytest
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from benchmarks.common.font_licences import named
from benchmarks.common.legible_fonts import legibility
from benchmarks.common.twin_fonts import ALIKE, GLYPHS, twins
from benchmarks.print_fonts import packages
from keras_reader.data.printed_text.font_families import Family, FontFile, find_families
from keras_reader.data.string_models import PRINT_ALPHABET
from keras_reader.data.text_rendering import find_family


def test_the_packages_are_named_once_each_as_debian_names_them():
    names = packages()
    assert len(names) > 150
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name) for name in names)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("This Font Software is licensed under the SIL Open Font License, Version 1.1.", "SIL OFL"),
        ("https://scripts.sil.org/OFL", "SIL OFL"),
        ("Licensed under the Apache License, Version 2.0", "Apache 2.0"),
        ("GNU General Public License, with the font exception", "GPL"),
        ("GPL-3+", "GPL"),
        ("All rights reserved.", None),
    ],
)
def test_a_licence_is_known_by_its_words(text, name):
    assert named(text) == name


def test_letters_are_legible_if_those_of_other_designs_are_like_them():
    names = ("Liberation Sans", "Liberation Serif", "Liberation Mono", "Liberation Sans Narrow")
    paths = [path for path in map(find_family, names) if path]
    if len(paths) < 3:
        pytest.skip("Liberation is not installed: apt-get install fonts-liberation")
    families = [Family(str(i), str(i), (FontFile(path, "".join(set("aegkrtwy"))),)) for i, path in enumerate(paths)]
    assert min(legibility(families)) > 0.6


@pytest.fixture(scope="module")
def liberation():
    path = find_family("Liberation Sans")
    if path is None:
        pytest.skip("Liberation is not installed: apt-get install fonts-liberation")
    return {
        family.name: family
        for family in find_families(tuple(sorted(map(str, Path(path).parent.glob("Liberation*.ttf")))), PRINT_ALPHABET)
    }


def test_a_copy_a_wider_one_and_no_other_design_look_alike(liberation, tmp_path):
    plain = find_family("Liberation Sans")
    for name, wider, larger in (("copy", 1.0, 0.9), ("wide", 1.3, 1.0)):
        with TTFont(plain) as font:
            pen_of = font.getGlyphSet()
            for glyph in map(font.getBestCmap().get, map(ord, GLYPHS)):
                pen = TTGlyphPen(None)
                pen_of[glyph].draw(TransformPen(pen, (wider * larger, 0, 0, larger, 0, 0)))
                font["glyf"][glyph] = pen.glyph()
            font.save(tmp_path / f"{name}.ttf")
    own = [Family(name, name, (FontFile(str(tmp_path / f"{name}.ttf"), ""),)) for name in ("copy", "wide")]
    other = [family for name, family in liberation.items() if name != "Liberation Sans"]
    for found in twins(own, [*other, liberation["Liberation Sans"]]):
        assert found.name == "Liberation Sans"
        assert 0.97 < found.agreement < 1
    serif, mono = liberation["Liberation Serif"], liberation["Liberation Mono"]
    assert twins([serif], [mono, liberation["Liberation Sans"]])[0].agreement < 0.9 < ALIKE
