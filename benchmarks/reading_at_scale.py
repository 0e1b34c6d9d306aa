"""Measures reading on several cores and with Ray, and plans a million and a billion images from what was measured.

    pip install -e .[ray]
    python -m benchmarks.reading_at_scale
    python -m benchmarks.reading_at_scale --write docs/results --price 0.04

The commands `read`, `read --workers N` and `read --ray=local --workers N` read the same files in turns with the reader
`letters`, in several rounds. The same command with one image gives the time to start, which is taken off; medians are
printed. Two kinds of files are read: words of 40x40 pixels as PNG, and photographs of 640x480 pixels as JPEG with a
word in each. `--price` is that of an hour of a core, in dollars. The plan takes the rate of a worker of Ray as it was
measured. The command takes some minutes.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from benchmarks.common.machine import ROOT, describe
from benchmarks.common.markdown_page import publish, table
from keras_reader.cli.common import command_errors
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.errors import InputError
from keras_reader.inference.ray import BATCH_ROWS
from keras_reader.pretrained import LETTERS

PLANNED = (10**6, 10**9)
CLUSTERS = (16, 1000)
PHOTOGRAPH = (480, 640)

# Of the time to start: what reading must take longer, so that the difference is not chance.
LEAST_SHARE = 0.3


class Kind(NamedTuple):
    """A kind of image files: its name, a folder with them, one of them, their number, and their mean size in bytes."""

    name: str
    folder: Path
    one: Path
    count: int
    size: float


class Way(NamedTuple):
    """What was measured of a command: seconds to start, images a second after that, and bytes of output an image.

    The rate is `None` if reading took so little longer than starting that it cannot be told.
    """

    start: float
    rate: float | None
    output: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=40_000, help="small images; photographs are an eighth")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="default: one for each core")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--price", type=float, default=0.05, help="dollars for an hour of a core (default: 0.05)")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write reading_at_scale.md there")
    args = parser.parse_args()
    if args.images < 8 or args.rounds < 1 or args.workers < 1 or not args.price >= 0:
        raise InputError("--images must be at least 8, --rounds and --workers at least 1, and --price at least 0")
    with tempfile.TemporaryDirectory() as folder:
        kinds = list(make_images(Path(folder), args.images))
        measured = {kind.name: measure(kind, Path(folder), args.workers, args.rounds) for kind in kinds}
    publish(page(kinds, measured, args), args.write and args.write / "reading_at_scale.md")


def make_images(folder: Path, count: int) -> Iterator[Kind]:
    """Write the files that are read."""
    words = SyntheticWords(split="test")
    distinct = words.batch(range(min(count, 1000)))[0]
    yield _write(folder / "words", "words, 40x40 PNG", (Image.fromarray(image) for image in distinct), "png", count)
    random = np.random.default_rng(0)
    photographs = (_photograph(image, random) for image in distinct[:100])
    yield _write(folder / "photographs", "photographs, 640x480 JPEG", photographs, "jpg", count // 8)


def _photograph(word, random):
    """A word, enlarged, on a background as uneven and noisy as a photograph's."""
    background = Image.fromarray(random.integers(0, 120, (6, 8, 3), np.uint8))
    background = background.resize(PHOTOGRAPH[::-1], Image.Resampling.BICUBIC)
    pixels = np.asarray(background).astype(np.float32) + random.normal(0, 6, (*PHOTOGRAPH, 3))
    large = Image.fromarray(word).resize((400, 400), Image.Resampling.BICUBIC)
    pixels[40:440, 120:520] += np.asarray(large)[..., None]
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _write(folder, name, images, suffix, count):
    folder.mkdir()
    distinct = []
    for i, image in enumerate(images):
        distinct.append(folder / f"0-{i}.{suffix}")
        image.save(distinct[-1], quality=85)
        if len(distinct) == count:
            break
    for i in range(len(distinct), count):
        # Other names of the same files: what is measured is opened, decoded and read all the same.
        os.link(distinct[i % len(distinct)], folder / f"{i // len(distinct)}-{i % len(distinct)}.{suffix}")
    size = statistics.mean(path.stat().st_size for path in distinct)
    return Kind(name, folder, distinct[0], count, size)


