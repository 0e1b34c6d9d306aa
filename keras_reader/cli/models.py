"""`keras-reader models`: lists the readers that ship, and prints cards."""

import argparse
import json
from pathlib import Path

from keras_reader import hub
from keras_reader.card import file_checksum, load_card
from keras_reader.cli.common import CommandParser, quiet_start
from keras_reader.errors import InputError
from keras_reader.inference.loading import load
from keras_reader.limits import METADATA_BYTES
from keras_reader.pretrained import DEFAULT_MODEL, model_names, shipped_card, shipped_reader
from keras_reader.regular_files import read_regular

DESCRIPTION = (
    "List the readers that ship with the package, or print the card of one: what it reads, the data, the licence of "
    "its weights, figures, limits and checksums. keras-reader publish writes one to the Hugging Face Hub."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument(
        "model",
        nargs="?",
        metavar="NAME",
        help=f"print the card of this reader: {', '.join(model_names())}, or hf://OWNER/NAME (default: list those that "
        "ship)",
    )
    parser.add_argument("--json", action="store_true", help="print the list as one JSON object per line")


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        InputError: if there is no such reader, a card cannot be read, or a file of a reader that ships is not the one
            that its card tells of.
    """
    if args.model and args.json:
        raise InputError("--json is for the list: leave out the name")
    if args.model:
        _print_card(args.model)
        return
    with quiet_start():
        rows = [_facts(name) for name in model_names()]
    for row in rows:
        if args.json:
            print(json.dumps(row))
    if not args.json:
        _print_list(rows)
    damaged = [row["name"] for row in rows if not row["verified"]]
    if damaged:
        raise InputError(f"{', '.join(damaged)}: not the files that their cards tell of: install keras_reader again")


def _print_card(model):
    address = hub.parse_address(model)
    path = shipped_card(model) if address is None else hub.fetch(address, hub.MODEL_CARD)
    text = read_regular(path, METADATA_BYTES, "a card").decode("utf-8", "replace")
    # It may be a stranger's: whatever would move the cursor or change colours is left out.
    print("".join(c for c in text if c.isprintable() or c == "\n").strip())


def _facts(name):
    card, path = load_card(shipped_card(name)), shipped_reader(name, ".onnx")
    config = load(path).config
    return {
        "name": name,
        "default": name == DEFAULT_MODEL,
        "reads": card.reads,
        "alphabet": config.alphabet,
        "max_length": config.max_length,
        "image_size": list(config.image_size),
        "preset": config.preset,
        "parameters": card.parameters,
        "bytes": path.stat().st_size,
        "license": card.license,
        "verified": bool(card.checksums) and all(_is_file(path.with_name(n), s) for n, s in card.checksums.items()),
    }


def _is_file(path: Path, checksum: str) -> bool:
    return path.is_file() and file_checksum(path) == checksum


def _print_list(rows):
    header = ("name", "characters", "longest", "image", "parameters", "ONNX file", "licence", "checksum")
    cells = [
        (
            row["name"],
            str(len(row["alphabet"])),
            str(row["max_length"]),
            "{}x{}".format(*row["image_size"]),
            f"{row['parameters']:,}" if row["parameters"] is not None else "-",
            f"{row['bytes'] / 1e6:.1f} MB",
            row["license"],
            "verified" if row["verified"] else "WRONG",
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    for row, line in zip([None, *rows], [header, *cells], strict=True):
        first, *others = (
            cell.ljust(width) if i in (0, 6, 7) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join([first, *others]).rstrip())
        if row:
            print(f"  {row['reads']}{' (the default)' if row['default'] else ''}")
