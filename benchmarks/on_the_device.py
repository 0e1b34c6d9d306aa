"""Measures the exported files on one thread, as a phone or a small computer runs them: LiteRT beside ONNX Runtime.

    pip install -e .[litert]
    python -m benchmarks.on_the_device [READER.keras]
    python -m benchmarks.on_the_device --write docs/results

The reader is exported to all formats, in floating point and in 8 bits. All files read one image at a time in one
process, in turns, in several rounds, and medians are printed: an image of the reader's own size, and a larger one,
which ONNX Runtime fits into that size inside the graph and LiteRT's reader before it. Both are measured
through `Reader.run`.
"""

import argparse
import os
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

import keras_reader as kr
from benchmarks.common.fresh_words import fresh_words
from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, share, table
from benchmarks.common.timing import in_turns
from keras_reader.cli.common import command_errors, quiet_start
from keras_reader.errors import ExportError
from keras_reader.inference.read_example import read_examples
from keras_reader.pretrained import LETTERS, shipped_reader

LARGE = (240, 320)

# Fitting an image into the reader's size is NumPy's for LiteRT, on all cores unless it is told otherwise.
_NUMPY_THREADS = "OPENBLAS_NUM_THREADS"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reader", nargs="?", type=Path, metavar="READER.keras", help="default: letters")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.3, help="least time of a file in a round (default: 0.3)")
    parser.add_argument("--images", type=int, default=20_000, help="words that the accuracy is measured on")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write on_the_device.md there")
    args = parser.parse_args()
    if os.environ.get(_NUMPY_THREADS) != "1":  # which it looks at only once, as it is imported
        command = [sys.executable, "-m", "benchmarks.on_the_device", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, _NUMPY_THREADS: "1"})  # noqa: S606 - our own command
    with tempfile.TemporaryDirectory() as folder, quiet_start():
        paths, refused = export_all(args.reader or shipped_reader(LETTERS, ".keras"), Path(folder))
        readers = {name: kr.load(path, threads=1) for name, path in paths.items()}
        seconds = measure(readers, args.rounds, args.seconds)
        rows = [
            (
                name,
                f"{paths[name].stat().st_size / 1e3:,.0f} kB",
                *(f"{1e3 * seconds[name, size]:.3f} ms" for size in _sizes(reader)),
                share(_right(reader, args.images), args.images),
            )
            for name, reader in readers.items()
        ]
    publish(
        page(rows, refused, next(iter(readers.values())).config, args), args.write and args.write / "on_the_device.md"
    )


def export_all(reader: Path, folder: Path) -> tuple[dict[str, Path], list[str]]:
    """Export a reader; the paths by name, and why 8-bit files were refused."""
    from keras_reader.export.exporter import LITERT, export_reader
    from keras_reader.export.quantization import quantize_litert, quantize_reader

    _, onnx = export_reader(reader, folder, litert=True)
    litert = onnx.with_name(LITERT)
    paths, refused = {"ONNX Runtime": onnx, "LiteRT": litert}, []
    for name, quantize in (
        ("ONNX Runtime, int8", lambda: quantize_reader(onnx)),
        ("LiteRT, int8", lambda: quantize_litert(reader, litert)),
    ):
        try:
            paths[name] = quantize().path
        except ExportError as error:
            refused.append(str(error))
    return paths, refused


def measure(readers: dict[str, kr.Reader], rounds: int, least: float) -> dict[tuple[str, tuple[int, int]], float]:
    """Seconds an image, the median over the rounds, by file and size of the image."""
    random = np.random.default_rng(0)
    calls = {
        (name, size): partial(reader.run, random.integers(0, 256, (1, *size), np.uint8))
        for name, reader in readers.items()
        for size in _sizes(reader)
    }
    return in_turns(calls, rounds, least)


def _sizes(reader):
    return (reader.config.image_size, LARGE)


def _right(reader, count):
    examples = fresh_words(reader.config).examples(range(count))
    return sum(example.right for example in read_examples(reader, examples))


def page(rows: list[tuple], refused: list[str], config: kr.ReaderConfig, args: argparse.Namespace) -> list[str]:
    """The paragraphs of on_the_device.md."""
    command = f"python -m benchmarks.on_the_device {args.reader or ''}".rstrip()
    command += f" --rounds {args.rounds} --seconds {args.seconds:g} --images {args.images} --write docs/results"
    height, width = config.image_size
    header = ("one thread, one image at a time", "file", f"image of {height}x{width}")
    return [
        "# On the device",
        f"{args.reader or 'The reader `letters`'}, exported to every format. Written by `{command}`; "
        f"{describe('numpy', 'onnxruntime', 'ai-edge-litert', 'tensorflow')}. Where other programs run on the machine, "
        "compare ratios, not absolute times.",
        table((*header, f"image of {LARGE[0]}x{LARGE[1]}", f"whole words of {args.images:,}"), rows),
        "Times are those of `Reader.run`: fitting the image into the reader's size, the network, all outputs. ONNX "
        "Runtime fits it inside the graph, LiteRT's reader with NumPy before the graph, which takes one size only.",
        *(f"Not there: {reason}." for reason in refused),
    ]


if __name__ == "__main__":
    with command_errors():
        main()
