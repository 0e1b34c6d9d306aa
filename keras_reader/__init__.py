"""Reads short texts from images, and shows for every character where it looked."""

import importlib

from keras_reader._registration import register_with_keras

__version__ = "0.1.0"

_HOMES = {
    "Alphabet": "alphabet",
    "CharacterErrorRate": "nn.metrics",
    "Evaluation": "evaluation",
    "ImageAttentionCell": "nn.image_attention",
    "InputError": "errors",
    "MaskedCrossEntropy": "nn.losses",
    "Reader": "reading",
    "ReaderConfig": "config",
    "ReaderModel": "nn.model",
    "Reading": "reading",
    "RecurrentAttention": "nn.recurrent_attention",
    "SyntheticWords": "synthetic",
    "WholeWordAccuracy": "nn.metrics",
    "WindowAttentionCell": "nn.window_attention",
    "build_reader": "nn.model",
    "evaluate_words": "evaluation",
    "export_reader": "exporting",
    "from_deep_reader": "deep_reader",
    "load": "reading",
    "load_labelled": "labelled",
}
__all__ = sorted(_HOMES)


def __getattr__(name):
    # Whoever only reads must not wait for Keras: a name's module is imported when it is first used.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__():
    return [*globals(), *__all__]


register_with_keras()
