"""What the benchmarks measure with: a wrong figure is worse than none."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.attention_study import brightness
from benchmarks.calibration import Confidences, left_after_rejecting, noise_floor
from benchmarks.common.font_families import common_fonts, family, split_by_family
from benchmarks.common.ideal_observer import IdealObserver, as_one_letter
from benchmarks.common.images_without_text import images_without_text
from benchmarks.common.markdown_page import table
from benchmarks.common.misreadings import Word, kind, letters_of, read_for_each
from keras_reader.config import ReaderConfig
from keras_reader.data.synthetic_words import STRONG_CLUTTER, SyntheticWords
from keras_reader.errors import InputError
from keras_reader.evaluation.edit_distance import levenshtein
from keras_reader.inference.reader import Reading

texts = st.text("ABOQ", max_size=5)


def test_the_ideal_observer_reads_all_words_without_much_noise_and_is_sure_of_them():
    observer = IdealObserver(SyntheticWords(noise=0.01))
    for index in range(20):
        example = observer.words.example(index)
        image, text, boxes = example.image, example.text, example.boxes
        named = observer.read(image, text, boxes)
        assert named.text == text
        assert named.confidence > 0.999


def test_the_ideal_observer_takes_an_o_that_looks_like_a_q_for_a_q():
    words = SyntheticWords(noise=0.1)
    example = next(example for example in words.examples(range(100)) if "O" in example.text)
    image, text, boxes = example.image, example.text, example.boxes
    drawn = SyntheticWords(noise=1e-6, alphabet="Q", max_length=1, min_length=1).example(0)
    q = drawn.image[drawn.boxes[0][1] : drawn.boxes[0][3], drawn.boxes[0][0] : drawn.boxes[0][2]]
    k = text.index("O")
    changed = image.copy()
    left, top = boxes[k][:2]
    changed[top : top + q.shape[0], left : left + q.shape[1]] = q
    assert IdealObserver(words).read(changed, text, boxes).text[k] == "Q"


def test_the_ideal_observer_is_as_unsure_as_it_is_wrong():
    observer = IdealObserver(SyntheticWords(noise=0.3, alphabet="OQ", max_length=1))
    examples = observer.words.examples(range(400))
    named = [(observer.read(example.image, example.text, example.boxes), example.text) for example in examples]
    right = np.mean([reading.text == text for reading, text in named])
    assert abs(np.mean([reading.confidence for reading, _ in named]) - right) < 0.06
    assert 0.5 < right < 0.95


def test_the_ideal_observer_knows_words_that_were_drawn_smaller_to_fit():
    observer = IdealObserver(SyntheticWords(noise=0.01, alphabet="WM", min_length=4, font_size=(14, 14)))
    example = observer.words.example(0)
    image, text, boxes = example.image, example.text, example.boxes
    assert observer.read(image, text, boxes).text == text
    assert observer.size_of(text) < 14 == observer.size_of("W")


@pytest.mark.parametrize(
    "changed", [{"font_size": (9, 10)}, {"noise": 0.0}, {"noise": (0.1, 0.2)}, {"polarity": "dark"}, {"clip": False}]
)
def test_the_ideal_observer_refuses_words_that_it_does_not_know_how_to_read(changed):
    with pytest.raises(InputError, match="ideal observer"):
        IdealObserver(replace(SyntheticWords(), **changed))


def test_the_ideal_observer_reads_through_clutter_that_it_is_told_of():
    words = SyntheticWords(**{**STRONG_CLUTTER, "noise": 0.01})
    beneath = replace(words, noise=0, clip=False).backgrounds(range(20))
    observer = IdealObserver(words)
    for index in range(20):
        example = words.example(index)
        image, text, boxes = example.image, example.text, example.boxes
        assert observer.read(image, text, boxes, beneath[index]).text == text
        with pytest.raises(InputError, match="needs the surroundings of words"):
            observer.read(image, text, boxes)


def test_o_and_q_count_as_one_letter():
    assert as_one_letter("QUOQ") == as_one_letter("OUQO") != as_one_letter("OUO")


@given(texts, texts)
def test_an_alignment_says_what_was_read_for_each_letter_in_the_fewest_edits(true, read):
    pairs = read_for_each(true, read)
    assert len(pairs) == len(true)
    assert sum(len(pair) for pair in pairs) <= len(read)
    changed = sum(a != b for a, b in zip(true, pairs, strict=True))
    added = len(read) - sum(len(pair) for pair in pairs)
    assert changed + added == levenshtein(true, read)


def test_a_left_out_letter_is_told_from_a_confused_one():
    assert read_for_each("ABO", "AO") == ["A", "", "O"]
    assert read_for_each("ABO", "ABQ") == ["A", "B", "Q"]
    assert kind("OA", "QA") == "only O and Q confused"
    assert kind("OA", "QB") == "other letters confused"
    assert kind("OA", "A") == "letters left out"
    assert kind("A", "AA") == "letters too many"


def test_letters_know_where_they_lie_and_who_misread_them():
    # Centres at 4 and 12.5 across, 6 down; the cells' are at 2, 6, 10, 14 ...
    boxes = np.array([(1, 2, 7, 10), (8, 2, 17, 10)])
    first, second = letters_of(Word(0, "OB", boxes, "QB", 0.9, "OE", 14), (40, 40))
    assert (first.wrong, first.wrong_as_one, first.observer_wrong) == (True, False, False)
    assert (second.wrong, second.wrong_as_one, second.observer_wrong) == (False, False, True)
    assert (first.edge, second.edge) == (1, 2)
    assert (first.gap, second.gap) == (1, 1)
    assert (first.across, second.across) == (2, 1.5)
    assert (first.down, second.down) == (0, 0)
    (alone,) = letters_of(Word(0, "O", boxes[:1], "O", 0.9, "O", 14), (40, 40))
    assert alone.gap == np.inf


def test_rejecting_the_least_confident_leaves_the_confident_mistakes():
    answers = Confidences(np.array([0.1, 0.2, 0.3, 0.9]), np.array([False, True, False, False]))
    assert left_after_rejecting(0, answers) == 1
    assert left_after_rejecting(0.25, answers) == pytest.approx(2 / 3)
    assert left_after_rejecting(0.5, answers) == pytest.approx(2 / 3)
    assert left_after_rejecting(1, answers) == 0


def test_fewer_readings_look_worse_calibrated_by_chance():
    confidence = np.random.default_rng(0).random(10_000)
    assert noise_floor(np.ones(100)) == 0
    assert 2 * noise_floor(confidence) < noise_floor(confidence[:100])


def test_images_without_text_are_what_they_are_called():
    images = dict(images_without_text(SyntheticWords(split="test"), 3))
    assert {batch.shape for batch in images.values()} == {(3, 40, 40)}
    assert {batch.dtype for batch in images.values()} == {np.dtype(np.uint8)}
    assert not images["black"].any()
    assert 0 < images["noise of the task"].max() < 140
    assert images["every pixel random in 0 to 255"].mean() == pytest.approx(127.5, abs=5)
    flat = images["grey of one level, noise of the task"].astype(float)
    assert (flat.std(axis=(1, 2)) < 30).all()


@pytest.mark.slow
def test_no_family_of_fonts_is_trained_and_tested_on():
    fonts = common_fonts()
    train, test = split_by_family(fonts)
    assert sorted(train + test) == sorted(fonts)
    assert test and {*map(family, train)}.isdisjoint(map(family, test))
    assert split_by_family(fonts[::-1]) == (train, test)
    assert not any(Path(font).stem.startswith(("cmex", "STIXSiz")) for font in fonts)


def test_tables_are_markdown():
    assert table(("a", "bb"), [("ccc", 1)]) == "| a   |  bb |\n| --- | --: |\n| ccc |   1 |"


@pytest.mark.slow
def test_operations_of_a_step_are_those_of_its_layers():
    keras = pytest.importorskip("keras")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("counted in TensorFlow's graph")
    from benchmarks.common.operations import count_operations
    from keras_reader.config import ReaderConfig
    from keras_reader.models.reader_model import build_reader
    from keras_reader.training.options import TrainingOptions
    from keras_reader.training.trainer import compile_reader

    filters, units, batch, steps = 2, 4, 3, 2
    model = build_reader(ReaderConfig("deep_reader", "ABC", steps - 1, (12, 14), filters=filters, units=units))
    compile_reader(model, TrainingOptions.for_preset("deep_reader"))
    convolutions = 9 * filters * (10 * 12 + filters * 8 * 10 + filters * 6 * 8)
    lstm = 4 * units * (6 * 8 * filters + units)
    one_step = convolutions + lstm + 4 * units  # four classes
    masks = (steps - 1) * 12 * 14 * units  # the last step's next mask is not needed
    forward, whole = count_operations(model, batch)
    assert forward == 2 * batch * (steps * one_step + masks)
    # Backward each product has two gradients, but for the image's own, which nothing waits for.
    assert 2.5 * forward < whole < 3 * forward


def masked_by(shape_mask):
    """A reader that is always right, and whose masks are what `shape_mask` makes of the letter's box."""
    words = SyntheticWords(image_size=(32, 24), max_length=2, font_size=(9, 9))

    class Right:
        config = ReaderConfig(max_length=2, image_size=(32, 24))

        def read_batch(self, images):
            _, texts, boxes = words.batch(range(len(images)))
            return list(map(self.reading, texts, boxes))

        def reading(self, text, letters):
            masks = np.full((len(text), 32, 24), 0.1, np.float32)
            for mask, box in zip(masks, letters, strict=True):
                shape_mask(mask, box)
            return Reading(text, 1.0, np.ones(len(text)), masks, 1.0, np.zeros((32, 24)))

    return brightness(Right(), words, 40)


def test_a_mask_of_columns_is_as_bright_above_and_below_the_letter_as_on_it():
    def columns(mask, box):
        mask[:, box[0] : box[2]] = 0.5

    means = masked_by(columns)
    assert means["on the letter being read"] == means["above and below the letter being read"] == 1
    # A pixel more: the boxes of neighbours like A and V overlap.
    assert means["left and right of the letter being read"] == pytest.approx(0.2, abs=0.03)
    assert means["on letters already read"] == pytest.approx(0.2, abs=0.03)


def test_a_mask_of_the_letter_alone_is_dark_on_all_sides():
    def point(mask, box):
        mask[box[1] : box[3], box[0] : box[2]] = 1

    means = masked_by(point)
    assert means.pop("on the letter being read") == 1
    assert all(mean == pytest.approx(0.1, abs=0.03) for mean in means.values())
