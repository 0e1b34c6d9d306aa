"""`keras-reader read`: reads images and prints a line for each."""

import argparse
import io
import re
import sys
from pathlib import Path

from keras_reader.cli.common import MODEL_HELP, CommandParser, add_max_pixels, print_error, quiet_start
from keras_reader.cli.given_images import IMAGE_HELP, find_images, open_images
from keras_reader.cli.read_lines import LineForm, csv_line
from keras_reader.cli.text_options import add_text_options, restricted
from keras_reader.errors import InputError
from keras_reader.inference.loading import load
from keras_reader.inference.read_example import read_examples
from keras_reader.inference.reader import BATCH_IMAGES

DESCRIPTION = (
    "Read images and print a line for each, in the given order: path, text and confidence, separated by tabs. "
    "A file that cannot be read is reported on stderr; the others are still read, and the exit code is 2. "
    "Use --json or --csv if paths or texts contain tabs or line breaks."
)


_JSON_HELP = """\
print one JSON object per line: image, width, height, text, confidence, character_confidence, and character_boxes:
for each character [left, top, right, bottom] in pixels of the image, the smallest box that holds 90%% of its mask;
with --allow or --pattern also allowed_probability, of all allowed texts together; with --top also alternatives"""


_TOP_HELP = """\
also print the next best texts with their probabilities, N texts in all, the most probable first: text_2, confidence_2,
... behind the confidence; in JSON a list of text and probability, alternatives, which begins with the text itself"""


_MIN_CONFIDENCE_HELP = """\
below this confidence, text is empty (null in JSON), and an extra last field, rejected_text, holds what was read"""


_WORKERS_HELP = """\
read in N processes, each on one core; the lines are the same, in the same order. With --ray: the number of readers
(default: one for each core of the cluster)"""


_RAY_HELP = """\
read with Ray Data, on the cluster at this address (auto, local, HOST:PORT or ray://HOST:PORT; default: the one that
runs here, or a new one on this machine), and write Parquet files to --out; a second run goes on where the first one
ended. IMAGE may then also be s3://, gs:// and the like, or a Parquet file with a column path. Takes pip install
keras_reader[ray]"""


_OUT_HELP = """\
folder for the Parquet files of --ray, here or at s3://, gs:// and the like: path, text, confidence,
character_confidence, character_boxes, and error, which says why a file could not be read"""

# `--ray` alone.
NO_ADDRESS = ""


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
    many = parser.add_more_options("many images")
    many.add_argument("--workers", type=int, metavar="N", help=_WORKERS_HELP)
    many.add_argument("--ray", nargs="?", const=NO_ADDRESS, type=_address, metavar="ADDRESS", help=_RAY_HELP)
    many.add_argument("--out", metavar="FOLDER", help=_OUT_HELP)


def _address(text):
    if text in (NO_ADDRESS, "auto", "local") or re.fullmatch(r"ray://\S+|[\w.-]+:\d+", text):
        return text
    raise argparse.ArgumentTypeError(
        f"{text} is not the address of a Ray cluster (auto, local, HOST:PORT or ray://HOST:PORT): give the images "
        "before --ray, or --ray=local"
    )


def run(args: argparse.Namespace) -> None:
    """Run the command: print the readings and report files that cannot be read. Exit with 2 if there are any.

    A reading below `--min-confidence` is not a failure. Its text is empty, so that nobody relies on it; the text that
    was read is in the field `rejected_text`.

    With `--allow`, `--pattern` or `--top` the text is the most probable one of those allowed, see `Reader.searching`.
    Its confidence is that among all texts: a picture of something else has no allowed text of high confidence.

    With `--ray`, the readings go to Parquet files, a file that cannot be read is one of their rows, and what is printed
    is how many there are.

    Raises:
        InputError: if the reader cannot be loaded, no text of the reader is allowed, or an option is malformed, out of
            its range, or does not go with another.
        CommandError: if a process that reads is killed.
    """
    _check_options(args)
    if args.model is not None and args.model.suffix == ".keras":
        _check_format(args, args.model)  # before a framework is loaded for it
    with quiet_start():
        reader = restricted(load(args.model), args, args.top)
    model = Path(reader.source)
    _check_format(args, model)
    if args.ray is not None:
        from keras_reader.cli.read_ray import read_with_ray

        read_with_ray(args, model)
        return

    # A path is not always valid text. Its bytes are printed unchanged, in JSON as escapes.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace" if args.json else "surrogateescape")
    form = LineForm("json" if args.json else "csv" if args.csv else "tabs", args.min_confidence, args.top or 0)
    if args.csv:
        print(csv_line(form.header()))
    failures = []

    def report(error):
        failures.append(error)
        print_error(error)

    for line in _lines_of_processes(args, model, form) if args.workers else _lines(args, reader, form, report):
        if isinstance(line, InputError):
            report(line)
        else:
            print(line, flush=True)
    if failures:
        sys.exit(InputError.exit_code)


def _check_options(args):
    least = args.min_confidence
    if least is not None and not 0 <= least <= 1:
        raise InputError(f"--min-confidence must be from 0 to 1, got {least}")
    if args.workers is not None and args.workers < 1:
        raise InputError(f"--workers must be at least 1, got {args.workers}")
    if args.ray is None:
        if args.out is not None:
            raise InputError("--out is where --ray writes to: give both, or > FILE for what is printed")
        return
    if args.out is None:
        raise InputError("--ray writes Parquet files: give the folder for them with --out")
    for name, value in (("--json", args.json), ("--csv", args.csv), ("--min-confidence", least is not None)):
        if value:
            raise InputError(f"{name} is for lines that are printed, but --ray writes Parquet files: leave it out")


def _check_format(args, model):
    suffix = Path(model).suffix
    if args.ray is not None and suffix != ".onnx":
        raise InputError(f"{model}: --ray is for .onnx files: export the reader")
    if args.workers and suffix not in (".onnx", ".tflite"):
        raise InputError(f"{model}: --workers is for .onnx and .tflite files: export the reader")


def _lines(args, reader, form, report):
    for example in read_examples(reader, open_images(find_images(args.images, report), report)):
        yield form.line(example)


def _lines_of_processes(args, model, form):
    from keras_reader.cli.read_processes import ReadPaths, read_in_processes

    def chunks():
        found = []
        for name in find_images(args.images, found.append):
            found.append(name)
            if len(found) >= BATCH_IMAGES:
                yield found.copy()
                found.clear()
        yield found

    read = ReadPaths(model, args.allow, args.pattern, args.top, form)
    return read_in_processes(args.workers, read, chunks())
