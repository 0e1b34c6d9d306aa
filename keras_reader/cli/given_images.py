"""The images that a command is given: files, folders, patterns, and names on stdin."""

import glob
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from keras_reader.data.example import Example
from keras_reader.errors import InputError
from keras_reader.image_files import SUFFIXES
from keras_reader.images import open_picture

STDIN = "-"
IMAGE_HELP = f"""\
an image file; a folder, for all images in it at any depth ({", ".join(SUFFIXES)}); a pattern such as "scans/*.png"
or "scans/**/*.png"; or {STDIN}, for a list of these on stdin, one per line"""


def find_images(names: Iterable[str], report: Callable[[InputError], None]) -> Iterator[str]:
    """Find the image files that the names stand for.

    Args:
        names: each name is one of

            - a file;
            - a folder: the files in it, at any depth and sorted by path, that end in one of `SUFFIXES`, in capitals or
              not; hidden ones, whose names begin with a dot, are left out;
            - a pattern of `glob` (`**` for any number of folders): the files that match it, sorted by path. A file or
              folder with exactly this name has priority;
            - `"-"`: the names on stdin, one per line.
        report: a function that is called with an `InputError` for every name that stands for no file.
    """
    for name in names:
        if name == STDIN:
            yield from find_images(_lines_of_stdin(report), report)
            continue
        try:
            yield from _files(name)
        except InputError as error:
            report(error)


def _lines_of_stdin(report):
    """The lines of stdin, up to the first that cannot be part of a list of paths."""
    for line in sys.stdin.buffer:
        if b"\0" in line:
            report(InputError(f"{STDIN}: not a list of paths: give one path a line, and an image as a file"))
            return
        name = os.fsdecode(line).rstrip("\r\n")
        if name and name != STDIN:
            yield name


def _is_shown(file, folder):
    """Whether a listing of the folder shows a file: macOS leaves a hidden `._a.png` beside each `a.png`."""
    return not any(part.startswith(".") for part in file.relative_to(folder).parts)


def _files(name):
    path = Path(name)
    try:
        if path.is_dir():
            found = [file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and _is_shown(file, path)]
            found = [str(file) for file in found if file.is_file()]
            lacking = "no images in this folder: give files, or a folder with " + ", ".join(SUFFIXES)
        elif glob.has_magic(name) and not path.exists():
            # Path.glob does not take absolute patterns.
            found = [file for file in glob.glob(name, recursive=True) if Path(file).is_file()]  # noqa: PTH207
            lacking = "no file matches this pattern: check the folder and the name"
        else:
            return [name]
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror})") from None
    if not found:
        raise InputError(f"{name}: {lacking}")
    return sorted(found)


def open_images(paths: Iterable[str], report: Callable[[InputError], None]) -> Iterator[Example]:
    """Open image files one after the other.

    Args:
        paths: the files.
        report: a function that is called with an `InputError` for every file that cannot be read. The file is left
            out.
    """
    for path in paths:
        try:
            example = open_example(path)
        except InputError as error:
            report(error)
        else:
            yield example


def open_example(path: str) -> Example:
    """Open an image file.

    Raises:
        InputError: if it cannot be read.
    """
    picture = open_picture(path)
    return Example(image=picture.pixels, full_size=picture.size, source=path, path=Path(path))
