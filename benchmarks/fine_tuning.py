"""Measures what starting from another reader is worth: few labelled images, trained from nothing and from a reader.

    python -m benchmarks.fine_tuning --data FOLDER [FOLDER ...] --write docs/results
    python -m benchmarks.fine_tuning --data FOLDER --from READER.keras --images 50 100 all --seeds 1

A FOLDER has images, `train.csv` and `test.csv` (header `image,text`, paths relative to the folder). For each number of
images and each seed, so many images of train.csv are drawn and `train.py --data` runs twice, with `--from READER` and
with `--from none`. The alphabet and the longest text are those of train.csv, all else is derived from the images that
were drawn. The share of whole words is that of test.csv, which nothing is chosen by.

Each finished training leaves a `result.json` in the work folder and is not repeated, and an interrupted training goes
on, so that an interrupted benchmark does; another READER, or other `--steps`, needs another work folder. `--write
docs/results` writes the page as fine_tuning.md, with a picture for each folder and all results, results.json, in
fine_tuning/. `--known docs/results/fine_tuning/results.json` takes from there what is already known, such as all
trainings from nothing when READER is another one, so that a table can grow.
"""

import argparse
import csv
import datetime
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

import keras_reader as kr
from benchmarks.common.kept_results import KEPT, write_results
from benchmarks.common.machine import ROOT, describe
from benchmarks.common.markdown_page import publish, table
from benchmarks.pictures.fine_tuning import draw_curves
from keras_reader.atomic_files import replacing
from keras_reader.card import file_checksum
from keras_reader.cli.common import command_errors
from keras_reader.data.labelled_images import LabelledImages, load_labelled
from keras_reader.errors import InputError
from keras_reader.inference.loading import find_reader
from keras_reader.training.starting_reader import NOTHING as NO_READER
from keras_reader.training.starting_reader import STARTS_FROM

NOTHING, READER = "from nothing", "from the reader"
ALL = "all"
WORTH = 1.0  # points of whole words that count as a gain


class Result(NamedTuple):
    """What a training came to.

    Attributes:
        date: the day of the training.
        images: number of images that it was given, those to validate on among them.
        seed: the seed of the images and of the training.
        start: `NOTHING` or `READER`.
        preset: of the reader that was trained.
        right: share of the test words that were read right.
        seconds: seconds of training, without validation.
        curve: training steps, and the share of whole words on the validation images after them.
    """

    date: str
    images: int
    seed: int
    start: str
    preset: str
    right: float
    seconds: float
    curve: list[tuple[int, float]]


class DataSet(NamedTuple):
    """A folder of labelled images, and what came of them.

    Attributes:
        name: the folder's name.
        training, test: its images.
        counts: the numbers of images to train on.
        untrained: share of the test words that the reader reads before any training.
        results: of all trainings.
    """

    name: str
    training: LabelledImages
    test: LabelledImages
    counts: list[int]
    untrained: float
    results: list[Result]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, metavar="FOLDER", help="with train.csv and test.csv"
    )
    parser.add_argument(
        "--from",
        dest="start",
        default=STARTS_FROM,
        metavar="READER",
        help=f"a .keras file, the name of a reader that ships, or hf://OWNER/NAME (default: {STARTS_FROM})",
    )
    parser.add_argument(
        "--images", type=_count, nargs="+", default=[25, 50, 100, 250, 500, ALL], metavar="N", help=f"or {ALL}"
    )
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="trainings of each kind (default: 3)")
    parser.add_argument("--steps", type=int, help="training steps of all (default: what train.py derives)")
    parser.add_argument("--work", type=Path, default=Path("runs/fine_tuning"), help="default: runs/fine_tuning")
    parser.add_argument("--known", type=Path, metavar="FILE", help="results.json of an earlier page")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write the page and its pictures there")
    args = parser.parse_args(arguments)
    with command_errors():
        _benchmark(args)


def _count(text):
    return ALL if text == ALL else int(text)


