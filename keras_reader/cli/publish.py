"""`keras-reader publish`: writes a reader and its card to the Hugging Face Hub."""

import argparse
import json
from pathlib import Path
from typing import NamedTuple

from keras_reader import hub
from keras_reader.atomic_files import replacing
from keras_reader.card import Card, card_body, file_checksum, load_card, made_up_body, what_it_reads
from keras_reader.cli.common import CommandParser, quiet_start
from keras_reader.config import ReaderConfig
from keras_reader.errors import ExportError, InputError
from keras_reader.inference.loading import find_reader, load
from keras_reader.metadata import FORMAT_VERSION
from keras_reader.pretrained import model_names, shipped_card

DESCRIPTION = (
    "Publish a reader on the Hugging Face Hub: reader.onnx to read with, reader.keras to train on, config.json, and "
    'its card as README.md. Others load it with kr.load("hf://OWNER/NAME"). Takes a token with the right to write '
    "(hf auth login, or HF_TOKEN) and pip install keras_reader[hub]."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="an .onnx file, with the .keras file of the same name beside it if there is one; a .keras file that was "
        f"exported beside it; or the name of a reader that ships ({', '.join(model_names())})",
    )
    parser.add_argument("address", nargs="?", metavar="hf://OWNER/NAME", help="where to publish it")
    parser.add_argument(
        "--license", metavar="ID", help="licence of the weights: mit, apache-2.0, cc-by-4.0 ... (default: the card's)"
    )
    parser.add_argument("--reads", metavar="TEXT", help="what it reads, in one line (default: the card's)")
    parser.add_argument(
        "--card",
        type=Path,
        metavar="CARD.md",
        help="the text of the card in Markdown (default: CARD.md beside the reader, else its configuration in words)",
    )
    parser.add_argument("--private", action="store_true", help="make a new repository private")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write the files there instead of publishing them")


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        InputError: if the reader or the card cannot be read, the two files of the reader are not of the same one, or
            what `hub.publish` raises.
    """
    if (args.address is None) == (args.out is None):
        raise InputError("give either hf://OWNER/NAME to publish it, or --out FOLDER to look at it first")
    address = hub.parse_address(args.address) if args.address else None
    if args.address and address is None:
        raise InputError(f"{args.address}: not an address on the Hub: give hf://OWNER/NAME")
    with quiet_start():
        parts = _parts(args.model)
    card = _card(args, parts)
    about = {"library_name": "keras_reader", "format_version": FORMAT_VERSION, **parts.config.to_dict()}
    files: dict[str, Path | bytes] = {
        hub.MODEL_CARD: card.text().encode(),
        hub.CONFIG: (json.dumps(about, ensure_ascii=False, indent=1) + "\n").encode(),
        **parts.files,
    }
    if address is None:
        _write(files, args.out)
        return
    gone = tuple(name for name in (hub.KERAS,) if name not in files)
    place = hub.publish(address, files, f"Reader of keras_reader: {card.reads}", args.private, gone)
    print(f"{address}: {', '.join(files)}")
    print(f"  {place}")
    print(f'  to load it: kr.load("{address}")')


class _Parts(NamedTuple):
    """A reader's files by their names on the Hub, and what is known of it."""

    files: dict[str, Path]
    config: ReaderConfig
    parameters: int | None


def _parts(model) -> _Parts:
    path = find_reader(model)
    if path.suffix not in (".onnx", ".keras"):
        raise InputError(f"{path}: give an .onnx file, or a .keras file that was exported beside it")
    onnx, trained = path.with_suffix(".onnx"), path.with_suffix(".keras")
    if not onnx.is_file():
        raise InputError(f"{path}: has no {onnx.name} beside it, to read with: keras-reader export {path}")
    reader = load(onnx)
    files, parameters = {hub.ONNX: onnx}, None
    if trained.is_file():
        other = load(trained)
        _check_same(reader, other, onnx, trained)
        from keras_reader.models.loading import load_reader_model

        files[hub.KERAS], parameters = trained, load_reader_model(trained).count_params()
    return _Parts(files, reader.config, parameters)


def _check_same(reader, other, onnx, trained):
    """Refuse a pair of files of which one was trained further, or exported from another reader."""
    from keras_reader.export.parity import check_parity

    try:
        check_parity(other, [reader])
    except ExportError as error:
        raise InputError(f"{onnx}: not an export of {trained} ({error}): keras-reader export {trained}") from None


def _card(args, parts) -> Card:
    beside = parts.files[hub.ONNX].with_name("CARD.md")
    if args.model in model_names() and not Path(args.model).exists():
        known = load_card(shipped_card(args.model))
    elif beside.is_file() and not args.card and beside.read_bytes().startswith(b"---\n"):
        known = load_card(beside)
    else:
        known = None
    written = args.card or (beside if beside.is_file() else None)
    license = args.license or (known and known.license)
    if not license:
        raise InputError("whoever loads it must know what they may do with it: give the licence with --license")
    if not license.replace("-", "").replace(".", "").isalnum():
        raise InputError(f"--license takes an identifier such as mit, apache-2.0 or cc-by-4.0, got {license!r}")
    return Card(
        license=license.lower(),
        reads=args.reads or (known.reads if known else what_it_reads(parts.config)),
        body=card_body(written) if written else made_up_body(parts.config, args.address or "hf://OWNER/NAME"),
        parameters=parts.parameters,
        checksums={name: file_checksum(path) for name, path in parts.files.items()},
    )


def _write(files, folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            with replacing(folder / name) as temporary:
                temporary.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}): choose another folder with --out") from None
    print(f"{folder}: {', '.join(files)}, as they would be published")
