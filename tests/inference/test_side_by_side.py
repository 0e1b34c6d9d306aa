"""Images of many sizes are read at the same time, and as they are one after the other."""

import threading

import numpy as np
import pytest

import keras_reader as kr
from keras_reader.inference import loading
from keras_reader.inference.side_by_side import SideBySide


def images_of_many_sizes(count):
    random = np.random.default_rng(0)
    return [random.integers(0, 256, (10 + i % 7, 12 + i % 5), np.uint8) for i in range(count)]


@pytest.mark.parametrize("threads", [None, 1, 3])
def test_an_onnx_file_gives_for_images_of_many_sizes_what_it_gives_for_each_alone(golden, monkeypatch, threads):
    monkeypatch.setattr(loading, "usable_cores", lambda: 4)
    reader = kr.load(golden / "reader.onnx", threads=threads)
    images = images_of_many_sizes(40)
    together = list(reader.read(images))
    for image, reading in zip(images, together, strict=True):
        alone = reader.read_one(image)
        assert reading.text == alone.text
        np.testing.assert_allclose(reading.probabilities, alone.probabilities, rtol=0, atol=1e-6)
        np.testing.assert_allclose(reading.masks, alone.masks, rtol=0, atol=1e-6)


def test_as_many_batches_as_cores_are_run_at_the_same_time_in_their_order():
    met = threading.Barrier(3, timeout=60)

    def run_on_one(batch):
        met.wait()  # goes on only once three batches are in it
        return {"first": batch[0]}

    made = []

    def make_run():
        made.append(1)
        return run_on_one

    side_by_side = SideBySide(lambda batch: pytest.fail("one after the other"), make_run, cores=3)
    for _ in range(2):
        outputs = side_by_side([np.array([i]) for i in range(6)])
        assert [int(output["first"]) for output in outputs] == list(range(6))
    assert made == [1]


@pytest.mark.parametrize(("cores", "batches"), [(1, 5), (4, 3)])
def test_on_one_core_or_with_few_batches_each_has_all_cores(cores, batches):
    side_by_side = SideBySide(lambda batch: {"n": batch}, lambda: pytest.fail("a core each"), cores)
    assert [int(output["n"]) for output in side_by_side([np.array(i) for i in range(batches)])] == [*range(batches)]


def test_what_fails_in_a_batch_is_raised():
    def fails(batch):
        raise kr.InputError("no reader")

    with pytest.raises(kr.InputError, match="no reader"):
        SideBySide(fails, lambda: fails, cores=2)([np.array(0), np.array(1)])
