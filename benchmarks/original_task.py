"""Measures readers on the original's own images, beside its claim of 87 % of whole words and an ideal observer.

    python train.py --preset deep_reader --task original --no-clip --out runs/deep_reader
    python train.py --preset deep_reader --task original --no-clip --seed 1 --out runs/deep_reader-seed-1
    python train.py --preset deep_reader --task original --no-clip --seed 2 --out runs/deep_reader-seed-2
    python train.py --task original --validations 100 --out runs/original
    python train.py --task original --steps 24000 --validations 48 --validation-images 4000 --out runs/small-24000
    python train.py --task original --steps 6000 --batch-size 256 --validations 24 --validation-images 4000 \
        --out runs/small-6000x256
    python train.py --task original --steps 300 --validations 20 --validation-images 1000 --out runs/small-300
    python -m benchmarks.original_task --run runs/deep_reader-seed-1 --run runs/deep_reader-seed-2 \
        --run runs/small-24000 --run runs/small-6000x256 --run runs/small-300 --write docs/results

Reads `runs/deep_reader` and `runs/original`, as far as there are any, and others named with `--run`, measures their
readers on fresh images, and an ideal observer on the same. Where PyTorch is installed, a step of the original's network
is timed on this machine. Trains nothing. Prints a page; `--write docs/results` writes it as original_task.md, with the
learning curves original_task.png and original_images.png, a sheet of the images.
"""

import argparse
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.ceiling import read_with_observer
from benchmarks.clutter_sheets import write_sheet
from benchmarks.common.beside_original import ORIGINAL_ACCURACY, ORIGINAL_STEPS, original_step_seconds
from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, share, table, with_error
from benchmarks.common.unclipped import UnclippedReader
from benchmarks.learning import reached
from keras_reader.cli.common import command_errors
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.inference.reader import in_batches
from keras_reader.progress import with_progress
from keras_reader.training.learning_curves import draw_curves
from keras_reader.training.log_csv import read_rows

SHARES = (ORIGINAL_ACCURACY, 0.95, 0.99, 0.995)
SEED = 1  # of the fresh images
DEEP_READER = "`deep_reader`"
SHEET = ("--task letters", "--task original", "--task original --noise 0", "--task mixed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--deep-reader", type=Path, default=Path("runs/deep_reader"), help="folder of its run")
    parser.add_argument("--small", type=Path, default=Path("runs/original"), help="folder of small's")
    parser.add_argument("--run", type=Path, action="append", default=[], help="another run's folder; repeatable")
    parser.add_argument("--images", type=int, default=20_000, help="fresh images for each reader and the observer")
    parser.add_argument(
        "--seconds", type=float, default=20, help="that a step of the original's is timed for; 0 not to time it"
    )
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write the page and its pictures there")
    args = parser.parse_args()

    folders = {DEEP_READER: args.deep_reader, "`small`": args.small}
    folders = {name: folder for name, folder in folders.items() if folder.is_dir()}
    folders |= {f"`{run.name}`": run for run in args.run}
    logs = {name: read_rows(folder / "log.csv") for name, folder in folders.items()}
    words = SyntheticWords.of_task("original", split="test", seed=SEED)
    readers = {name: UnclippedReader(folder / "reader.keras") for name, folder in folders.items()}
    accuracies = {name: _accuracies(reader, words, args.images) for name, reader in readers.items()}
    originals = [name for name, reader in readers.items() if reader.config.preset == "deep_reader"]
    right, as_one, _ = read_with_observer(words, args.images)
    original = original_step_seconds(args.seconds) if logs and args.seconds else None
    if args.write:
        args.write.mkdir(parents=True, exist_ok=True)
        curves = {name.strip("`"): rows for name, rows in logs.items()}
        if curves:
            draw_curves(curves, args.write / "original_task.png", log_time=True, least_misread=1 - right / args.images)
        write_sheet(args.write / "original_images.png", [(label, _drawn_by(label)) for label in SHEET])
    publish(
        [
            "# The original's task",
            f"Written by `python -m benchmarks.original_task --images {args.images} --seconds {args.seconds:g}"
            f"{''.join(f' --run runs/{run.name}' for run in args.run)} --write docs/results` from the runs that its "
            f"help names; {describe('keras', 'numpy', 'pillow')}.",
            *_images(),
            *_results(logs, accuracies, originals, right, as_one, args.images),
            *(_times(logs, original) if logs else []),
        ],
        args.write and args.write / "original_task.md",
    )


def _accuracies(reader: UnclippedReader, words: SyntheticWords, count: int) -> tuple[float, float]:
    """Shares of whole words read from floats, as the original draws them, and from bytes, as image files hold them."""
    right = [0, 0]
    for i, clip in enumerate((False, True)):
        kind = SyntheticWords.of_task("original", split=words.split, seed=words.seed, clip=clip)
        drawn = with_progress(_drawn(kind, count), count, f"{reader.source}, {'bytes' if clip else 'floats'}")
        for batch in in_batches(drawn, 250, image_of=lambda pair: pair[0]):
            readings = reader.read_batch([image for image, _ in batch])
            right[i] += sum(reading.text == text for reading, (_, text) in zip(readings, batch, strict=True))
    return right[0] / count, right[1] / count


def _drawn(words, count) -> Iterator[tuple[np.ndarray, str]]:
    indices = iter(range(count))
    while some := list(islice(indices, 1000)):
        images, texts, _ = words.batch(some)
        yield from zip(images, texts, strict=True)


