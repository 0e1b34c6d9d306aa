"""Font files named by the user."""

from collections.abc import Iterable
from pathlib import Path

from keras_reader.errors import InputError

_SUFFIXES = (".ttf", ".otf", ".ttc")


def find_fonts(paths: Iterable[str | Path]) -> tuple[str, ...]:
    """The font files among `paths` and in the folders among them, at any depth, sorted by name.

    Raises:
        InputError: if a path does not exist or a folder holds no font.
    """
    fonts = []
    for path in map(Path, paths):
        if path.is_dir():
            found = sorted(str(file) for file in path.rglob("*") if file.suffix.lower() in _SUFFIXES)
            if not found:
                raise InputError(f"{path}: no font in this folder: it needs files that end in {', '.join(_SUFFIXES)}")
            fonts += found
        elif path.is_file():
            fonts.append(str(path))
        else:
            raise InputError(f"{path}: no such font file or folder")
    return tuple(fonts)
