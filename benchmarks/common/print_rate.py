"""How quickly one process draws the images that `print` is trained on, beside the training step that takes them."""

import statistics
import time
from dataclasses import replace
from typing import NamedTuple

from benchmarks.common.same_batch import SameBatch
from keras_reader.config import ReaderConfig
from keras_reader.data.printed_text.printed_text import PrintedText
from keras_reader.data.tasks import PRINT, TASK_CONFIGS, TASK_OPTIONS
from keras_reader.models.reader_model import build_reader
from keras_reader.training.devices import device_names
from keras_reader.training.drawing import WithSeen
from keras_reader.training.examples import training_examples
from keras_reader.training.options import TrainingOptions
from keras_reader.training.trainer import compile_reader


class PrintRate(NamedTuple):
    """Images a second, the medians of several rounds.

    Attributes:
        drawn: by one process, with what the training of `print` adds: images without text, parts, places of letters.
        taken: by the training step of the reader `print`, which trains on the same batch again and again.
        batch_size: images of a training step.
    """

    drawn: float
    taken: float
    batch_size: int

    def sentence(self) -> str:
        """The figures in a sentence for a page."""
        config = TASK_CONFIGS[PRINT]
        height, width = config["image_size"]
        ratio = self.drawn / self.taken
        return (
            f"One process draws **{self.drawn:,.0f} images a second** of {height}x{width} for `--task {PRINT}`. "
            f"A training step of `{config['preset']}` on {self.batch_size} images takes {self.taken:,.0f} a second "
            f"on {device_names()}, so that one process draws {ratio:.1f} times as many as the training takes."
        )


def print_rate(
    rounds: int = 5, batches: int = 4, config: ReaderConfig | None = None, text: PrintedText | None = None
) -> PrintRate:
    """Measure a `PrintRate`: draw and train in turns.

    Args:
        rounds: number of turns, after one that is not counted.
        batches: drawn, and trained on, in a turn.
        config: the reader to train, by default that of `--task print`.
        text: what is drawn, by default in all fonts of the system.

    Raises:
        InputError: if the system has too few families of fonts.
    """
    config = config or ReaderConfig(**TASK_CONFIGS[PRINT])
    text = text or PrintedText.installed(
        alphabet=config.alphabet, max_length=config.max_length, image_size=config.image_size
    )
    options = TrainingOptions.for_preset(config.preset, **TASK_OPTIONS[PRINT])
    draw = training_examples(config, text, replace(options, validation_images=1)).draw
    if config.language_units:
        draw = WithSeen(draw)
    model = build_reader(config)
    compile_reader(model, options)
    size = options.batch_size
    same = SameBatch(draw, size, batches)
    drawn, taken = [], []
    for number in range(rounds + 1):
        start = (1 + number * batches) * size
        began = time.perf_counter()
        for first in range(start, start + batches * size, size):
            draw(first, first + size)
        between = time.perf_counter()
        model.fit(same, shuffle=False, verbose=0)
        ended = time.perf_counter()
        drawn.append(batches * size / (between - began))
        taken.append(batches * size / (ended - between))
    return PrintRate(statistics.median(drawn[1:]), statistics.median(taken[1:]), size)
