"""The original's checkpoints, turned into readers."""

import math
import string
from collections.abc import Mapping

import numpy as np

from keras_reader.config import ReaderConfig
from keras_reader.errors import InputError
from keras_reader.models.reader_model import build_reader

PRESET = "deep_reader"

_KEYS = (
    *("c1.weight", "c1.bias", "c2.weight", "c2.bias", "c3.weight", "c3.bias"),
    *("rnn1.weight_ih_l0", "rnn1.weight_hh_l0", "rnn1.bias_ih_l0", "rnn1.bias_hh_l0"),
    *("msk.weight", "msk.bias", "act.weight", "act.bias"),
)


def from_deep_reader(state_dict: Mapping[str, np.ndarray], max_length: int = 4):
    """Turn a checkpoint of the original deep_reader into a reader of its preset.

    The sizes are read off the arrays: the image's side is the square root of the length of `msk.bias`,
    the classes are A, B, C, ... and, last, the terminator.

    Args:
        state_dict: the original's arrays by its own keys, in PyTorch's layouts: convolutions
            (out, in, height, width), dense layers (out, in), the LSTM's gates stacked as input,
            forget, cell, output, its input running channel, row, column. Other keys are ignored.
        max_length: length of the longest text; the reader takes one decoding step more.

    Returns:
        A `ReaderModel` of preset `deep_reader` that gives the original's logits and masks.

    Raises:
        InputError: if an array is missing or has a shape that does not fit the others.
    """
    missing = [key for key in _KEYS if key not in state_dict]
    if missing:
        raise InputError(f"not a checkpoint of deep_reader: it lacks {', '.join(missing)}")
    try:
        arrays = {key: np.asarray(state_dict[key], np.float32) for key in _KEYS}
    except (TypeError, ValueError):
        raise InputError("not a checkpoint of deep_reader: not all of its arrays are numbers") from None
    if arrays["rnn1.weight_hh_l0"].ndim != 2:
        raise InputError("not a checkpoint of deep_reader: rnn1.weight_hh_l0 is no matrix")

    side = math.isqrt(arrays["msk.bias"].size)
    filters = arrays["c1.bias"].size
    units = arrays["rnn1.weight_hh_l0"].shape[-1]
    classes = arrays["act.bias"].size
    inner = side - 6  # three 'valid' 3x3 convolutions
    _check_shapes(
        arrays,
        {
            "c1.weight": (filters, 1, 3, 3),
            "c1.bias": (filters,),
            "c2.weight": (filters, filters, 3, 3),
            "c2.bias": (filters,),
            "c3.weight": (filters, filters, 3, 3),
            "c3.bias": (filters,),
            "rnn1.weight_ih_l0": (4 * units, filters * inner * inner),
            "rnn1.weight_hh_l0": (4 * units, units),
            "rnn1.bias_ih_l0": (4 * units,),
            "rnn1.bias_hh_l0": (4 * units,),
            "msk.weight": (side * side, units),
            "msk.bias": (side * side,),
            "act.weight": (classes, units),
            "act.bias": (classes,),
        },
    )
    if not 2 <= classes <= len(string.ascii_uppercase) + 1:
        raise InputError(
            f"not a checkpoint of deep_reader: {classes} classes, where it has at most 26 letters and an end"
        )

    model = build_reader(
        ReaderConfig(
            preset=PRESET,
            alphabet=string.ascii_uppercase[: classes - 1],
            max_length=max_length,
            image_size=(side, side),
            filters=filters,
            units=units,
        )
    )
    cell = model.recurrent_attention.cell
    for layer, key in zip(cell.convolutions, ("c1", "c2", "c3"), strict=True):
        layer.set_weights([arrays[f"{key}.weight"].transpose(2, 3, 1, 0), arrays[f"{key}.bias"]])
    # Ours flattens row, column, channel; the original channel, row, column.
    from_pixels = arrays["rnn1.weight_ih_l0"].reshape(4 * units, filters, inner, inner).transpose(2, 3, 1, 0)
    cell.lstm.set_weights(
        [
            from_pixels.reshape(-1, 4 * units),
            arrays["rnn1.weight_hh_l0"].T,
            arrays["rnn1.bias_ih_l0"] + arrays["rnn1.bias_hh_l0"],
        ]
    )
    cell.next_mask.set_weights([arrays["msk.weight"].T, arrays["msk.bias"]])
    cell.character.set_weights([arrays["act.weight"].T, arrays["act.bias"]])
    return model


def _check_shapes(arrays, expected):
    for key, shape in expected.items():
        if arrays[key].shape != shape:
            raise InputError(
                f"not a checkpoint of deep_reader: {key} has the shape {arrays[key].shape}, the others need {shape}"
            )
