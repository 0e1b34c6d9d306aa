"""Synthetic words for any reader."""

from keras_reader.config import ReaderConfig
from keras_reader.data.synthetic_words import SyntheticWords


def fresh_words(config: ReaderConfig) -> SyntheticWords:
    """Words of the `"test"` split in a reader's own alphabet, length and image size; none was ever trained on."""
    return SyntheticWords(
        alphabet=config.alphabet, max_length=config.max_length, image_size=config.image_size, split="test"
    )
