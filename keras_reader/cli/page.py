"""`keras-reader page`: a reader at work in a browser."""

import argparse
from pathlib import Path

from keras_reader.cli.common import CommandParser, default_model
from keras_reader.errors import ExportError, InputError
from keras_reader.pretrained import LETTERS, model_names

DESCRIPTION = (
    "Write a static web page on which a reader reads what is drawn, typed or dropped, and shows where it looks. Any "
    "static server can serve it (python -m http.server --directory FOLDER). The page fetches nothing from elsewhere. "
    "npm fetches the WebAssembly that runs the reader (onnxruntime-web) when the page is made."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument(
        "model",
        nargs="?",
        type=Path,
        metavar="MODEL",
        help=f"an .onnx file that export wrote, the name of a reader that ships ({', '.join(model_names())}), or "
        f"hf://OWNER/NAME (default: {LETTERS}, whose words the page draws)",
    )
    parser.add_argument("--out", type=Path, default=Path("site"), metavar="FOLDER", help="default: site")
    parser.add_argument(
        "--single-file",
        action="store_true",
        help="write one HTML file that opens from disk: --out if it ends in .html, else index.html in the folder",
    )
    parser.add_argument(
        "--compare",
        type=Path,
        metavar="MODEL",
        help="a second .onnx file to test its masks too, for example of the preset deep_reader, the original's network",
    )


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        InputError: if the reader cannot be read, npm is missing or `--out` cannot be written.
        CommandError: if onnxruntime-web cannot be fetched.
    """
    # Imported this late, so that --help need not wait for it.
    from keras_reader.inference.loading import find_reader, origin
    from keras_reader.progress import progress_bar
    from keras_reader.visualization.page import writing
    from keras_reader.visualization.page.runtime import PACKAGE, fetch_runtime

    named = args.model or default_model(own_images=False, task=None)
    _check_place(args.out, args.single_file)
    model = find_reader(named)
    about, reader, held = _reader(model, origin(named) or model.name)
    assets = {writing.READER: reader, writing.FONT: writing.letters()}
    about["held"] = held is not None
    about["other"] = None
    if held is not None:
        assets[writing.HELD] = held
    if args.compare:
        about["other"], _, held = _reader(find_reader(args.compare), origin(args.compare) or args.compare.name)
        if held is None:
            raise InputError(f"{args.compare}: its masks cannot be tested: export it again, not quantized")
        assets[writing.HELD_OTHER] = held
    with progress_bar(1, f"fetching {PACKAGE} with npm", "package"):
        assets |= fetch_runtime()

    if args.single_file:
        path = args.out if args.out.suffix == ".html" else args.out / writing.INDEX
        writing.write_single_file(path, about, assets)
        print(f"{path}: {_megabytes([path])}; open it in a browser")
    else:
        paths = writing.write_folder(args.out, about, assets)
        print(f"{args.out}: {len(paths)} files, {_megabytes(paths)}; to see it:")
        print(f"  python -m http.server --bind 127.0.0.1 --directory {args.out}")


def _reader(path, name):
    """What the page knows about a reader, its ONNX file, and that file with inputs for the attention, or None."""
    from keras_reader.export.held_attention import hold_attention
    from keras_reader.inference.loading import load
    from keras_reader.visualization.page.writing import about_reader

    if path.suffix != ".onnx" and path.exists():
        raise InputError(f"{path}: a page takes an .onnx file: keras-reader export writes one beside a .keras file")
    config = load(path).config
    content = path.read_bytes()
    try:
        held = hold_attention(path)
    except ExportError as error:
        print(f"the page cannot test the masks: {error}")
        held = None
    return about_reader(name, config, len(content)), content, held


def _check_place(out, single_file):
    """Check, before any long work, that `out` can be written."""
    is_file = single_file and out.suffix == ".html"
    if out.exists() and out.is_dir() == is_file:
        kind = "a folder, where a file goes" if is_file else "not a folder"
        raise InputError(f"{out}: {kind}: choose another one with --out")


def _megabytes(paths):
    return f"{sum(path.stat().st_size for path in paths) / 1e6:.1f} MB"
