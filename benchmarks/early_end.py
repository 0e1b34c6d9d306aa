"""Measures what `train.py --data` gains, and loses, by ending where nothing more is gained on the validation images.

    python -m benchmarks.early_end --data FOLDER [FOLDER ...] --write docs/results

A FOLDER has images and a `train.csv` (header `image,text`, paths relative to the folder). For each seed, `--images` of
them are drawn, `train.py --data` trains on these with `--early-end` and with `--no-early-end`, one after the other, and
both readers read all the others of train.csv, so that a test part stays untouched.

Each finished training leaves a `result.json` in the work folder and is not repeated. The page is printed; `--write
docs/results` writes it as early_end.md.
"""

import argparse
import csv
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import keras_reader as kr
from benchmarks.common.machine import ROOT, describe
from benchmarks.common.markdown_page import publish, table
from benchmarks.fine_tuning import share_right, write_drawn
from keras_reader.atomic_files import replacing
from keras_reader.cli.common import command_errors
from keras_reader.data.labelled_images import LabelledImages, load_labelled
from keras_reader.errors import InputError

EARLY, WHOLE = "--early-end", "--no-early-end"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="FOLDER", help="with a train.csv")
    parser.add_argument("--images", type=int, default=400, help="drawn to train on (default: 400)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1], help="default: 0 1")
    parser.add_argument("--work", type=Path, default=Path("runs/early_end"), help="default: runs/early_end")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write early_end.md there")
    args = parser.parse_args(arguments)
    with command_errors():
        sets = {folder.resolve().name: load_labelled(folder / "train.csv") for folder in args.data}
        for labelled in sets.values():
            if len(labelled) <= args.images:
                raise InputError(f"{labelled.csv_path}: has {len(labelled)} images: give fewer --images than that")
        results = {
            (name, seed, ending): _result(labelled, name, seed, ending, args)
            for name, labelled in sets.items()
            for seed in args.seeds
            for ending in (WHOLE, EARLY)
        }
        publish(_page(sets, results, args), args.write and args.write / "early_end.md")


def _result(labelled: LabelledImages, name: str, seed: int, ending: str, args) -> dict:
    """What a training came to: `right`, the share of the others that is read; `steps`; `seconds` of the command."""
    place = args.work / name / f"{seed}{ending[1:]}"
    path = place / "result.json"
    if path.exists():
        known = json.loads(path.read_text())
        if known["images"] != args.images:
            raise InputError(f"{path}: of {known['images']} images: choose another folder with --work")
        return known
    place.mkdir(parents=True, exist_ok=True)
    write_drawn(labelled, args.images, seed, place / "labels.csv")
    drawn = set(load_labelled(place / "labels.csv").paths)
    others = labelled.subset([i for i, path in enumerate(labelled.paths) if path.resolve() not in drawn])
    # Whatever was drawn, the reader knows the characters of all others.
    alphabet, longest = "".join(sorted(set("".join(labelled.texts)))), max(map(len, labelled.texts))
    command = [sys.executable, ROOT / "train.py", "--data", place / "labels.csv", "--out", place / "run", ending]
    command += ["--seed", seed, f"--alphabet={alphabet}", "--max-length", longest]
    print(f"{name}: seed {seed}, {ending}", file=sys.stderr)
    began = time.perf_counter()
    subprocess.run(list(map(str, command)), check=True, stdout=sys.stderr)
    seconds = time.perf_counter() - began
    with (place / "run" / "log.csv").open(newline="") as file:
        steps = int([*csv.DictReader(file)][-1]["step"])
    right = share_right(kr.load(place / "run" / "reader.keras"), others)
    result = {"images": args.images, "right": right, "steps": steps, "seconds": seconds}
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(result))
    return result


def _page(sets: dict[str, LabelledImages], results: dict[tuple[str, int, str], dict], args) -> Iterator[str]:
    command = f"--data {' '.join(sets)} --images {args.images} --seeds {' '.join(map(str, args.seeds))}"
    yield "# Ending where nothing more is gained"
    yield (
        f"`train.py --data labels.csv` on {args.images} images, drawn by the seed, with `{WHOLE}` and with `{EARLY}`, "
        "which is the default: where nothing more is gained on the validation images "
        "(`keras_reader.training.options.nothing_gained`), the last quarter of the training follows at once. Whole "
        "words of all other images of the training part, the mean over the seeds and each of them; the images of the "
        "test part are not looked at. Seconds are those of the whole command, its start included. Written by `python "
        f"-m benchmarks.early_end {command} --write docs/results`; {describe('keras', 'tensorflow', 'numpy')}."
    )
    rows = []
    for name, labelled in sets.items():
        whole, early = ([results[name, seed, ending] for seed in args.seeds] for ending in (WHOLE, EARLY))
        shorter = sum(result["seconds"] for result in early) / sum(result["seconds"] for result in whole)
        cells = (cell for group in (whole, early) for cell in (_rights(group), _each(group, "steps", "seconds")))
        rows.append((f"{name}, {len(labelled) - args.images:,} others", *cells, f"{shorter:.2f}"))
    yield table(("", WHOLE, "steps, seconds", EARLY, "steps, seconds", "time relative"), rows)


def _rights(group):
    rights = [100 * result["right"] for result in group]
    return f"{statistics.mean(rights):.1f} % ({', '.join(f'{right:.1f}' for right in rights)})"


def _each(group, steps, seconds):
    return "; ".join(f"{result[steps]:,}, {result[seconds]:.0f} s" for result in group)


if __name__ == "__main__":
    main()
