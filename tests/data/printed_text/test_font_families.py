"""Which fonts are used, for which characters, and which families are set aside."""

from pathlib import Path

import pytest

from keras_reader.data.printed_text import font_families
from keras_reader.data.printed_text.font_families import (
    Family,
    FontFile,
    find_families,
    group_name,
    group_shares,
    held_out,
    left_out,
    on_side,
)
from keras_reader.data.string_models import PRINT_ALPHABET
from keras_reader.errors import InputError


def test_the_families_of_a_folder_are_found_by_name_with_all_characters(liberation):
    names = [family.name for family in liberation]
    assert names == sorted(names)
    assert {"Liberation Mono", "Liberation Sans", "Liberation Serif"} <= set(names)
    for family in liberation:
        assert all(Path(file.path).is_file() for file in family.files)
        assert not any(file.missing for file in family.files)


def test_characters_without_a_glyph_are_known_as_missing(liberation):
    path = liberation[0].files[0].path
    (family,) = find_families((path,), "AB漢c")
    assert family.files[0].missing == "漢"


def test_letters_that_a_font_draws_alike_are_known(liberation):
    alike = {family.name: {file.alike for file in family.files} for family in liberation}
    assert all("I" in text and "l" in text for text in alike["Liberation Sans"])
    assert not any("I" in text for text in alike["Liberation Mono"])


def test_families_of_one_origin_are_on_the_same_side():
    for names in (
        ("DejaVu Sans", "Bitstream Vera Serif", "DejaVu Sans Mono"),
        ("Liberation Sans", "Arimo", "Nimbus Sans", "TeX Gyre Heros"),
        ("Latin Modern Roman", "CMU Serif", "LMRoman10"),
        ("Noto Sans", "Noto Serif Display", "Noto Mono"),
        ("Roboto Slab", "Roboto Condensed"),
        ("Fira Sans", "Fira Code"),
        ("QTDoghausHeavy", "QTDoghausLight"),
    ):
        assert len({group_name(name) for name in names}) == 1, names
    assert group_name("Lato") != group_name("Cabin")


def test_a_font_under_two_names_is_of_one_group(liberation, monkeypatch):
    path = liberation[0].files[0].path
    names = iter(["Zebra", "Aardvark"])
    monkeypatch.setattr(font_families, "_family_name", lambda _: next(names))
    find_families.cache_clear()
    found = find_families((path, path), "ABC")
    assert [family.name for family in found] == ["Aardvark", "Zebra"]
    assert {family.group for family in found} == {"aardvark"}
    find_families.cache_clear()


def test_about_fifteen_percent_are_held_out_and_always_the_same():
    sides = [held_out(f"family {i}") for i in range(4000)]
    assert sum(sides) / len(sides) == pytest.approx(0.15, abs=0.02)
    assert not held_out("dseg")
    families = [Family(str(i), f"family {i}", (FontFile("x", ""),)) for i in range(100)]
    train, validation, test = (on_side(families, split) for split in ("train", "validation", "test"))
    assert train == validation
    assert set(train) | set(test) == set(families)
    assert not set(train) & set(test)


def test_a_design_with_many_variants_does_not_crowd_out_the_others():
    families = [Family(f"a{i}", "a", ()) for i in range(16)] + [Family("b", "b", ())]
    assert group_shares(families) == {"a": pytest.approx(0.8), "b": pytest.approx(0.2)}


def test_what_people_do_not_read_as_print_is_left_out():
    assert "QTDingBits" in left_out()
    assert not {"Liberation Sans", "DejaVu Sans", "Roboto", "OCR B", "OCRA"} & left_out()


def test_an_unusable_file_is_passed_over_and_an_empty_folder_is_an_error(tmp_path, liberation):
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    assert find_families((str(tmp_path),), PRINT_ALPHABET) == ()
    with pytest.raises(InputError, match="no font in this folder"):
        (tmp_path / "empty").mkdir()
        find_families((str(tmp_path / "empty"),), PRINT_ALPHABET)
