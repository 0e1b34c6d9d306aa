"""The training step of `deep_reader` beside that of the same network in PyTorch, the original's library."""

import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np

from benchmarks.common.markdown_page import table
from keras_reader.config import ReaderConfig
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.training.drawing import DrawWords

PRESET = "deep_reader"
BATCH_SIZE = 32
ORIGINAL_STEPS = 10_000
ORIGINAL_ACCURACY = 0.87  # whole words of its own images, as published


def beside_original(train: Callable[[float], float], rounds: int, seconds: float) -> list[str]:
    """The section of a page on how quick a step is beside the original's.

    Both train on one batch of 32 images of 40x40, in turns, on the accelerator where there is one, all cores else.

    Args:
        train: trains `deep_reader` for about so many seconds, and returns the seconds that a step took.
        rounds: number of turns.
        seconds: of each in a turn, about.
    """
    title = "## Beside the original's step"
    if not find_spec("torch"):
        return [title, "Not measured: PyTorch is not installed (`pip install keras_reader[torch]`)."]
    original, device = _original_step()
    train(0)
    turns = []
    for _ in range(rounds):
        turns.append((train(seconds), _seconds_a_step(original, seconds)))
    ours, originals = (statistics.median(column) for column in zip(*turns, strict=True))
    ratio = statistics.median(theirs / mine for mine, theirs in turns)
    return [
        title,
        f"The same network, loss and optimizer, {BATCH_SIZE} images a step, trained in turns with PyTorch "
        f"{version('torch')} on {device} (`benchmarks/common/original_in_pytorch.py`).",
        table(
            ("", "a step", "steps a second", f"{ORIGINAL_STEPS:,} steps"),
            [
                (name, f"{1000 * step:.0f} ms", f"{1 / step:.2f}", f"{ORIGINAL_STEPS * step:,.0f} s")
                for name, step in ((f"`{PRESET}`", ours), ("the original's network in PyTorch", originals))
            ],
        ),
        f"`{PRESET}` is **{ratio:.2f} times** as quick (the median of {rounds} turns).",
    ]


def original_step_seconds(seconds: float) -> float | None:
    """Seconds that a training step of the original's network takes, timed for about so long; `None` without PyTorch."""
    return _seconds_a_step(_original_step()[0], seconds) if find_spec("torch") else None


def _original_step():
    """A function that trains the original's network for one step, and the name of the device that it does it on."""
    import torch

    from benchmarks.common.original_in_pytorch import OriginalNetwork, Training

    cuda = torch.cuda.is_available()
    device = torch.device("cuda" if cuda else "cpu")
    config = ReaderConfig(PRESET)
    images, ids = DrawWords(SyntheticWords(clip=False), config.decoding_steps)(0, BATCH_SIZE)
    image, ids = torch.from_numpy(images).to(device), torch.from_numpy(ids.astype(np.int64)).to(device)
    network = OriginalNetwork(config.characters.classes, config.image_size[0], config.filters, config.units).to(device)
    training = Training(network, config.characters.terminator)
    name = torch.cuda.get_device_name(device) if cuda else f"the CPU, {torch.get_num_threads()} threads"
    return lambda: training.step(image, ids), name


def _seconds_a_step(step, seconds):
    step()
    steps, began = 0, time.perf_counter()
    while steps < 3 or time.perf_counter() - began < seconds:
        step()
        steps += 1
    return (time.perf_counter() - began) / steps
