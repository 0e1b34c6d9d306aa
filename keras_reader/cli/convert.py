"""`keras-reader convert`: turns a checkpoint of the original into a `.keras` file."""

import argparse
from pathlib import Path

from keras_reader.alphabet import characters_in_words
from keras_reader.atomic_files import replacing
from keras_reader.checkpoint_file import load_checkpoint
from keras_reader.cli.common import CommandParser, quiet_start
from keras_reader.errors import InputError

DESCRIPTION = "Turn a checkpoint of the original deep_reader into a .keras file."


def add_options(parser: CommandParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("checkpoint", type=Path, help="an .npz file, or the original's model file (needs PyTorch)")
    parser.add_argument("out", type=Path, help="the .keras file to write")
    parser.add_argument("--max-length", type=int, default=4, help="length of the longest text (default: 4)")


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        InputError: if the checkpoint cannot be read or the file cannot be written.
    """
    if args.out.suffix != ".keras":
        raise InputError(f"{args.out}: a reader's file name must end in .keras")
    arrays = load_checkpoint(args.checkpoint)
    with quiet_start():
        from keras_reader.models.deep_reader_checkpoint import from_deep_reader

        try:
            model = from_deep_reader(arrays, args.max_length)
        except InputError as error:
            raise InputError(f"{args.checkpoint}: {error}") from None
        try:
            with replacing(args.out) as path:
                model.save(path)
        except OSError as error:
            raise InputError(f"{args.out}: cannot be written ({error.strerror})") from None
    config = model.config
    height, width = config.image_size
    print(
        f"{args.out}: a {config.preset} reader of {height}x{width} images, classes "
        f"{characters_in_words(config.alphabet)} and the terminator"
    )
