"""The command line: `keras-reader COMMAND`, or `python -m keras_reader COMMAND`."""

import sys
from collections.abc import Sequence

from keras_reader.cli import check, convert, evaluate, export, models, page, publish, read, report, train, visualize
from keras_reader.cli.common import CommandParser, command_errors

COMMANDS = {
    "check": (check, "look through labelled images before training on them"),
    "train": (train, "train a reader, on synthetic words or on labelled images"),
    "export": (export, "write a trained reader as a SavedModel folder and an ONNX file"),
    "visualize": (visualize, "write animations of where a reader looks"),
    "read": (read, "read images and print a line for each: path, text, confidence"),
    "evaluate": (evaluate, "print how well a reader reads, and how far its confidences and masks can be trusted"),
    "report": (report, "write an HTML page with figures, learning curves and the worst mistakes"),
    "page": (page, "write a web page on which a reader reads what is drawn, typed or dropped"),
    "models": (models, "list the readers that ship with the package, or print the card of one"),
    "publish": (publish, "write a reader and its card to the Hugging Face Hub"),
    "convert": (convert, "turn a checkpoint of the original deep_reader into a .keras file"),
}


def main(arguments: Sequence[str] | None = None, prog: str = "keras-reader") -> None:
    """Run a command.

    Args:
        arguments: the command and its arguments; `None` for those of this process.
        prog: name of the program in the help.
    """
    with command_errors():
        parser = CommandParser(prog=prog, description="Read short texts from images, and show where the reader looked.")
        commands = parser.add_subparsers(dest="command", required=True, title="commands", metavar="COMMAND ...")
        for name, (module, help) in COMMANDS.items():
            command = commands.add_parser(name, help=help, description=module.DESCRIPTION)
            module.add_options(command)
            command.set_defaults(run=module.run)
        args = parser.parse_args(arguments)
        with commands.choices[args.command].naming_options():
            args.run(args)


def run_script(command: str) -> None:
    """Run one command as a script, such as `python train.py`."""
    with command_errors():
        module, _ = COMMANDS[command]
        parser = CommandParser(prog=f"{command}.py", description=module.DESCRIPTION)
        module.add_options(parser)
        args = parser.parse_args(sys.argv[1:])
        with parser.naming_options():
            module.run(args)
