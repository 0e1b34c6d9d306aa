"""`keras-reader report`: reads images and writes an HTML page about the reader."""

import argparse
import dataclasses
import datetime
import importlib.metadata
import os
import platform
import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import keras_reader
from keras_reader.alphabet import characters_in_words
from keras_reader.atomic_files import replacing
from keras_reader.cli.common import (
    DATA_HELP,
    WORDS_MODEL_HELP,
    CommandParser,
    add_max_pixels,
    default_model,
    quiet_start,
)
from keras_reader.cli.word_options import (
    add_word_count,
    add_word_options,
    check_word_count,
    describe_fonts,
    task_from_options,
    words_from_options,
)
from keras_reader.data.labelled_images import load_readable
from keras_reader.data.printed_text.printed_text import PrintedText
from keras_reader.errors import InputError
from keras_reader.evaluation.calibration import confidence_bins, wilson_interval
from keras_reader.evaluation.edit_distance import align
from keras_reader.evaluation.error_analysis import (
    by_length,
    confusions,
    least_confident_right,
    rejections,
    typical_right,
    worst_mistakes,
)
from keras_reader.evaluation.evaluate import evaluate, examine_words
from keras_reader.inference.loading import find_reader, load, origin
from keras_reader.inference.read_example import ReadExample, read_examples
from keras_reader.inference.reader import Reader
from keras_reader.pretrained import shipped_name
from keras_reader.progress import with_progress
from keras_reader.training.log_csv import ForeignLogError, read_rows
from keras_reader.visualization.overlay import DEFAULT_STYLE, MASK_STYLE_HELP, MASK_STYLES
from keras_reader.visualization.report.page import Report, check_jinja, report_page