def measure(kind: Kind, folder: Path, workers: int, rounds: int) -> dict[str, Way]:
    """What each command takes, in turns."""
    ways = {
        "`read`": [],
        f"`read --workers {workers}`": ["--workers", workers],
        f"`read --ray=local --workers {workers}`": ["--ray=local", "--workers", workers, "--out"],
    }
    taken: dict[str, list[tuple[float, float, float]]] = {name: [] for name in ways}
    for i in range(rounds):
        for name, options in ways.items():
            seconds, sizes = [], []
            for images in (kind.one, kind.folder):
                out = folder / f"out-{kind.folder.name}-{i}-{len(taken[name])}-{images.name}"
                began = time.perf_counter()
                sizes.append(_run(images, options, out))
                seconds.append(time.perf_counter() - began)
            taken[name].append((*seconds, sizes[1] / kind.count))
    return {name: _way(kind, *map(statistics.median, zip(*values, strict=True))) for name, values in taken.items()}


def _way(kind, start, whole, output):
    reading = whole - start
    return Way(start, (kind.count - 1) / reading if reading > LEAST_SHARE * start else None, output)


def _run(images, options, out):
    """Run a command, and give the bytes that it writes."""
    writes = bool(options) and options[-1] == "--out"
    command = [sys.executable, "-m", "keras_reader", "read", images, "--model", LETTERS, *options]
    command += [out] if writes else []
    done = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise InputError(f"{' '.join(map(str, command[2:]))}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    if writes:
        return sum(path.stat().st_size for path in out.iterdir())
    return len(done.stdout.encode())


def page(kinds: list[Kind], measured: dict[str, dict[str, Way]], args: argparse.Namespace) -> list[str]:
    """The paragraphs of reading_at_scale.md."""
    command = f"python -m benchmarks.reading_at_scale --images {args.images} --workers {args.workers} "
    command += f"--rounds {args.rounds} --price {args.price:g} --write docs/results"
    parts = [
        "# Reading at scale",
        f"The reader is `{LETTERS}`. Written by `{command}`; "
        f"{describe('numpy', 'pillow', 'onnxruntime', 'ray', 'pyarrow')}. Where other programs run on the "
        "machine, compare ratios, not absolute times.",
    ]
    for kind in kinds:
        ways = measured[kind.name]
        first = next(iter(ways.values())).rate
        rows = [
            (
                name,
                f"{way.start:.1f} s",
                f"{way.rate:,.0f}" if way.rate else "too few images to tell",
                f"{way.rate / first:.2f}" if way.rate and first else "-",
                f"{way.output:,.0f}",
            )
            for name, way in ways.items()
        ]
        parts += [
            f"## {kind.name[0].upper()}{kind.name[1:]}",
            f"{kind.count:,} files of {kind.size:,.0f} bytes on average, on this machine's disk.",
            table(("command", "to start", "images/s", f"times {next(iter(ways))}", "bytes of output an image"), rows),
        ]
    rows = [row for kind in kinds for row in _plan(kind, list(measured[kind.name].values())[-1], args)]
    header = ("images", "core-hours", *(f"hours on {cores:,} cores" for cores in CLUSTERS), "fetched", "at 1,000 cores")
    return [
        *parts,
        "## A million and a billion images",
        f"From the rate of one of Ray's {args.workers} workers above, at {args.price:g} dollars for an hour of a core. "
        "*Fetched* is what comes over the network if the files lie elsewhere, and *at 1,000 cores* how quickly the "
        "store must give it. Each worker has 32 requests on their way, so that a store which answers within 50 ms "
        "gives a worker up to 640 files a second; where that is less than it reads, put the bytes of many images into "
        "one Parquet file (a column `bytes` beside `path`).",
        table((*header, "Parquet", "files", "cost"), rows),
        f"A Parquet file holds {BATCH_ROWS:,} images; `write_readings(batch_rows=...)` makes fewer and larger files. "
        "The process that gives out the work keeps 16 bytes for each path that is written already, once on each "
        "machine. Time to start, slow stores, and workers that are killed come on top.",
    ]


def _plan(kind, way, args):
    if way.rate is None:
        return
    rate = way.rate / args.workers
    for images in PLANNED:
        hours = images / rate / 3600
        yield (
            f"10^{len(str(images)) - 1} {kind.name}",
            f"{hours:,.1f}",
            *(f"{hours / cores:,.2f}" for cores in CLUSTERS),
            _bytes(images * kind.size),
            f"{_bytes(1000 * rate * kind.size)}/s",
            _bytes(images * way.output),
            f"{-(-images // BATCH_ROWS):,}",
            f"${hours * args.price:,.2f}",
        )


def _bytes(count):
    for unit in ("kB", "MB", "GB", "TB"):
        count /= 1000
        if count < 1000 or unit == "TB":
            return f"{count:,.1f} {unit}"
    raise AssertionError


if __name__ == "__main__":
    with command_errors():
        main()
