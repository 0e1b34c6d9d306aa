"""Measures what augmentation costs: images per second alone, and a training step with and without it.

    python -m benchmarks.augmentation_cost --write docs/results
    python -m benchmarks.augmentation_cost --preset small --image-size 20 64

Prints the page; `--write docs/results` writes it as augmentation_cost.md.
"""

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import keras
import numpy as np

from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, table
from benchmarks.common.same_batch import SameBatch
from keras_reader.cli.common import command_errors
from keras_reader.config import PRESETS, ReaderConfig
from keras_reader.data.augmentation import AUGMENTATIONS
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.models.reader_model import build_reader
from keras_reader.training.dataset import TrainingDataset
from keras_reader.training.devices import device_names
from keras_reader.training.drawing import DrawLabelled, augmented
from keras_reader.training.options import TrainingOptions
from keras_reader.training.trainer import compile_reader

_PICTURES = 512
_SAME = "same batch"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", choices=PRESETS, default="base")
    parser.add_argument("--image-size", type=int, nargs=2, default=(32, 128), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--images", type=int, default=2000, help="images that are changed in a round")
    parser.add_argument("--steps", type=int, default=20, help="training steps of each kind in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write augmentation_cost.md there")
    args = parser.parse_args(arguments)
    with command_errors():
        publish(_page(args), args.write and args.write / "augmentation_cost.md")


def _page(args) -> Iterator[str]:
    config = ReaderConfig(args.preset, max_length=5, image_size=tuple(args.image_size))
    options = TrainingOptions.for_preset(args.preset)
    words = SyntheticWords(max_length=5, image_size=config.image_size, font_size=(14, 24))
    pictures, texts, _ = words.batch(range(_PICTURES))

    height, width = config.image_size
    yield "# What augmentation costs"
    yield (
        f"Preset `{config.preset}` at {height}x{width} pixels on {device_names()}. The training steps are those of "
        "`train.py --data`: batches are drawn ahead in a thread while the network computes. All run in turns, in "
        f"{args.rounds} rounds; medians. Written by `python -m benchmarks.augmentation_cost --write docs/results`; "
        f"{describe('numpy', 'pillow', 'keras', 'tensorflow')}."
    )
    strengths = [name for name, augmentation in AUGMENTATIONS.items() if augmentation is not None]
    rates = {name: [] for name in strengths}
    for _ in range(args.rounds):
        for name in strengths:
            rates[name].append(_rate(pictures, AUGMENTATIONS[name], args.images))
    rows = [(name, statistics.median(values)) for name, values in rates.items()]
    yield "`augment` alone, in one thread:"
    yield table(
        ("`--augment`", "images a second", f"a batch of {options.batch_size}"),
        [(name, f"{rate:,.0f}", f"{1000 * options.batch_size / rate:.1f} ms") for name, rate in rows],
    )

    model = build_reader(config)
    compile_reader(model, options)
    draws = {
        name: DrawLabelled(pictures, texts, config.characters, config.decoding_steps, augmentation, seed=0)
        for name, augmentation in AUGMENTATIONS.items()
    }
    kinds = {_SAME: SameBatch(draws["none"], options.batch_size, args.steps)}
    kinds |= {name: TrainingDataset(draw, options.batch_size, args.steps) for name, draw in draws.items()}
    _milliseconds(model, kinds[_SAME])  # traces the step
    taken = {name: [] for name in kinds}
    for _ in range(args.rounds):
        for name, dataset in kinds.items():
            taken[name].append(_milliseconds(model, dataset))
    medians = {name: statistics.median(values) for name, values in taken.items()}
    yield f"A training step of {options.batch_size} images; *{_SAME}* draws nothing at all:"
    yield table(
        ("`--augment`", "time", "beside none"),
        [(name, f"{value:.1f} ms", f"{value / medians['none']:.2f}") for name, value in medians.items()],
    )


class _Clock(keras.callbacks.Callback):
    """When each batch ended."""

    def on_epoch_begin(self, epoch, logs=None):
        self.ends = []

    def on_train_batch_end(self, batch, logs=None):
        self.ends.append((batch, time.perf_counter()))


def _milliseconds(model, dataset):
    """Milliseconds of a training step, without the first one."""
    clock = _Clock()
    model.fit(dataset, shuffle=False, verbose=0, callbacks=[clock])
    (first, began), (last, ended) = clock.ends[0], clock.ends[-1]
    return 1000 * (ended - began) / (last - first)


def _rate(pictures, augmentation, count):
    chosen = pictures[np.arange(count) % len(pictures)]
    began = time.perf_counter()
    augmented(chosen, augmentation, 0, 0)
    return count / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
