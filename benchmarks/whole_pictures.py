"""Measures reading whole pictures without a crop: a number that fills about a tenth of a picture, wherever it is.

    python -m benchmarks.whole_pictures --out FOLDER
    python -m benchmarks.whole_pictures --out FOLDER --write docs/results
    python -m benchmarks.whole_pictures --out FOLDER --reader READER       # measures a reader that is already trained

Composes pictures of 480x800 with a number of 3 to 6 digits in a seven-segment or a printed font, on coloured textures
among blocks, ellipses, lines and words. It then runs `train.py --data FOLDER/train/labels.csv` and nothing else: no box
is given. Fresh pictures are read, and the true boxes tell whether each mask lies on its digit. FOLDER/train and
FOLDER/test keep the pictures with labels.csv, FOLDER/run keeps the reader. `--write docs/results` writes the page as
whole_pictures.md with a picture in whole_pictures/.

The fonts are Debian's: apt-get install fonts-dseg fonts-liberation fonts-dejavu-core.
"""

import argparse
import itertools
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

import keras_reader as kr
from benchmarks.common.machine import ROOT, describe
from benchmarks.common.markdown_page import publish, share, table
from benchmarks.common.whole_pictures import FONT_FOLDER, WholePictures, find_number_fonts, read_truth, write_pictures
from benchmarks.pictures.whole_pictures import Read, draw_sheet
from keras_reader.cli.common import command_errors
from keras_reader.evaluation.mask_metrics import points_at, visits_in_order
from keras_reader.images import fit, open_grey
from keras_reader.inference.reader import Reader

_HEIGHTS = (0, 14, 18, 22, 26, np.inf)  # bounds of the groups of digits, in pixels of the reader's own size


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="for the pictures and the reader")
    parser.add_argument("--train-pictures", type=int, default=1500, metavar="N")
    parser.add_argument("--test-pictures", type=int, default=500, metavar="N")
    parser.add_argument("--size", type=int, nargs=2, default=(480, 800), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--fonts", type=Path, default=FONT_FOLDER, help=f"folder of the fonts (default: {FONT_FOLDER})")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reader", type=Path, help="measure this reader instead of training one")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write whole_pictures.md and its picture there")
    trial = parser.add_argument_group("for a trial, whose figures say little")
    trial.add_argument("--steps", type=int, help="training steps (default: what train.py derives)")
    args = parser.parse_args(arguments)
    with command_errors():
        _benchmark(args)


def _benchmark(args):
    train_csv, test_csv = compose(args)
    path = args.reader or _trained(train_csv, args)
    reader = kr.load(path)
    read = read_pictures(reader, test_csv)
    parts = _page(reader, read, args)
    if args.write:
        sheet = args.write / "whole_pictures" / "sheet.jpg"
        sheet.parent.mkdir(parents=True, exist_ok=True)
        # Noise and textures take a tenth of the space that they take in a PNG.
        draw_sheet(read[:12]).save(sheet, quality=85)
        parts += [
            "The first twelve test pictures. A white outline is a digit's true box, a dot is the centre of the mask "
            "that a character was read through. Below each: what is true and what was read.",
            "![test pictures with what was read](whole_pictures/sheet.jpg)",
        ]
    publish(parts, args.write and args.write / "whole_pictures.md")


def compose(args: argparse.Namespace) -> tuple[Path, Path]:
    """Write the pictures to train and to test on, unless they are there; give their labels.csv."""
    pictures = WholePictures(find_number_fonts(args.fonts), tuple(args.size), seed=args.seed)
    parts = (
        ("train", args.train_pictures, pictures),
        ("test", args.test_pictures, replace(pictures, seed=~args.seed % 2**32)),
    )
    paths = []
    for name, count, source in parts:
        path = args.out / name / "labels.csv"
        if not path.exists() or len(read_truth(path)) != count:
            write_pictures(source, range(count), path.parent)
        paths.append(path)
    return paths[0], paths[1]


