"""Measures encoders of the preset `small` on the original's images: what its first convolutions have to see and hold.

    python -m benchmarks.encoders --write docs/results

Trains a reader with each encoder, on the same images in the same order, and reads the same fresh ones. All encoders
have the same window and the same distance between cells. Each finished training leaves a `result.json` in the work
folder and is not repeated. Prints the page; `--write docs/results` writes it as encoders.md.
"""

import argparse
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from benchmarks.architecture import parts
from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, share, table, with_error
from keras_reader.atomic_files import replacing
from keras_reader.cli.common import command_errors, quiet_start
from keras_reader.config import PRESETS, EncoderBlock, ReaderConfig, receptive_field

PRESET = "small"

FIRST = {"8x8, every second pixel": {"kernel": 8, "stride": 2}, "7x7, every pixel": {"kernel": 7, "pool": 2}}
FILTERS = ((24, 64), (32, 96))
ENCODERS = {
    f"{looks}, {first} filters; {second} filters": (
        EncoderBlock(first, **how),
        EncoderBlock(second, 3, pool=2),
        EncoderBlock(128, 1),
    )
    for first, second in FILTERS
    for looks, how in FIRST.items()
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=4000, help="training steps of each (default: 4000)")
    parser.add_argument("--seed", type=int, default=0, help="of the trainings (default: 0)")
    parser.add_argument("--count", type=int, default=20_000, help="fresh images to read (default: 20000)")
    parser.add_argument("--work", type=Path, default=Path("runs/encoders"), help="default: runs/encoders")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write encoders.md there")
    args = parser.parse_args()
    with command_errors(), quiet_start():
        publish(_page(args), args.write and args.write / "encoders.md")


def _page(args) -> Iterator[str]:
    window, stride = receptive_field(PRESETS[PRESET].encoder)
    assert all(receptive_field(encoder) == (window, stride) for encoder in ENCODERS.values())
    yield f"# Encoders of `{PRESET}`"
    yield (
        f"`train.py --task original --steps {args.steps}` with each, seed {args.seed}; a window has {window} pixels, "
        f"and cells are {stride} pixels apart in all of them. {args.count:,} fresh images of the task `original`, "
        "whose capitals are 7 pixels high, were read; with the standard error. Written by `python -m "
        f"benchmarks.encoders --steps {args.steps} --seed {args.seed} --count {args.count} --write docs/results`; "
        f"{describe('keras', 'tensorflow', 'numpy')}. Seconds depend on what else runs on the machine."
    )
    rows = []
    for i, (name, encoder) in enumerate(ENCODERS.items()):
        got = _result(args, args.work / str(i), encoder)
        ours = ", as it is" if encoder == PRESETS[PRESET].encoder else ""
        rows.append(
            (
                f"{name}{ours}",
                f"{got['parameters']:,}",
                f"{got['products'] / 1e6:.1f} M",
                f"{got['seconds']:,.0f} s",
                with_error(got["right"], args.count),
                share(got["pointing"], 1),
            )
        )
    yield table(
        ("first two convolutions", "parameters", "multiplications", "training", "whole words", "pointing"), rows
    )


def _result(args, folder: Path, encoder: tuple[EncoderBlock, ...]) -> dict:
    from keras_reader.data.synthetic_words import SyntheticWords
    from keras_reader.evaluation.evaluate import evaluate_words
    from keras_reader.inference.reader import Reader
    from keras_reader.models import reader_model
    from keras_reader.models.serving import serving_model
    from keras_reader.training.log_csv import read_rows
    from keras_reader.training.options import TrainingOptions
    from keras_reader.training.trainer import train

    settings = {"steps": args.steps, "seed": args.seed, "count": args.count, "encoder": [list(b) for b in encoder]}
    path = folder / "result.json"
    if path.exists() and (known := json.loads(path.read_text()))["settings"] == settings:
        return known
    presets = {**PRESETS, PRESET: dataclasses.replace(PRESETS[PRESET], encoder=encoder)}
    with mock.patch.object(reader_model, "PRESETS", presets):
        options = TrainingOptions.for_preset(PRESET, training_steps=args.steps, seed=args.seed)
        model, _, _ = train(ReaderConfig(PRESET), SyntheticWords.of_task("original"), folder, options)
        reader = Reader(model.config, serving_model(model).predict_on_batch, str(folder))
        read = evaluate_words(reader, SyntheticWords.of_task("original", split="test", seed=1), args.count)
    result = {
        "settings": settings,
        "parameters": model.count_params(),
        "products": sum(products for *_, products in parts(model)),
        "seconds": read_rows(folder / "log.csv")[-1]["seconds"],
        "right": read.whole_word_accuracy,
        "pointing": read.pointing,
    }
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(result))
    return result


if __name__ == "__main__":
    main()
