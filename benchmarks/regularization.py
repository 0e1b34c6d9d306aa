"""Measures what helps a reader to generalise from few labelled images: augmentation, and the usual means beside it.

    python -m benchmarks.regularization --data FOLDER [FOLDER ...] --write docs/results

A FOLDER has images and a `train.csv` (header `image,text`, paths relative to the folder). For each seed, `--images` of
them are drawn, `train.py --data ... --from none` trains on these as it does, and with one thing changed, and the reader
reads all the others of train.csv, so that a test part stays untouched.

Each finished training leaves a `result.json` in the work folder and is not repeated. The page is made from all of them
that are of these `--images` and `--steps`. It is printed; `--write docs/results` writes it as regularization.md.
"""

import argparse
import json
import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

import keras_reader as kr
from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, table
from benchmarks.fine_tuning import share_right, write_drawn
from keras_reader.atomic_files import replacing
from keras_reader.cli import train as train_command
from keras_reader.cli.common import CommandParser, command_errors, quiet_start
from keras_reader.data.labelled_images import LabelledImages, load_labelled
from keras_reader.errors import InputError

SMOOTHING, MOMENTUM, DECAY = 0.1, 0.99, 0.1
AS_IT_IS = "as it is"
# Their folders, and the options of train.py that they change.
VARIANTS: dict[str, tuple[str, list[str]]] = {
    AS_IT_IS: ("default", []),
    "augmented in full from the first step on": ("unwarmed", ["--augmentation-warmup", "0"]),
    "light augmentation": ("light", ["--augment", "light"]),
    "no augmentation": ("none", ["--augment", "none"]),
    f"label smoothing of {SMOOTHING:g}": ("smoothing", []),
    f"moving average of the weights, momentum {MOMENTUM:g}": ("average", []),
    f"weight decay of {DECAY:g} times the learning rate": ("decay", []),
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="FOLDER", help="with a train.csv")
    parser.add_argument("--images", type=int, default=400, help="drawn to train on (default: 400)")
    parser.add_argument("--steps", type=int, default=800, help="training steps of each (default: 800)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1], help="default: 0 1")
    parser.add_argument("--work", type=Path, default=Path("runs/regularization"), help="default: runs/regularization")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write regularization.md there")
    args = parser.parse_args(arguments)
    with command_errors():
        sets = [(folder.resolve().name, load_labelled(folder / "train.csv")) for folder in args.data]
        for name, labelled in sets:
            if len(labelled) <= args.images:
                raise InputError(f"{labelled.csv_path}: has {len(labelled)} images: give fewer --images than that")
            for seed in args.seeds:
                for folder, options in VARIANTS.values():
                    place = args.work / name / f"{folder}-{seed}"
                    if _known(place, args) is None:
                        _train(labelled, place, folder, options, seed, args)
        publish(_page(sets, args), args.write and args.write / "regularization.md")


def _settings(args) -> dict[str, int]:
    return {"images": args.images, "steps": args.steps}


def _known(place: Path, args) -> float | None:
    """The share of whole words of a finished training; `None` if there is none with these settings."""
    path = place / "result.json"
    result = json.loads(path.read_text()) if path.exists() else {"settings": None}
    return result["right"] if result["settings"] == _settings(args) else None


def _train(labelled: LabelledImages, place: Path, variant: str, options: list[str], seed: int, args) -> None:
    place.mkdir(parents=True, exist_ok=True)
    write_drawn(labelled, args.images, seed, place / "labels.csv")
    drawn = set(load_labelled(place / "labels.csv").paths)
    others = labelled.subset([i for i, path in enumerate(labelled.paths) if path.resolve() not in drawn])
    # Whatever was drawn, the reader knows the characters of all others.
    alphabet, longest = "".join(sorted(set("".join(labelled.texts)))), max(map(len, labelled.texts))
    command = ["--data", place / "labels.csv", "--from", "none", "--out", place / "run", "--seed", seed, *options]
    command += ["--steps", args.steps, f"--alphabet={alphabet}", "--max-length", longest]
    parser = CommandParser()
    train_command.add_options(parser)
    with ExitStack() as changes:
        for change in _changes(variant):
            changes.enter_context(change)
        train_command.run(parser.parse_args(list(map(str, command))))
    result = {"settings": _settings(args), "right": share_right(kr.load(place / "run" / "reader.keras"), others)}
    with replacing(place / "result.json") as temporary:
        temporary.write_text(json.dumps(result))


def _changes(variant: str) -> list[Any]:
    """What of the trainer a variant replaces."""
    with quiet_start():
        import keras

        from keras_reader.models.losses import MaskedCrossEntropy, valid_steps
        from keras_reader.training import trainer
        from keras_reader.training.callbacks import RunLog

    class Smoothed(MaskedCrossEntropy):
        """The masked loss with a little of every class beside the true one."""

        def call(self, y_true, y_pred):
            valid = valid_steps(keras.ops.cast(y_true, "int32"), self.terminator)
            every = -keras.ops.mean(keras.ops.log_softmax(y_pred, axis=-1), axis=-1) * valid
            return (1 - SMOOTHING) * super().call(y_true, y_pred) + SMOOTHING * every / keras.ops.mean(valid)

    class OfAverages(RunLog):
        """Validates and keeps the moving averages of the weights in place of the weights."""

        def on_test_begin(self, logs=None):
            super().on_test_begin(logs)
            self._exchange()

        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
            self._exchange()

        def _exchange(self):
            averages = self.model.optimizer._model_variables_moving_average
            for weight, average in zip(self.model.trainable_variables, averages, strict=True):
                value = np.array(weight)
                weight.assign(average)
                average.assign(value)

    def with_optimizer(**more):
        def optimizer(options):
            schedule = trainer._schedule(options)
            return keras.optimizers.Muon(schedule, adam_lr_ratio=0.5, global_clipnorm=options.clip_norm, **more)

        return mock.patch.object(trainer, "_optimizer", optimizer)

    return {
        "smoothing": [mock.patch.object(trainer, "MaskedCrossEntropy", Smoothed)],
        "average": [
            with_optimizer(use_ema=True, ema_momentum=MOMENTUM),
            mock.patch.object(trainer, "RunLog", OfAverages),
        ],
        "decay": [with_optimizer(weight_decay=DECAY)],
    }.get(variant, [])


def _page(sets, args) -> Iterator[str]:
    yield "# Augmentation, averages, smoothing, decay"
    command = f"--data {' '.join(name for name, _ in sets)} --images {args.images} --steps {args.steps}"
    yield (
        f"`train.py --data labels.csv --from none --steps {args.steps}` on {args.images} images, drawn by the seed, as "
        "it is, and with one thing changed. Whole words of all other images of the training part, mean over the seeds "
        "and each of them; the images of the test part are not looked at. Written by `python -m "
        f"benchmarks.regularization {command} --write docs/results`; {describe('keras', 'tensorflow', 'numpy')}."
    )
    rows = []
    for variant, (folder, _) in VARIANTS.items():
        cells = []
        for name, _ in sets:
            places = sorted((args.work / name).glob(f"{folder}-*"))
            rights = [100 * right for right in (_known(place, args) for place in places) if right is not None]
            each = ", ".join(f"{right:.1f}" for right in rights)
            cells.append(f"{statistics.mean(rights):.1f} % ({each})" if rights else "-")
        rows.append((variant, *cells))
    yield table(("", *(f"{name}, {len(labelled) - args.images:,} others" for name, labelled in sets)), rows)


if __name__ == "__main__":
    main()
