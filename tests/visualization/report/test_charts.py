"""Charts: where points lie."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_reader.evaluation.calibration import confidence_bins
from keras_reader.visualization.report import charts
from tests.helpers.reports import log_rows


def test_ticks_are_round_and_reach_the_ends_of_the_data():
    assert charts.linear_axis("steps", 1500, str).ticks == [0, 500, 1000, 1500]
    assert charts.linear_axis("steps", 1, str).ticks == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    axis = charts.log_axis("loss", [0.07, 2.6], str)
    assert (axis.low, axis.high) == pytest.approx((0.05, 5))
    assert axis.ticks == pytest.approx([0.05, 0.1, 0.2, 0.5, 1, 2, 5])
    assert charts.log_axis("loss", [0.0003, 0.9], str).ticks == pytest.approx([0.001, 0.01, 0.1, 1])
    assert axis.place(0.5) == pytest.approx(0.5)


def points_of(chart):
    """The points of the line and of the dots, in pixels."""
    (line,) = [line.path for line in chart.lines if line.kind == "line"]
    on_line = [tuple(map(float, pair)) for pair in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", line)]
    return line, on_line, [(float(dot.x), float(dot.y)) for dot in chart.dots]


def test_a_curve_falls_as_its_values_do_and_a_factor_is_a_distance():
    line, on_line, dots = points_of(charts.learning_curve(log_rows(4), "loss", "loss"))
    assert line.count("M") == 1
    assert on_line == dots
    down = np.diff([y for _, y in on_line])
    assert down == pytest.approx(np.full(3, down[0]), abs=0.2) and down[0] > 5  # each value is half the one before
    assert np.diff([x for x, _ in on_line]) == pytest.approx(np.full(3, (340 - 58 - 20) / 4), abs=0.2)


def test_a_value_of_zero_leaves_a_gap_and_no_value_no_chart():
    rows = log_rows(4, val_whole_word_accuracy=[0.5, 1, 0.75, 0.875])
    line, on_line, _ = points_of(charts.learning_curve(rows, "whole_word_accuracy", "words misread", percent=True))
    assert line.count("M") == 2 and len(on_line) == 3
    perfect = log_rows(2, val_whole_word_accuracy=[1, 1], whole_word_accuracy=[1, 1])
    assert charts.learning_curve(perfect, "whole_word_accuracy", "words misread") is None


@given(st.lists(st.tuples(st.floats(1e-9, 1e9), st.floats(1e-9, 1e9)), min_size=1, max_size=4))
def test_all_of_a_curve_lies_in_the_plot(values):
    rows = log_rows(len(values), loss=[a for a, _ in values], val_loss=[b for _, b in values])
    _, on_line, dots = points_of(charts.learning_curve(rows, "loss", "loss"))
    assert len(on_line) == len(dots) == len(values)
    for x, y in on_line + dots:
        assert 57.9 <= x <= 320.1 and 9.9 <= y <= 204.1


def test_a_calibrated_bin_is_drawn_on_the_diagonal():
    chart = charts.reliability_diagram(confidence_bins(np.full(10, 0.5), np.arange(10) < 5))
    (dot,) = chart.dots
    assert (float(dot.x), float(dot.y)) == (58 + 262 / 2, 10 + 194 / 2)
    assert "5 of 10 right" in dot.hint
    assert chart.description
