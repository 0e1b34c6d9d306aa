"""What the peers are given, how the CTC network decodes and learns, and how commands are timed."""

import csv
import sys

import numpy as np
import pytest

from benchmarks.real_images import fast_plate_ocr, keras_ctc_example
from benchmarks.real_images.data_sets import Labelled, Run
from benchmarks.real_images.measuring import score, timed_training
from keras_reader.errors import CommandError


@pytest.mark.parametrize(
    ("usual", "size"), [((50, 200), (48, 192)), ((64, 128), (64, 128)), ((21, 44), (64, 136)), ((10, 900), (32, 2880))]
)
def test_fast_plate_ocr_gets_as_many_pixels_as_its_default_in_the_shape_of_the_images(usual, size):
    assert fast_plate_ocr.image_size(*usual) == size


def test_fast_plate_ocr_pads_with_a_character_that_no_text_has(tmp_path):
    from PIL import Image

    Image.new("L", (128, 64)).save(tmp_path / "a.png")
    item = Labelled(tmp_path / "a.png", "b_a")
    plates = fast_plate_ocr.plates(Run("split", 0, (item,), (item,), (item,)))
    assert (plates["alphabet"], plates["pad_char"], plates["max_plate_slots"]) == ("_ab~", "~", 3)


@pytest.mark.parametrize(
    ("usual", "longest", "size"), [((50, 200), 5, (50, 200)), ((33, 73.6), 7, (33, 74)), ((10, 20), 4, (18, 36))]
)
def test_the_ctc_network_gets_images_of_their_usual_size_but_enough_columns(usual, longest, size):
    assert keras_ctc_example.image_size(*usual, longest) == size
    assert size[1] // 4 >= 2 * longest + 1


def test_greedy_decoding_takes_repeats_once_and_leaves_blanks_out():
    best = np.array([[0, 0, 2, 0, 1, 1], [2, 2, 2, 2, 2, 2]])  # 2 is the blank
    assert keras_ctc_example.greedy_texts(np.eye(3)[best], "ab") == ["aab", ""]


def test_the_ctc_loss_and_metric_take_texts_of_different_lengths():
    keras = pytest.importorskip("keras")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("the example's loss is TensorFlow's")
    labels = np.array([[0, 0, 1], [1, -1, -1]], np.int32)
    best = np.array([[0, 2, 0, 1, 2], [2, 1, 1, 2, 2]])
    logits = 20 * np.eye(3, dtype=np.float32)[best]
    np.testing.assert_allclose(keras_ctc_example.ctc_loss(labels, logits), 0, atol=1e-5)
    np.testing.assert_array_equal(keras_ctc_example.whole_word_accuracy(labels, logits), 1)
    wrong = labels[::-1]
    assert np.all(keras_ctc_example.ctc_loss(wrong, logits) > 10)
    np.testing.assert_array_equal(keras_ctc_example.whole_word_accuracy(wrong, logits), 0)


def test_words_and_edits_are_counted():
    assert score(["ab", "abc"], ["ab", "b"]) == {
        "words": 2,
        "right": 1,
        "characters": 5,
        "edits": 2,
        "misread": [[1, "abc", "b"]],
    }


def test_a_training_is_timed_from_start_to_end_with_each_validation_when_it_was_logged(tmp_path):
    log = tmp_path / "log.csv"
    writes = (
        "import time; file = open('log.csv', 'w')\n"
        "for row in ('epoch,acc', '0,0.25', '1,0.5'):\n    time.sleep(0.4); print(row, file=file, flush=True)\n"
    )
    command = [sys.executable, "-c", writes]
    seconds, curve = timed_training(command, tmp_path, lambda: log if log.exists() else None, "acc", {})
    assert [accuracy for _, accuracy in curve] == [0.25, 0.5]
    assert 0.8 <= curve[0][0] < curve[1][0] <= seconds
    assert list(csv.DictReader(log.open()))[-1]["acc"] == "0.5"


def test_a_training_without_a_validation_is_no_result(tmp_path):
    with pytest.raises(CommandError, match="no row with acc"):
        timed_training([sys.executable, "-c", ""], tmp_path, lambda: None, "acc", {})


def test_a_failed_training_ends_with_what_it_printed(tmp_path):
    with pytest.raises(CommandError, match="no such thing"):
        timed_training([sys.executable, "-c", "raise SystemExit('no such thing')"], tmp_path, lambda: None, "acc", {})
