"""Measures what rewriting the exported ONNX graph gains: our rewrites, onnxslim, and both.

    pip install onnxslim
    python -m benchmarks.graph_rewrites
    python -m benchmarks.graph_rewrites READER.keras --write docs/results

All variants are made from the same reader and must give the same readings. They read images in turns, on one thread, in
several rounds, and medians are printed. ONNX Runtime also optimizes each graph when it loads it, with its default
settings.
"""

import argparse
import tempfile
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
import onnx

import keras_reader as kr
from benchmarks.common.fresh_words import fresh_words
from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, table
from benchmarks.common.timing import in_turns
from keras_reader.alphabet import up_to_end
from keras_reader.cli.common import command_errors, quiet_start
from keras_reader.errors import InputError
from keras_reader.metadata import metadata
from keras_reader.pretrained import LETTERS, shipped_reader

BATCHES = (1, 64)
TOLERANCE = 1e-5  # of confidences and masks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reader", nargs="?", type=Path, metavar="READER.keras", help="default: letters")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.3, help="least time of a variant in a round (default: 0.3)")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write graph_rewrites.md there")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, quiet_start():
        paths = make_variants(args.reader or shipped_reader(LETTERS, ".keras"), Path(folder))
        readers = {name: kr.load(path, threads=1) for name, path in paths.items()}
        largest = compare(readers)
        seconds = measure(readers, args.rounds, args.seconds)
        rows = [_row(name, path, seconds) for name, path in paths.items()]
    publish(_page(rows, largest, args), args.write and args.write / "graph_rewrites.md")


def make_variants(reader_path: Path, folder: Path) -> dict[str, Path]:
    """Write the ONNX file of a reader in every variant; the paths by the variant's name.

    Raises:
        InputError: if onnxslim is not installed, or `reader_path` is not a reader.
    """
    try:
        import onnxslim
    except ModuleNotFoundError:
        raise InputError("comparing with onnxslim needs it: pip install onnxslim") from None
    from keras_reader.export.onnx_file import save_onnx, write_onnx
    from keras_reader.models.loading import load_reader_model
    from keras_reader.models.serving import serving_model

    model = load_reader_model(reader_path)
    serving = serving_model(model)
    paths = {name: folder / f"{i}.onnx" for i, name in enumerate(("converter", "ours", "onnxslim", "ours, onnxslim"))}
    with patch("keras_reader.export.onnx_simplify.simplify", lambda proto: None):
        write_onnx(serving, model.config, paths["converter"])
    write_onnx(serving, model.config, paths["ours"])
    for source, target in (("converter", "onnxslim"), ("ours", "ours, onnxslim")):
        save_onnx(onnxslim.slim(onnx.load(paths[source])), metadata(model.config), paths[target])
    return paths


def compare(readers: dict[str, kr.Reader]) -> float:
    """The largest difference of any variant from the converter's graph, on synthetic words.

    Raises:
        ValueError: if a variant reads another character, or differs by more than `TOLERANCE`.
    """
    images = _images(next(iter(readers.values())).config, 256)
    expected, *others = [reader.run(images) for reader in readers.values()]
    valid = up_to_end(expected["ids"], expected["probabilities"].shape[-1] - 1)
    largest = 0.0
    for name, got in zip(list(readers)[1:], others, strict=True):
        if not (got["ids"] == expected["ids"])[valid].all():
            raise ValueError(f"{name}: reads other characters")
        largest = max(
            largest, *(float(np.abs(got[key] - expected[key])[valid].max()) for key in ("masks", "probabilities"))
        )
    if not largest <= TOLERANCE:
        raise ValueError(f"a variant differs by {largest:.2g}")
    return largest


def measure(readers: dict[str, kr.Reader], rounds: int, least: float) -> dict[tuple[str, int], float]:
    """Seconds a call, the median over the rounds, by variant and batch size."""
    images = _images(next(iter(readers.values())).config, max(BATCHES))
    calls = {
        (name, batch): partial(reader.run, images[:batch]) for name, reader in readers.items() for batch in BATCHES
    }
    return in_turns(calls, rounds, least)


def _images(config, count):
    return fresh_words(config).batch(range(count))[0]


def _row(name, path, seconds):
    nodes = len(onnx.load(path).graph.node)
    cells = [name, f"{nodes:,}", f"{path.stat().st_size / 1e3:,.0f} kB"]
    for batch in BATCHES:
        taken = seconds[name, batch]
        cells += [f"{1000 * taken:.2f} ms", f"{seconds['converter', batch] / taken:.2f}"]
    return cells


def _page(rows, largest, args):
    command = f"python -m benchmarks.graph_rewrites {args.reader or ''}".rstrip()
    header = ["graph", "nodes", "file"]
    for batch in BATCHES:
        header += [f"batch of {batch}", "speed"]
    return [
        "# Rewrites of the exported graph",
        f"The ONNX file of {args.reader or 'the reader `letters`'}, as the converter writes it, with "
        "our rewrites (`keras_reader/export/onnx_simplify.py`, which export uses), with onnxslim, and with both. "
        f"Written by `{command} --rounds {args.rounds} --seconds {args.seconds:g} --write docs/results`; "
        f"{describe('onnx', 'onnxruntime', 'onnxslim', 'tf2onnx')}.",
        table(header, rows),
        "*Speed* is relative to the converter's graph, on one thread. All variants read the same characters; no "
        f"probability and no mask differs by more than {largest:.1g}.",
    ]


if __name__ == "__main__":
    with command_errors():
        main()
