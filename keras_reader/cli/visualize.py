"""`keras-reader visualize`: writes animations of where a reader looks."""

import argparse
import itertools
import sys
from dataclasses import replace
from pathlib import Path

from keras_reader.cli.common import (
    DATA_HELP,
    WORDS_MODEL_HELP,
    CommandParser,
    add_max_pixels,
    default_model,
    print_error,
    quiet_start,
)
from keras_reader.cli.given_images import IMAGE_HELP, find_images, open_images
from keras_reader.cli.word_options import add_word_options, describe_task, refuse_word_options, words_from_options
from keras_reader.data.labelled_images import load_readable
from keras_reader.errors import InputError
from keras_reader.inference.loading import load
from keras_reader.inference.read_example import read_examples
from keras_reader.inference.reader import BATCH_IMAGES
from keras_reader.visualization.overlay import DEFAULT_STYLE, MASK_STYLE_HELP, MASK_STYLES
from keras_reader.visualization.pictures import (
    MOST_IMAGES,
    describe,
    find_mistakes,
    make_picture_folder,
    write_pictures,
)

COUNT = 8
DESCRIPTION = "Write an animation and a contact sheet of each image. They show what was read, and through which mask."


def add_options(parser: CommandParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("model", nargs="?", type=Path, metavar="MODEL", help=WORDS_MODEL_HELP)
    parser.add_argument("--images", nargs="+", metavar="IMAGE", help=f"instead of synthetic words: {IMAGE_HELP}")
    parser.add_argument("--data", type=Path, metavar="CSV", help=f"instead of synthetic words: {DATA_HELP}")
    parser.add_argument(
        "--count", type=int, help=f"number of synthetic words, or of images of --data (default: {COUNT})"
    )
    parser.add_argument("--mistakes", action="store_true", help="show only what is misread")
    parser.add_argument("--mask-style", choices=MASK_STYLES, default=DEFAULT_STYLE, help=MASK_STYLE_HELP)
    parser.add_argument("--boxes", action="store_true", help="outline the true boxes of synthetic words")
    parser.add_argument("--mosaic", action="store_true", help="also write all words as one animation")
    parser.add_argument(
        "--format",
        default="gif",
        help="format of the animations: gif, webp or mp4 (default: gif); strip: gif, and what the original drew, "
        "one picture a word, its steps side by side, with the mask as its blue",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("img"), metavar="FOLDER", help="folder to write to (default: img)"
    )
    add_max_pixels(parser)
    add_word_options(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        InputError: if the reader or an image cannot be read, an option is out of its range, or `--out` cannot be
            written.
    """
    if args.images and args.count is not None:
        raise InputError("--count chooses among those of --data: leave it out, and name fewer files with --images")
    if args.count is None:
        args.count = COUNT
    if args.count < 1:
        raise InputError(f"--count must be at least 1, got {args.count}")
    if args.images and args.data:
        raise InputError("--images and --data cannot be given together: choose one of them")
    if args.images and args.mistakes:
        raise InputError("--mistakes needs true texts, which --images does not have: use --data")
    if args.images or args.data:
        refuse_word_options(args, "--images" if args.images else "--data")
    if args.boxes and (args.images or args.data):
        raise InputError("--boxes needs true boxes, which only synthetic words have: leave it out")
    make_picture_folder(args.out, args.format)
    with quiet_start():
        reader = load(args.model or default_model(bool(args.images or args.data), args.task))
    failures = []

    def report(error):
        failures.append(error)
        print_error(error)

    examples = _described(_read(reader, args, report), args.boxes)
    paths = write_pictures(examples, args.out, args.format, reader.config.decoding_steps, args.mosaic, args.mask_style)
    if paths:
        print(f"wrote {paths[0]} ... {paths[-1]}")
    if failures:
        sys.exit(InputError.exit_code)


def _read(reader, args, report):
    """The examples to draw. `report` is given an `InputError` for every image of `--images` that cannot be read."""
    if args.images:
        return read_examples(reader, open_images(find_images(args.images, report), report))
    if args.data:
        labelled, _ = load_readable(args.data, reader.config.characters, reader.config.max_length)
        if not args.mistakes:
            # Rows that follow each other are often alike, so the images are taken from the whole CSV.
            count = min(args.count, len(labelled))
            labelled = labelled.subset([i * len(labelled) // count for i in range(count)])
            return read_examples(reader, labelled.examples())
        examples, most = labelled.examples(), len(labelled)
    else:
        words = words_from_options(args, reader.config, split="test")
        chosen = describe_task(args, reader.config, words)
        if chosen:
            print(chosen)
        if not args.mistakes:
            return read_examples(reader, words.examples(range(args.count)))
        starts = range(0, MOST_IMAGES, BATCH_IMAGES)
        examples = itertools.chain.from_iterable(words.examples(range(i, i + BATCH_IMAGES)) for i in starts)
        most = MOST_IMAGES
    mistakes, searched = find_mistakes(reader, examples, args.count, most)
    print(f"{len(mistakes)} of the first {searched} {'images' if args.data else 'words'} are misread")
    return mistakes


def _described(examples, with_boxes):
    for example in examples:
        print(describe(example))
        yield example if with_boxes else replace(example, boxes=None)
