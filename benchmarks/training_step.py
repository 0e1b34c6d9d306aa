"""Measures a training step: its operations, its share of the machine's matrix-product rate, and what speeds it up.

    python -m benchmarks.training_step
    python -m benchmarks.training_step --write docs/results
    python -m benchmarks.training_step --only-original      # deep_reader beside the same network in PyTorch

The backend is TensorFlow with its default of one thread per core. All variants of the step train in turns, in several
rounds, and medians are printed. One thread is measured in a process of its own. Where PyTorch is installed
(`pip install keras_reader[torch]`), `deep_reader` trains in turns with the original's network in PyTorch.
`--write docs/results` writes the page as training_step.md. The command takes about five minutes.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from unittest.mock import patch

import keras
import numpy as np
import tensorflow as tf

from benchmarks.common.beside_original import PRESET, beside_original
from benchmarks.common.machine import ROOT, describe
from benchmarks.common.markdown_page import publish, table
from benchmarks.common.operations import compiled, count_operations
from benchmarks.common.same_batch import SameBatch
from keras_reader.cli.common import command_errors
from keras_reader.config import ReaderConfig
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.models.conv_block import ConvBlock
from keras_reader.models.losses import MaskedCrossEntropy
from keras_reader.models.metrics import CharacterErrorRate, WholeWordAccuracy
from keras_reader.models.reader_model import build_reader
from keras_reader.training.cpu_settings import keep_freed_memory
from keras_reader.training.dataset import TrainingDataset
from keras_reader.training.devices import device_names
from keras_reader.training.drawing import DrawWords
from keras_reader.training.options import TrainingOptions
from keras_reader.training.trainer import compile_reader

MATRIX = 2048


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3, help="approximate seconds of each variant in a round")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write training_step.md there")
    parser.add_argument(
        "--only-original", action="store_true", help="only measure deep_reader beside the original's step"
    )
    parser.add_argument("--threads", type=int, help="only print the seconds of a step on this many threads")
    args = parser.parse_args()
    keep_freed_memory()  # as train.py does
    if args.threads:
        tf.config.threading.set_intra_op_parallelism_threads(args.threads)
        tf.config.threading.set_inter_op_parallelism_threads(args.threads)
        print(_seconds_a_step(_turns({"": _variant()}, args))[""])
        return
    if args.only_original:
        publish([*_heading(args), *_original(args)], None)
        return
    parts = [*_heading(args), *_operations(args), *_original(args), *_gains(args)]
    publish(parts, args.write and args.write / "training_step.md")


def _heading(args):
    how = "--only-original" if args.only_original else "--write docs/results"
    return [
        "# A training step",
        f"Measured on {device_names()}; written by `python -m benchmarks.training_step --rounds {args.rounds} "
        f"--seconds {args.seconds:g} {how}`; {describe('keras', 'tensorflow', 'numpy')}.",
    ]


def _operations(args):
    """How much a step computes and how quickly, compared with matrix products on the same machine."""
    products = {"TensorFlow": _product(tf.random.uniform((MATRIX, MATRIX)), tf.matmul)}
    products["NumPy"] = _product(np.ones((MATRIX, MATRIX), np.float32), np.matmul)
    models = {preset: compiled(preset) for preset in ("small", "deep_reader")}
    steps = {preset: _trainer(model, size) for preset, (model, size) in models.items()}
    seconds, rates = {preset: [] for preset in steps}, {name: [] for name in products}
    for step in steps.values():
        step(0)
    for _ in range(args.rounds):
        for name, product in products.items():
            rates[name].append(2 * MATRIX**3 / product())
        for preset, step in steps.items():
            seconds[preset].append(step(args.seconds))
    rates = {name: statistics.median(values) for name, values in rates.items()}
    fastest = max(rates.values())
    xla = _xla_operations()
    rows = []
    for preset, (model, batch_size) in models.items():
        forward, whole = count_operations(model, batch_size)
        taken = statistics.median(seconds[preset])
        rows.append(
            (
                f"`{preset}`, {batch_size} images",
                f"{forward / 1e9:.2f}",
                f"{whole / 1e9:.2f}",
                f"{xla[preset] / 1e9:.2f}" if xla else "",
                f"{1000 * taken:.0f} ms",
                f"{whole / taken / 1e9:.0f}",
                f"{whole / taken / fastest:.0%}",
            )
        )
    return [
        f"Matrix products of {MATRIX} x {MATRIX} run at "
        + " and ".join(f"{rate / 1e9:.0f} GFLOP/s in {name}" for name, rate in rates.items())
        + ". Operations are those of matrix products and convolutions, including the optimizer's, in 10^9. The column "
        "*by XLA* is XLA's count for the same step on JAX.",
        table(
            ("step", "forward", "whole step", "by XLA", "time", "GFLOP/s", "of the matrix-product rate"),
            rows,
        ),
    ]


def _original(args):
    return beside_original(_trainer(*compiled(PRESET)), args.rounds, args.seconds)


def _gains(args):
    differences = {
        "default: batches of 64": {},
        "with drawing, as in training": {"drawn": True},
        "no metrics": {"metrics": False},
        "Adam instead of Muon": {"optimizer": keras.optimizers.Adam(1e-3, global_clipnorm=1.0)},
        "batches of 32": {"batch_size": 32},
        "batches of 128": {"batch_size": 128},
        "10 steps per execution": {"steps_per_execution": 10},
        "compiled by XLA": {"jit_compile": True},
        "pooling after normalisation, not before": {"pool_last": True},
    }
    variants = {}
    for name, difference in differences.items():
        began = time.perf_counter()
        variants[name] = _variant(**difference)
        print(f"{name}: built in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    seconds = _seconds_a_step(_turns(variants, args))
    images = {name: batch_size / seconds[name] for name, (_, batch_size) in variants.items()}
    alone = _seconds_on_threads(1, args)
    seconds["one thread"], images["one thread"] = alone, 64 / alone
    first = next(iter(images.values()))
    return [
        "## Variants of the step of `small`",
        "Each variant of `small` changes one thing. All train on the same batch again and again, except the one that "
        "draws images. Larger batches process more images per second in fewer steps, but do not necessarily learn "
        "more.",
        table(
            ("variant", "time", "images/s", "relative to the default"),
            [
                (name, f"{1000 * seconds[name]:.1f} ms", f"{rate:,.0f}", f"{rate / first:.2f}")
                for name, rate in images.items()
            ],
        ),
    ]


def _variant(batch_size=64, drawn=False, metrics=True, optimizer=None, pool_last=False, **compiling):
    """A trainer of `small` with some differences from the default, and its batch size."""
    options = TrainingOptions.for_preset("small", batch_size=batch_size)
    with patch.object(ConvBlock, "call", _pool_last if pool_last else ConvBlock.call):
        model = build_reader(ReaderConfig())
        compile_reader(model, options)
        if not metrics or optimizer or compiling:
            terminator = model.config.characters.terminator
            model.compile(
                optimizer=optimizer or model.optimizer,
                loss={"logits": MaskedCrossEntropy(terminator)},
                metrics={"logits": [WholeWordAccuracy(terminator), CharacterErrorRate(terminator)] if metrics else []},
                **{"jit_compile": False, **compiling},
            )
        train = _trainer(model, batch_size, TrainingDataset if drawn else SameBatch)
        train(0)  # traces the step while the layer is patched
    return train, batch_size


def _pool_last(layer, x, training=None):
    """A `ConvBlock` in the usual order: convolution, normalisation, ReLU, pooling."""
    kernel = keras.ops.reshape(layer.kernel, (layer.size, layer.size, -1, layer.filters))
    x = keras.ops.conv(x, kernel, strides=layer.stride, padding="same", data_format="channels_last")
    x = keras.ops.relu(layer.normalization(x, training=training))
    if layer.pool == 1:
        return x
    square = (layer.pool, layer.pool)
    return keras.ops.max_pool(x, square, strides=square, data_format="channels_last")


class _Clock(keras.callbacks.Callback):
    """Seconds per step, without the first step."""

    def on_epoch_begin(self, epoch, logs=None):
        self.ends = []

    def on_train_batch_end(self, batch, logs=None):
        self.ends.append((batch, time.perf_counter()))

    def seconds_a_step(self):
        (first, began), (last, ended) = self.ends[0], self.ends[-1]
        return (ended - began) / (last - first)


def _trainer(model, batch_size, dataset=SameBatch):
    """A function that trains for about the given number of seconds and returns the seconds per step."""
    clock, taken = _Clock(), [0.05]
    draw = DrawWords(SyntheticWords(), model.config.decoding_steps)

    def train(seconds):
        steps = 10 * max(2, round(seconds / taken[-1] / 10))
        model.fit(dataset(draw, batch_size, steps), shuffle=False, verbose=0, callbacks=[clock])
        taken.append(clock.seconds_a_step())
        return taken[-1]

    return train


def _turns(variants, args):
    """Seconds per step of each variant in each round."""
    rounds = [{name: train(args.seconds) for name, (train, _) in variants.items()} for _ in range(args.rounds)]
    return {name: [seconds[name] for seconds in rounds] for name in variants}


def _seconds_a_step(turns):
    return {name: statistics.median(seconds) for name, seconds in turns.items()}


def _seconds_on_threads(threads, args):
    command = [sys.executable, "-m", "benchmarks.training_step", "--threads", threads]
    command += ["--rounds", args.rounds, "--seconds", args.seconds]
    run = subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True, cwd=ROOT)
    return float(run.stdout.split()[-1])


def _xla_operations():
    """Operations of a whole step by preset, counted on JAX in a process of its own. Empty without JAX."""
    if not find_spec("jax"):
        return {}
    command = [sys.executable, "-m", "benchmarks.common.operations"]
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    output = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=ROOT).stdout
    return {preset: float(step) for preset, _, _, step in map(str.split, output.splitlines())}


def _product(matrix, multiply):
    def product():
        began = time.perf_counter()
        for _ in range(3):
            np.asarray(multiply(matrix, matrix))
        return (time.perf_counter() - began) / 3

    product()
    return product


if __name__ == "__main__":
    with command_errors():
        main()
