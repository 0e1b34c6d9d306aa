"""Measures what starting from another reader is worth: few labelled images, trained from nothing and from a reader.

    python -m benchmarks.fine_tuning --data FOLDER --from READER
    python -m benchmarks.fine_tuning --data FOLDER --from READER --images 50 100 --seeds 0 --write docs/results

FOLDER has images, `train.csv` and `test.csv` (header `image,text`, paths relative to the folder). For each number of
images and each seed, so many images of train.csv are drawn and `train.py --data` runs twice, with and without `--from`.
The alphabet and the longest text are those of train.csv, all else is derived from the images that were drawn. The share
of whole words is that of test.csv, which nothing is chosen by.

Each finished training leaves a `result.json` in the work folder and is not repeated, so that an interrupted benchmark
goes on; another READER, or other `--steps`, needs another work folder. `--write docs/results` writes the page as
fine_tuning.md with the picture fine_tuning.png.
"""

import argparse
import csv
import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

import keras_reader as kr
from benchmarks.common.machine import ROOT, describe
from benchmarks.common.markdown_page import publish, table
from benchmarks.pictures.fine_tuning import draw_curves
from keras_reader.atomic_files import replacing
from keras_reader.cli.common import command_errors
from keras_reader.data.labelled_images import LabelledImages, load_labelled
from keras_reader.errors import InputError

NOTHING, READER = "from nothing", "from the reader"


class Result(NamedTuple):
    """What a training came to.

    Attributes:
        images: number of images that it was given, those to validate on among them.
        seed: the seed of the images and of the training.
        start: `NOTHING` or `READER`.
        right: share of the test words that were read right.
        seconds: seconds of training, without validation.
        curve: training steps, and the share of whole words on the validation images after them.
    """

    images: int
    seed: int
    start: str
    right: float
    seconds: float
    curve: list[tuple[int, float]]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="with train.csv and test.csv")
    parser.add_argument("--from", type=Path, dest="start", required=True, metavar="READER", help="a .keras file")
    parser.add_argument("--images", type=int, nargs="+", default=[50, 100, 250, 500], metavar="N")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, help="training steps of both (default: what train.py derives)")
    parser.add_argument("--work", type=Path, default=Path("runs/fine_tuning"), help="default: runs/fine_tuning")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write the page and its picture there")
    args = parser.parse_args(arguments)
    with command_errors():
        _benchmark(args)


def _benchmark(args):
    training, test = (load_labelled(args.data / f"{part}.csv") for part in ("train", "test"))
    most = max(args.images)
    if most > len(training):
        raise InputError(f"{training.csv_path}: has {len(training)} images, fewer than the {most} of --images")
    results = [
        _result(training, test, images, seed, start, args)
        for images in args.images
        for seed in args.seeds
        for start in (NOTHING, READER)
    ]
    parts = _page(results, training, test, args)
    if args.write:
        args.write.mkdir(parents=True, exist_ok=True)
        draw_curves(results, args.write / "fine_tuning.png")
        parts.append("![test words read right, and learning curves](fine_tuning.png)")
    publish(parts, args.write and args.write / "fine_tuning.md")


def _result(training, test, images, seed, start, args):
    folder = args.work / args.data.resolve().name / f"{images}_{seed}_{start.replace(' ', '_')}"
    path = folder / "result.json"
    if path.exists():
        return Result(**json.loads(path.read_text()))
    folder.mkdir(parents=True, exist_ok=True)
    write_drawn(training, images, seed, folder / "labels.csv")
    alphabet = "".join(sorted(set("".join(training.texts))))
    command = [sys.executable, ROOT / "train.py", "--data", folder / "labels.csv", "--out", folder / "run"]
    command += ["--seed", seed, f"--alphabet={alphabet}", "--max-length", max(map(len, training.texts))]
    command += ["--from", args.start] if start == READER else []
    command += ["--steps", args.steps] if args.steps else []
    command += ["--resume"] if (folder / "run" / "last.keras").exists() else []
    print(f"{images} images, seed {seed}, {start}", file=sys.stderr)
    subprocess.run(list(map(str, command)), check=True, stdout=sys.stderr)
    with (folder / "run" / "log.csv").open(newline="") as file:
        log = list(csv.DictReader(file))
    curve = [(int(row["step"]), float(row["val_whole_word_accuracy"])) for row in log]
    right = share_right(kr.load(folder / "run" / "reader.keras"), test)
    result = Result(images, seed, start, right, float(log[-1]["seconds"]), curve)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(result._asdict()))
    return result


def write_drawn(training: LabelledImages, images: int, seed: int, path: Path) -> None:
    """Write a CSV of so many images, drawn by the seed. Those of a larger number include those of a smaller one."""
    chosen = np.random.default_rng(seed).permutation(len(training))[:images]
    drawn = training.subset(chosen.tolist())
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("image", "text"))
        rows.writerows((image.resolve(), text) for image, text in zip(drawn.paths, drawn.texts, strict=True))


def share_right(reader: kr.Reader, test: LabelledImages) -> float:
    """The share of the images whose whole text is read right."""
    readings = reader.read(example.image for example in test.examples())
    return statistics.mean(reading.text == text for reading, text in zip(readings, test.texts, strict=True))


def _page(results, training, test, args):
    start = kr.load(args.start).config
    command = f"python -m benchmarks.fine_tuning --data {args.data.name} --from {args.start.name} --images "
    command += f"{' '.join(map(str, args.images))} --seeds {' '.join(map(str, args.seeds))}"
    command += f" --steps {args.steps}" if args.steps else ""
    rows = []
    for images in args.images:
        by_start = {
            start: [result for result in results if (result.images, result.start) == (images, start)]
            for start in (NOTHING, READER)
        }
        cells = [cell for group in by_start.values() for cell in (_spread(group), f"{_seconds(group):,.0f} s")]
        pairs = zip(by_start[NOTHING], by_start[READER], strict=True)
        rows.append((f"{images}", *cells, f"{100 * statistics.mean(b.right - a.right for a, b in pairs):+.1f}"))
    return [
        f"# Starting from another reader: `{args.data.resolve().name}`",
        f"Images drawn from {len(training):,}; whole words of {len(test):,} test images, mean over "
        f"{len(args.seeds)} seeds (lowest to highest). The reader to start from knows {len(start.alphabet)} characters "
        f"and reads images of {start.image_size[0]}x{start.image_size[1]} pixels, preset `{start.preset}`.",
        f"Written by `{command} --write docs/results`; {describe('keras', 'tensorflow', 'numpy')}.",
        table(("images", NOTHING, "training", READER, "training", "points gained"), rows),
    ]


def _spread(group):
    values = [100 * result.right for result in group]
    return f"{statistics.mean(values):.1f} % ({min(values):.1f} to {max(values):.1f})"


def _seconds(group):
    return statistics.mean(result.seconds for result in group)


if __name__ == "__main__":
    main()
