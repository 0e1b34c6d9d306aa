"""The most probable texts are found exactly, in every artifact's probabilities."""

import itertools
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import keras_reader as kr
from keras_reader.inference.text_search import TextSearch

CONFIG = kr.ReaderConfig(alphabet="ab1", max_length=3, image_size=(8, 8))
TEXTS = ["".join(text) for n in range(5) for text in itertools.product("ab1", repeat=n)]


def probabilities(seed, steps=4, classes=4, sharpness=1.0, zeros=0.0):
    random = np.random.default_rng(seed)
    values = random.gamma(0.5, size=(steps, classes)) ** sharpness
    values[random.random((steps, classes)) < zeros] = 0
    return (values / np.maximum(values.sum(axis=1, keepdims=True), 1e-9)).astype(np.float32)


def probability(text, values):
    """Of a text; one of four characters was read by all decoding steps, none of which gave the terminator."""
    ids = [*map("ab1".index, text), 3][: len(values)]
    return math.prod(float(values[step, i]) for step, i in enumerate(ids))


def by_brute_force(values, matches):
    found = [(text, probability(text, values)) for text in TEXTS if matches(text)]
    return sorted(((text, p) for text, p in found if p > 0), key=lambda pair: -pair[1])


RESTRICTIONS = [
    ({}, lambda text: True),
    ({"allow": "a1"}, lambda text: set(text) <= set("a1")),
    ({"allow": "1xyz"}, lambda text: set(text) <= set("1")),
    ({"pattern": "A9"}, lambda text: re.fullmatch("[ab]1", text)),
    ({"pattern": "re:(ab)*|1+"}, lambda text: re.fullmatch("(ab)*|1+", text)),
    ({"pattern": "re:.*b.*", "allow": "b1"}, lambda text: re.fullmatch("[b1]*b[b1]*", text)),
]


@given(
    seed=st.integers(0, 2**32),
    restriction=st.sampled_from(RESTRICTIONS),
    top=st.integers(1, 100),
    sharpness=st.sampled_from([0.0, 1.0, 8.0]),
    zeros=st.sampled_from([0.0, 0.4]),
)
def test_the_best_texts_are_those_of_brute_force(seed, restriction, top, sharpness, zeros):
    options, matches = restriction
    values = probabilities(seed, sharpness=sharpness, zeros=zeros)
    search = TextSearch(CONFIG, **options, top=top)
    found = [(CONFIG.characters.decode(text.ids), text.probability) for text in search.best(values)]
    expected = by_brute_force(values, matches)
    assert len(found) == min(top, len(expected))
    assert len({text for text, _ in found}) == len(found)
    assert all(matches(text) for text, _ in found)
    np.testing.assert_allclose([p for _, p in found], [p for _, p in expected[:top]], rtol=1e-9)
    np.testing.assert_allclose([p for _, p in found], [probability(text, values) for text, _ in found], rtol=1e-9)
    total = sum(p for _, p in expected)
    assert search.allowed_probability(values) == pytest.approx(min(total, 1), rel=1e-9, abs=1e-12)


def test_all_texts_together_are_certain():
    search = TextSearch(CONFIG, pattern="re:.*")
    assert search.allowed_probability(probabilities(0)) == pytest.approx(1, abs=1e-6)


def test_texts_of_many_steps_and_classes_are_found_without_underflow():
    config = kr.ReaderConfig(alphabet="".join(map(chr, range(200, 500))), max_length=40, image_size=(8, 8))
    values = np.full((41, 301), 1e-30, np.float32)
    values[:, 7] = 1e-20
    values[40, -1] = 1
    (best,) = TextSearch(config, pattern="re:.{40}").best(values)
    assert best.ids == (7,) * 40
    assert best.probability == 0  # too small for a float, and found all the same


def test_it_says_which_texts_are_allowed():
    search = TextSearch(CONFIG, allow="a1", pattern="re:a+1?")
    assert [search.allows(text) for text in ("a", "aa1", "aaa", "b", "1", "x", "")] == [True] * 3 + [False] * 4


@pytest.mark.parametrize("top", [0, -1, 101, 2.0, True])
def test_a_number_of_texts_out_of_its_range_is_refused(top):
    with pytest.raises(kr.InputError, match="top must be a whole number from 1 to 100"):
        TextSearch(CONFIG, top=top)


