"""Does noise or clutter make the masks precise? `seed` and `small`, each trained on plain, noisy and cluttered words.

    python benchmarks/study.py
    python benchmarks/study.py --seed-steps 0 --image-size 40 40 --max-length 4    # small at full size

The original deep_reader says of its masks that the model "is clearly using the attention mask to select one
character at a time", finds that it selects a whole column, and expects that noise or a background would
force it to be precise. Here both presets are trained on each kind of words and their masks measured.

On two cores the defaults take about half an hour, most of it for `seed`, which stands in here at a
smaller size (images 24 pixels wide and 32 high, 1 or 2 letters, 128 units for 256): at full size its
10,000 steps alone take two hours. Readers are kept in `--runs`; the command goes on where it was
interrupted, and what is already trained is only measured again. A contact sheet of each is written to
`--pictures`.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from machine import describe
from pages import publish, table

from keras_reader.commands import quiet_start
from keras_reader.config import ReaderConfig
from keras_reader.drawing import Example, contact_sheet, write_png
from keras_reader.evaluation import evaluate_words
from keras_reader.log_rows import read_rows
from keras_reader.reading import load
from keras_reader.synthetic import STRONG_CLUTTER, SyntheticWords

KINDS = {"plain": {"noise": 0.0}, "noisy": {}, "cluttered": STRONG_CLUTTER}
SEED_UNITS = 128  # at the smaller size, in proportion


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed-steps", type=int, default=6000, help="training steps of seed; 0 leaves it out")
    parser.add_argument("--small-steps", type=int, default=2500, help="training steps of small; 0 leaves it out")
    parser.add_argument("--image-size", type=int, nargs=2, default=(32, 24), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--max-length", type=int, default=2)
    parser.add_argument("--images", type=int, default=2000, help="fresh images that each reader is measured on")
    parser.add_argument("--runs", type=Path, default=Path("runs/study"))
    parser.add_argument("--pictures", type=Path, help="folder for a contact sheet of each reader")
    args = parser.parse_args()

    size = {"image_size": tuple(args.image_size), "max_length": args.max_length}
    configs = {
        "seed": ReaderConfig(preset="seed", units=SEED_UNITS, **size),
        "small": ReaderConfig(preset="small", **size),
    }
    steps = {"seed": args.seed_steps, "small": args.small_steps}
    figures, header = [], None
    for preset in [preset for preset in configs if steps[preset]]:
        for kind, looks in KINDS.items():
            folder = args.runs / f"{preset}-{kind}"
            _train(configs[preset], SyntheticWords(**size, **looks), folder, steps[preset])
            reader = load(folder / "reader.keras")
            words = SyntheticWords(**size, **looks, split="test", seed=1)
            rows = evaluate_words(reader, words, args.images).rows()
            header = [row.label for row in rows]
            figures.append((f"{preset}, {kind}", [row.value for row in rows]))
            print(f"{preset}, {kind}: measured", file=sys.stderr)
            if args.pictures:
                args.pictures.mkdir(parents=True, exist_ok=True)
                write_png(contact_sheet(_typical(reader, words)), args.pictures / f"{preset}-{kind}.png")
    if not figures:
        parser.error("nothing to train: --seed-steps and --small-steps are both 0")
    columns = [name for name, _ in figures]
    rows = [(label, *(values[i] for _, values in figures)) for i, label in enumerate(header)]
    sizes = " and ".join(f"{preset} after {count:,} steps" for preset, count in steps.items() if count)
    publish(
        [
            describe("keras", "numpy", "pillow"),
            f"{sizes}; images of {size['image_size'][0]}x{size['image_size'][1]}, 1 to {args.max_length} letters",
            table(("", *columns), rows),
        ],
        None,
    )


def _train(config, words, folder, steps):
    from keras_reader.training import TrainingOptions, train

    options = TrainingOptions.for_preset(config.preset, steps=steps)
    begun = (folder / "last.keras").is_file()
    if begun and read_rows(folder / "log.csv")[-1]["step"] >= options.steps_per_epoch * options.epochs:
        return
    train(config, words, folder, options, resume=begun, verbose=2)


def _typical(reader, words):
    """The first word of full length that is read rightly, or, failing that, the first of full length."""
    examples = []
    for index in range(200):
        image, text, boxes = words.sample(index)
        if len(text) == words.max_length:
            examples.append(Example(image, next(iter(reader.read([image]))), text, boxes))
            if examples[-1].reading.text == text:
                return examples[-1]
    return examples[0]


if __name__ == "__main__":
    with quiet_start():
        import keras_reader.training  # noqa: F401  TensorFlow's greetings
    main()