RIGHT_READINGS = 3  # of each kind
REJECTED_SHARES = (0, 0.005, 0.01, 0.02, 0.05, 0.1)
MOST_NAMES = 6  # more files than this are counted instead of listed
DESCRIPTION = (
    "Write an HTML page about a reader: its figures, how far its confidence can be trusted, which characters it "
    "confuses, its learning curves (from log.csv in the reader's folder), and its worst mistakes with pictures of "
    "where it looked. The page is one file and needs no network."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("model", nargs="?", type=Path, metavar="MODEL", help=WORDS_MODEL_HELP)
    parser.add_argument("--data", type=Path, metavar="CSV", help=f"{DATA_HELP} (default: synthetic words)")
    add_word_count(parser)
    parser.add_argument(
        "--show-mistakes", type=int, default=12, help="largest number of mistakes to show (default: 12)"
    )
    parser.add_argument("--mask-style", choices=MASK_STYLES, default=DEFAULT_STYLE, help=MASK_STYLE_HELP)
    parser.add_argument("--out", type=Path, default=Path("report.html"), help="file to write (default: report.html)")
    add_max_pixels(parser)
    add_word_options(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command: read the images, write the page.

    Raises:
        InputError: if an option is out of its range, if the reader, the images or the log cannot be read, or if the
            page cannot be written.
    """
    check_word_count(args)
    if args.show_mistakes < 1:
        raise InputError(f"--show-mistakes must be at least 1, got {args.show_mistakes}")
    check_jinja()
    _check_place(args.out)
    named = args.model or default_model(bool(args.data), args.task)
    with quiet_start():
        model = find_reader(named)
        reader = load(model)
        facts = _facts_of(reader, model, named)
    log = model.parent / "log.csv"
    rows = _rows_of(log) if log.is_file() else None
    tried_on = _Labelled(reader, args.data) if args.data else _Synthetic(reader, args)
    kept = []
    pairs = with_progress(tried_on.examined(), len(tried_on), "read")
    figures = evaluate(_noting(pairs, kept), reader.config.window)

    page = report_page(
        Report(
            name=shipped_name(model) or (str(named) if origin(named) else _visible(model.name)),
            model=facts,
            images=tried_on.facts(),
            metrics=figures.rows(),
            **analyse(kept),
            mistakes=with_alignment(tried_on.again(worst_mistakes(kept, args.show_mistakes))),
            unsure=with_alignment(tried_on.again(least_confident_right(kept, RIGHT_READINGS))),
            typical=with_alignment(tried_on.again(typical_right(kept, RIGHT_READINGS))),
            mask_style=args.mask_style,
            log=rows,
            log_source=_visible(log),
            date=datetime.date.today().isoformat(),
            command=_visible(shlex.join(["keras-reader", *sys.argv[1:]])),
        )
    )
    _write(page, args.out)
    wrong = sum(not example.right for example in kept)
    print(f"{args.out}: {len(kept):,} images, {wrong:,} misread, {len(page.encode()) / 1e6:.2f} MB")


def analyse(examples: Sequence[ReadExample]) -> dict[str, Any]:
    """Compute the fields of a `Report` that depend on all readings.

    Args:
        examples: at least one example; the pixels are not needed.
    """
    total, right = len(examples), sum(example.right for example in examples)
    return {
        "total": total,
        "right": right,
        "interval": wilson_interval(right, total),
        "lengths": by_length(examples),
        "rejections": list(zip(REJECTED_SHARES, rejections(examples, REJECTED_SHARES), strict=True)),
        "bins": confidence_bins(
            [example.reading.confidence for example in examples], [example.right for example in examples]
        ),
        "confusions": confusions(examples),
    }


def with_alignment(examples: Iterable[ReadExample]) -> list[tuple[ReadExample, list[tuple[str, str]]]]:
    """Each example with the alignment of its true text and its reading."""
    return [(example, align(example.true_text, example.reading.text)) for example in examples]


class _Synthetic:
    """Synthetic words. Any of them can be drawn again by its index."""

    def __init__(self, reader: Reader, args: argparse.Namespace):
        self.reader = reader
        self.count = args.count
        self.task = task_from_options(args, reader.config)
        self.words = words_from_options(args, reader.config, split="test")

    def __len__(self):
        return self.count

    def examined(self):
        return examine_words(self.reader, self.words, self.count)

    def again(self, indices):
        return list(read_examples(self.reader, self.words.examples(indices)))

    def facts(self):
        """Facts about the images: the most important ones, then every other option that is not at its default."""
        words = self.words
        if isinstance(words, PrintedText):
            fonts = f"; {describe_fonts(words)}" if words.every_family else ", in fonts that are set aside for testing"
            return [
                ("images", f"{self.count:,} of the {words.split} split{fonts}"),
                ("task", self.task),
                ("text", f"{words.named}, 1 to {words.max_length} characters"),
                ("seed", str(words.seed)),
            ]
        facts = [
            ("images", f"{self.count:,} synthetic words of the {words.split} split, which is never trained on"),
            ("task", self.task),
            ("length", f"{words.min_length} to {words.max_length} characters"),
            ("fonts", _names(words.fonts or (None,))),
            ("font size", f"{', '.join(dict.fromkeys(map(_range, words.font_sizes)))} px"),
            ("intensity", f"{_range(words.intensity)} of 255"),
            ("noise", f"standard deviation {_range(words.noise)} x 255"),
            ("seed", str(words.seed)),
        ]
        told = {"alphabet", "image_size", "min_length", "max_length", "split"}
        told |= {label.replace(" ", "_") for label, _ in facts}
        for field in dataclasses.fields(words):
            value = getattr(words, field.name)
            if field.init and field.name not in told and value != field.default:
                text = _names(value) if field.name == "background_files" else str(value)
                facts.append((field.name.replace("_", " "), text))
        return facts


class _Labelled:
    """The user's labelled images."""

    def __init__(self, reader: Reader, path: Path):
        self.reader = reader
        self.path = path
        self.labelled, self.unreadable = load_readable(path, reader.config.characters, reader.config.max_length)

    def __len__(self):
        return len(self.labelled)

    def examined(self):
        return ((example, None) for example in read_examples(self.reader, self.labelled.examples()))

    def again(self, indices):
        examples = read_examples(self.reader, self.labelled.subset(indices).examples())
        return [dataclasses.replace(example, source=_visible(example.source)) for example in examples]

    def facts(self):
        lengths = sorted(map(len, self.labelled.texts))
        return [
            ("images", f"{len(self):,} labelled images"),
            ("from", _visible(self.path)),
            ("length of the texts", f"{lengths[0]} to {lengths[-1]} characters"),
            ("different texts", f"{len(set(self.labelled.texts)):,}"),
            *[("texts that this reader cannot give", f"{len(self.unreadable):,}")] * bool(self.unreadable),
        ]


def _noting(pairs, kept):
    """Yield the pairs, and add each example without its pixels to `kept`."""
    for pair in pairs:
        kept.append(pair[0].without_pixels())
        yield pair


def _rows_of(log):
    try:
        return read_rows(log)
    except ForeignLogError:
        print(f"{log}: not a log of train.py: the report has no learning curves", file=sys.stderr)
        return None


def _facts_of(reader, model, named):
    config = reader.config
    if model.is_dir():
        form, packages = "SavedModel", ["tensorflow"]
        size = sum(file.stat().st_size for file in model.rglob("*") if file.is_file())
    elif model.suffix == ".keras":
        import keras

        from keras_reader.models.loading import load_reader_model

        form, packages = "Keras", ["keras", keras.backend.backend()]
        size = model.stat().st_size
    elif model.suffix == ".tflite":
        form, packages = "LiteRT", ["ai-edge-litert"]
        size = model.stat().st_size
    else:
        form, packages = "ONNX", ["onnxruntime"]
        size = model.stat().st_size
    versions = [
        f"keras_reader {keras_reader.__version__}",
        f"Python {platform.python_version()}",
        *[f"{package} {importlib.metadata.version(package)}" for package in (*packages, "numpy", "pillow")],
    ]
    facts = [
        ("model", origin(named) or _visible(model)),
        ("format", f"{form}, {size / 1e6:.2f} MB"),
        ("preset", config.preset),
        ("alphabet", f"{characters_in_words(config.alphabet)} ({len(config.alphabet)} characters)"),
        ("longest text", f"{config.max_length} characters"),
        ("image size", "{} x {} pixels (height x width)".format(*config.image_size)),
        ("read with", ", ".join(versions)),
    ]
    if form == "Keras":
        facts.insert(2, ("parameters", f"{load_reader_model(model).count_params():,}"))
    return facts


def _range(value):
    """A number, or a range of numbers."""
    if isinstance(value, tuple) and value[0] != value[1]:
        return f"{value[0]:g} to {value[1]:g}"
    return f"{value[0] if isinstance(value, tuple) else value:g}"


def _names(files):
    """The names of the files, or their number if there are many; `None` is Pillow's font."""
    if len(files) > MOST_NAMES:
        return f"{len(files)} files"
    return ", ".join("Pillow's built-in font" if file is None else _visible(Path(file).name) for file in files)


def _visible(name):
    """A path as valid text. Bytes that are not valid UTF-8 are replaced."""
    return os.fsencode(str(name)).decode("utf-8", "replace")


def _check_place(path):
    """Raise an `InputError` before any long work if the page cannot be written."""
    if path.is_dir():
        raise InputError(f"{path}: a folder: give a file with --out, such as {path / 'report.html'}")
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}: make it, or choose another file with --out")


def _write(page, path):
    try:
        with replacing(path) as temporary:
            temporary.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}): choose another file with --out") from None
