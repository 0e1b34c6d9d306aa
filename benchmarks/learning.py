"""Measures how soon a reader learns: training images per second, and seconds to a share of whole words.

    python -m benchmarks.learning
    python -m benchmarks.learning --deep-reader-seconds 1200 --write docs/results
    python -m benchmarks.learning --font-size 9 --ceiling 0.981
    python -m benchmarks.learning --task original --ceiling 0.9978    # the original's images
    KERAS_BACKEND=jax python -m benchmarks.learning --deep-reader-seconds 600 --write docs/results      # on a GPU

`small` is trained like `train.py` does, for `--steps` training steps. Seconds are those of training, with compilation
and without validation. A share is reached at the first validation that reaches it. The page also counts words with O
and Q as one letter, because small letters do not always show the difference (`python -m benchmarks.ceiling`). The
original reached 87 % after 10,000 training steps of 32 images. The time for them is computed from the measured rate of
`deep_reader` on the same machine. With `--deep-reader-seconds`, `deep_reader` is also trained for that long, as the
original was; `python -m benchmarks.original_task` measures its whole training.

`--task`, `--font` and `--font-size` train both presets on other letters than the default ones.

The command prints a page. `--write docs/results` writes it as learning.md with the picture learning.png. "_gpu" is
added to the names if there is a GPU, and the task's, the font's name and the size are added if they are given.
"""

import argparse
import csv
import sys
import time
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from benchmarks.common.beside_original import ORIGINAL_ACCURACY
from benchmarks.common.ideal_observer import as_one_letter
from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, share, table
from keras_reader.atomic_files import replacing
from keras_reader.cli.common import command_errors
from keras_reader.config import ReaderConfig
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.data.tasks import DEFAULT_TASK, TASKS
from keras_reader.data.text_rendering import find_fonts
from keras_reader.evaluation.edit_distance import levenshtein
from keras_reader.models.losses import MaskedCrossEntropy
from keras_reader.models.reader_model import build_reader
from keras_reader.training.callbacks import PlateauSchedule
from keras_reader.training.dataset import TrainingDataset
from keras_reader.training.devices import accelerators, device_names, drawing_processes
from keras_reader.training.drawing import DrawWords, WithNegatives
from keras_reader.training.learning_curves import draw_curves
from keras_reader.training.options import TrainingOptions
from keras_reader.training.trainer import compile_reader

MEASURED_SECONDS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, help="training steps of small (default: the preset's)")
    parser.add_argument(
        "--short-steps", type=int, default=0, help="also train small on a schedule of this many training steps"
    )
    parser.add_argument("--task", choices=TASKS, default=DEFAULT_TASK)
    parser.add_argument("--font", type=Path, help="font file or family (default: the task's)")
    parser.add_argument("--font-size", type=int, help="font size in pixels (default: the task's)")
    parser.add_argument("--deep-reader-seconds", type=float, default=0, help="also train deep_reader for this long")
    parser.add_argument("--validations", type=int, default=40, help="number of validations of each training")
    parser.add_argument("--validation-images", type=int, default=5000)
    parser.add_argument(
        "--processes", type=int, help="processes that draw images (default: with a GPU, all cores but one; else 0)"
    )
    parser.add_argument(
        "--reach", type=float, nargs="+", default=[0.87, 0.9, 0.95, 0.97, 0.99, 0.995], help="shares of words to reach"
    )
    parser.add_argument(
        "--ceiling",
        type=float,
        default=0.9995,
        help="accuracy of the ideal observer, for the picture; see benchmarks.ceiling",
    )
    parser.add_argument("--logs", type=Path, metavar="FOLDER", help="write small.csv and deep_reader.csv there")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write the page and its picture there")
    args = parser.parse_args()

    given = {"validations": args.validations, "validation_images": args.validation_images}
    options = {
        "small": TrainingOptions.for_preset("small", processes=args.processes, **given),
        # Its validations are part of its schedule.
        "deep_reader": TrainingOptions.for_preset("deep_reader", processes=args.processes),
    }
    if args.steps:
        options["small"] = replace(options["small"], training_steps=args.steps)
    letters = {"fonts": find_fonts([args.font])} if args.font else {}
    letters |= {"font_size": (args.font_size, args.font_size)} if args.font_size else {}
    words = SyntheticWords.of_task(args.task, **letters)
    rates = {preset: steps_a_second(preset, options[preset], words) for preset in options}
    runs = {"small": train_watched("small", options["small"], words)}
    short = None
    if args.short_steps:
        short = train_watched("small", replace(options["small"], training_steps=args.short_steps), words)
    if args.deep_reader_seconds:
        unclipped = replace(words, clip=False)  # as the original's are
        runs["deep_reader"] = train_watched("deep_reader", options["deep_reader"], unclipped, args.deep_reader_seconds)
    if args.logs:
        _write_logs(runs, args.logs)
    size = f"size_{args.font_size}" if args.font_size else ""
    task = args.task if args.task != DEFAULT_TASK else ""
    parts = ["gpu" if accelerators() else "", task, args.font.stem.replace(" ", "") if args.font else "", size]
    name = "_".join(["learning", *filter(None, parts)])
    if args.write:
        args.write.mkdir(parents=True, exist_ok=True)
        draw_curves(runs, args.write / f"{name}.png", log_time=True, least_misread=1 - args.ceiling)
    publish(_page(runs, short, rates, options, args, name), args.write and args.write / f"{name}.md")


