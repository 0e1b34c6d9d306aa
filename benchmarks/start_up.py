"""Measures how long a user waits for the import of the package and for the first reading.

    python -m benchmarks.start_up [READER ...]

Readers are files of any format. They take turns in each round. Every measurement runs in a fresh process, which times
itself from its first line, so the start of Python is not included; it is printed in a row of its own. The first round,
which fills the operating system's cache, is not counted.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from benchmarks.common.machine import ROOT, describe
from keras_reader.cli.common import command_errors
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.errors import InputError
from keras_reader.pretrained import LETTERS, shipped_reader

IMPORT = """
import time
began = time.perf_counter()
import keras_reader
print(time.perf_counter() - began)
"""

FIRST_READING = """
import sys, time
began = time.perf_counter()
import keras_reader
imported = time.perf_counter()
keras_reader.load(sys.argv[1]).read_one(sys.argv[2])
print(time.perf_counter() - imported)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("readers", nargs="*", type=Path, metavar="READER", help="default: that of letters")
    parser.add_argument("--rounds", type=int, default=11)
    args = parser.parse_args()
    readers = args.readers or [shipped_reader(LETTERS, ".onnx")]

    print(describe("numpy", "pillow", "onnxruntime"))
    seconds = {"Python itself, start to end": [], "import keras_reader": []}
    seconds |= {f"load and first reading, {path.name}": [] for path in readers}
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "word.png"
        Image.fromarray(SyntheticWords().example(0).image).save(image)
        for _ in range(args.rounds + 1):
            python, package, *first = seconds.values()
            began = time.perf_counter()
            _run("pass")
            python.append(time.perf_counter() - began)
            package.append(float(_run(IMPORT)))
            for values, path in zip(first, readers, strict=True):
                values.append(float(_run(FIRST_READING, path, image)))
    print(f"{'seconds, median of ' + str(args.rounds):<48} {'median':>7} {'least':>7} {'most':>7}")
    for name, (_, *values) in seconds.items():
        print(f"{name:<48} {statistics.median(values):7.3f} {min(values):7.3f} {max(values):7.3f}")


def _run(code, *arguments):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if process.returncode:
        raise InputError(f"{' '.join(map(str, arguments))}: {process.stderr.strip().splitlines()[-1]}")
    return process.stdout


if __name__ == "__main__":
    with command_errors():
        main()
