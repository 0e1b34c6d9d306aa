"""`keras-reader export`: writes a trained reader as a SavedModel folder, an ONNX file and a LiteRT file."""

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from keras_reader.cli.common import DATA_HELP, CommandParser, add_max_pixels, quiet_start
from keras_reader.data.labelled_images import load_labelled
from keras_reader.errors import InputError
from keras_reader.inference.loading import find_reader, load
from keras_reader.metadata import output_shapes
from keras_reader.pretrained import DEFAULT_MODEL, model_names

DESCRIPTION = (
    "Export a trained reader to saved_model/ and reader.onnx, and to reader.tflite with --litert. All are compared "
    "with the Keras model first; if one disagrees, an earlier export stays as it was. Otherwise it is replaced as a "
    "whole: earlier 8-bit files and, without --litert, an earlier reader.tflite are removed."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument(
        "model",
        nargs="?",
        type=Path,
        metavar="READER.keras",
        help=f"the trained reader: a file, the name of one that ships ({', '.join(model_names())}), or hf://OWNER/NAME "
        f"(default: {DEFAULT_MODEL})",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="folder to write to (default: the file's own; exported/ for a reader that ships or is on the Hub)",
    )
    parser.add_argument(
        "--litert",
        action="store_true",
        help="also write reader.tflite, for LiteRT on phones and small devices; takes pip install ai-edge-litert",
    )
    parser.add_argument(
        "--quantize",
        choices=["int8"],
        help="also write reader.int8.onnx (with --litert reader.int8.tflite too), smaller and quicker; refused if it "
        "reads more than 0.2 points worse",
    )
    parser.add_argument("--data", type=Path, metavar="CSV", help=f"quantize with {DATA_HELP} (default: drawn ones)")
    add_max_pixels(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        InputError: if the reader or the images cannot be read, or `--out` cannot be written.
        ExportError: if an artifact cannot be made or disagrees with the Keras model.
    """
    if args.data and not args.quantize:
        raise InputError("--data is used by --quantize only: give both or neither")
    if args.data:
        load_labelled(args.data)  # before minutes of exporting
    model = find_reader(args.model, ".keras")
    _choose_tensorflow()
    with quiet_start():
        from keras_reader.keras_file_check import check_keras_file

        check_keras_file(model)  # before TensorFlow is imported, which takes seconds
        from keras_reader.export.exporter import LITERT, export_reader
        from keras_reader.export.quantization import quantize_litert, quantize_reader

        out = args.out or (None if model == args.model else Path("exported"))
        saved_model, onnx = export_reader(model, out, progress=_say, litert=args.litert)
    config = load(onnx).config
    outputs = ", ".join(output_shapes(config))
    print(f"{saved_model}: {_size(saved_model)}")
    print("  serve(image: uint8 (batch, height, width), any size)")
    print("  serve_bytes(image_bytes: string (batch,), PNG, JPEG, BMP or GIF files)")
    print(f"  both give text, {outputs}")
    print(f"{onnx}: {_size(onnx)}")
    print("  image: uint8 (batch, height, width), any size")
    print(f"  gives {outputs}; its metadata tell how to decode them")
    litert = onnx.with_name(LITERT)
    if args.litert:
        height, width = config.image_size
        print(f"{litert}: {_size(litert)}")
        print(f"  image: float32 (1, {height}, {width}, 1) in [0, 1], an image that is fitted already")
        print(f"  gives {outputs}; its metadata tell how to decode them")
    if args.quantize:
        _print_gain(quantize_reader(onnx, args.data, progress=_say))
        if args.litert:
            _print_gain(quantize_litert(model, litert, args.data, progress=_say))


def _choose_tensorflow():
    """Let Keras start on TensorFlow, which writes the SavedModel, whatever backend the reader was trained on."""
    if "keras" in sys.modules:  # it has its backend already
        return
    if find_spec("tensorflow") is None:
        raise InputError(
            "export needs TensorFlow, which writes the SavedModel: pip install tensorflow (training does not need it)"
        )
    chosen = os.environ.get("KERAS_BACKEND", "tensorflow")
    if chosen != "tensorflow":
        print(f"KERAS_BACKEND={chosen}: exporting on TensorFlow instead, which writes the SavedModel", flush=True)
    os.environ["KERAS_BACKEND"] = "tensorflow"


def _say(line):
    print(line, flush=True)


def _print_gain(quantized):
    accuracy, size, rate = quantized.accuracy, quantized.size, quantized.rate
    print(f"{quantized.path}: {_size(quantized.path)}")
    print(f"  size: {size[1] / 1e3:,.0f} kB, {size[1] / size[0]:.0%} of {size[0] / 1e3:,.0f} kB")
    print(f"  images per second in batches of 64: {rate[1]:,.0f}, {rate[1] / rate[0]:.2f} times {rate[0]:,.0f}")
    change = 100 * (accuracy[1] - accuracy[0])
    print(
        f"  whole words of {quantized.images:,} images: {accuracy[1]:.2%}, {change:+.2f} points from {accuracy[0]:.2%}"
    )


def _size(path):
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return f"{sum(file.stat().st_size for file in files) / 1e6:.1f} MB"
