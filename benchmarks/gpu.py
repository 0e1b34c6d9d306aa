"""Measures training on one GPU: the step, the whole loop, seconds to an accuracy, and what is left of the card.

    KERAS_BACKEND=jax python -m benchmarks.gpu
    KERAS_BACKEND=jax python -m benchmarks.gpu --precision bfloat16 --write docs/results
    KERAS_BACKEND=jax python -m benchmarks.gpu --data labels.csv

It takes any backend of Keras, and neither TensorFlow nor an internet connection. Where there is no GPU, the page has
the same tables, and says that nothing was measured.

- *Step alone*: the training step on the same batch again and again, as Keras' `fit` runs it.
- *Whole loop*: the same with images drawn by other processes, as `train.py` does.
- *Launch overhead*: the time of a step on one image over that of a step on a whole batch. With one image, next to
  nothing is computed, so what is left is the time to start the kernels one by one.
- *Of the card's rate*: operations of the step (`benchmarks.common.operations`) a second, over those of large matrix
  products; bytes that XLA counts, over those of adding to a long array. XLA's count is only had on JAX.
- *Seconds of training* do not count the first step, which is compiled, and validation.

`--write docs/results` writes the page as gpu.md. `--tiny` measures tiny readers on any device: it tries this command,
and its figures mean nothing. The command takes about five minutes on a GPU.
"""

import argparse
import csv
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import keras
from PIL import Image

from benchmarks.common.device_rates import matrix_product_rate, memory_rate
from benchmarks.common.gpu_sizes import FULL, TINY, Sizes
from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, table, write_page
from benchmarks.common.operations import count_bytes, count_operations
from benchmarks.common.same_batch import SameBatch
from benchmarks.learning import train_watched
from keras_reader.cli.common import command_errors
from keras_reader.config import ReaderConfig
from keras_reader.data.labelled_images import load_labelled
from keras_reader.models.reader_model import ReaderModel, build_reader
from keras_reader.training.dataset import TrainingDataset
from keras_reader.training.devices import accelerators, device_names, drawing_processes
from keras_reader.training.drawing import Draw, DrawWords
from keras_reader.training.examples import LabelledTraining, training_examples
from keras_reader.training.options import JIT, PRECISIONS, TrainingOptions
from keras_reader.training.trainer import compile_reader, computing_in

NOT_MEASURED = "not measured"
PRESETS_MEASURED = ("small", "deep_reader")
TARGETS = (("small", 0.87), ("small", 0.99), ("deep_reader", 0.87))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--precision", choices=PRECISIONS, default=TrainingOptions.precision)
    parser.add_argument("--jit", choices=JIT, default=TrainingOptions.jit)
    parser.add_argument("--steps", type=int, help="training steps of small (default: the preset's)")
    parser.add_argument(
        "--deep-reader-seconds", type=float, default=120, help="deep_reader is trained for this long at most"
    )
    parser.add_argument("--data", type=Path, metavar="CSV", help="labelled images (default: words, written to files)")
    parser.add_argument("--tiny", action="store_true", help="try the command on any device; the figures mean nothing")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write gpu.md there")
    args = parser.parse_args()
    sizes = TINY if args.tiny else FULL
    figures = {}
    if args.tiny or accelerators():
        with computing_in(args.precision):
            for title, measure in _Measurement(args, sizes).parts().items():
                figures[title] = measure()
                # What is measured is kept, if a later part takes longer than the device is there.
                if args.write:
                    write_page(_page(args, sizes, figures), args.write / "gpu.md")
    publish(_page(args, sizes, figures), args.write and args.write / "gpu.md")


