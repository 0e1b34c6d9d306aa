"""Pieces of drawn texts among the training examples: what is left of an image, what is to be read, and how often."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_reader.alphabet import Alphabet
from keras_reader.cli.main import main
from keras_reader.data.part_of_text import part_of_text
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.training.drawing import DrawWords
from tests.helpers.drawing import check_alike_in_any_batch

WORDS = SyntheticWords(alphabet="ABCD ", min_length=0, max_length=6, image_size=(20, 90), noise=0)
LONG = replace(WORDS, alphabet="ABCD", min_length=5)
WHOLE = DrawWords(LONG, decoding_steps=7, centres=True)
SOME_PARTS = DrawWords(LONG, decoding_steps=7, centres=True, parts=0.3, seed=4)


def part(text, chosen, share=0.5):
    """A piece around a character of a text whose characters are white, 8 pixels wide and 10 apart, on grey.

    Its sides lie at this share of what they may be. What is left, its text, its boxes, and the whole image.
    """
    image = np.full((20, 10 * len(text) + 40), 50, np.uint8)
    boxes = np.array([(20 + 10 * i, 4, 28 + 10 * i, 16) for i in range(len(text))])
    for (left, top, right, bottom), character in zip(boxes, text, strict=True):
        if character != " ":
            image[top:bottom, left:right] = 255

    class Chosen:
        def integers(self, count):
            return chosen

        def uniform(self, low, high, count):
            return np.full(count, 0 if low < 0 else low + share * (high - low))

    return *part_of_text(Chosen(), image, np.full_like(image, 50), text, boxes), image


def test_what_lies_around_the_character_is_left_and_pieces_of_those_beside_it_are_not_to_be_read():
    left, text, boxes, image = part("ABCDE", 2, share=0)
    assert text == "C"
    np.testing.assert_array_equal(boxes, [[40, 4, 48, 16]])
    # 15 pixels around the middle of C, column 44: 2 columns of B, all of C, 3 of D.
    np.testing.assert_array_equal(left[2:17, 36:51], image[2:17, 36:51])
    assert (np.delete(left, np.s_[36:51], axis=1) == 50).all()
    assert (np.delete(left, np.s_[2:17], axis=0) == 50).all()


def test_characters_beside_it_of_which_a_half_is_left_are_to_be_read_too():
    left, text, boxes, image = part("ABCDE", 2, share=0.5)
    assert text == "BCD"
    assert boxes[:, 0].tolist() == [30, 40, 50]
    np.testing.assert_array_equal(left[:, 34:54], image[:, 34:54])


@pytest.mark.parametrize(
    ("text", "chosen", "read"),
    [("A", 0, "A"), ("A B", 0, "A"), ("A B", 2, "B"), ("A  B", 1, "A "), ("AB", 1, "AB")],
)
def test_a_space_is_to_be_read_only_if_the_piece_is_cut_around_it(text, chosen, read):
    assert part(text, chosen)[1] == read


@given(st.integers(0, 2**32), st.integers(0, 2**20))
def test_what_is_left_is_of_the_image_and_all_else_is_background(seed, index):
    images, (text,), (boxes,) = WORDS.batch([index])
    (background,) = WORDS.backgrounds([index])
    if not text:
        return
    left, read, kept = part_of_text(np.random.default_rng(seed), images[0], background, text, boxes)
    assert read
    assert read in text
    assert len(kept) == len(read)
    assert {tuple(box) for box in kept} <= {tuple(box) for box in boxes}
    of_image = left != background
    np.testing.assert_array_equal(left[of_image], images[0][of_image])


def test_the_share_of_pieces_is_as_asked_and_the_other_examples_are_as_they_were():
    images, labels = SOME_PARTS(0, 1500)
    whole, whole_labels = WHOLE(0, 1500)
    changed = np.array([not np.array_equal(*pair) for pair in zip(images, whole, strict=True)])
    assert changed.mean() == pytest.approx(0.3, abs=0.04)
    for name in ("logits", "masks"):
        np.testing.assert_array_equal(labels[name][~changed], whole_labels[name][~changed])
    terminator = Alphabet(LONG.alphabet).terminator
    lengths, whole_lengths = ((these["logits"] != terminator).sum(axis=1) for these in (labels, whole_labels))
    assert (lengths[changed] > 0).all()
    assert (lengths <= whole_lengths).all()
    np.testing.assert_array_equal(np.isfinite(labels["masks"][..., 0]).sum(axis=1), lengths)


@given(st.integers(0, 10_000), st.integers(1, 5))
def test_an_example_is_the_same_whatever_batch_it_is_in(start, count):
    check_alike_in_any_batch(SOME_PARTS, start, count)


def test_a_share_of_parts_that_is_none_is_refused(capsys, tmp_path):
    with pytest.raises(SystemExit) as exit_:
        main(["train", "--parts", "1", "--out", str(tmp_path / "run")])
    assert exit_.value.code == 2
    assert "--parts must lie in [0, 1), got 1.0" in capsys.readouterr().err