class Watch(keras.callbacks.Callback):
    """Validates after each epoch and keeps a row like those of `keras_reader.training.callbacks.RunLog`.

    A row also has `val_as_one`, the whole-word accuracy with O and Q as one letter, and `first_step_seconds`, the part
    of its seconds in which the step was traced and compiled.

    Args:
        images: float32 `(images, height, width, 1)` in [0, 1].
        ids: int32 `(images, decoding_steps)`.
        batch_size: images in a training step.
        most_seconds: training ends after this many seconds.
    """

    def __init__(self, images, ids, batch_size, most_seconds):
        super().__init__()
        self.images, self.ids, self.batch_size, self.most_seconds = images, ids, batch_size, most_seconds
        self.rows, self.first_step = [], None

    def on_train_batch_end(self, batch, logs=None):
        if self.first_step is None:
            self.first_step = time.perf_counter() - self.began

    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        taken = time.perf_counter() - self.began
        step = (epoch + 1) * self.params["steps"]
        seconds = taken + (self.rows[-1]["seconds"] if self.rows else 0)
        row = {"epoch": epoch, "step": step, "images": step * self.batch_size, "seconds": seconds}
        row["first_step_seconds"] = self.first_step
        row |= {name.replace("logits_", ""): float(value) for name, value in logs.items()}
        self.rows.append(row | self._validate())
        print(
            f"{self.model.config.preset}: {step} training steps, {seconds:.0f} s, "
            f"{self.rows[-1]['val_whole_word_accuracy']:.2%} whole words",
            file=sys.stderr,
        )
        if seconds >= self.most_seconds:
            self.model.stop_training = True

    def _validate(self):
        alphabet = self.model.config.characters
        batches = [self.model.predict_on_batch(self.images[i : i + 500]) for i in range(0, len(self.images), 500)]
        logits = np.concatenate([batch["logits"] for batch in batches])
        loss = MaskedCrossEntropy(alphabet.terminator)(self.ids, logits)
        true, read = ([alphabet.decode(row) for row in rows] for rows in (self.ids, logits.argmax(axis=-1)))
        pairs = list(zip(true, read, strict=True))
        return {
            "val_loss": float(keras.ops.convert_to_numpy(loss)),
            "val_whole_word_accuracy": float(np.mean([a == b for a, b in pairs])),
            "val_as_one": float(np.mean([as_one_letter(a) == as_one_letter(b) for a, b in pairs])),
            "val_character_error_rate": sum(levenshtein(a, b) for a, b in pairs) / sum(map(len, true)),
        }


def train_watched(
    preset: str,
    options: TrainingOptions,
    words: SyntheticWords,
    most_seconds: float = np.inf,
    config: ReaderConfig | None = None,
) -> list[dict[str, float]]:
    """Train a reader like `train.py` does, and return its rows only. `config` is the preset's own if it is `None`."""
    config = config or ReaderConfig(preset=preset)
    keras.utils.set_random_seed(options.seed)
    model = build_reader(config)
    compile_reader(model, options)
    images, ids = DrawWords(replace(words, split="validation"), config.decoding_steps)(0, options.validation_images)
    watch = Watch(images[..., None], ids, options.batch_size, most_seconds)
    draw = WithNegatives(
        DrawWords(words, config.decoding_steps), options.negatives, config.characters.terminator, options.seed
    )
    processes = drawing_processes(options.processes)
    batches = TrainingDataset(draw, options.batch_size, options.steps_per_epoch, processes=processes)
    plateau = [PlateauSchedule(options.learning_rate, watch)] if options.schedule == "plateau" else []
    try:
        model.fit(batches, epochs=options.epochs, shuffle=False, verbose=0, callbacks=[watch, *plateau])
    finally:
        batches.close()
    return watch.rows


