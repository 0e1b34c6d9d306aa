"""Measures what of the original's recipe decides how soon its network learns: initial weights, clipping, the seed.

    python -m benchmarks.recipe --write docs/results

Trains the `deep_reader` preset on the original's images as the original does, and with one thing changed at a time,
with each seed. Each finished training leaves its `log.csv` in the work folder and is not repeated. The page is made
from all of them that are of this length. It is printed; `--write docs/results` writes it as recipe.md, with the curves
recipe.png.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, share, table
from keras_reader.atomic_files import replacing
from keras_reader.cli.common import command_errors, quiet_start
from keras_reader.config import ReaderConfig
from keras_reader.training.log_csv import read_rows

PRESET = "deep_reader"
EVERY = 100  # training steps between two validations, the original's

ORIGINAL, KERAS, CLIPPED = "the original's recipe", "Keras's initial weights", "gradients clipped at 1"
VARIANTS = {ORIGINAL: "original", KERAS: "keras_weights", CLIPPED: "clipped"}  # and their folders


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=3000, help="training steps of each (default: 3000)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1], help="default: 0 1")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS.values(), default=list(VARIANTS.values()))
    parser.add_argument("--work", type=Path, default=Path("runs/recipe"), help="default: runs/recipe")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write recipe.md and recipe.png there")
    args = parser.parse_args()
    with command_errors(), quiet_start():
        for name, folder in VARIANTS.items():
            for seed in args.seeds if folder in args.variants else ():
                if _finished(args, args.work / f"{folder}-{seed}") is None:
                    _train(args, name, seed)
        logs = {}
        for name, folder in VARIANTS.items():
            for path in sorted(args.work.glob(f"{folder}-*")):
                if rows := _finished(args, path):
                    logs.setdefault(name, {})[int(path.name.rpartition("-")[2])] = rows
        if args.write:
            args.write.mkdir(parents=True, exist_ok=True)
            _draw(logs, args.write / "recipe.png")
        publish(_page(args, logs), args.write and args.write / "recipe.md")


def _finished(args, folder: Path) -> list[dict[str, float]] | None:
    """The validations of a training, an epoch a row; `None` if it is not there, or not as long as asked for."""
    path = folder / "log.csv"
    rows = read_rows(path) if path.exists() else []
    return rows if len(rows) == args.steps // EVERY else None


def _train(args, name: str, seed: int) -> None:
    from keras_reader.data.synthetic_words import SyntheticWords
    from keras_reader.training.options import TrainingOptions
    from keras_reader.training.trainer import train

    folder = args.work / f"{VARIANTS[name]}-{seed}"
    changed = {"clip_norm": 1.0} if name == CLIPPED else {}
    options = TrainingOptions.for_preset(
        PRESET, training_steps=args.steps, validations=args.steps // EVERY, seed=seed, **changed
    )
    words = SyntheticWords.of_task("original", seed=seed, clip=False)
    config = ReaderConfig(PRESET)
    start = with_keras_initial_weights(config, seed) if name == KERAS else None
    train(config, words, folder, options, start=start)


def with_keras_initial_weights(config: ReaderConfig, seed: int):
    """A `deep_reader` whose weights are drawn as Keras does when it is told nothing.

    Kernels are Glorot-uniform, those of the LSTM's state are orthogonal, and biases are zero, but one for the forget
    gate. The original's are PyTorch's: uniform in +-1/sqrt(inputs), biases too.
    """
    import keras

    from keras_reader.models.reader_model import build_reader

    model = build_reader(config)
    seeds = iter(range(1000 * seed, 1000 * seed + 1000))
    for variable in model.trainable_variables:
        shape = tuple(variable.shape)
        if variable.name == "recurrent_kernel":
            variable.assign(keras.initializers.Orthogonal(seed=next(seeds))(shape))
        elif variable.name == "kernel":
            variable.assign(keras.initializers.GlorotUniform(seed=next(seeds))(shape))
        else:
            assert variable.name == "bias", variable.path
            bias = np.zeros(shape, np.float32)
            if "lstm" in variable.path:
                bias[config.units : 2 * config.units] = 1  # gates lie as input, forget, cell, output
            variable.assign(bias)
    return model


def _page(args, logs) -> Iterator[str]:
    marks = sorted({step for step in (1000, 2000, args.steps) if step <= args.steps})
    yield "# The original's recipe, a part changed"
    yield (
        f"`{PRESET}` trained on the original's images as the original trains it (Adam at 0.001, {args.steps:,} of its "
        "10,000 steps of 32 images, floats, PyTorch's initial weights, no clipping), and with one thing changed. Loss "
        "and whole words are those of 1,024 validation images. Written by `python -m benchmarks.recipe "
        f"--steps {args.steps} --write docs/results`, with several `--seeds`; "
        f"{describe('keras', 'tensorflow', 'numpy')}."
    )
    rows = []
    for name, of_seeds in logs.items():
        for seed, log in of_seeds.items():
            at = {row["step"]: row for row in log}
            losses = [f"{at[step]['val_loss']:.3f}" for step in marks]
            rows.append((name, seed, *losses, share(log[-1]["val_whole_word_accuracy"], 1)))
    steps = [f"loss after {step:,}" for step in marks]
    yield table(("", "seed", *steps, f"whole words after {args.steps:,}"), rows)
    yield "![Validation loss and whole words against training steps](recipe.png)"


def _draw(logs, path: Path) -> None:
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    loss_axes, word_axes = figure.subplots(1, 2)
    for number, (name, of_seeds) in enumerate(logs.items()):
        for i, log in enumerate(of_seeds.values()):
            steps = [row["step"] for row in log]
            look = {"color": f"C{number}", "linewidth": 1.5, "label": name if i == 0 else None}
            loss_axes.plot(steps, [row["val_loss"] for row in log], **look)
            word_axes.plot(steps, [100 * row["val_whole_word_accuracy"] for row in log], **look)
    loss_axes.set_title("validation loss", fontsize="medium")
    word_axes.set_title("whole words, %", fontsize="medium")
    for axes in (loss_axes, word_axes):
        axes.set_xlabel("training steps")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    loss_axes.legend(frameon=False)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110)


if __name__ == "__main__":
    main()
