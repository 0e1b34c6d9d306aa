"""What the benchmarks of growth and of scale compute from what they measure."""

import argparse
from pathlib import Path

import pytest

from benchmarks.growth import AXES, BASE, TERMS, Measured, _practical, _reaches, page
from benchmarks.pictures.growth import draw_growth
from benchmarks.reading_at_scale import Kind, Way, _plan, _way
from keras_reader.config import ReaderConfig
from keras_reader.errors import InputError


def measured(power_of_reading=1.0, power_of_training=2.0):
    """Times that grow by powers: 1 ms and 10 ms at the smallest size of each axis."""
    points = {}
    for axis, (_, sizes, _, _) in AXES.items():
        for size in sizes:
            times = size / sizes[0]
            products = {term: 1e6 * times for term in TERMS}
            reading, training = 1e-3 * times**power_of_reading, 1e-2 * times**power_of_training
            points[axis, size] = Measured(products, 1e5 * times, reading, 1e6, training, 1e6 * times, 1.0)
    return points


def test_a_bound_is_found_between_sizes_and_beyond_the_last():
    points = measured()
    assert _reaches(points, "side", "reading", 3e-3) == pytest.approx(120)
    assert _reaches(points, "side", "training", 1e-2 * 20**2) == pytest.approx(800)
    assert _reaches(points, "side", "reading_memory", 1e9) == float("inf")  # it does not grow


def test_the_largest_sizes_say_what_ends_them():
    table = _practical(measured())[1]
    # A step of 2 s is 200 times 10 ms: 14.1 times the smallest size.
    assert "560x560 pixels" in table and "56 characters" in table
    assert table.count("time of a step") == len(AXES)
    assert "by the last power, measured up to 320" in table
    assert "360 characters" in table  # of the alphabet, below the largest that was measured


def test_a_reader_may_not_be_larger_than_its_limits():
    ReaderConfig(image_size=(3663, 3663))
    with pytest.raises(InputError):
        ReaderConfig(image_size=(3666, 3666))
    table = _practical(measured(0.1, 0.1))[1]
    assert "20,000 characters" in table and "3663x3663 pixels" in table and "512 characters" in table


def test_the_page_has_a_table_for_each_axis_and_the_powers():
    args = argparse.Namespace(preset="small", points=4)
    text = "\n\n".join(page(measured(), args, 60.0))
    assert all(label in text for label, _, _, _ in AXES.values())
    assert "From 160 to 320, reading grows with the power 1.00, a training step with 2.00" in text
    assert BASE["batch"] in AXES["batch"][1]


def test_the_charts_are_drawn(tmp_path):
    points = {label: [(1, 1.0, 2.0, 3.0), (10, 10.0, 20.0, 30.0)] for label, _, _, _ in AXES.values()}
    draw_growth(points, "milliseconds a batch", "multiplications", tmp_path / "growth" / "time.png")
    assert (tmp_path / "growth" / "time.png").stat().st_size > 1000


def test_a_plan_is_what_one_worker_does_times_the_images():
    kind = Kind("words", Path("folder"), Path("one"), 100, 500.0)
    args = argparse.Namespace(workers=2, price=0.05)
    million, billion = _plan(kind, Way(start=5.0, rate=2000.0, output=100.0), args)
    # 1,000 images a second and core: 1,000 s.
    assert million == ("10^6 words", "0.3", "0.02", "0.00", "500.0 MB", "500.0 MB/s", "100.0 MB", "489", "$0.01")
    assert billion[1:4] == ("277.8", "17.36", "0.28")
    assert billion[4:] == ("500.0 GB", "500.0 MB/s", "100.0 GB", "488,282", "$13.89")


def test_a_rate_that_cannot_be_told_from_the_time_to_start_is_not_given():
    kind = Kind("words", Path("folder"), Path("one"), 101, 500.0)
    assert _way(kind, 10.0, 60.0, 1.0) == Way(10.0, 2.0, 1.0)
    assert _way(kind, 10.0, 9.0, 1.0).rate is None
    assert list(_plan(kind, Way(10.0, None, 1.0), argparse.Namespace(workers=2, price=0.05))) == []
