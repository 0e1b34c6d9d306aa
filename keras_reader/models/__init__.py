"""What Keras runs: the reader, its layers, loss and metrics.

Importing this package registers every class with Keras, so that `keras.models.load_model` loads any reader's file.
"""

from keras_reader.models import (
    conv_block,
    deep_reader_cell,
    language_model,
    losses,
    metrics,
    reader_model,
    recurrent_attention,
    serving,
    window_attention_cell,
)

__all__ = [
    "conv_block",
    "deep_reader_cell",
    "language_model",
    "losses",
    "metrics",
    "reader_model",
    "recurrent_attention",
    "serving",
    "window_attention_cell",
]
