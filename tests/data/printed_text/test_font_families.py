"""Which fonts are used, for which characters, and which families are set aside."""

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from keras_reader.data.printed_text.font_families import (
    Family,
    FontFile,
    find_families,
    group_shares,
    on_side,
)
from keras_reader.data.printed_text.font_sides import left_out
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


def test_a_split_has_the_families_of_its_side():
    families = [Family(f"family {i}", f"family {i}", (FontFile("x", ""),)) for i in range(100)]
    families += [Family("Loma", "loma", ()), Family("Lato", "lato", ())]
    train, validation, test = (on_side(families, split) for split in ("train", "validation", "test"))
    assert train == validation
    assert not set(train) & set(test)
    assert [family.name for family in families if family not in train + test] == ["Loma"]
    assert families[-1] in train


def test_the_side_of_a_family_does_not_depend_on_what_else_is_installed(liberation, tmp_path):
    font = liberation[0].files[0].path
    sides = {}
    for names in (("UnGraphic",), ("UnDotum", "UnGraphic"), ("Monoisome",), ("Monoid", "Monoisome"), ("A", "B")):
        folder = tmp_path / " ".join(names)
        folder.mkdir()
        for name in names:
            renamed(font, name, folder / f"{name}.ttf")
        for family in find_families((str(folder),), PRINT_ALPHABET):
            sides.setdefault(family.name, set()).add((family.group, family.side))
    assert set(sides) == {"UnGraphic", "UnDotum", "Monoisome", "Monoid", "A", "B"}
    assert all(len(found) == 1 for found in sides.values()), sides
    assert sides["UnGraphic"] == sides["UnDotum"] == {("undotum", "neither")}
    assert sides["Monoisome"] == sides["Monoid"] == {("monoid", "train")}


def test_a_family_whose_name_says_nothing_is_named_by_its_file(liberation, tmp_path):
    font = liberation[0].files[0].path
    for name, file in (("sans", "Aerial.ttf"), ("Sans", "Other.ttf"), ("Pri\u00e8re", "priere.ttf")):
        renamed(font, name, tmp_path / file)
    found = {family.name: family for family in find_families((str(tmp_path),), PRINT_ALPHABET)}
    assert set(found) == {"Aerial.ttf", "Other.ttf", "priere.ttf"}
    assert found["Aerial.ttf"].side == "neither"
    assert found["priere.ttf"].group == "prire"


def renamed(font, name, path):
    """Write a copy of a font file with another name of its family."""
    with TTFont(font) as copy:
        for record in copy["name"].names:
            if record.nameID in (1, 16):
                copy["name"].setName(name, record.nameID, record.platformID, record.platEncID, record.langID)
        copy.save(path)


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
