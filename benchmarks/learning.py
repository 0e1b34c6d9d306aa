"""How soon a reader reads: images a second of training, and seconds to a share of whole words.

    python benchmarks/learning.py
    KERAS_BACKEND=jax python benchmarks/learning.py

`small` is trained with its default options, or as many steps as `--steps` says; seconds are those spent
training, compilation included, validation not. Beside it, on the same machine in the same run, stands
`seed` at its measured rate of steps: the original reached 87 % after 10,000 steps of 32 images.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from machine import describe

from keras_reader.batches import DrawWords
from keras_reader.config import ReaderConfig
from keras_reader.nn.model import build_reader
from keras_reader.run_log import read_rows
from keras_reader.synthetic import SyntheticWords
from keras_reader.training import TrainingOptions, compile_reader, device_names, train

ORIGINAL_STEPS = 10_000
ORIGINAL_ACCURACY = 0.87


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, help="training steps of small (default: its own)")
    parser.add_argument("--processes", type=int, default=0, help="processes that draw images; 0: this one")
    parser.add_argument("--reach", type=float, nargs="+", default=[0.87, 0.9, 0.95, 0.97, 0.99], help="shares of words")
    args = parser.parse_args()

    print(describe("keras", "numpy"))
    print(f"on {device_names()}")
    rates = {preset: _steps_a_second(preset) for preset in ("small", "seed")}
    for preset, rate in rates.items():
        batch_size = TrainingOptions.for_preset(preset).batch_size
        print(
            f"{preset}: training step alone {rate:.2f} steps of {batch_size} images, {rate * batch_size:,.0f} images/s"
        )

    given = {"processes": args.processes} | ({"steps": args.steps} if args.steps else {})
    options = TrainingOptions.for_preset("small", validations=40, validation_images=5000, **given)
    with tempfile.TemporaryDirectory() as folder:
        train(ReaderConfig(), SyntheticWords(), folder, options, verbose=0)
        rows = read_rows(Path(folder) / "log.csv")
    seconds, images = rows[-1]["seconds"] - rows[0]["seconds"], rows[-1]["images"] - rows[0]["images"]
    print(f"small: whole loop {images / seconds:,.0f} images/s; {options.steps} steps in {rows[-1]['seconds']:.0f} s")
    print(
        f"small: {rows[-1]['val_whole_word_accuracy']:.2%} whole words on {options.validation_images} images at the end"
    )
    for share in args.reach:
        reached = [row["seconds"] for row in rows if row["val_whole_word_accuracy"] >= share]
        print(f"small: {share:.0%} whole words after {f'{reached[0]:.0f} s' if reached else 'more than this training'}")
        if share == ORIGINAL_ACCURACY and reached:
            original = ORIGINAL_STEPS / rates["seed"]
            ratio = original / reached[0]
            print(f"seed: {ORIGINAL_STEPS:,} steps would take {original:,.0f} s, {ratio:.0f} times as long")


def _steps_a_second(preset):
    options = TrainingOptions.for_preset(preset)
    config = ReaderConfig(preset=preset)
    model = build_reader(config)
    compile_reader(model, options)
    images, ids = DrawWords(SyntheticWords(), config.steps)(0, options.batch_size)
    for _ in range(3):
        model.train_on_batch(images[..., None], ids)
    steps = 0
    began = time.perf_counter()
    while time.perf_counter() - began < 10:
        model.train_on_batch(images[..., None], ids)
        steps += 1
    return steps / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