class _Measurement:
    """Measures everything on this machine's device."""

    def __init__(self, args, sizes: Sizes):
        self.args = args
        self.sizes = sizes

    def parts(self) -> dict[str, Callable[[], dict[str, list[str]]]]:
        """What measures each part: the cells of its table, by row."""
        return {
            "card": self._card,
            "step": self._steps,
            "learning": self._learning,
            "growth": self._growth,
            "settings": self._settings,
            "drawing": self._drawing,
            "data": self._labelled,
        }

    @cached_property
    def products(self) -> dict[str, float]:
        """Operations a second of matrix products, by precision."""
        return {dtype: matrix_product_rate(self.sizes.matrix, dtype, self.sizes.seconds) for dtype in PRECISIONS}

    @cached_property
    def memory(self) -> float:
        """Bytes a second."""
        return memory_rate(self.sizes.megabytes, self.sizes.seconds)

    def _card(self):
        rates = {f"matrix products, {dtype}": [f"{rate / 1e12:.2f} TFLOP/s"] for dtype, rate in self.products.items()}
        return {**rates, "memory": [f"{self.memory / 1e9:,.0f} GB/s"]}

    def _steps(self):
        return {f"`{preset}`": self._step(preset) for preset in PRESETS_MEASURED}

    def _options(self, preset, **changes) -> TrainingOptions:
        chosen = self.sizes.options | {"precision": self.args.precision, "jit": self.args.jit} | changes
        return TrainingOptions.for_preset(preset, **chosen)

    def _config(self, preset) -> ReaderConfig:
        return ReaderConfig(preset=preset, **self.sizes.config)

    def _model(self, preset, **changes) -> tuple[ReaderModel, TrainingOptions]:
        options = self._options(preset, **changes)
        model = build_reader(self._config(preset))
        compile_reader(model, options)
        return model, options

    def _step(self, preset):
        model, options = self._model(preset)
        words = DrawWords(self.sizes.words, model.config.decoding_steps)
        batch = options.batch_size
        alone, one = (self._alone(model, words, size) for size in (batch, 1))
        loop = self._loop(model, words, batch, alone)
        share_of_product = share_of_memory = "-"
        if keras.backend.backend() != "torch":
            share_of_product = f"{count_operations(model, batch)[1] / alone / self.products[self.args.precision]:.1%}"
            moved = count_bytes(model, batch)
            share_of_memory = "-" if moved is None else f"{moved / alone / self.memory:.1%}"
        return [
            f"{batch}",
            f"{1000 * alone:.2f} ms",
            f"{batch / alone:,.0f}",
            f"{batch / loop:,.0f}",
            f"{alone / loop:.0%}",
            f"{min(1, one / alone):.0%}",
            share_of_product,
            share_of_memory,
        ]

    def _alone(self, model, draw: Draw, batch_size):
        """Seconds of a step on the same batch."""
        return self._seconds(model, lambda steps: SameBatch(draw, batch_size, steps))

    def _loop(self, model, draw: Draw, batch_size, alone):
        """Seconds of a step with drawing; `alone` are those without, since starting the processes takes long."""
        processes = drawing_processes(None)
        steps = max(4, round(self.sizes.seconds / alone))
        return self._seconds(model, lambda steps: TrainingDataset(draw, batch_size, steps, processes=processes), steps)

    def _seconds(self, model, dataset: Callable, steps=4):
        """Seconds of a step of the second epoch, after one that compiles and fills the queues."""
        taken, measured = 0.0, steps
        while taken < self.sizes.seconds:
            batches, clock = dataset(steps), _Clock()
            try:
                model.fit(batches, epochs=2, shuffle=False, verbose=0, callbacks=[clock])
            finally:
                getattr(batches, "close", lambda: None)()
            taken = clock.seconds
            measured, steps = steps, 2 * max(steps, min(50 * steps, round(steps * self.sizes.seconds / taken)))
        return taken / measured

    def _learning(self):
        """Seconds to the targets; validation follows the schedule."""
        rows = {}
        for preset, most in (("small", float("inf")), ("deep_reader", self.args.deep_reader_seconds)):
            given = {"training_steps": self.args.steps} if self.args.steps and preset == "small" else {}
            # Often, since an accuracy is reached at the first validation that has it.
            often = {"validations": 40} if preset == "small" and not self.args.tiny else {}
            options = self._options(preset, **given, **often)
            words = self.sizes.words if preset == "small" else replace(self.sizes.words, clip=False)
            rows[preset] = train_watched(preset, options, words, most, self._config(preset))
        cells = {}
        for preset, share in TARGETS:
            row = next((row for row in rows[preset] if row["val_whole_word_accuracy"] >= share), None)
            row_or_last = row or rows[preset][-1]
            seconds = row_or_last["seconds"] - row_or_last["first_step_seconds"]
            cells[_target(preset, share)] = [
                f"{seconds:.1f} s" if row else f"not reached in {seconds:.0f} s",
                f"{row_or_last['step']:,}",
                f"{row_or_last['first_step_seconds']:.0f} s",
                f"{rows[preset][-1]['val_whole_word_accuracy']:.2%}",
            ]
        return cells

    def _growth(self):
        model, _ = self._model("small")
        draw = DrawWords(self.sizes.words, model.config.decoding_steps)
        seconds = {size: self._alone(model, draw, size) for size in self.sizes.batch_sizes}
        return {f"{size}": [f"{1000 * taken:.2f} ms", f"{size / taken:,.0f}"] for size, taken in seconds.items()}

    def _settings(self):
        cells = {}
        for name, changes in _settings(self.sizes).items():
            if changes.get("steps_per_execution", 1) > 1 and keras.backend.backend() == "torch":
                cells[name] = ["PyTorch runs one step at a time"]
                continue
            with computing_in(changes.get("precision", self.args.precision)):
                model, options = self._model("small", **changes)
                taken = self._alone(model, DrawWords(self.sizes.words, model.config.decoding_steps), options.batch_size)
            cells[name] = [f"{options.batch_size / taken:,.0f}"]
        return cells

    def _drawing(self):
        batch_size = self._options("small").batch_size
        draw = DrawWords(self.sizes.words, self._config("small").decoding_steps)
        cells = {}
        for count in self.sizes.processes:
            batches = TrainingDataset(draw, batch_size, 1_000_000_000, processes=count)
            try:
                with ThreadPoolExecutor(max(1, count)) as threads:
                    list(threads.map(batches.__getitem__, range(4 * max(1, count))))
                    drawn, began = 0, time.perf_counter()
                    while time.perf_counter() - began < self.sizes.seconds:
                        start = 1000 + drawn
                        drawn += len(list(threads.map(batches.__getitem__, range(start, start + 8 * max(1, count)))))
                    taken = time.perf_counter() - began
            finally:
                batches.close()
            cells[f"{count}"] = [f"{batch_size * drawn / taken:,.0f}"]
        return cells

    def _labelled(self):
        model, options = self._model("small")
        with tempfile.TemporaryDirectory() as folder:
            labelled = load_labelled(self.args.data or _write_pictures(self.sizes, Path(folder)))
            labelled.check(model.config.characters, model.config.max_length)
            examples = training_examples(model.config, LabelledTraining(labelled), options)
        alone = self._alone(model, examples.draw, options.batch_size)
        loop = self._loop(model, examples.draw, options.batch_size, alone)
        rates = [options.batch_size / seconds for seconds in (alone, loop)]
        return {_pictures(self.args, self.sizes): [*(f"{rate:,.0f}" for rate in rates), f"{alone / loop:.0%}"]}


