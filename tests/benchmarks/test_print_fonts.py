"""The list of Debian's packages of fonts, the licences and the judgement of what is read as print."""

import re

import pytest

from benchmarks.common.font_licences import named
from benchmarks.common.legible_fonts import legibility
from benchmarks.print_fonts import packages
from keras_reader.data.printed_text.font_families import Family, FontFile
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
