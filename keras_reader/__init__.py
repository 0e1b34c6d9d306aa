"""Reads short texts from images, and shows for every character where it looked."""

import importlib

from keras_reader._registration import register_with_keras

__version__ = "0.1.0"

_HOMES = {
    "Alphabet": "alphabet",
    "CharacterErrorRate": "metrics",
    "ImageAttentionCell": "image_attention",
    "InputError": "errors",
    "MaskedCrossEntropy": "losses",
    "Reader": "reading",
    "ReaderConfig": "config",
    "ReaderModel": "model",
    "Reading": "reading",
    "RecurrentAttention": "recurrent_attention",
    "SyntheticWords": "synthetic",
    "WholeWordAccuracy": "metrics",
    "WindowAttentionCell": "window_attention",
    "build_reader": "model",
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
