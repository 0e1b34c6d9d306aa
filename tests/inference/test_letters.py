"""The reader `letters` does what its card says."""

import pytest

import keras_reader as kr
from benchmarks.common.images_without_text import images_of_nothing
from keras_reader.data.tasks import ARIAL, task_fields
from keras_reader.data.text_rendering import find_family
from keras_reader.evaluation.evaluate import evaluate_words
from keras_reader.pretrained import shipped_reader


@pytest.fixture(scope="module", params=[".onnx", pytest.param(".keras", marks=pytest.mark.slow)])
def figures(request):
    reader = kr.load(shipped_reader("letters", request.param))
    return evaluate_words(reader, kr.SyntheticWords(split="test", seed=7), 2000)


def test_it_reads_fresh_words(figures):
    assert figures.whole_word_accuracy >= 0.996
    assert figures.character_error_rate <= 0.002


@pytest.mark.parametrize("task", ["original", "mixed"])
def test_it_reads_the_originals_images_and_larger_letters(task):
    if find_family(*ARIAL) is None:
        pytest.skip(f"neither {' nor '.join(ARIAL)} is installed")
    words = kr.SyntheticWords(split="test", seed=7, **task_fields(task)).examples(range(2000))
    read = kr.load("letters").read([example.image for example in words])
    right = [reading.text == example.text for reading, example in zip(read, words, strict=True)]
    assert sum(right) >= 0.993 * len(right)


def test_its_confidence_is_calibrated(figures):
    assert figures.expected_calibration_error <= 0.003


def test_its_masks_lie_on_the_letters(figures):
    assert figures.pointing >= 0.997
    assert figures.order >= 0.997
    assert figures.mass >= 0.99
    assert figures.area <= 0.165
    assert max(abs(offset) for offset in figures.offset) <= 0.65  # pixels


def test_its_masks_show_what_it_reads_from(figures):
    assert figures.sufficiency >= 0.97
    assert figures.necessity >= 0.995


@pytest.fixture(scope="module")
def without_text():
    return dict(images_of_nothing(kr.SyntheticWords(split="test"), 300))


@pytest.mark.parametrize(
    "kind",
    [
        "black",
        "noise of the task",
        "every pixel random in 0 to 255",
        "grey of one level, noise of the task",
        "a gradient, noise of the task",
        "a photo-like field (1/f), noise of the task",
    ],
)
def test_what_shows_no_text_is_read_as_empty(without_text, kind):
    empty = [reading.text == "" for reading in kr.load("letters").read(without_text[kind])]
    assert sum(empty) >= 0.98 * len(empty)


def test_it_is_small():
    assert sum(shipped_reader("letters", suffix).stat().st_size for suffix in (".onnx", ".keras")) <= 2_000_000
    assert kr.load(shipped_reader("letters", ".keras")).config == kr.ReaderConfig()


def test_it_is_what_its_name_gives():
    reader = kr.load("letters")
    assert reader.source.endswith("reader.onnx")
    assert reader.config == kr.ReaderConfig()
