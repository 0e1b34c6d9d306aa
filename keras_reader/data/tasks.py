"""The named tasks: kinds of synthetic words that figures are given for."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from keras_reader.data.string_models import PRINT_ALPHABET
from keras_reader.data.text_rendering import find_family
from keras_reader.errors import InputError

# Liberation Sans has Arial's metrics, and is free.
ARIAL = ("Arial", "Liberation Sans")
ORIGINAL_SIZE = (9, 9)


def _original() -> dict[str, Any]:
    return {"fonts": (_arial(),), "font_size": ORIGINAL_SIZE}


def _mixed() -> dict[str, Any]:
    return {"fonts": (_arial(), None), "font_size": (ORIGINAL_SIZE, (12, 16))}


def _arial() -> str:
    path = find_family(*ARIAL)
    if path is None:
        raise InputError(
            f"the original's images take the font {' or '.join(ARIAL)}: install one (Debian: apt-get install "
            "fonts-liberation)"
        )
    return path


# What each gives of `SyntheticWords`'s fields; functions, since fonts are looked for only where they are needed.
TASKS: Mapping[str, Callable[[], dict[str, Any]]] = MappingProxyType(
    {
        "letters": dict,  # the defaults
        "original": _original,
        "mixed": _mixed,
    }
)
DEFAULT_TASK = "letters"
# The task of `PrintedText`, which is another generator.
PRINT = "print"
TASK_NAMES = (*TASKS, PRINT)
# What a reader of the task is, where the user does not say it: fields of `ReaderConfig`.
TASK_CONFIGS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        PRINT: {
            "preset": "base",
            "alphabet": PRINT_ALPHABET,
            "max_length": 12,
            "image_size": (32, 128),
            "filters": 192,
            "units": 96,
            "language_units": 160,
        }
    }
)
# The same for the fields of `TrainingOptions`.
TASK_OPTIONS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {PRINT: {"negatives": 0.04, "attention_supervision": 0.3, "parts": 0.08}}
)


def own_task(alphabet: str) -> str:
    """The task that a reader was made for, as far as its alphabet tells.

    It is a task whose readers have an alphabet of their own (`TASK_CONFIGS`) if it has the same characters, in any
    order. All other readers are tried on `DEFAULT_TASK`, whose words are drawn in any alphabet.

    Args:
        alphabet: the reader's characters.
    """
    for name, fields in TASK_CONFIGS.items():
        if set(alphabet) == set(fields["alphabet"]):
            return name
    return DEFAULT_TASK


def task_fields(name: str) -> dict[str, Any]:
    """The fields of `SyntheticWords` that a task has other than the defaults.

    Args:
        name: one of `TASKS`: `"letters"`, Pillow's font at size 14; `"original"`, the original deep_reader's images,
            Arial or Liberation Sans at size 9; `"mixed"`, half of them the original's, half letters of sizes 12 to 16.

    Raises:
        InputError: if there is no such task, or its font is not installed.
    """
    if name not in TASKS:
        raise InputError(f"there is no task {name!r}: choose from {', '.join(TASKS)}")
    return TASKS[name]()
