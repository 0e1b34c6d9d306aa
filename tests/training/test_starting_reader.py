"""Few pictures start from a reader that knows many fonts, and only if its network is theirs."""

import pytest

from keras_reader.pretrained import model_names
from keras_reader.training import starting_reader
from keras_reader.training.starting_reader import Start, default_start, describe_default


@pytest.fixture
def on(monkeypatch):
    """The rule with a reader that ships, whose preset is `small`."""
    monkeypatch.setattr(starting_reader, "STARTS_FROM", "letters")
    monkeypatch.setattr(starting_reader, "FEWER_PICTURES", 300)
    monkeypatch.setattr(starting_reader, "FEWER_SCENES", 100)
    monkeypatch.setattr(starting_reader, "FEWER_OF_OTHER_PRESET", 50)


@pytest.mark.parametrize(
    ("preset", "pictures", "is_scene", "start"),
    [
        ("small", 299, False, Start("letters", "299 pictures, fewer than 300; --from none to start anew")),
        ("small", 300, False, Start(None, "300 pictures, not fewer than 300")),
        ("small", 99, True, Start("letters", "99 pictures, fewer than 100; --from none to start anew")),
        ("small", 100, True, Start(None, "100 pictures, not fewer than 100")),
        ("base", 50, False, Start(None, "50 pictures, not fewer than 50")),
    ],
)
def test_few_pictures_of_its_preset_start_from_it(on, preset, pictures, is_scene, start):
    assert default_start(preset, pictures, is_scene) == start


def test_so_do_even_fewer_for_which_another_preset_was_derived(on):
    reason = "49 pictures, fewer than 50, which are too few for the preset base; --from none to start anew"
    assert default_start("base", 49) == Start("letters", reason)
    assert default_start("base", 49, given={"preset": "base"}) == Start(None, "letters is of preset small, not of base")


def test_the_help_tells_the_rule(on):
    assert describe_default() == (
        "letters for fewer than 300 pictures of its preset (100, if they show more than the text; 50 of smaller "
        "characters), else none"
    )


def test_it_starts_from_a_reader_that_ships():
    assert starting_reader.STARTS_FROM in model_names()
