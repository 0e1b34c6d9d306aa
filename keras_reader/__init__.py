"""Reads short texts from images and shows where the reader looked for every character.

The names below are imported on first use, so that reading with an ONNX file imports neither Keras nor TensorFlow.

`import keras_reader.models` registers the Keras classes. Import it before `keras.models.load_model("reader.keras")`.
Uses of this package that need Keras, such as `keras_reader.load("reader.keras")`, import it themselves.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keras_reader.alphabet import Alphabet
    from keras_reader.config import ReaderConfig
    from keras_reader.data.example import Example
    from keras_reader.data.labelled_images import load_labelled
    from keras_reader.data.synthetic_words import SyntheticWords
    from keras_reader.errors import InputError
    from keras_reader.evaluation.evaluate import Evaluation, evaluate_words
    from keras_reader.export.exporter import export_reader
    from keras_reader.inference.loading import load
    from keras_reader.inference.read_example import ReadExample
    from keras_reader.inference.reader import Reader, Reading
    from keras_reader.models.deep_reader_cell import DeepReaderCell
    from keras_reader.models.deep_reader_checkpoint import from_deep_reader
    from keras_reader.models.losses import MaskedCrossEntropy, PointingLoss
    from keras_reader.models.metrics import CharacterErrorRate, WholeWordAccuracy
    from keras_reader.models.reader_model import ReaderModel, build_reader
    from keras_reader.models.recurrent_attention import RecurrentAttention
    from keras_reader.models.window_attention_cell import WindowAttentionCell

__version__ = "0.2.0"

_MODULES = {
    "Alphabet": "alphabet",
    "CharacterErrorRate": "models.metrics",
    "DeepReaderCell": "models.deep_reader_cell",
    "Evaluation": "evaluation.evaluate",
    "Example": "data.example",
    "InputError": "errors",
    "MaskedCrossEntropy": "models.losses",
    "PointingLoss": "models.losses",
    "ReadExample": "inference.read_example",
    "Reader": "inference.reader",
    "ReaderConfig": "config",
    "ReaderModel": "models.reader_model",
    "Reading": "inference.reader",
    "RecurrentAttention": "models.recurrent_attention",
    "SyntheticWords": "data.synthetic_words",
    "WholeWordAccuracy": "models.metrics",
    "WindowAttentionCell": "models.window_attention_cell",
    "build_reader": "models.reader_model",
    "evaluate_words": "evaluation.evaluate",
    "export_reader": "export.exporter",
    "from_deep_reader": "models.deep_reader_checkpoint",
    "load": "inference.loading",
    "load_labelled": "data.labelled_images",
}

__all__ = [
    "Alphabet",
    "CharacterErrorRate",
    "DeepReaderCell",
    "Evaluation",
    "Example",
    "InputError",
    "MaskedCrossEntropy",
    "PointingLoss",
    "ReadExample",
    "Reader",
    "ReaderConfig",
    "ReaderModel",
    "Reading",
    "RecurrentAttention",
    "SyntheticWords",
    "WholeWordAccuracy",
    "WindowAttentionCell",
    "build_reader",
    "evaluate_words",
    "export_reader",
    "from_deep_reader",
    "load",
    "load_labelled",
]


def __getattr__(name):
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__})
