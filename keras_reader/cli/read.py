"""`keras-reader read`: finds image files, reads them and prints a line for each."""

import argparse
import csv
import glob
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from keras_reader.cli.common import MODEL_HELP, CommandParser, add_max_pixels, print_error, quiet_start
from keras_reader.data.example import Example
from keras_reader.errors import InputError
from keras_reader.image_files import SUFFIXES
from keras_reader.images import open_picture
from keras_reader.inference.loading import load
from keras_reader.inference.mask_boxes import character_box
from keras_reader.inference.read_example import read_examples

STDIN = "-"
REJECTED = "rejected_text"
DESCRIPTION = (
    "Read images and print a line for each, in the given order: path, text and confidence, separated by tabs. "
    "A file that cannot be read is reported on stderr; the others are still read, and the exit code is 2. "
    "Use --json or --csv if paths contain tabs or line breaks."
)


_IMAGE_HELP = f"""\
an image file; a folder, for all images in it at any depth ({", ".join(SUFFIXES)}); a pattern such as "scans/*.png"
or "scans/**/*.png"; or {STDIN}, for a list of these on stdin, one per line"""


_JSON_HELP = """\
print one JSON object per line: image, width, height, text, confidence, character_confidence, and character_boxes:
for each character [left, top, right, bottom] in pixels of the image, the smallest box that holds 90%% of its mask"""


_MIN_CONFIDENCE_HELP = """\
below this confidence, text is empty (null in JSON), and an extra last field, rejected_text, holds what was read"""


def add_options(parser: CommandParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("images", nargs="+", metavar="IMAGE", help=_IMAGE_HELP)
    parser.add_argument("--model", type=Path, help=MODEL_HELP)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help=_JSON_HELP)
    form.add_argument("--csv", action="store_true", help="print CSV with the header image,text,confidence")
    add_max_pixels(parser)
    parser.add_argument("--min-confidence", type=float, metavar="SHARE", help=f"0 to 1: {_MIN_CONFIDENCE_HELP}")


def run(args: argparse.Namespace) -> None:
    """Run the command: print the readings and report files that cannot be read. Exit with 2 if there are any.

    A reading below `--min-confidence` is not a failure. Its text is empty, so that nobody relies on it; the text that
    was read is in the field `rejected_text`.

    Raises:
        InputError: if the reader cannot be loaded, or `--min-confidence` is not in [0, 1].
    """
    least = args.min_confidence
    if least is not None and not 0 <= least <= 1:
        raise InputError(f"--min-confidence must be from 0 to 1, got {least}")
    with quiet_start():
        reader = load(args.model)

    # A path is not always valid text. Its bytes are printed unchanged, in JSON as escapes.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace" if args.json else "surrogateescape")
    write = _write_json if args.json else _write_csv if args.csv else _write_line
    if args.csv:
        print(",".join(["image", "text", "confidence", *([] if least is None else [REJECTED])]))
    failures = []

    def report(error):
        failures.append(error)
        print_error(error)

    for example in read_examples(reader, open_images(find_images(args.images, report), report)):
        write(example, least, reader.config.resize)
        sys.stdout.flush()
    if failures:
        sys.exit(InputError.exit_code)


def find_images(names: Iterable[str], report: Callable[[InputError], None]) -> Iterator[str]:
    """Find the image files that the names stand for.

    Args:
        names: each name is one of

            - a file;
            - a folder: the files in it, at any depth and sorted by path, that end in one of `SUFFIXES`, in capitals or
              not;
            - a pattern of `glob` (`**` for any number of folders): the files that match it, sorted by path. A file or
              folder with exactly this name has priority;
            - `"-"`: the names on stdin, one per line.
        report: a function that is called with an `InputError` for every name that stands for no file.
    """
    for name in names:
        if name == STDIN:
            lines = (os.fsdecode(line).rstrip("\r\n") for line in sys.stdin.buffer)
            yield from find_images((line for line in lines if line and line != STDIN), report)
            continue
        try:
            yield from _files(name)
        except InputError as error:
            report(error)


def _files(name):
    path = Path(name)
    try:
        if path.is_dir():
            found = [str(file) for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file()]
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
            picture = open_picture(path)
        except InputError as error:
            report(error)
            continue
        yield Example(image=picture.pixels, full_size=picture.size, source=path)


def _write_line(example, least, resize):
    print("\t".join(_line(example, least).values()))


def _write_csv(example, least, resize):
    csv.writer(sys.stdout, lineterminator="\n").writerow(_line(example, least).values())


def _write_json(example, least, resize):
    reading, size = example.reading, example.full_size or example.image.shape
    rejected = _is_rejected(reading, least)
    boxes = [character_box(mask, size, resize) for mask in reading.masks]
    values = {
        "image": example.source,
        "width": size[1],
        "height": size[0],
        "text": None if rejected else reading.text,
        "confidence": round(reading.confidence, 6),
        "character_confidence": [round(float(value), 6) for value in reading.character_confidence],
        "character_boxes": [box and [round(side, 2) for side in box] for box in boxes],
    }
    if least is not None:
        values[REJECTED] = reading.text if rejected else None
    print(json.dumps(values, ensure_ascii=False))


def _line(example, least):
    reading = example.reading
    rejected = _is_rejected(reading, least)
    values = {
        "image": example.source,
        "text": "" if rejected else reading.text,
        "confidence": f"{reading.confidence:.4f}",
    }
    if least is not None:
        values[REJECTED] = reading.text if rejected else ""
    return values


def _is_rejected(reading, least):
    return least is not None and reading.confidence < least
