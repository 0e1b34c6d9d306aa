"""A line of text: its ink, its boxes, and characters that a small size leaves without ink."""

import numpy as np
import pytest
from PIL import Image

from keras_reader.data.printed_text import line as module
from keras_reader.data.printed_text.line import set_line


def test_boxes_are_the_ink_of_each_character_from_left_to_right():
    line = set_line("H i", None, 40)
    assert line is not None
    (h, space, i) = line.boxes
    assert h[2] <= space[0] < space[2] <= i[0]
    assert (space[1], space[3]) == (0, line.baseline)
    assert not line.ink[:, int(space[0]) : int(space[2])].any()
    for left, top, right, bottom in (h, i):
        part = line.ink[int(top) : int(bottom), int(left) : int(right)]
        for edge in (part[0], part[-1], part[:, 0], part[:, -1]):
            assert edge.any()
    assert line.ink.shape == (max(h[3], i[3]), i[2])


@pytest.mark.parametrize("tracking", [-3, 5, 12])
def test_tracking_moves_characters_apart_or_together(tracking):
    plain, moved = set_line("HHH", None, 40), set_line("HHH", None, 40, tracking)
    assert plain is not None and moved is not None
    np.testing.assert_array_equal(moved.boxes[:, 0] - plain.boxes[:, 0], [0, tracking, 2 * tracking])


def test_a_wobble_moves_characters_down():
    plain, moved = set_line("HH", None, 40), set_line("HH", None, 40, wobble=[0, 4])
    assert plain is not None and moved is not None
    np.testing.assert_array_equal(moved.boxes[:, 1] - plain.boxes[:, 1], [0, 4])


def test_a_line_with_a_character_without_ink_is_none(monkeypatch):
    class Faint:
        def getmask2(self, character, mode, anchor):
            return Image.new("L", (3, 3), 0 if character in ". " else 255).im, (0, -3)

        def getlength(self, text):
            return 4.0 * len(text)

        def getmetrics(self):
            return 8, 2

    monkeypatch.setattr(module, "load_font", lambda *_: Faint())
    assert set_line("1.5", None, 10) is None
    assert set_line("1 5", None, 10) is not None
