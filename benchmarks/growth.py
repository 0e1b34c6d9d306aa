"""Measures how time and memory grow with the size of the images, the length of the texts, the alphabet and the batch.

    python -m benchmarks.growth
    python -m benchmarks.growth --write docs/results
    python -m benchmarks.growth --preset base --points 2

Each size is measured in a process of its own, so that no other has used its memory: a new reader of the preset reads
and trains on noise, with Keras on TensorFlow. Time is the median of several calls; memory is what the process takes at
its peak, less what it had before the first call. One thing grows at a time, from 40x40 pixels, texts of 4 characters,
an alphabet of 26 and batches of 32. `--write docs/results` writes the page growth.md and its charts. The command takes
about three minutes on two idle cores.
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from benchmarks.common.machine import ROOT, describe
from benchmarks.common.markdown_page import publish, table
from keras_reader import limits
from keras_reader.cli.common import command_errors
from keras_reader.config import DEFAULT_PRESET, PRESETS
from keras_reader.progress import with_progress

# Of a square image whose texts have 4 characters: the masks are what limits.py bounds.
_LARGEST_SIDE = min(limits.IMAGE_SIDE, math.isqrt(limits.READER_OUTPUTS // 5))

# What grows: its label, its sizes, the largest that a reader may have (none for the batch), and how a size is written.
AXES = {
    "side": ("side of a square image, pixels", (40, 80, 160, 320), _LARGEST_SIDE, "{0}x{0} pixels"),
    "length": ("longest text, characters", (4, 8, 16, 32), limits.TEXT_LENGTH, "{0} characters"),
    "alphabet": ("characters in the alphabet", (26, 500, 3000, 20_000), limits.ALPHABET_LENGTH, "{0:,} characters"),
    "batch": ("images in a batch", (8, 32, 128, 512), None, "{0:,} images"),
}
BASE = {"side": 40, "length": 4, "alphabet": 26, "batch": 32}

# What is called practical: less time and memory than these.
READING_SECONDS, STEP_SECONDS, MEMORY, START_SECONDS = 0.1, 2.0, 8e9, 120.0

# Parts of the network by what they grow with, as `benchmarks.architecture` names them.
TERMS = {
    "encoder and context": ("what", "where", "key", "convolution"),
    "attention and glimpse": ("attention", "attended", "glimpse"),
    "LSTM": ("LSTM",),
    "classifier": ("character",),
    "masks": ("mask", "next mask"),
}


class Measured(NamedTuple):
    """One size. Times are in seconds, memory is in bytes, both of a whole batch; products are those of one image.

    `values` is how many numbers the parts of the network give for one image. `start` is the time of the first training
    step, which builds its graph.
    """

    products: dict[str, float]
    values: float
    reading: float
    reading_memory: float
    training: float
    training_memory: float
    start: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", choices=[name for name in PRESETS if name != "deep_reader"], default=DEFAULT_PRESET)
    parser.add_argument("--points", type=int, default=4, help="sizes of each axis, the smallest first (default: 4)")
    parser.add_argument("--seconds", type=float, default=0.5, help="least time of each measurement (default: 0.5)")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write growth.md and growth/ there")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        print(json.dumps(measure(json.loads(args.measure), args.preset, args.seconds)))
        return
    wanted = [(axis, size) for axis, (_, sizes, _, _) in AXES.items() for size in sizes[: max(2, args.points)]]
    began, measured, base = time.perf_counter(), {}, None
    for axis, size in with_progress(wanted, len(wanted), "measuring", "sizes"):
        sizes = {**BASE, axis: size}
        if sizes == BASE:
            base = base or _in_a_process(sizes, args)
        measured[axis, size] = base if sizes == BASE else _in_a_process(sizes, args)
    taken = time.perf_counter() - began
    publish(page(measured, args, taken), args.write and args.write / "growth.md")
    if args.write:
        from benchmarks.pictures.growth import draw_growth

        for name, unit, expected in (
            ("time", "milliseconds a batch", "multiplications"),
            ("memory", "megabytes a batch", "numbers that the layers give"),
        ):
            draw_growth(_points(measured, name), unit, expected, args.write / "growth" / f"{name}.png")


def _in_a_process(sizes, args) -> Measured:
    command = [sys.executable, "-m", "benchmarks.growth", "--measure", json.dumps(sizes)]
    command += ["--preset", args.preset, "--seconds", str(args.seconds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{sizes}: {done.stderr.strip().splitlines()[-1:]}")
    return Measured(*json.loads(done.stdout.splitlines()[-1]))


def measure(sizes: dict[str, int], preset: str, least: float) -> Measured:
    """Read and train on noise, in this process."""
    import numpy as np

    from benchmarks.architecture import parts
    from keras_reader.config import ReaderConfig
    from keras_reader.models.reader_model import build_reader
    from keras_reader.models.serving import decoding_model
    from keras_reader.training.options import TrainingOptions
    from keras_reader.training.trainer import compile_reader

    # 20,000 characters in a row, of Chinese.
    alphabet = "".join(chr(0x4E00 + i) for i in range(sizes["alphabet"]))
    config = ReaderConfig(preset, alphabet, sizes["length"], (sizes["side"], sizes["side"]))
    model = build_reader(config)
    random = np.random.default_rng(0)
    images = random.random((sizes["batch"], *config.image_size, 1), np.float32)
    ids = random.integers(0, sizes["alphabet"], (sizes["batch"], config.decoding_steps), np.int32)
    products, values = dict.fromkeys(TERMS, 0.0), 0
    for name, shape, _, count in parts(model):
        values += math.prod(map(int, shape.split("x"))) * (config.decoding_steps if "each step" in name else 1)
        term = next(term for term, begins in TERMS.items() if name.startswith(begins))
        products[term] += count
    reader = decoding_model(model)
    _, reading, reading_memory = _measured(lambda: reader.predict_on_batch(images), least)
    compile_reader(model, TrainingOptions.for_preset(preset, batch_size=sizes["batch"]))
    start, training, training_memory = _measured(lambda: model.train_on_batch(images, ids), least)
    return Measured(products, values, reading, reading_memory, training, training_memory, start)


def _measured(call, least):
    """Seconds of the first call, of the others (the median), and bytes: the peak, less what the process had before."""
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    began = time.perf_counter()
    call()  # builds the graph
    start = time.perf_counter() - began
    call()
    seconds, end = [], time.perf_counter() + least
    while len(seconds) < 3 or time.perf_counter() < end:
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return start, statistics.median(seconds), max(_memory("VmHWM") - before, 0)


def _memory(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return 1024 * int(line.split()[1])
    raise RuntimeError(f"no {name} in /proc/self/status: this benchmark needs Linux")


def page(measured: dict[tuple[str, int], Measured], args: argparse.Namespace, taken: float) -> list[str]:
    """The paragraphs of growth.md."""
    command = f"python -m benchmarks.growth --preset {args.preset} --points {args.points} --write docs/results"
    base = f"{BASE['side']}x{BASE['side']} pixels, texts of {BASE['length']}, {BASE['alphabet']} characters"
    parts = [
        "# How time and memory grow",
        f"`{args.preset}`, one thing growing at a time from {base} and batches of {BASE['batch']}; time and memory are "
        "those of a whole batch, memory is what is added to that of the program itself. Written in "
        f"{taken / 60:.1f} minutes by `{command}`; {describe('keras', 'tensorflow', 'numpy')}. Where other programs "
        "run on the machine, compare ratios, not absolute times.",
        "![Time against each size](growth/time.png)",
        "![Memory against each size](growth/memory.png)",
        "## What grows with what",
        "Of a reader with windows, with steps = longest text + 1 and cells = pixels / 16:",
        table(
            ("part", "runs", "multiplications grow with", "memory grows with"),
            [
                ("encoder and context", "once an image", "pixels", "pixels"),
                ("attention and glimpse", "each decoding step", "cells x steps", "cells x steps"),
                ("LSTM", "each decoding step", "steps", "steps"),
                ("classifier", "each decoding step", "alphabet x steps", "alphabet x steps"),
                ("masks", "each decoding step", "pixels^1.5 x steps", "pixels x steps"),
            ],
        ),
        "A mask is two matrix products, from rows x columns of cells to height x columns to height x width, hence the "
        "power. All of it is multiplied by the batch. A training step takes about three times the multiplications of "
        "reading, and keeps what the layers gave, for the gradients. The optimizer adds a term of the weights that "
        "does not depend on the batch: the classifier has 128 weights for each character. The decoding steps are "
        "unrolled, so that the graph, and the time to build it for the first step, grow with the length of the text.",
        "## Measured",
    ]
    for axis, (label, _, _, _) in AXES.items():
        rows = []
        for size, point in _of(measured, axis):
            total = sum(point.products.values())
            largest = max(point.products, key=lambda term: point.products[term])
            rows.append(
                (
                    f"{size:,}",
                    f"{total / 1e6:,.1f} M",
                    f"{largest}, {point.products[largest] / total:.0%}",
                    f"{1e3 * point.reading:,.1f} ms",
                    f"{point.reading_memory / 1e6:,.0f} MB",
                    f"{1e3 * point.training:,.1f} ms",
                    f"{point.training_memory / 1e6:,.0f} MB",
                    f"{point.start:.1f} s",
                )
            )
        header = (
            label,
            "multiplications an image",
            "most of them",
            "reading",
            "memory",
            "training step",
            "memory",
            "first step",
        )
        parts += [table(header, rows), _growth(measured, axis)]
    return [*parts, "## The largest practical sizes", *_practical(measured)]


def _growth(measured, axis):
    (first, low), (last, high) = _of(measured, axis)[-2], _of(measured, axis)[-1]
    powers = [
        math.log(max(getattr(high, name), 1e-9) / max(getattr(low, name), 1e-9)) / math.log(last / first)
        for name in ("reading", "training", "training_memory")
    ]
    products = math.log(sum(high.products.values()) / sum(low.products.values())) / math.log(last / first)
    if axis == "batch":
        products = 1.0  # those of one image, times the batch
    return (
        f"From {first:,} to {last:,}, reading grows with the power {powers[0]:.2f}, a training step with "
        f"{powers[1]:.2f} and its memory with {powers[2]:.2f}; multiplications grow with {products:.2f}."
    )


def _practical(measured):
    """The largest size of each axis that stays within the bounds, by the last power that was measured."""
    rows = []
    for axis, (_, _, most, written) in AXES.items():
        found = {
            "time of reading": _reaches(measured, axis, "reading", READING_SECONDS * _images(axis)),
            "time of a step": _reaches(measured, axis, "training", STEP_SECONDS),
            "memory of a step": _reaches(measured, axis, "training_memory", MEMORY),
            "time of the first step": _reaches(measured, axis, "start", START_SECONDS),
        }
        why = min(found, key=lambda name: found[name])
        size = found[why]
        if most is None and math.isinf(size):
            rows.append(("any number of images", "nothing that was measured", f"up to {AXES[axis][1][-1]:,}"))
            continue
        if most is not None and size >= most:
            size, why = most, "nothing: a reader may have no more"
        else:
            size = _rounded_down(size)
        measured_up_to = _of(measured, axis)[-1][0]
        how = "measured" if size <= measured_up_to else f"by the last power, measured up to {measured_up_to:,}"
        rows.append((written.format(size), why, how))
    return [
        f"Practical is here: one image is read within {1000 * READING_SECONDS:.0f} ms as part of a batch of "
        f"{BASE['batch']}, a training step takes at most {STEP_SECONDS:g} s, and its memory is at most "
        f"{MEMORY / 1e9:.0f} GB on this machine, and the first step, which builds the graph, at most "
        f"{START_SECONDS:.0f} s, with everything else as above.",
        table(("largest", "what ends it", "how known"), rows),
        "Two things that grow together meet their end sooner: images of twice the pixels with texts of twice the "
        "length take four times the attention and the masks.",
    ]


def _rounded_down(size):
    """To two digits."""
    unit = 10 ** max(0, math.floor(math.log10(size)) - 1)
    return int(size // unit) * unit


def _images(axis):
    """Images whose reading is timed; of the batch's own axis, the seconds an image do not grow."""
    return math.inf if axis == "batch" else BASE["batch"]


def _reaches(measured, axis, name, most):
    """The size at which a value reaches `most`: between two measured ones, or beyond the last."""
    points = [(size, max(getattr(point, name), 1e-9)) for size, point in _of(measured, axis)]
    if math.isinf(most):
        return math.inf
    for (size, value), (next_size, next_value) in pairwise(points):
        if next_value >= most or next_size == points[-1][0]:
            power = math.log(next_value / value) / math.log(next_size / size)
            if power <= 0.05:
                return math.inf if next_value < most else next_size
            return size * (most / value) ** (1 / power)
    return math.inf


def _of(measured, axis):
    return [(size, point) for (name, size), point in measured.items() if name == axis]


def _points(measured, what):
    scale = 1e3 if what == "time" else 1e-6
    names = ("reading", "training") if what == "time" else ("reading_memory", "training_memory")
    return {
        label: [
            (
                size,
                *(max(scale * getattr(point, name), 1e-3) for name in names),
                (sum(point.products.values()) if what == "time" else point.values)
                * (size if axis == "batch" else BASE["batch"]),
            )
            for size, point in _of(measured, axis)
        ]
        for axis, (label, _, _, _) in AXES.items()
    }


if __name__ == "__main__":
    with command_errors():
        main()
