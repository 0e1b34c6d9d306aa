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
from keras_reader.cli.text_options import add_text_options, restricted
from keras_reader.data.example import Example
from keras_reader.errors import InputError
from keras_reader.image_files import SUFFIXES
from keras_reader.images import open_picture
from keras_reader.inference.loading import load
from keras_reader.inference.mask_boxes import character_box
from keras_reader.inference.read_example import ReadExample, read_examples

STDIN = "-"
REJECTED = "rejected_text"
DESCRIPTION = (
    "Read images and print a line for each, in the given order: path, text and confidence, separated by tabs. "
    "A file that cannot be read is reported on stderr; the others are still read, and the exit code is 2. "
    "Use --json or --csv if paths or texts contain tabs or line breaks."
)


IMAGE_HELP = f"""\
an image file; a folder, for all images in it at any depth ({", ".join(SUFFIXES)}); a pattern such as "scans/*.png"
or "scans/**/*.png"; or {STDIN}, for a list of these on stdin, one per line"""


_JSON_HELP = """\
print one JSON object per line: image, width, height, text, confidence, character_confidence, and character_boxes:
for each character [left, top, right, bottom] in pixels of the image, the smallest box that holds 90%% of its mask;
with --allow or --pattern also allowed_probability, of all allowed texts together; with --top also alternatives"""


_TOP_HELP = """\
also print the next best texts with their probabilities, N texts in all, the most probable first: text_2, confidence_2,
... behind the confidence; in JSON a list of text and probability, alternatives, which begins with the text itself"""


_MIN_CONFIDENCE_HELP = """\
below this confidence, text is empty (null in JSON), and an extra last field, rejected_text, holds what was read"""


def add_options(parser: CommandParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("images", nargs="+", metavar="IMAGE", help=IMAGE_HELP)
    parser.add_argument("--model", type=Path, help=MODEL_HELP)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help=_JSON_HELP)
    form.add_argument("--csv", action="store_true", help="print CSV with the header image,text,confidence")
    add_text_options(parser)
    parser.add_argument("--top", type=int, metavar="N", help=_TOP_HELP)
    add_max_pixels(parser)
    parser.add_argument("--min-confidence", type=float, metavar="SHARE", help=f"0 to 1: {_MIN_CONFIDENCE_HELP}")


def run(args: argparse.Namespace) -> None:
    """Run the command: print the readings and report files that cannot be read. Exit with 2 if there are any.

    A reading below `--min-confidence` is not a failure. Its text is empty, so that nobody relies on it; the text that
    was read is in the field `rejected_text`.

    With `--allow`, `--pattern` or `--top` the text is the most probable one of those allowed, see `Reader.searching`.
    Its confidence is that among all texts: a picture of something else has no allowed text of high confidence.

    Raises:
        InputError: if the reader cannot be loaded, no text of the reader is allowed, or an option is malformed or out
            of its range.
    """
    least = args.min_confidence
    if least is not None and not 0 <= least <= 1:
        raise InputError(f"--min-confidence must be from 0 to 1, got {least}")
    with quiet_start():
        reader = restricted(load(args.model), args, args.top)

    # A path is not always valid text. Its bytes are printed unchanged, in JSON as escapes.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace" if args.json else "surrogateescape")
    form = _Form(reader.config.resize, least, args.top or 0)
    write = form.write_json if args.json else form.write_csv if args.csv else form.write_line
    if args.csv:
        print(",".join(form.header()))
    failures = []

    def report(error):
        failures.append(error)
        print_error(error)

    for example in read_examples(reader, open_images(find_images(args.images, report), report)):
        write(example)
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
        yield Example(image=picture.pixels, full_size=picture.size, source=path, path=Path(path))


class _Form:
    """What a reading looks like on a line of its own.

    Args:
        resize: how the reader fits images.
        least: the least confidence; a text of less is rejected. `None` to reject none.
        top: number of texts to give.
    """

    def __init__(self, resize: str, least: float | None, top: int):
        self.resize = resize
        self.least = least
        self.top = top

    def header(self) -> list[str]:
        """The names of the fields of a line."""
        others = [f"{name}_{k}" for k in range(2, self.top + 1) for name in ("text", "confidence")]
        return ["image", "text", "confidence", *others, *([] if self.least is None else [REJECTED])]

    def write_line(self, example: ReadExample) -> None:
        """Print the fields with tabs between."""
        print("\t".join(self._line(example)))

    def write_csv(self, example: ReadExample) -> None:
        """Print the fields as a line of CSV."""
        csv.writer(sys.stdout, lineterminator="\n").writerow(self._line(example))

    def write_json(self, example: ReadExample) -> None:
        """Print all that is known as a JSON object."""
        reading, size = example.reading, example.full_size or example.image.shape
        rejected = self._is_rejected(reading)
        boxes = [character_box(mask, size, self.resize) for mask in reading.masks]
        values = {
            "image": example.source,
            "width": size[1],
            "height": size[0],
            "text": None if rejected else reading.text,
            "confidence": _rounded(reading.confidence),
            "character_confidence": [round(float(value), 6) for value in reading.character_confidence],
            "character_boxes": [box and [round(side, 2) for side in box] for box in boxes],
        }
        if reading.allowed_probability is not None:
            values["allowed_probability"] = _rounded(reading.allowed_probability)
        if self.top:
            values["alternatives"] = [
                {"text": text, "probability": _rounded(probability)} for text, probability in reading.alternatives
            ]
        if self.least is not None:
            values[REJECTED] = reading.text if rejected else None
        print(json.dumps(values, ensure_ascii=False))

    def _line(self, example):
        reading = example.reading
        rejected = self._is_rejected(reading)
        fields = [example.source, "" if rejected else reading.text, f"{reading.confidence:.4f}"]
        others = reading.alternatives[1:]
        fields += [field for text, probability in others for field in (text, f"{probability:.4f}")]
        fields += [""] * 2 * (max(self.top - 1, 0) - len(others))
        if self.least is not None:
            fields.append(reading.text if rejected else "")
        return fields

    def _is_rejected(self, reading):
        return self.least is not None and reading.confidence < self.least


def _rounded(probability):
    """To six digits that count: where texts are restricted, probabilities may be tiny, and still differ."""
    return float(f"{probability:.6g}")
