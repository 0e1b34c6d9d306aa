"""`keras-reader evaluate`: prints the figures of a reader."""

import argparse
import dataclasses
import json
from pathlib import Path

from keras_reader.cli.common import DATA_HELP, MODEL_HELP, CommandParser, add_max_pixels, quiet_start
from keras_reader.cli.word_options import add_word_options, words_from_options
from keras_reader.data.labelled_images import load_labelled
from keras_reader.errors import InputError
from keras_reader.evaluation.evaluate import evaluate, examine_words
from keras_reader.inference.loading import load
from keras_reader.inference.read_example import read_examples
from keras_reader.progress import with_progress

DESCRIPTION = (
    "Print the figures of a reader: how well it reads, how far its confidence can be trusted and, on synthetic words, "
    "how far its masks can be trusted. Labelled images have no true boxes and no separate background, so the area is "
    "the only figure of their masks."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("model", nargs="?", type=Path, metavar="MODEL", help=MODEL_HELP)
    parser.add_argument("--data", type=Path, metavar="CSV", help=f"{DATA_HELP} (default: synthetic words)")
    parser.add_argument("--count", type=int, default=5000, help="number of synthetic words (default: 5000)")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object with unrounded figures; unknown ones are null"
    )
    add_max_pixels(parser)
    add_word_options(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        InputError: if the reader or the labelled images cannot be loaded, or an option is out of its range.
    """
    if args.count < 1:
        raise InputError(f"--count must be at least 1, got {args.count}")
    with quiet_start():
        reader = load(args.model)
    config = reader.config
    if args.data:
        labelled = load_labelled(args.data, config.characters, config.max_length)
        total = len(labelled)
        examples = ((example, None) for example in read_examples(reader, labelled.examples()))
    else:
        total = args.count
        examples = examine_words(reader, words_from_options(args, config, split="test"), total)
    figures = evaluate(with_progress(examples, total, "read"), config.window)
    if args.json:
        print(json.dumps(dataclasses.asdict(figures)))
        return
    rows = figures.rows()
    labels, values = (max(len(row[column]) for row in rows) for column in (0, 1))
    for row in rows:
        print(f"{row.label:{labels}}  {row.value:{values}}  {row.meaning}")
