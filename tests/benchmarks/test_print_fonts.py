"""The list of Debian's packages of fonts, the licences and the judgement of what is read as print."""

import re
from pathlib import Path

import pytest
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from benchmarks.common import font_licences
from benchmarks.common.font_licences import licence, named
from benchmarks.common.legible_fonts import legibility
from benchmarks.common.print_rate import print_rate
from benchmarks.common.twin_fonts import ALIKE, GLYPHS, twins
from benchmarks.print_fonts import packages
from keras_reader.config import ReaderConfig
from keras_reader.data.printed_text.font_families import Family, FontFile, find_families
from keras_reader.data.printed_text.printed_text import PrintedText
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
        ("CC-BY-SA-4.0", "CC BY-SA 4.0"),
        (
            "Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International\n"
            "http://creativecommons.org/licenses/by-nc-sa/4.0/",
            "CC BY-NC-SA 4.0",
        ),
        ("licensed under a Creative Commons Attribution 3.0 Unported License. ♡2012", "CC BY 3.0"),
        ("Creative Commons Attribution-NoDerivs 2.5, version 1.0 of the font", "CC BY-ND 2.5"),
        ("Use it under a Creative Commons licence", "Creative Commons"),
        ("available under the X11 license", "MIT"),
        ("All rights reserved.", None),
    ],
)
def test_a_licence_is_known_by_its_words(text, name):
    assert named(text) == name


def test_the_licence_of_a_tex_font_is_that_of_its_folder(monkeypatch):
    folders = {
        "texmf-dist/fonts/opentype/public/qualitype": "ofl gpl2+",
        "texmf-dist/fonts/opentype/public/drm": "lppl1.3",
        "texmf-dist/fonts/opentype/public/odd": "other-free rare",
    }
    monkeypatch.setattr(font_licences, "_tex_folders", lambda _: folders)
    monkeypatch.setattr(font_licences, "_of_file", lambda _: "")
    start = "/usr/share/texlive/texmf-dist/fonts/opentype/public/"
    of = {name: licence(f"{start}{name}/a.otf", "texlive-fonts-extra") for name in ("qualitype", "drm", "odd", "new")}
    assert of == {
        "qualitype": "SIL OFL, GPL",
        "drm": "LPPL",
        "odd": "another free licence, rare",
        "new": "unknown",
    }


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


@pytest.mark.slow
def test_the_rate_of_drawing_is_measured_beside_that_of_training(liberation):
    config = ReaderConfig("small", PRINT_ALPHABET, 1, image_size=(16, 16), filters=4, units=4)
    text = PrintedText(tuple(liberation.values()), max_length=1, image_size=(16, 16))
    rate = print_rate(1, 1, config, text)
    assert rate.drawn > 0 < rate.taken
    said = rate._replace(drawn=3000.0, taken=1000.0).sentence()
    assert "draws **3,000 images a second**" in said and "one process draws 3.0 times as many" in said
