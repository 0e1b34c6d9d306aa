"""Export a trained reader to a SavedModel folder and an ONNX file."""

from pathlib import Path

from keras_reader.commands import CommandParser, command_errors, quiet_start
from keras_reader.errors import InputError
from keras_reader.exporting import INT8, ONNX, OUTPUTS, SAVED_MODEL, export_reader
from keras_reader.quantizing import MOST_LOST, quantize_reader
from keras_reader.reading import shipped_reader

_REPLACED = (
    f"An earlier {SAVED_MODEL}/ and {ONNX} are replaced, and an earlier {INT8}, which was made from that {ONNX}, is "
    "removed, once both new ones are seen to agree with the Keras model; until then all stays as it was."
)


def main() -> None:
    parser = CommandParser(description=f"{__doc__} {_REPLACED}")
    parser.add_argument(
        "reader", nargs="?", type=Path, metavar="READER.keras", help="default: the reader that ships with the package"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="default: the reader's own folder; exported/ for the one that ships"
    )
    parser.add_argument(
        "--quantize",
        choices=["int8"],
        help=f"also write {INT8}, smaller and quicker, unless it reads more than {100 * MOST_LOST:.1f} points worse",
    )
    parser.add_argument(
        "--data", type=Path, metavar="CSV", help="images to quantize by: header image,text (default: synthetic words)"
    )
    arguments = parser.parse_args()
    if arguments.data and not arguments.quantize:
        raise InputError("--data is for --quantize: give both or neither")
    reader, out = arguments.reader, arguments.out
    if reader is None:
        reader, out = shipped_reader(".keras"), out or Path("exported")

    with quiet_start():
        saved_model, onnx = export_reader(reader, out, progress=_say)
    outputs = ", ".join(OUTPUTS)
    print(f"{saved_model}: {_size(saved_model)}")
    print("  serve(image: uint8 (batch, height, width), any size)")
    print("  serve_bytes(image_bytes: string (batch,), PNG, JPEG, BMP or GIF files)")
    print(f"  both give text, {outputs}")
    print(f"{onnx}: {_size(onnx)}")
    print("  image: uint8 (batch, height, width), any size")
    print(f"  gives {outputs}; its metadata say how to decode them")
    if arguments.quantize:
        _print_gain(quantize_reader(onnx, arguments.data, progress=_say))


def _say(line):
    print(line, flush=True)


def _print_gain(quantized):
    accuracy, size, rate = quantized.accuracy, quantized.size, quantized.rate
    print(f"{quantized.path}: {_size(quantized.path)}")
    print(f"  size: {size[1] / 1e3:,.0f} kB, {size[1] / size[0]:.0%} of {size[0] / 1e3:,.0f} kB")
    print(f"  images a second in batches of 64: {rate[1]:,.0f}, {rate[1] / rate[0]:.2f} times {rate[0]:,.0f}")
    change = 100 * (accuracy[1] - accuracy[0])
    print(
        f"  whole words of {quantized.images:,} images: {accuracy[1]:.2%}, {change:+.2f} points from {accuracy[0]:.2%}"
    )


def _size(path):
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return f"{sum(file.stat().st_size for file in files) / 1e6:.1f} MB"


if __name__ == "__main__":
    with command_errors():
        main()