class _Clock(keras.callbacks.Callback):
    """Seconds of the last epoch. At its end, Keras has waited for the device."""

    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds = time.perf_counter() - self.began


def _write_pictures(sizes, folder):
    with (folder / "labels.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("image", "text"))
        for i, example in enumerate(sizes.words.examples(range(sizes.labelled))):
            Image.fromarray(example.image).save(folder / f"{i}.png")
            rows.writerow((f"{i}.png", example.text))
    return folder / "labels.csv"


def _settings(sizes):
    return {
        **{f"`--precision {precision}`": {"precision": precision} for precision in PRECISIONS},
        **{
            f"`--steps-per-execution {count}`": {"steps_per_execution": count}
            for count in sizes.executions
            if count > 1
        },
        **({} if keras.backend.backend() != "tensorflow" else {f"`--jit {jit}`": {"jit": jit} for jit in JIT[1:]}),
    }


def _target(preset, share):
    return f"`{preset}` to {100 * share:g} %"


def _pictures(args, sizes):
    return str(args.data.name) if args.data else f"{sizes.labelled:,} pictures"


def _page(args, sizes: Sizes, figures):
    """The page; a cell without a figure says that it was not measured."""

    def cells(title, header, rows):
        measured = figures.get(title, {})
        lines = [(row, *measured.get(row, [NOT_MEASURED] * (len(header) - 1))) for row in rows]
        return table(header, lines)

    command = f"python -m benchmarks.gpu --precision {args.precision} --jit {args.jit}"
    command += f" --steps {args.steps}" if args.steps else ""
    command += " --tiny" if args.tiny else ""
    if not figures:
        where = "Not measured: no GPU was at hand. The tables are what the command fills in where there is one"
    elif args.tiny:
        where = f"**Tiny readers, to try the command: these figures mean nothing.** Run on {device_names()}"
    else:
        where = f"Measured on {device_names()}"
    versions = describe("keras", *({"torch": ["torch"], "jax": ["jax"]}.get(keras.backend.backend(), ["tensorflow"])))
    return [
        "# Training on one GPU",
        f"{where}; written by `KERAS_BACKEND={keras.backend.backend()} {command} --write docs/results`; {versions}.",
        "## The card",
        cells("card", ("", "rate"), ("matrix products, float32", "matrix products, bfloat16", "memory")),
        "## A training step",
        "The loop draws its images in other processes. Launch overhead is the time of a step on one image over that of "
        "a step on the batch. The last columns compare the step with the rates above.",
        cells(
            "step",
            (
                *("", "images a step", "step alone", "images/s, step alone", "images/s, whole loop", "loop / step"),
                *("launch overhead", "of the matrix-product rate", "of the memory rate"),
            ),
            [f"`{preset}`" for preset in PRESETS_MEASURED],
        ),
        "## Learning",
        "Seconds of training, without compilation and validation, to a share of whole words. The aims for an H100 are "
        "10 s for `small` to 99 % and 60 s for `deep_reader` to 87 %.",
        cells(
            "learning",
            ("", "seconds", "training steps", "first step, compiled", "at the end"),
            [_target(*target) for target in TARGETS],
        ),
        "## Growth with the batch",
        "The step of `small` alone.",
        cells("growth", ("images a step", "time", "images/s"), map(str, sizes.batch_sizes)),
        "## Settings",
        "The step of `small` alone; each row changes one option.",
        cells("settings", ("", "images/s"), _settings(sizes)),
        "## Drawing",
        "Synthetic words drawn without training, by the number of processes; 0 is the process that trains.",
        cells("drawing", ("processes", "images/s"), map(str, sizes.processes)),
        "## Labelled pictures",
        "`small` on pictures from files, changed at random (`--data`).",
        cells(
            "data",
            ("", "images/s, step alone", "images/s, whole loop", "loop / step"),
            [_pictures(args, sizes)],
        ),
    ]


if __name__ == "__main__":
    with command_errors():
        main()