def read_with(values, **options):
    """What a reader gives whose decoding steps have these probabilities."""
    values = np.asarray(values, np.float32)
    steps = np.arange(len(values), dtype=np.float32)
    output = {
        "ids": values.argmax(-1),
        "confidence": np.float32(0.125),
        "character_confidence": values.max(-1),
        "masks": np.broadcast_to(steps[:, None, None] / 10, (len(values), 8, 8)),
        "probabilities": values,
    }
    reader = kr.Reader(CONFIG, lambda images: {name: np.stack([v] * len(images)) for name, v in output.items()}, "x")
    return reader.read_one(np.zeros((8, 8), np.uint8), **options)


A_OR_1 = [[0.5, 0.125, 0.25, 0.125], [0.0, 0.0, 0.25, 0.75], [0, 0, 0, 1], [0, 0, 0, 1]]


def test_a_restricted_reading_has_the_confidences_and_masks_of_its_own_text():
    reading = read_with(A_OR_1, allow="1")
    assert (reading.text, reading.confidence) == ("1", 0.25 * 0.75)
    np.testing.assert_array_equal(reading.character_confidence, np.float32([0.25]))
    assert reading.end_confidence == 0.75
    assert reading.masks.shape == (1, 8, 8) and reading.end_mask[0, 0] == np.float32(0.1)
    # "", "1" and "11"
    assert reading.allowed_probability == pytest.approx(0.125 + 0.25 * 0.75 + 0.25 * 0.25)
    assert reading.alternatives == ()


def test_alternatives_are_the_best_texts_the_reading_first():
    reading = read_with(A_OR_1, top=3)
    assert reading.alternatives == (("a", 0.375), ("1", 0.1875), ("", 0.125))
    assert (reading.text, reading.confidence) == reading.alternatives[0]
    assert reading.allowed_probability is None


def test_without_options_the_reading_is_what_the_artifact_gave():
    reading = read_with(A_OR_1)
    assert (reading.text, reading.confidence, reading.alternatives) == ("a", 0.125, ())
    assert reading.allowed_probability is None


def test_where_no_allowed_text_is_possible_the_reading_is_empty_with_confidence_0():
    reading = read_with([[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1]], pattern="99", top=2)
    assert (reading.text, reading.confidence, reading.alternatives) == ("", 0, ())
    assert reading.masks.shape == (0, 8, 8) and reading.end_mask is None and reading.end_confidence is None
    assert reading.allowed_probability == 0


def test_a_text_that_no_step_ends_is_found_too():
    reading = read_with([[1, 0, 0, 0]] * 4, allow="a", top=1)
    assert reading.alternatives == (("aaaa", 1.0),)
    assert reading.end_mask is None


@pytest.mark.parametrize("name", ["reader.keras", "saved_model", "reader.onnx"])
def test_every_artifact_is_read_with_restrictions_and_alternatives(golden, name):
    reader = kr.load(golden / name)
    decode, steps = reader.config.characters.decode, reader.config.decoding_steps
    with np.load(golden / "expected.npz") as expected:
        images, probabilities, masks = (expected[name] for name in ("images", "probabilities", "masks"))
    plain, restricted = list(reader.read(images)), list(reader.read(images, allow="B", top=3))
    assert len({reading.text for reading in plain}) > 3
    for reading, values, mask in zip(restricted, probabilities.astype(np.float64), masks, strict=True):
        texts = [(1,) * n for n in range(steps + 1)]
        ps = {decode(t): np.prod([values[k, i] for k, i in enumerate((*t, 2)[:steps])]) for t in texts}
        best = sorted(ps, key=lambda text: -ps[text])[:3]
        assert [text for text, _ in reading.alternatives] == best
        np.testing.assert_allclose([p for _, p in reading.alternatives], [ps[t] for t in best], rtol=0, atol=1e-4)
        np.testing.assert_allclose(reading.masks, mask[: len(reading.text)], rtol=0, atol=1e-4)
        assert reading.allowed_probability == pytest.approx(sum(ps.values()), abs=1e-4)


def test_a_range_of_characters_is_refused_with_what_to_write_instead():
    config = kr.ReaderConfig(alphabet="0123456789-")
    with pytest.raises(
        kr.InputError, match="allow 0-9 stands for 3 characters, not for a range: write allow 0123456789"
    ):
        TextSearch(config, allow="0-9")
