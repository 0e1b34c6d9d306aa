"""`keras-reader visualize`: writes animations of where a reader looks."""

import argparse
from dataclasses import replace
from pathlib import Path

from keras_reader.cli.common import MODEL_HELP, CommandParser, add_max_pixels, quiet_start
from keras_reader.cli.word_options import add_word_options, words_from_options
from keras_reader.errors import InputError

DESCRIPTION = "Write an animation and a contact sheet of each image. They show what was read, and through which mask."


def add_options(parser: CommandParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("model", nargs="?", type=Path, metavar="MODEL", help=MODEL_HELP)
    parser.add_argument(
        "--images", type=Path, nargs="+", metavar="IMAGE", help="image files to read instead of synthetic words"
    )
    parser.add_argument("--count", type=int, default=8, help="number of synthetic words (default: 8)")
    parser.add_argument("--mistakes", action="store_true", help="show only synthetic words that are misread")
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
    if args.count < 1:
        raise InputError(f"--count must be at least 1, got {args.count}")
    if args.images and (args.mistakes or args.boxes):
        raise InputError(
            "--mistakes and --boxes need true texts and boxes, which --images does not have: use one or the other"
        )

    # Imported this late, so that --help need not wait for it.
    from keras_reader.inference.loading import load
    from keras_reader.inference.read_example import read_examples
    from keras_reader.visualization.pictures import (
        describe,
        find_mistakes,
        make_folder,
        read_files,
        write_pictures,
    )

    make_folder(args.out, args.format)
    with quiet_start():
        reader = load(args.model)
    words = words_from_options(args, reader.config, split="test")
    if args.images:
        examples = read_files(reader, args.images)
    elif args.mistakes:
        examples, looked_at = find_mistakes(reader, words, args.count)
        print(f"{len(examples)} of the first {looked_at} words are misread")
    else:
        examples = list(read_examples(reader, words.examples(range(args.count))))
    for example in examples:
        print(describe(example))
    if examples:
        drawn = examples if args.boxes else [replace(example, boxes=None) for example in examples]
        paths = write_pictures(drawn, args.out, args.format, reader.config.decoding_steps, args.mosaic)
        print(f"wrote {paths[0]} ... {paths[-1]}")
