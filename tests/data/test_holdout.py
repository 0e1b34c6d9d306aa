"""Pictures are set aside for validation by content and text."""

import string
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_reader.data.holdout import also_trained_on, content_digest, describe_leak, hold_out, spread

contents_and_texts = st.lists(
    st.tuples(st.binary(min_size=1, max_size=1), st.text("abc", min_size=1, max_size=4)), min_size=2, max_size=150
)


SINGLE = list(string.ascii_letters + string.digits)


def sides(values, held_out):
    held = set(held_out)
    return {v for i, v in enumerate(values) if i in held}, {v for i, v in enumerate(values) if i not in held}


@given(contents_and_texts, st.integers(1, 30), st.integers(0, 1000))
@settings(max_examples=60)
def test_a_content_is_on_one_side_and_some_pictures_stay_on_each(pairs, count, seed):
    contents, texts = zip(*pairs, strict=True)
    held_out = hold_out(contents, texts, count, seed)
    assert held_out == sorted(set(held_out)) == hold_out(contents, texts, count, seed)
    assert len(held_out) < len(texts)
    held, trained = sides(contents, held_out)
    assert not held & trained
    assert held_out or len(set(contents)) == 1


def numbers(count):
    return [str(1000 + 7 * i) for i in range(count)]


def test_as_many_are_chosen_as_asked_for_and_no_text_of_theirs_is_trained_on():
    texts = numbers(100) * 3
    contents = [bytes([i % 256, i // 256]) for i in range(300)]
    held_out = hold_out(contents, texts, 30, 0)
    assert 30 <= len(held_out) <= 32
    held, trained = sides(texts, held_out)
    assert len(held) == 10 and not held & trained


def test_few_texts_may_be_on_both_sides():
    texts = ["on", "off"] * 50
    contents = [bytes([i]) for i in range(100)]
    held_out = hold_out(contents, texts, 10, 0)
    assert len(held_out) == 10
    assert sides(texts, held_out) == ({"on", "off"}, {"on", "off"})


def test_every_character_stays_in_training():
    texts = [*numbers(99), "x1"]
    contents = [bytes([i]) for i in range(100)]
    for seed in range(50):
        _, trained = sides(texts, hold_out(contents, texts, 20, seed))
        assert "x1" in trained


@pytest.mark.parametrize("longer", [[], [a + b for a, b in zip(SINGLE[:20:2], SINGLE[1:20:2], strict=True)]])
def test_where_each_text_has_a_character_of_its_own_texts_are_on_both_sides(longer):
    texts = [text for text in SINGLE for _ in range(20)] + longer
    contents = [bytes([i % 256, i // 256]) for i in range(len(texts))]
    chosen = hold_out(contents, texts, len(texts) // 10, seed=0)
    assert len(chosen) == len(texts) // 10
    kept = Counter(texts[i] for i in set(range(len(texts))) - set(chosen))
    assert all(kept[text] >= 10 for text in SINGLE)


def test_a_text_of_most_pictures_is_trained_on():
    texts = [*numbers(60), *["0000"] * 100]
    contents = [bytes([i]) for i in range(160)]
    for seed in range(20):
        held_out = hold_out(contents, texts, 16, seed)
        assert "0000" in sides(texts, held_out)[1]
        assert len(held_out) == 16


def test_another_seed_chooses_others():
    texts = numbers(100)
    contents = [bytes([i]) for i in range(100)]
    assert hold_out(contents, texts, 10, 0) != hold_out(contents, texts, 10, 1)


@given(st.integers(1, 500), st.integers(1, 500))
def test_items_are_spread_over_all_of_a_list_one_in_each_stretch(total, count):
    chosen = spread(total, count)
    assert chosen == spread(total, count)
    assert len(chosen) == min(total, count)
    assert all(k * total // len(chosen) <= i < (k + 1) * total // len(chosen) for k, i in enumerate(chosen))


def test_kinds_that_take_turns_are_chosen_alike():
    kinds = np.arange(4000) % 2
    assert abs(kinds[spread(4000, 2000)].mean() - 0.5) < 0.05


def test_pictures_on_both_sides_are_found_whatever_their_files():
    image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    first, turned, other = map(content_digest, (image, image.reshape(4, 3), image + 1))
    assert also_trained_on([first, other], [turned, first, other, first]) == [1, 2, 3]
    assert also_trained_on([first], [turned]) == []
    assert describe_leak(1234).startswith("1,234 of the pictures are also trained on")
