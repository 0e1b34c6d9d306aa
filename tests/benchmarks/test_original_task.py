"""What measures the readers of the original's images."""

import numpy as np
import pytest

from benchmarks.attention_study import _looks_of
from benchmarks.common.beside_original import beside_original
from benchmarks.common.unclipped import UnclippedReader
from benchmarks.pictures.side_by_side import CAPTION_HEIGHT, side_by_side
from keras_reader.data.synthetic_words import STRONG_CLUTTER, SyntheticWords
from keras_reader.inference.loading import load
from keras_reader.inference.read_example import ReadExample
from keras_reader.inference.reader import Reading


def test_an_unclipped_reader_reads_bytes_as_any_reader_does_and_floats_beyond_them(golden):
    reader, unclipped = load(golden / "reader.keras"), UnclippedReader(golden / "reader.keras")
    words = SyntheticWords(alphabet="AB", max_length=2, image_size=reader.config.image_size, font_size=(5, 6))
    images = words.batch(range(4))[0]
    for one, other in zip(reader.read(images), unclipped.read(images), strict=True):
        assert one.text == other.text
        np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-5)
    floats = images.astype(np.float32) - 300
    probabilities = [reading.probabilities for reading in unclipped.read(floats)]
    assert not np.allclose(probabilities, [reading.probabilities for reading in unclipped.read(images)])


def test_readers_of_a_word_are_drawn_beside_each_other_until_the_longest_reading_ends():
    image = np.full((40, 40), 300, np.float32)  # drawn as white

    def example(text):
        masks, sure = np.zeros((len(text), 40, 40), np.float32), np.full(len(text), 0.9, np.float32)
        return ReadExample(image=image, text="AB", reading=Reading(text, 0.8, sure, masks, 0.9, masks[0]))

    rows = [[(f"reader {i}{j}", example(text)) for j, text in enumerate(("A", "AB", "ABC"))] for i in range(2)]
    frames = side_by_side(rows)
    assert len(frames) == 1 + 3 + 1
    assert len({frame.size for frame in frames}) == 1
    width, height = frames[0].size
    one = np.asarray(frames[0])[CAPTION_HEIGHT:, : width // 3]
    two = np.asarray(frames[0])[CAPTION_HEIGHT:, width // 3 : 2 * (width // 3)]
    assert abs(one.mean() - two[:, : one.shape[1]].mean()) < 2  # alike but for their place
    assert height > 2 * CAPTION_HEIGHT


def test_without_pytorch_the_originals_step_is_left_out(monkeypatch):
    monkeypatch.setattr("benchmarks.common.beside_original.find_spec", lambda name: None)
    parts = beside_original(lambda seconds: pytest.fail("nothing to compare with"), 1, 1)
    assert "pip install keras_reader[torch]" in parts[-1]


def test_the_noisy_words_of_the_study_differ_from_the_others_in_nothing_else():
    cluttered = {**STRONG_CLUTTER, **_looks_of("noisy")}
    assert SyntheticWords(**cluttered) == SyntheticWords()
