"""Export a trained reader to a SavedModel folder and an ONNX file."""

from pathlib import Path

from keras_reader.commands import CommandParser, command_errors
from keras_reader.exporting import OUTPUTS, export_reader
from keras_reader.reading import shipped_reader


def main() -> None:
    parser = CommandParser(description=__doc__)
    parser.add_argument(
        "reader", nargs="?", type=Path, metavar="READER.keras", help="default: the reader that ships with the package"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="default: the reader's own folder; exported/ for the one that ships"
    )
    arguments = parser.parse_args()
    reader, out = arguments.reader, arguments.out
    if reader is None:
        reader, out = shipped_reader(".keras"), out or Path("exported")

    saved_model, onnx = export_reader(reader, out, progress=lambda line: print(line, flush=True))
    outputs = ", ".join(OUTPUTS)
    print(f"{saved_model}: {_size(saved_model)}")
    print("  serve(image: uint8 (batch, height, width), any size)")
    print("  serve_bytes(image_bytes: string (batch,), PNG, JPEG, BMP or GIF files)")
    print(f"  both give text, {outputs}")
    print(f"{onnx}: {_size(onnx)}")
    print("  image: uint8 (batch, height, width), any size")
    print(f"  gives {outputs}; its metadata say how to decode them")


def _size(path):
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return f"{sum(file.stat().st_size for file in files) / 1e6:.1f} MB"


if __name__ == "__main__":
    with command_errors():
        main()