def _trained(csv_path, args):
    out = args.out / "run"
    command = [sys.executable, ROOT / "train.py", "--data", csv_path, "--out", out]
    command += ["--steps", args.steps] if args.steps else []
    subprocess.run(list(map(str, command)), check=True)
    return out / "reader.keras"


def read_pictures(reader: Reader, csv_path: Path) -> list[Read]:
    """Read the pictures of a labels.csv, with where each mask points."""
    truth = read_truth(csv_path)
    rows = []
    for (path, text, kind, boxes), reading in zip(truth, reader.read(path for path, *_ in truth), strict=True):
        axes = fit(open_grey(path).shape, reader.config.image_size, reader.config.resize)
        rows.append(Read(path, text, kind, boxes, reading, axes))
    return rows


def _page(reader, read, args):
    right = [row for row in read if row.is_right]
    pointed = np.concatenate([_points(row) for row in right]) if right else np.zeros(0, bool)
    in_order = sum(visits_in_order(row.reading.masks, row.network_boxes) for row in right)
    covered = np.mean([_covered(row, reader.config.image_size) for row in read])
    command = f"python -m benchmarks.whole_pictures --out FOLDER --write docs/results --seed {args.seed}"
    command += f" --train-pictures {args.train_pictures} --test-pictures {args.test_pictures}"
    command += f" --steps {args.steps}" if args.steps else ""
    command += " --reader READER" if args.reader else ""
    high, wide = reader.config.image_size
    kinds = sorted({row.kind for row in read})
    heights = [float(np.median(row.network_boxes[:, 3] - row.network_boxes[:, 1])) for row in read]
    groups = [
        (_between(low, top), [row for row, height in zip(read, heights, strict=True) if low <= height < top])
        for low, top in itertools.pairwise(_HEIGHTS)
    ]
    lengths = sorted({len(row.text) for row in read})
    return [
        "# Whole pictures, no crop",
        f"A number of 3 to 6 digits fills 5 to 15 % of a picture of {args.size[0]}x{args.size[1]} pixels, wherever it "
        f"is. `train.py --data labels.csv` got {args.train_pictures:,} pictures with their numbers and no box. It "
        f"derived preset `{reader.config.preset}` at {high}x{wide} pixels. {len(read):,} fresh pictures were read.",
        f"Written by `{command}`; {describe('keras', 'tensorflow', 'numpy', 'pillow')}.",
        table(
            ("", "share", "of"),
            [
                ("whole numbers read right", share(len(right), len(read)), f"{len(read):,} pictures"),
                ("mask centred on its digit", share(pointed.sum(), len(pointed)), f"{len(pointed):,} digits"),
                ("digits visited in order, each once", share(in_order, len(right)), f"{len(right):,} numbers"),
            ],
        ),
        "Pointing counts the numbers that were read right. A mask points at its digit if its centre of mass lies in "
        "the digit's true box, or at most a pixel of the reader's own size beside it. A point anywhere in the picture "
        f"would do so in {100 * covered:.1f} % of the cases.",
        table(
            ("numbers", "pictures", "read right"),
            [
                (name, f"{len(group):,}", share(sum(row.is_right for row in group), len(group)))
                for name, group in (
                    *((kind, [row for row in read if row.kind == kind]) for kind in kinds),
                    *((f"{length} digits", [row for row in read if len(row.text) == length]) for length in lengths),
                    *groups,
                )
                if group
            ],
        ),
    ]


def _points(row):
    return points_at(row.reading.masks, row.network_boxes)


def _covered(row, image_size):
    """The share of the reader's image that one digit's box covers, with a pixel on each side."""
    left, top, right, bottom = row.network_boxes.T
    return np.mean((right - left + 2) * (bottom - top + 2)) / np.prod(image_size)


def _between(low, high):
    if low == 0:
        return f"digits up to {high} pixels high for the reader"
    return f"digits of {low} pixels or more" if high == np.inf else f"digits of {low} to {high} pixels"


if __name__ == "__main__":
    main()
