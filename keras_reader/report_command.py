"""`python -m keras_reader report`: what a reader is tried on, and the page about it."""

import argparse
import dataclasses
import datetime
import importlib.metadata
import os
import platform
import shlex
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

import keras_reader
from keras_reader.commands import quiet_start
from keras_reader.drawing import Example
from keras_reader.errors import InputError
from keras_reader.evaluation import Case, evaluate, examine_words
from keras_reader.files import replacing
from keras_reader.filmstrip import Shown
from keras_reader.findings import Outcome, least_confident_right, typical_right, worst_mistakes
from keras_reader.labelled import load_labelled
from keras_reader.log_rows import read_rows
from keras_reader.mask_metrics import RECEPTIVE_WINDOW
from keras_reader.reading import Reader, load, load_reader_model, shipped_reader
from keras_reader.report import Report, report_page
from keras_reader.visualizing import read_synthetic
from keras_reader.word_options import add_word_options, words_from_options

RIGHT_READINGS = 3  # of each kind
MOST_NAMES = 6  # of files that are listed

_SECONDS_OF_SILENCE = 5
_DESCRIPTION = """\
Writes one HTML page about a reader: its figures, how far its confidence can be believed, what it takes for what,
its learning curves (of the log.csv beside it), and its worst mistakes, each with a strip of pictures of where it
looked. The page is one file that needs no network."""


def add_report_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser; `report_command` runs it."""
    parser.description = _DESCRIPTION
    parser.add_argument(
        "model",
        nargs="?",
        type=Path,
        help="a .keras file, an .onnx file or a SavedModel folder (default: the reader that comes with the package)",
    )
    parser.add_argument("--images", type=int, default=5000, help="number of synthetic images (default: 5000)")
    parser.add_argument("--data", type=Path, metavar="CSV", help="labelled images instead: header image,text")
    parser.add_argument("--mistakes", type=int, default=12, help="number of mistakes to show at most (default: 12)")
    parser.add_argument("--out", type=Path, default=Path("report.html"), help="file to write (default: report.html)")
    add_word_options(parser.add_argument_group("how synthetic words look"))


def report_command(args: argparse.Namespace) -> None:
    """Run the command: read the images, write the page.

    Raises:
        InputError: if an option is out of its range, the reader, the images or the log cannot be read, or the
            page cannot be written.
    """
    for option in ("images", "mistakes"):
        if getattr(args, option) < 1:
            raise InputError(f"--{option} must be at least 1, got {getattr(args, option)}")
    _check_place(args.out)
    model = args.model or shipped_reader(".onnx")
    with quiet_start():
        reader = load(model)
        facts = _facts_of(reader, model, shipped=args.model is None)
    log = model.parent / "log.csv"
    rows = read_rows(log) if log.is_file() else None
    tried_on = _Labelled(reader, args.data) if args.data else _Synthetic(reader, args)
    outcomes = []
    figures = evaluate(_noting(tried_on.cases(), outcomes, len(tried_on)), RECEPTIVE_WINDOW[reader.config.preset])

    def shown(chosen):
        examples = tried_on.examples([outcome.index for outcome in chosen])
        sources = [tried_on.source(outcome.index) for outcome in chosen]
        return list(map(Shown, sources, examples))

    page = report_page(
        Report(
            name=_visible(model.name),
            model=facts,
            images=tried_on.facts(),
            metrics=figures.rows(),
            outcomes=outcomes,
            mistakes=shown(worst_mistakes(outcomes, args.mistakes)),
            unsure=shown(least_confident_right(outcomes, RIGHT_READINGS)),
            typical=shown(typical_right(outcomes, RIGHT_READINGS)),
            log=rows,
            log_source=_visible(log),
            date=datetime.date.today().isoformat(),
            command=_visible(shlex.join(["python", "-m", "keras_reader", *sys.argv[1:]])),
        )
    )
    _write(page, args.out)
    wrong = sum(not outcome.right for outcome in outcomes)
    print(f"{args.out}: {len(outcomes):,} images, {wrong:,} misread, {len(page.encode()) / 1e6:.2f} MB")


class _Synthetic:
    """Synthetic words, of which any can be drawn again by its index."""

    def __init__(self, reader: Reader, args: argparse.Namespace):
        self.reader = reader
        self.count = args.images
        self.words = words_from_options(args, reader.config, split="test")

    def __len__(self):
        return self.count

    def cases(self):
        return examine_words(self.reader, self.words, self.count)

    def examples(self, indices):
        return read_synthetic(self.reader, self.words, indices)

    def source(self, index):
        return f"synthetic image {index:,}"

    def facts(self):
        """What the images are like: what matters most, then every other option that is not at its default."""
        words = self.words
        facts = [
            ("images", f"{self.count:,} synthetic words of the {words.split} split, which is never trained on"),
            ("length", f"{words.min_length} to {words.max_length} characters"),
            ("fonts", _names(words.fonts) if words.fonts else "Pillow's built-in font"),
            ("font size", f"{_range(words.font_size)} px"),
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
    """The user's own images."""

    def __init__(self, reader: Reader, path: Path):
        config = reader.config
        self.reader = reader
        self.path = path
        self.labelled = load_labelled(path, config.characters, config.max_length, config.image_size)

    def __len__(self):
        return len(self.labelled.texts)

    def cases(self):
        return map(Case, self.reader.read(self.labelled.images), self.labelled.texts)

    def examples(self, indices: list[int]):
        chosen = self.labelled.subset(indices)
        images = np.rint(chosen.images * 255).astype(np.uint8)
        return [Example(*parts) for parts in zip(images, self.reader.read(images), chosen.texts, strict=True)]

    def source(self, index):
        return _visible(self.labelled.paths[index])

    def facts(self):
        lengths = sorted(map(len, self.labelled.texts))
        return [
            ("images", f"{len(self):,} labelled images"),
            ("from", _visible(self.path)),
            ("length of the texts", f"{lengths[0]} to {lengths[-1]} characters"),
            ("different texts", f"{len(set(self.labelled.texts)):,}"),
        ]


