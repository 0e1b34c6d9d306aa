"""The reader that ships with the package does what its card says."""

import pytest

import keras_reader as kr
from keras_reader.evaluation import evaluate_words
from keras_reader.reading import shipped_reader


@pytest.fixture(scope="module", params=[".onnx", ".keras"])
def figures(request):
    reader = kr.load(shipped_reader(request.param))
    return evaluate_words(reader, kr.SyntheticWords(split="test", seed=7), 2000)


def test_it_reads_fresh_words(figures):
    assert figures.whole_word_accuracy >= 0.96
    assert figures.character_error_rate <= 0.018


def test_its_confidence_is_calibrated(figures):
    assert figures.expected_calibration_error <= 0.015


def test_its_masks_lie_on_the_letters(figures):
    assert figures.pointing >= 0.985
    assert figures.order >= 0.965
    assert figures.mass >= 0.97
    assert figures.area <= 0.09
    assert max(abs(offset) for offset in figures.offset) <= 0.5


def test_its_masks_show_what_it_reads_from(figures):
    assert figures.sufficiency >= 0.97
    assert figures.necessity >= 0.985


def test_it_is_small():
    assert sum(shipped_reader(suffix).stat().st_size for suffix in (".onnx", ".keras")) <= 2_000_000
    assert kr.load(shipped_reader(".keras")).config == kr.ReaderConfig()


def test_it_is_what_load_gives():
    reader = kr.load()
    assert reader.source.endswith("reader.onnx")
    assert reader.config == kr.ReaderConfig()
