"""Figures of a reader, by value."""

import dataclasses

import numpy as np
import pytest

import keras_reader as kr
from keras_reader.evaluation.evaluate import evaluate, evaluate_words, examine_words, read_words
from keras_reader.evaluation.faithfulness import Faithfulness
from keras_reader.inference.read_example import ReadExample
from keras_reader.inference.reader import Reading


def reading(text, confidence=0.9, *masks):
    masks = np.stack(masks) if masks else np.zeros((len(text), 12, 16))
    return Reading(text, confidence, np.zeros(len(text)), masks, None, None)


def case(reading, text, boxes=None, faithfulness=None):
    return ReadExample(image=np.zeros((0, 0), np.uint8), text=text, boxes=boxes, reading=reading), faithfulness


def square(left, top, right, bottom):
    mask = np.zeros((12, 16))
    mask[top:bottom, left:right] = 0.5
    return mask


def test_figures_of_a_few_readings():
    figures = evaluate(
        [case(reading("AB", 0.9), "AB"), case(reading("A", 0.5), "ABC"), case(reading("", 0.2), "")], (10, 10)
    )
    assert figures.images == 3
    assert figures.whole_word_accuracy == pytest.approx(2 / 3)
    assert figures.character_error_rate == pytest.approx(2 / 5)
    assert figures.expected_calibration_error == pytest.approx((0.1 + 0.5 + 0.8) / 3)


def test_figures_of_a_few_masks():
    boxes = np.array([[4, 2, 8, 6], [10, 2, 14, 6]])
    on, below, right = square(4, 2, 8, 6), square(4, 4, 8, 8), square(11, 2, 15, 6)
    figures = evaluate(
        [
            case(reading("AB", 0.9, on, right), "AB", boxes, Faithfulness("AB", np.array([1, 1]), np.array([1, 0]))),
            case(reading("A", 0.9, below), "AB", boxes, Faithfulness("A", np.array([1]), np.array([0]))),
            case(
                reading("A", 0.9, np.zeros((12, 16))), "A", boxes[:1], Faithfulness("A", np.array([0]), np.array([0]))
            ),
            case(reading("", 0.9), "", boxes[:0], Faithfulness("", np.array([]), np.array([]))),
        ],
        window=(2, 2),
    )
    assert figures.area == pytest.approx((16 + 16 + 16 + 0) / 4 / 192)
    assert figures.pointing == 3 / 5  # one mask is lacking, one is empty
    assert figures.mass == pytest.approx((1 + 1 + 3 / 4) / 3)  # of the masks that are there and not empty
    assert figures.mass_in_columns == pytest.approx(1)
    assert figures.mass_in_rows == pytest.approx((1 + 1 + 3 / 4) / 3)
    assert figures.offset == pytest.approx((1 / 3, 2 / 3))
    assert figures.order == 2 / 4
    assert figures.sufficiency == 3 / 4
    assert figures.necessity == 1 / 4


def test_offsets_to_both_sides_cancel_and_distances_do_not():
    box = np.array([[4, 2, 8, 6]])
    left, right = square(2, 2, 6, 6), square(6, 2, 10, 6)
    figures = evaluate([case(reading("A", 0.9, mask), "A", box) for mask in (left, right)], (10, 10))
    assert figures.offset == pytest.approx((0, 0))
    assert figures.distance == pytest.approx((2, 0))


def test_a_character_without_a_mask_is_missed():
    box = np.array([[4, 2, 8, 6]])
    found, missed = reading("A", 0.9, square(4, 2, 8, 6)), reading("")
    assert evaluate([case(found, "A", box), case(missed, "A", box)], (10, 10)).pointing == 0.5


