"""`keras-reader convert`: turns a checkpoint of the original into a `.keras` file."""

import argparse
from pathlib import Path

from keras_reader.cli.common import CommandParser, quiet_start

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
    with quiet_start():
        from keras_reader.models.deep_reader_checkpoint import convert_checkpoint

        model = convert_checkpoint(args.checkpoint, args.out, args.max_length)
    config = model.config
    height, width = config.image_size
    print(
        f"{args.out}: a {config.preset} reader of {height}x{width} images, classes {config.alphabet} and the terminator"
    )
