"""Fonts that lack a character are refused before a box is trained on as a character."""

import pytest

from keras_reader.config import ReaderConfig
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.errors import InputError
from keras_reader.training.examples import mixed_words, training_examples
from keras_reader.training.options import TrainingOptions


def test_a_font_that_lacks_characters_of_the_alphabet_is_refused_by_name():
    words = SyntheticWords(alphabet="AB漢", max_length=2, image_size=(24, 48))
    config = ReaderConfig(alphabet="AB漢", max_length=2, image_size=(24, 48))
    with pytest.raises(InputError, match=r"built-in font: has no glyph for 漢: give fonts.*--font"):
        mixed_words(words, config)
    with pytest.raises(InputError, match="no glyph"):
        training_examples(config, words, TrainingOptions.for_preset("small", validation_images=1))


def test_an_error_names_twenty_characters_at_most():
    alphabet = "".join(chr(0x4E00 + i) for i in range(50))
    with pytest.raises(InputError, match="and 30 more"):
        mixed_words(SyntheticWords(alphabet=alphabet), ReaderConfig(alphabet=alphabet))


def test_mixed_words_are_as_large_as_the_characters_that_the_preset_is_made_for():
    mixed = mixed_words(SyntheticWords(image_size=(48, 96)), ReaderConfig(preset="base", image_size=(48, 96)))
    assert mixed.font_size == (16, 42)
    assert (mixed.intensity, mixed.noise, mixed.background, mixed.min_length) == (255, 0, 0, 1)
    given = mixed_words(SyntheticWords(image_size=(48, 96), font_size=(20, 21)), ReaderConfig(preset="base"))
    assert given.font_size == (20, 21)