def test_what_takes_boxes_or_backgrounds_is_left_out_where_there_are_none():
    figures = evaluate([case(reading("A", 0.9, square(4, 2, 8, 6)), "A")], (10, 10))
    assert [row.label for row in figures.rows()] == [
        "images",
        "whole-word accuracy",
        "character error rate",
        "expected calibration error",
        "mask area",
    ]
    nothing_read = evaluate([case(reading(""), "A", np.array([[4, 2, 8, 6]]))], (10, 10))
    assert (nothing_read.pointing, nothing_read.order) == (0, 0)
    assert (nothing_read.area, nothing_read.mass, nothing_read.offset, nothing_read.sufficiency) == (None,) * 4


def test_rows_give_the_figures_with_their_units():
    box = np.array([[4, 2, 8, 6]])
    faithfulness = Faithfulness("A", np.array([True]), np.array([False]))
    figures = evaluate([case(reading("A", 0.9, square(3, 2, 7, 5)), "A", box, faithfulness)], (10, 10))
    values = {row.label: row.value for row in figures.rows()}
    assert values == {
        "images": "1",
        "whole-word accuracy": "100.00%",
        "character error rate": "0.000%",
        "expected calibration error": "0.1000",
        "mask area": "6.25%",
        "mask pointing": "100.00%",
        "mask mass in box": "100.00%",
        "mask mass in columns": "100.00%",
        "mask mass in rows": "100.00%",
        "mask order": "100.00%",
        "mask sufficiency": "100.00%",
        "mask necessity": "0.00%",
        "mask offset": "-1.00, -0.50 px",
        "mask distance": "1.00, 0.50 px",
    }
    assert all(row.meaning for row in figures.rows())


@pytest.fixture(scope="module")
def shipped():
    return kr.load("letters")


def test_words_are_examined_the_same_whatever_the_batch_size(shipped):
    words = kr.SyntheticWords(split="test", seed=3)
    assert evaluate_words(shipped, words, 30, 7).rows() == evaluate_words(shipped, words, 30).rows()


def test_examined_words_are_those_that_are_read(shipped):
    words = kr.SyntheticWords(split="test", seed=3)
    examined, read = list(examine_words(shipped, words, 20, 8)), list(read_words(shipped, words, 20))
    assert [(example.reading.text, example.text, example.boxes.tolist()) for example, _ in examined] == [
        (example.reading.text, example.text, example.boxes.tolist()) for example in read
    ]
    for example, faithfulness in examined:
        assert len(faithfulness.sufficient) == len(faithfulness.necessary) == len(example.reading.text)
    assert np.concatenate([faithfulness.sufficient for _, faithfulness in examined]).mean() > 0.9
    assert np.concatenate([faithfulness.necessary for _, faithfulness in examined]).mean() > 0.9


@pytest.mark.slow
def test_readers_of_all_formats_have_the_same_figures(golden):
    readers = [kr.load(golden / name) for name in ("reader.onnx", "reader.keras", "saved_model")]
    words = kr.SyntheticWords(alphabet="AB", max_length=2, image_size=(12, 12), font_size=(5, 6), split="test")
    first, *others = (dataclasses.asdict(evaluate_words(reader, words, 40)) for reader in readers)
    assert None not in first.values()
    for other in others:
        for name, figure in first.items():
            assert other[name] == pytest.approx(figure, abs=1e-4), name


def test_the_preset_deep_reader_is_measured_too(tmp_path):
    config = kr.ReaderConfig(preset="deep_reader", alphabet="AB", max_length=1, image_size=(16, 16), filters=2, units=4)
    kr.build_reader(config).save(tmp_path / "reader.keras")
    words = kr.SyntheticWords(alphabet="AB", max_length=1, image_size=(16, 16))
    figures = evaluate_words(kr.load(tmp_path / "reader.keras"), words, 10)
    assert figures.images == 10
    assert figures.area is None or figures.area == 1  # the first mask is all ones, and there is no second one


def test_words_of_another_size_than_the_readers_are_refused(shipped):
    words = kr.SyntheticWords(image_size=(40, 60))
    with pytest.raises(kr.InputError, match=r"images are \(40, 60\), the reader's \(40, 40\)"):
        evaluate_words(shipped, words, 5)
