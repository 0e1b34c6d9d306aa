"""Which families are trained on, set aside for testing, or neither."""

import pytest

from keras_reader.data.printed_text.font_sides import group_name, held_out, left_out, look_alikes, side_of, trained_on


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


def test_about_fifteen_percent_are_held_out_and_always_the_same():
    sides = [side_of(f"family {i}", f"family {i}") for i in range(4000)]
    assert set(sides) == {"train", "test"}
    assert sides.count("test") / len(sides) == pytest.approx(0.15, abs=0.02)
    assert not held_out("dseg")


def test_what_the_reader_print_was_trained_on_stays_on_the_side_of_training():
    # The reader that ships cannot forget a family. Whoever changes this number has trained it anew.
    assert len(trained_on()) == 639
    assert {side_of(name, group_name(name)) for name in trained_on()} == {"train"}
    assert side_of("Lato", "a group that is held out") == side_of("Lato", "lato") == "train"
    assert not trained_on() & (look_alikes().keys() | left_out())


def test_but_for_two_files_without_a_name_the_hash_of_the_name_says_the_same():
    assert {name for name in trained_on() if held_out(group_name(name))} <= {"apibold.ttf"}
    assert {name for name in look_alikes() if not held_out(group_name(name))} == {"Aerial.ttf"}


def test_a_family_that_looks_like_one_that_was_trained_on_is_on_neither_side():
    for name in ("IndUni-T", "Roadgeek 2014 Series E", "Tempora", "OpenDyslexicMono", "Source Code Pro", "UnGraphic"):
        assert side_of(name, group_name(name)) == "neither", name
    assert set(look_alikes().values()) <= trained_on()
    for name in ("Fira Sans", "Nunito", "Josefin Sans", "Theano Modern"):
        assert side_of(name, group_name(name)) == "test", name
