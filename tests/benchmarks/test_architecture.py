"""The table of docs/architecture.md accounts for the whole network."""

import pytest

from benchmarks.architecture import parts
from keras_reader.config import PRESETS, ReaderConfig
from keras_reader.models.reader_model import build_reader


@pytest.mark.parametrize("preset", PRESETS)
def test_the_parts_have_all_parameters_of_the_reader(preset):
    model = build_reader(ReaderConfig(preset, max_length=2, image_size=(32, 36)))
    assert sum(parameters for _, _, parameters, _ in parts(model)) == model.count_params()


def test_multiplications_are_those_of_the_shapes():
    config = ReaderConfig("small", alphabet="AB", max_length=1, image_size=(16, 24), filters=8, units=4)
    products = {name: products for name, _, _, products in parts(build_reader(config))}
    assert products["what: block_0"] == 16 * 24 * 32 * 7 * 7
    assert products["what: block_1"] == 8 * 12 * 96 * 3 * 3 * 32
    assert products["glimpse, each step"] == 2 * 4 * 6 * 8
    assert products["character, each step"] == 2 * (8 * 8 + 8 * 3)
    assert products["mask, each step"] == 2 * (16 * 4 * 6 + 16 * 6 * 24)
