"""Measures whether noise and clutter make masks precise, with both networks on plain, noisy and cluttered words.

    python -m benchmarks.attention_study
    python -m benchmarks.attention_study --deep-reader-steps 0 --image-size 40 40 --max-length 4    # small at full size

The original deep_reader says that the model "is clearly using the attention mask to select one character at a time". It
also says that the mask selects a whole column, and expects that noise or a background would make it precise. This
benchmark trains both presets on each kind of words and measures their masks.

The defaults take about half an hour on two cores, most of it for `deep_reader`. Its 10,000 training steps would take
two hours at full size, so it is trained at a smaller size: images 24 pixels wide and 32 high, 1 or 2 letters of size 9,
128 units instead of 256. Readers are kept in `--runs`. The command continues an interrupted run, and measures finished
readers again without training them. It writes a contact sheet of each reader to `--pictures`.

Besides the figures of `keras-reader evaluate`, it prints how bright masks are on the letter that is being read and on
letters already read, above and below them, and on their left and right. These tell a column from a point.
"""

import argparse
import sys
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np

from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, table
from keras_reader.config import ReaderConfig
from keras_reader.data.synthetic_words import STRONG_CLUTTER, SyntheticWords
from keras_reader.evaluation.evaluate import evaluate_words, read_words
from keras_reader.inference.loading import load
from keras_reader.training.log_csv import read_rows
from keras_reader.visualization.contact_sheet import contact_sheet
from keras_reader.visualization.media_files import write_png

KINDS = {"plain": {"noise": 0.0}, "noisy": {}, "cluttered": STRONG_CLUTTER}
DEEP_READER_UNITS = 128  # at the smaller size, in proportion
FONT_SIZE = (9, 9)  # two letters leave room around them

PLACES = ("on", "above and below", "left and right of")
LETTERS = ("the letter being read", "letters already read")
BESIDE = 3  # pixels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--deep-reader-steps", type=int, default=6000, help="training steps of deep_reader; 0 leaves it out"
    )
    parser.add_argument("--small-steps", type=int, default=2500, help="training steps of small; 0 leaves it out")
    parser.add_argument("--image-size", type=int, nargs=2, default=(32, 24), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--max-length", type=int, default=2)
    parser.add_argument("--count", type=int, default=2000, help="number of fresh images to measure each reader on")
    parser.add_argument("--runs", type=Path, default=Path("runs/study"))
    parser.add_argument("--pictures", type=Path, help="folder for a contact sheet of each reader")
    args = parser.parse_args()

    size = {"image_size": tuple(args.image_size), "max_length": args.max_length}
    configs = {
        "deep_reader": ReaderConfig(preset="deep_reader", units=DEEP_READER_UNITS, **size),
        "small": ReaderConfig(preset="small", **size),
    }
    steps = {"deep_reader": args.deep_reader_steps, "small": args.small_steps}
    figures = []
    for preset in [preset for preset in configs if steps[preset]]:
        for kind, looks in KINDS.items():
            folder = args.runs / f"{preset}-{kind}"
            _train(configs[preset], SyntheticWords(**size, **looks, font_size=FONT_SIZE), folder, steps[preset])
            reader = load(folder / "reader.keras")
            words = SyntheticWords(**size, **looks, font_size=FONT_SIZE, split="test", seed=1)
            rows = [(row.label, row.value) for row in evaluate_words(reader, words, args.count).rows()]
            rows += [(f"mask {place}", f"{mean:.2f}") for place, mean in brightness(reader, words, args.count).items()]
            figures.append((f"{preset}, {kind}", dict(rows)))
            print(f"{preset}, {kind}: measured", file=sys.stderr)
            if args.pictures:
                args.pictures.mkdir(parents=True, exist_ok=True)
                write_png(contact_sheet(_typical(reader, words)), args.pictures / f"{preset}-{kind}.png")
    if not figures:
        parser.error("nothing to train: --deep-reader-steps and --small-steps are both 0")
    columns = [name for name, _ in figures]
    labels = dict.fromkeys(label for _, values in figures for label in values)
    rows = [(label, *(values.get(label, "-") for _, values in figures)) for label in labels]
    sizes = " and ".join(f"{preset} after {count:,} training steps" for preset, count in steps.items() if count)
    publish(
        [
            describe("keras", "numpy", "pillow"),
            f"{sizes}; images of {size['image_size'][0]}x{size['image_size'][1]}, 1 to {args.max_length} letters",
            table(("", *columns), rows),
        ],
        None,
    )


def _train(config, words, folder, steps):
    from keras_reader.training.options import TrainingOptions
    from keras_reader.training.trainer import train

    options = TrainingOptions.for_preset(config.preset, training_steps=steps)
    begun = (folder / "last.keras").is_file()
    if begun and read_rows(folder / "log.csv")[-1]["step"] >= options.steps_per_epoch * options.epochs:
        return
    with redirect_stdout(sys.stderr):  # stdout is for the page only
        train(config, words, folder, options, resume=begun)


def brightness(reader, words: SyntheticWords, count: int) -> dict[str, float]:
    """Mean brightness of the masks by place. Each mask is divided by its maximum.

    Only words of full length that are read correctly count, and only their second and later letters, since the first
    mask of `deep_reader` is all ones by definition. NaN if there is no such word.

    Returns:
        Means in [0, 1] over the pixels of a letter's box ("on"), over those in its columns above and below it, and
        over those in its rows on its left and right. The latter two are at least `BESIDE` pixels away from the letter
        and on no other letter. There are means for the letter being read, and for those already read.
    """
    means = {f"{place} {letter}": [] for letter in LETTERS for place in PLACES}
    for example in read_words(reader, words, count):
        reading, text, boxes = example.reading, example.text, example.boxes
        if not example.right or len(text) < words.max_length:
            continue
        places = _places(boxes, words.image_size)
        masks = reading.masks / reading.masks.max(axis=(1, 2), keepdims=True)
        for step in range(1, len(text)):
            for letter, chosen in zip(LETTERS, (places[step : step + 1], places[:step]), strict=True):
                for place, pixels in zip(PLACES, np.any(chosen, axis=0), strict=True):
                    means[f"{place} {letter}"] += masks[step][pixels].tolist()
    return {name: float(np.mean(values or np.nan)) for name, values in means.items()}


def _places(boxes, image_size):
    """For each letter, the pixels on it, above and below it, and left and right of it: bool, with `PLACES` first."""
    height, width = image_size
    y, x = np.mgrid[:height, :width]

    def within(box, grown=0):
        left, top, right, bottom = box + np.array([-grown, -grown, grown, grown])
        return (left <= x) & (x < right), (top <= y) & (y < bottom)

    on = [np.logical_and(*within(box)) for box in boxes]
    places = []
    for box, letter in zip(boxes, on, strict=True):
        columns, rows = within(box)
        near_columns, near_rows = within(box, BESIDE)
        free = ~np.any(on, axis=0)
        places.append(np.stack([letter, columns & ~near_rows & free, rows & ~near_columns & free]))
    return places


def _typical(reader, words):
    """The first word of full length that is read correctly, or the first of full length if there is none."""
    examples = [example for example in read_words(reader, words, 200) if len(example.text) == words.max_length]
    return next((example for example in examples if example.right), examples[0])


if __name__ == "__main__":
    main()