def _benchmark(args):
    start = find_reader(args.start, ".keras")
    if start.suffix != ".keras":
        raise InputError(f"{start}: --from takes the .keras file of a reader")
    if args.seeds < 1:
        raise InputError(f"--seeds must be at least 1, got {args.seeds}")
    read = [_read_folder(folder, args.images) for folder in args.data]
    known = _known(args.known) if args.known else {}
    settings = _settings(start, args)
    sets = []
    for folder, (training, test, counts) in zip(args.data, read, strict=True):
        results = [
            known.get(_key(folder.resolve().name, settings[origin], images, seed, origin))
            or _result(folder, training, test, images, seed, origin, start, settings[origin], args)
            for images in counts
            for seed in range(args.seeds)
            for origin in (NOTHING, READER)
        ]
        untrained = share_right(kr.load(start), test)
        sets.append(DataSet(folder.resolve().name, training, test, counts, untrained, results))
    pictures = args.write and args.write / "fine_tuning"
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
        for data in sets:
            draw_curves(data.results, pictures / f"{data.name}.png")
        _keep(sets, known, settings, pictures / KEPT)
    publish(_page(sets, kr.load(start).config, args), args.write and args.write / "fine_tuning.md")


def _read_folder(folder, images):
    training, test = (load_labelled(folder / f"{part}.csv") for part in ("train", "test"))
    counts = sorted({len(training) if count == ALL else count for count in images})
    if not 1 <= counts[0] <= counts[-1] <= len(training):
        raise InputError(f"{training.csv_path}: has {len(training)} images, --images asks for {counts[0]}-{counts[-1]}")
    return training, test, counts


def _settings(start, args) -> dict[str, dict]:
    """What results depend on beside their images and their seed, for each origin."""
    return {
        origin: {"steps": args.steps, "from": file_checksum(start) if origin == READER else None}
        for origin in (NOTHING, READER)
    }


def _key(name, settings, images, seed, origin):
    return name, json.dumps(settings), images, seed, origin


def _known(path) -> dict[tuple, Result]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        read = [(row.pop("data"), row.pop("settings"), Result(**row)) for row in rows]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise InputError(f"{path}: not the results.json of an earlier page") from None
    return {_key(name, settings, r.images, r.seed, r.start): r for name, settings, r in read}


def _keep(sets: Sequence[DataSet], known, settings, path: Path) -> None:
    """Write all results, and those that were known already."""
    every = {_key(data.name, settings[r.start], r.images, r.seed, r.start): r for data in sets for r in data.results}
    rows = [
        {"data": name, "settings": json.loads(set_by), **result._asdict()}
        for (name, set_by, *_), result in sorted({**known, **every}.items())
    ]
    write_results(rows, path)


def _result(folder, training, test, images, seed, origin, start, settings, args):
    place = args.work / folder.resolve().name / f"{images}_{seed}_{origin.replace(' ', '_')}"
    path = place / "result.json"
    if path.exists():
        known = json.loads(path.read_text())
        if known.pop("settings") != settings:
            raise InputError(f"{path}: of another reader or other --steps: choose another folder with --work")
        return Result(**known)
    place.mkdir(parents=True, exist_ok=True)
    write_drawn(training, images, seed, place / "labels.csv")
    alphabet = "".join(sorted(set("".join(training.texts))))
    command = [sys.executable, ROOT / "train.py", "--data", place / "labels.csv", "--out", place / "run"]
    command += ["--seed", seed, f"--alphabet={alphabet}", "--max-length", max(map(len, training.texts))]
    command += ["--from", start if origin == READER else NO_READER]
    command += ["--steps", args.steps] if args.steps else []
    command += ["--resume"] if (place / "run" / "last.keras").exists() else []
    print(f"{folder.name}: {images} images, seed {seed}, {origin}", file=sys.stderr)
    subprocess.run(list(map(str, command)), check=True, stdout=sys.stderr)
    with (place / "run" / "log.csv").open(newline="") as file:
        log = list(csv.DictReader(file))
    curve = [(int(row["step"]), float(row["val_whole_word_accuracy"])) for row in log]
    reader = kr.load(place / "run" / "reader.keras")
    right = share_right(reader, test)
    today = datetime.date.today().isoformat()
    result = Result(today, images, seed, origin, reader.config.preset, right, float(log[-1]["seconds"]), curve)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps({"settings": settings, **result._asdict()}))
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


