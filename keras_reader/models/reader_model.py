"""The reader as a Keras model."""

import keras

from keras_reader.config import PRESETS, ReaderConfig
from keras_reader.keras_file_check import weights_checksum
from keras_reader.metadata import CHECKSUM, FORMAT_VERSION, check_format_version
from keras_reader.models.deep_reader_cell import DeepReaderCell
from keras_reader.models.language_model import LanguageModel
from keras_reader.models.recurrent_attention import PACKAGE, RecurrentAttention
from keras_reader.models.window_attention_cell import WindowAttentionCell


@keras.saving.register_keras_serializable(package=PACKAGE)
class ReaderModel(keras.Model):
    """A reader: a `RecurrentAttention` layer, a `LanguageModel` if it has one, and the configuration that both were
    built from.

    Args:
        config: a `ReaderConfig`, or the dict that its `to_dict` gives.

    Call arguments:
        image: float32 `(batch, height, width, 1)` in [0, 1], of the configuration's size.

    Returns:
        A dict of `logits`, float32 `(batch, decoding_steps, classes)`, and `masks`, float32
        `(batch, decoding_steps, height, width)` in [0, 1]. A reader with a language model also gives `seen`, float32
        `(batch, decoding_steps, classes)`: the logits before it, each from what its mask shows alone.
    """

    def __init__(self, config, **kwargs):
        if isinstance(config, dict):
            config = ReaderConfig.from_dict(config)
        preset, classes = PRESETS[config.preset], config.characters.classes
        filters, units = config.channels
        if preset.cell == "image":
            cell = DeepReaderCell(classes, filters, units, name="cell")
        else:
            cell = WindowAttentionCell(classes, filters, units, preset.encoder, name="cell")
        attention = RecurrentAttention(cell, config.decoding_steps, name="recurrent_attention")
        image = keras.Input((*config.image_size, 1), name="image")
        steps = attention(image)
        seen, masks = steps["logits"], steps["masks"]
        outputs = {"logits": seen, "masks": masks}
        language_model = None
        if config.language_units:
            language_model = LanguageModel(classes, config.language_units, name="language_model")
            outputs |= {"logits": language_model(seen, steps["glimpses"], masks), "seen": seen}
        super().__init__(inputs=image, outputs=outputs, **kwargs)
        self.config = config
        self.recurrent_attention = attention
        self.language_model = language_model

    def get_config(self):
        return {
            "format_version": FORMAT_VERSION,
            "config": self.config.to_dict(),
            CHECKSUM: weights_checksum(self.get_weights()),
            # An optimizer has a state for each weight that is trained: a training that goes on needs to know them.
            "sees_as_it_did": not self.recurrent_attention.trainable,
            "name": self.name,
            "trainable": self.trainable,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        check_format_version(config.pop("format_version", None), "the reader")
        config.pop(CHECKSUM, None)
        sees_as_it_did = config.pop("sees_as_it_did", False)
        model = cls(**config)
        if sees_as_it_did:
            model.recurrent_attention.trainable = False
        return model


def build_reader(config: ReaderConfig | None = None) -> ReaderModel:
    """A new, untrained reader.

    `keras.utils.set_random_seed` beforehand fixes its weights.
    """
    return ReaderModel(config or ReaderConfig())
