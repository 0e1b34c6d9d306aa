"""`python -m keras_reader evaluate`: the figures of a reader, a line each."""

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from keras_reader.commands import quiet_start
from keras_reader.errors import InputError
from keras_reader.evaluation import Case, Evaluation, evaluate, examine_words
from keras_reader.labelled import load_labelled
from keras_reader.mask_metrics import RECEPTIVE_WINDOW
from keras_reader.reading import Reader, load
from keras_reader.word_options import add_word_options, words_from_options

_DESCRIPTION = """\
Prints the figures of a reader: how well it reads, whether its confidence can be believed, and, on synthetic
images, whether its masks tell the truth. Labelled images have no true boxes and no background to put in the place
of a letter: of their masks, only the area is known."""


def add_evaluate_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser; `evaluate_command` runs it."""
    parser.description = _DESCRIPTION
    parser.add_argument("model", nargs="?", type=Path, help="the reader (default: the one that comes with the package)")
    parser.add_argument("--images", type=int, default=5000, help="number of synthetic images (default: 5000)")
    parser.add_argument("--data", type=Path, metavar="CSV", help="labelled images instead: header image,text")
    parser.add_argument("--json", action="store_true", help="one JSON object, unrounded; null for what is not known")
    add_word_options(parser.add_argument_group("how synthetic words look"))


def evaluate_command(args: argparse.Namespace) -> None:
    """Run the command: print the figures.

    Raises:
        InputError: if the reader or the labelled images cannot be loaded, or an option is out of its range.
    """
    with quiet_start():
        reader = load(args.model)
    if args.data:
        figures = _evaluate_labelled(reader, args.data)
    elif args.images < 1:
        raise InputError(f"--images must be at least 1, got {args.images}")
    else:
        words = words_from_options(args, reader.config, split="test")
        cases = _with_progress(examine_words(reader, words, args.images), args.images)
        figures = evaluate(cases, RECEPTIVE_WINDOW[reader.config.preset])
    if args.json:
        print(json.dumps(dataclasses.asdict(figures)))
        return
    rows = figures.rows()
    labels, values = (max(len(row[column]) for row in rows) for column in (0, 1))
    for row in rows:
        print(f"{row.label:{labels}}  {row.value:{values}}  {row.meaning}")


def _evaluate_labelled(reader: Reader, path: Path) -> Evaluation:
    config = reader.config
    labelled = load_labelled(path, config.characters, config.max_length, config.image_size)
    cases = map(Case, reader.read(labelled.images), labelled.texts)
    return evaluate(cases, RECEPTIVE_WINDOW[config.preset])


def _with_progress(cases: Iterable[Case], count: int) -> Iterator[Case]:
    """The cases; a person at a terminal sees how many are done."""
    shows = sys.stderr.isatty()
    for done, case in enumerate(cases, 1):
        yield case
        if shows and (done % 250 == 0 or done == count):
            print(f"\r{done} of {count} images", end="\n" if done == count else "", file=sys.stderr, flush=True)