def _drawn_by(label):
    """The words that the options of a sheet's row draw."""
    _, task, *noise = label.split()
    return SyntheticWords.of_task(task, **({"noise": float(noise[1])} if noise else {}))


def _images():
    return [
        "## The images",
        'What the original says of its images: "A text of up to 4 characters is generated and positioned into 40x40 '
        'grayscale image". What its program draws is what `--task original` draws:',
        table(
            ("", "the original", "`--task original`"),
            [
                ("text", "1 to 4 capitals, A to Z, each as likely", "the same"),
                ("font", "Arial, size 9: capitals 7 pixels high", "the same; Liberation Sans where there is no Arial"),
                ("level", "128 of 255 on black", "the same"),
                ("position", "uniform, 1 pixel of margin", "the same, of the ink (there, of the line above it too)"),
                ("noise", "Gaussian, 0.1 x 255", "the same"),
                ("values", "floats as they come", "rounded and clipped to bytes; `--no-clip`: floats"),
            ],
        ),
        "Our default, `--task letters`, is easier: the same in Pillow's font at size 14, capitals 10 pixels high. "
        "`--task mixed` is half the original's images and half letters of sizes 12 to 16.",
        "![Images of each task](original_images.png)",
    ]


def _results(logs, accuracies, originals, right, as_one, count):
    rows = [("the original, as published", f"{ORIGINAL_STEPS:,} x 32", f"{100 * ORIGINAL_ACCURACY:g} %", "-")]
    for name, log in logs.items():
        floats, in_bytes = (with_error(accuracy, count) for accuracy in accuracies[name])
        rows.append((name, f"{log[-1]['step']:,} x {log[-1]['images'] // log[-1]['step']}", floats, in_bytes))
    rows.append(("an ideal observer", "", "", with_error(right / count, count)))
    return [
        "## How well",
        f"Whole words of {count:,} fresh images of the task `original`, with the standard error. Floats are the "
        "original's images; bytes are the same as an image file holds them. A reader reads best what it was trained "
        "on: half of the floats of the black background are below 0, which no byte is. `deep_reader` was trained on "
        "floats, as the original was, and `small` on bytes, which is what readers are given. Each reader is the one "
        "that its run kept, the best on its validation images.",
        table(("", "trained on images", "floats", "bytes"), rows),
        f"With O and Q as one letter the observer reads {share(as_one, count)}.",
        *(_beside_published(name, logs[name], accuracies[name][0]) for name in originals),
        *_spread([accuracies[name][0] for name in originals]),
    ]


def _spread(accuracies):
    """How far apart trainings of the original's network are. The commands above train them with different seeds."""
    if len(accuracies) > 1:
        points = 100 * (max(accuracies) - min(accuracies))
        yield (
            f"These {len(accuracies)} trainings differ by the seed alone, and lie {points:.1f} points apart: a single "
            "figure, the published one too, says as much about its seed as about its recipe. [recipe.md](recipe.md) "
            "changes a part of the recipe at a time."
        )


def _beside_published(name, log, accuracy):
    """How the original's network, trained by the original's recipe, compares with what was published."""
    points = 100 * (accuracy - ORIGINAL_ACCURACY)
    text = (
        f"{name}, trained by the original's recipe, is {abs(points):.1f} points {'above' if points > 0 else 'below'} "
    )
    text += f"the {100 * ORIGINAL_ACCURACY:g} % that were published."
    lowered = next((row for row in log if row["learning_rate"] < 0.5 * log[0]["learning_rate"]), None)
    if lowered:
        text += (
            f" Its learning rate was first lowered before step {lowered['step']:,}, when it read "
            f"{share(lowered['val_whole_word_accuracy'], 1)} of the validation images: three losses in a row that are "
            "no better lower it, and on 1,024 images chance has a part in that."
        )
    return text


def _times(logs, original):
    picture = "![Loss, misread words and character error rate against seconds and steps](original_task.png)"
    rows = []
    for least in SHARES:
        cells = []
        for log in logs.values():
            row = next((row for row in log if row["val_whole_word_accuracy"] >= least), None)
            cells.append(f"{row['seconds']:,.0f} s, {row['images']:,} images" if row else "not reached")
        rows.append((f"{100 * least:g} %", *cells))
    parts = [
        "## How soon",
        "Seconds of training, validation not counted, and images, at the first validation that reaches a share of "
        "whole words. Seconds depend on what else ran on the machine, images do not:",
        table(("", *logs), rows),
    ]
    if original is None:
        return [
            *parts,
            "The original's own step was not timed (it takes PyTorch, and a machine that does nothing else).",
            picture,
        ]
    whole = ORIGINAL_STEPS * original
    text = (
        f"The original's network in PyTorch does {1 / original:.2f} steps a second on this machine: its "
        f"{ORIGINAL_STEPS:,} steps take {whole:,.0f} s ([training_step.md](training_step.md) times both networks in "
        "turns, in a run of its own)."
    )
    for name, log in logs.items():
        seconds = reached(log, "val_whole_word_accuracy", ORIGINAL_ACCURACY)
        if seconds:
            text += f" {name} reaches {100 * ORIGINAL_ACCURACY:g} % in 1/{whole / seconds:.0f} of that."
    return [*parts, text, picture]


if __name__ == "__main__":
    with command_errors():
        main()
