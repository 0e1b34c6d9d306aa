"""Opens damaged image files until it finds one that is neither read nor named, or that costs too much.

    python -m benchmarks.fuzz --count 100000

It prints how many were read and how many were named, the slowest, and the memory that all took together, and ends with
exit code 1 at the first file that breaks the rules; that file is kept as `fuzz-NUMBER-NAME`. The same seed and number
give the same file. `tests/test_image_files.py` does the same with fewer.
"""

import argparse
import resource
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.common.damaged_files import damage, sample_images
from keras_reader.cli.common import command_errors
from keras_reader.errors import InputError
from keras_reader.images import open_grey

MOST_SECONDS = 2
MOST_BYTES = 1 << 30
MOST_CHANGES = 6


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20_000, help="number of damaged files (default: 20000)")
    parser.add_argument("--seed", type=int, default=0, help="fixes how they are damaged (default: 0)")
    parser.add_argument("--first", type=int, default=0, help="number of the first file (default: 0)")
    args = parser.parse_args()
    samples = sample_images()
    names = sorted(samples)
    named, slowest = 0, (0.0, "")
    before = _peak()
    for i in range(args.first, args.first + args.count):
        name = names[i % len(names)]
        random = np.random.default_rng((args.seed, i))
        numbers = random.integers(0, 2**32, 2 * random.integers(1, MOST_CHANGES + 1)).tolist()
        data = damage(samples[name], numbers)
        began = time.perf_counter()
        wrong = None
        try:
            open_grey(data)
        except InputError as error:
            named += 1
            wrong = "a message of several lines" if "\n" in str(error) else None
        except Exception as error:
            wrong = repr(error)
        seconds = time.perf_counter() - began
        slowest = max(slowest, (seconds, f"{i}, {name}"))
        if seconds > MOST_SECONDS:
            wrong = f"{seconds:.1f} s"
        if _peak() - before > MOST_BYTES:
            wrong = f"{_peak() - before:,} bytes of memory"
        if wrong:
            Path(f"fuzz-{i}-{name}").write_bytes(data)
            sys.exit(f"fuzz-{i}-{name}: {wrong}")
    print(f"{args.count:,} damaged files of {len(names)} kinds: {args.count - named:,} read, {named:,} named")
    print(f"the slowest took {slowest[0]:.2f} s (file {slowest[1]}); all took {(_peak() - before) / 1e6:.0f} MB")


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    with command_errors():
        main()