def _noting(cases: Iterable[Case], outcomes: list[Outcome], total: int) -> Iterator[Case]:
    """Pass cases on, keep what a report needs of each, and say on stderr how far it is if it takes long."""
    spoke = time.monotonic()
    for index, case in enumerate(cases):
        outcomes.append(Outcome(index, case.text, case.reading.text, case.reading.confidence))
        if time.monotonic() - spoke > _SECONDS_OF_SILENCE:
            spoke = time.monotonic()
            print(f"read {index + 1} of {total} images", file=sys.stderr)
        yield case


def _facts_of(reader, model, shipped):
    config = reader.config
    if model.is_dir():
        form, packages = "SavedModel", ["tensorflow"]
        size = sum(file.stat().st_size for file in model.rglob("*") if file.is_file())
    elif model.suffix == ".keras":
        import keras

        form, packages = "Keras", ["keras", keras.backend.backend()]
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
        ("model", f"{model.name}, which ships with keras_reader" if shipped else _visible(model)),
        ("format", f"{form}, {size / 1e6:.2f} MB"),
        ("preset", config.preset),
        ("alphabet", f"{_alphabet(config.alphabet)} ({len(config.alphabet)} characters)"),
        ("longest text", f"{config.max_length} characters"),
        ("image size", "{} x {} pixels (height x width)".format(*config.image_size)),
        ("read with", ", ".join(versions)),
    ]
    if form == "Keras":
        facts.insert(2, ("parameters", f"{load_reader_model(model).count_params():,}"))
    return facts


def _alphabet(alphabet):
    return "".join(character if character.isprintable() else f" U+{ord(character):04X} " for character in alphabet)


def _range(value):
    """A number, or the two that it lies between."""
    if isinstance(value, tuple) and value[0] != value[1]:
        return f"{value[0]:g} to {value[1]:g}"
    return f"{value[0] if isinstance(value, tuple) else value:g}"


def _names(files):
    """The names of a few files, the number of many."""
    return ", ".join(_visible(Path(file).name) for file in files) if len(files) <= MOST_NAMES else f"{len(files)} files"


def _visible(name):
    """A path as text: one need not be valid text, and a page must be."""
    return os.fsencode(str(name)).decode("utf-8", "replace")


def _check_place(path):
    """Refuse, before any long work, what cannot be written to."""
    if path.is_dir():
        raise InputError(f"{path}: a folder: give --out the name of a file, such as {path / 'report.html'}")
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}: make it, or choose another with --out")


def _write(page, path):
    try:
        with replacing(path) as temporary:
            temporary.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}): choose another place with --out") from None