def steps_a_second(preset: str, options: TrainingOptions, words: SyntheticWords) -> float:
    """The rate of training steps on the same batch, without drawing images."""
    config = ReaderConfig(preset=preset)
    model = build_reader(config)
    compile_reader(model, options)
    images, ids = DrawWords(words, config.decoding_steps)(0, options.batch_size)
    for _ in range(3):
        model.train_on_batch(images[..., None], ids)
    steps = 0
    began = time.perf_counter()
    while time.perf_counter() - began < MEASURED_SECONDS:
        model.train_on_batch(images[..., None], ids)
        steps += 1
    return steps / (time.perf_counter() - began)


def reached(rows: list[dict[str, float]], column: str, least: float) -> float | None:
    """Seconds of training at the first row whose column reaches `least`; `None` if no row does."""
    return next((row["seconds"] for row in rows if row[column] >= least), None)


def _page(runs, short, rates, options, args, name):
    versions = describe("keras", keras.backend.backend(), "numpy")
    command = f"python -m benchmarks.learning --steps {options['small'].training_steps}"
    command += f" --deep-reader-seconds {args.deep_reader_seconds:g}"
    if args.short_steps:
        command += f" --short-steps {args.short_steps}"
    if args.task != DEFAULT_TASK:
        command += f" --task {args.task}"
    if args.font:
        command += f" --font {args.font.name!r}"
    if args.font_size:
        command += f" --font-size {args.font_size}"
    return [
        "# How soon a reader learns",
        f"Measured on {device_names()}; written by `{command} --write docs/results`; {versions}.",
        _LETTERS[args.task],
        table(
            ("", "images per step", "training step alone", "whole loop"),
            [
                (f"`{preset}`", options[preset].batch_size, f"{rate * options[preset].batch_size:,.0f} images/s", loop)
                for preset, rate in rates.items()
                for loop in [f"{_loop_rate(runs[preset]):,.0f} images/s" if preset in runs else ""]
            ],
        ),
        f"On validation images ({', '.join(f'{options[preset].validation_images:,}' for preset in runs)}), "
        f"{', '.join(map(_outcome, runs, runs.values()))}.",
        "Seconds of training to a share of whole words, with compilation and without validation. The second column "
        "counts O and Q as one letter:",
        table(
            ("", *(f"`{preset}`{column}" for preset in runs for column in ("", ", O and Q as one"))),
            [
                (
                    f"{100 * reach:g} %",
                    *(_seconds(rows, reach, column) for rows in runs.values() for column in _COLUMNS),
                )
                for reach in args.reach
            ],
        ),
        *_schedules(runs["small"], short),
        f"![Loss, misread words and character error rate against seconds and steps]({name}.png)",
    ]


_LETTERS = {
    "letters": "The images show the task `letters`: 1 to 4 capitals of Pillow's font at size 14. The original's images "
    "have smaller letters: see [original_task.md](original_task.md).",
    "original": "The images are the original's own (`--task original`).",
    "mixed": "Half of the images are the original's own, half show larger letters (`--task mixed`).",
}
_COLUMNS = ("val_whole_word_accuracy", "val_as_one")


def _outcome(preset, rows):
    row = rows[-1]
    return (
        f"`{preset}` reads after {row['step']:,} training steps in {row['seconds']:.0f} s "
        f"({row['first_step_seconds']:.0f} s of them for the first step and its compilation) "
        f"{share(row['val_whole_word_accuracy'], 1)} of the words ({share(row['val_as_one'], 1)} with O and Q as one "
        f"letter; CER {share(row['val_character_error_rate'], 1)})"
    )


def _loop_rate(rows):
    """Images per second including drawing, without the first epoch, in which the step is compiled."""
    first, last = rows[0], rows[-1]
    if first is last:
        return first["images"] / first["seconds"]
    return (last["images"] - first["images"]) / (last["seconds"] - first["seconds"])


def _seconds(rows, least, column):
    seconds = reached(rows, column, least)
    return "not reached" if seconds is None else f"{seconds:.0f} s"


def _schedules(rows, short):
    sentences = []
    for run in filter(None, (rows, short)):
        steps, seconds = run[-1]["step"], reached(run, "val_whole_word_accuracy", ORIGINAL_ACCURACY)
        soon = "does not reach" if seconds is None else "reaches"
        after = "" if seconds is None else f" after {seconds:.0f} s"
        ends = share(run[-1]["val_whole_word_accuracy"], 1)
        sentences.append(
            f"On a schedule of {steps:,} steps, `small` {soon} {share(ORIGINAL_ACCURACY, 1)}{after} and ends at {ends}."
        )
    sentences.append("How long both take for the original's images is in [original_task.md](original_task.md).")
    return [" ".join(sentences)]


def _write_logs(runs, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for preset, rows in runs.items():
        with replacing(folder / f"{preset}.csv") as path, path.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    with command_errors():
        main()