def _page(sets: Sequence[DataSet], start: kr.ReaderConfig, args) -> Iterator[str]:
    named = Path(args.start).name
    command = f"python -m benchmarks.fine_tuning --data {' '.join(data.name for data in sets)} --from {named} --images "
    command += f"{' '.join(map(str, args.images))} --seeds {args.seeds}"
    command += f" --steps {args.steps}" if args.steps else ""
    yield "# Starting from another reader"
    yield (
        f"The same images, trained from nothing (`train.py --data labels.csv --from none`) and from `{named}`, which "
        f"knows {len(start.alphabet)} characters and reads images of {start.image_size[0]}x{start.image_size[1]} "
        f"pixels, preset `{start.preset}`. Whole words of the test images, mean over {args.seeds} trainings (lowest to "
        "highest): each seed draws other images. Seconds of training depend on the machine and on what else runs on "
        "it: compare ratios."
    )
    dates = sorted({result.date for data in sets for result in data.results})
    yield (
        f"Written by `{command} --write docs/results`; {describe('keras', 'tensorflow', 'numpy')}; trained on "
        f"{' and '.join([', '.join(dates[:-1]), dates[-1]] if dates[1:] else dates)}. Each training is a row of "
        f"[{KEPT}](fine_tuning/{KEPT})."
    )
    yield worth(sets)
    for data in sets:
        yield from _data_set(data, args.write is not None)


def worth(sets: Sequence[DataSet]) -> str:
    """For which numbers of images it pays to start from the reader, in a sentence for each data set."""
    sentences = []
    for data in sets:
        gains = {images: _gain(data, images) for images in data.counts}
        good = [images for images, gain in gains.items() if gain >= WORTH]
        bad = [images for images, gain in gains.items() if gain <= -WORTH]
        sentence = f"`{data.name}`: it gains {WORTH:g} point or more with {_listed(good)} images"
        if bad:
            sentence += f", and costs {WORTH:g} point or more with {_listed(bad)}"
        most = max(gains, key=lambda images: gains[images])
        sentences.append(f"{sentence}; the most with {most:,}, {gains[most]:+.1f} points.")
    return " ".join(sentences)


def _listed(counts):
    return ", ".join(f"{count:,}" for count in counts) if counts else "none of these numbers of"


def _gain(data, images):
    """Points of whole words that the reader gains, mean over the seeds."""
    ours, theirs = (_group(data, images, origin) for origin in (READER, NOTHING))
    return 100 * statistics.mean(a.right - b.right for a, b in zip(ours, theirs, strict=True))


def _group(data, images, origin):
    return [result for result in data.results if (result.images, result.start) == (images, origin)]


def _data_set(data: DataSet, pictured: bool) -> Iterator[str]:
    rows = []
    for images in data.counts:
        groups = [_group(data, images, origin) for origin in (NOTHING, READER)]
        cells = [cell for group in groups for cell in (_spread(group), f"{_seconds(group):,.0f} s")]
        rows.append((f"{images:,}", *cells, f"{_gain(data, images):+.1f}"))
    presets = sorted({result.preset for result in data.results if result.start == NOTHING})
    yield f"## {data.name}"
    yield (
        f"Images drawn from {len(data.training):,}; {len(data.test):,} test images, of which the reader reads "
        f"{100 * data.untrained:.1f} % without any training. From nothing, the preset that is derived is "
        f"{' or '.join(f'`{preset}`' for preset in presets)}."
    )
    yield table(("images", NOTHING, "training", READER, "training", "points gained"), rows)
    if pictured:
        yield f"![Test words read right, and learning curves](fine_tuning/{data.name}.png)"


def _spread(group):
    values = [100 * result.right for result in group]
    return f"{statistics.mean(values):.1f} % ({min(values):.1f} to {max(values):.1f})"


def _seconds(group):
    return statistics.mean(result.seconds for result in group)


if __name__ == "__main__":
    main()
