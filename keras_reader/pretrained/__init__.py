"""The readers that ship with the package: a folder each, named like the reader, with its files and its card."""

import importlib.resources
from pathlib import Path

from keras_reader.errors import InputError

# The reader that `kr.load()` gives, and that a command takes for images of the user's if none is named.
DEFAULT_MODEL = "print"

# The reader that draws its own kind of images: the synthetic words that commands draw without `--data`, the live page
# and the demo are about it.
LETTERS = "letters"

CARD = "CARD.md"


def model_names() -> list[str]:
    """The names of the readers that ship, the default one first."""
    folders = [path.name for path in _folder().iterdir() if (path / "reader.onnx").is_file()]
    return sorted(folders, key=lambda name: (name != DEFAULT_MODEL, name))


def shipped_reader(name: str, suffix: str) -> Path:
    """Path of a reader that ships with the package.

    Args:
        name: one of `model_names`.
        suffix: `.onnx` or `.keras`.

    Raises:
        InputError: if there is no such reader, or it ships without this file.
    """
    path = _folder_of(name) / f"reader{suffix}"
    if not path.is_file():
        raise InputError(f"{name}: ships without a reader{suffix}")
    return path


def shipped_name(path: str | Path) -> str | None:
    """The name of the reader that ships, if `path` is one of its files; `None` for all other paths."""
    folder = Path(path).parent
    return folder.name if folder.parent == _folder() else None


def shipped_card(name: str) -> Path:
    """Path of the card of a reader that ships with the package.

    Raises:
        InputError: if there is no such reader.
    """
    return _folder_of(name) / CARD


def _folder():
    return Path(str(importlib.resources.files("keras_reader") / "pretrained"))


def _folder_of(name):
    if name not in model_names():
        raise InputError(f"no reader that ships is called {name!r}: choose from {', '.join(model_names())}")
    return _folder() / name
