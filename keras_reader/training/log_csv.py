"""The names in the `log.csv` of a training run, and its rows. This module does not import Keras."""

import csv
from pathlib import Path

from keras_reader.errors import InputError

_WHOLE_NUMBERS = ("epoch", "step", "images")
_MEASURED = ("loss", "whole_word_accuracy", "character_error_rate")
_ABSURD = 1e15  # no loss, step or number of images of a training comes near it; NaN is not below it
_COLUMNS = (*_WHOLE_NUMBERS, "seconds", *_MEASURED, *(f"val_{name}" for name in _MEASURED))


class ForeignLogError(InputError):
    """A `log.csv` without the columns of a training's: other programs write files of this name, too."""


def log_name(name: str) -> str:
    """What the log calls a value that Keras names.

    Keras puts the name of the output before that of its metric, and of its loss where there are several.
    """
    return name.replace("logits_loss", "text_loss").replace("masks_loss", "pointing_loss").replace("logits_", "")


def read_rows(path: str | Path) -> list[dict[str, float]]:
    """The rows of a `log.csv`, one an epoch; `keras_reader.training.callbacks` says what is in them.

    Raises:
        ForeignLogError: if it lacks a column.
        InputError: naming the file, and the line where there is one, if it cannot be read or is not such a log.
    """
    path = Path(path)
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or [])]
            if missing:
                raise ForeignLogError(f"{path}, line 1: not a log of train.py: no column {', '.join(missing)}")
            return [_row(row, f"{path}, line {reader.line_num}") for row in reader]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a log of train.py ({error})") from None


def _row(row, where):
    try:
        values = {name: float(value) for name, value in row.items()}
        if not all(abs(value) < _ABSURD for value in values.values()) or values["step"] < 1:
            raise ValueError
    except (TypeError, ValueError):
        raise InputError(f"{where}: not a row of numbers, as train.py writes them") from None
    return {**values, **{name: int(values[name]) for name in _WHOLE_NUMBERS}}
