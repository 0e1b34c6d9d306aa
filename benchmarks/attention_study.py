"""Measures where the original's network looks, at full size, on plain, noisy and cluttered words, beside `small`.

    python -m benchmarks.attention_study
    python -m benchmarks.attention_study --fine-tuning-steps 3000 --pictures docs/results/attention_study

The original deep_reader says that the model "is clearly using the attention mask to select one character at a time". It
also says that the mask selects a whole column, and expects that noise or a background would make it precise. This
benchmark trains both presets on the original's own images (`--task original`), which are noisy. From there it
fine-tunes them on the same words without noise, and in clutter: that is quicker than to train from nothing. Then it
measures their masks.

`deep_reader` reads floats, as the original does, and `small` reads bytes. Readers are kept in `--runs`, each in a
folder PRESET-KIND. The command continues an interrupted run, and measures finished readers again without training
them. The noisy reader of `deep_reader` takes 40 minutes on two cores. It is the one that `train.py --preset deep_reader
--task original --no-clip --out runs/study/deep_reader-noisy` makes.

Besides the figures of `keras-reader evaluate`, it prints how bright masks are on the letter that is being read and on
letters already read, above and below them, and on their left and right. These tell a column from a point. It writes
animations of the same words to `--pictures`, all readers beside each other.
"""

import argparse
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, table
from benchmarks.common.unclipped import UnclippedReader
from benchmarks.pictures.side_by_side import side_by_side
from keras_reader.cli.common import command_errors
from keras_reader.config import ReaderConfig
from keras_reader.data.synthetic_words import STRONG_CLUTTER, SyntheticWords
from keras_reader.evaluation.evaluate import evaluate_words, read_words
from keras_reader.inference.loading import load
from keras_reader.training.log_csv import read_rows
from keras_reader.visualization.media_files import write_animation

FIRST_KIND = "noisy"  # the others go on from it
KINDS = {"plain": {"noise": 0.0}, FIRST_KIND: {}, "cluttered": STRONG_CLUTTER}
# Half of the rate that they were trained with first: far from zero, and too low to undo what was learned.
FINE_TUNING = {
    "deep_reader": {"learning_rate": 5e-4, "schedule": "cosine"},
    "small": {"learning_rate": 1e-2},
}
UNCLIPPED = ("deep_reader",)

PLACES = ("on", "above and below", "left and right of")
LETTERS = ("the letter being read", "letters already read")
BESIDE = 3  # pixels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presets", nargs="+", choices=FINE_TUNING, default=list(FINE_TUNING))
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--steps", type=int, help="training steps of the noisy readers (default: the preset's)")
    parser.add_argument("--fine-tuning-steps", type=int, default=2000, help="of the others, from there (default: 2000)")
    parser.add_argument("--count", type=int, default=2000, help="fresh images that each reader is measured on")
    parser.add_argument("--words", type=int, default=3, help="words of each animation")
    parser.add_argument("--runs", type=Path, default=Path("runs/study"))
    parser.add_argument("--pictures", type=Path, help="folder for the animations")
    args = parser.parse_args()

    figures, shown = [], {}
    for preset in args.presets:
        for kind in args.kinds:
            words = SyntheticWords.of_task("original", **KINDS[kind], clip=preset not in UNCLIPPED)
            folder = _trained(preset, kind, words, args)
            make_reader = UnclippedReader if preset in UNCLIPPED else load
            reader, fresh = make_reader(folder / "reader.keras"), replace(words, split="test", seed=1)
            rows = [(row.label, row.value) for row in evaluate_words(reader, fresh, args.count).rows()]
            rows += [(f"mask {place}", f"{mean:.2f}") for place, mean in brightness(reader, fresh, args.count).items()]
            figures.append((f"{preset}, {kind}", dict(rows)))
            shown[preset, kind] = list(read_words(reader, fresh, 200))
            print(f"{preset}, {kind}: measured", file=sys.stderr)
    if args.pictures:
        _draw(shown, args)
    columns = [name for name, _ in figures]
    labels = dict.fromkeys(label for _, values in figures for label in values)
    rows = [(label, *(values.get(label, "-") for _, values in figures)) for label in labels]
    publish(
        [
            describe("keras", "numpy", "pillow"),
            f"The original's images, 40x40, 1 to 4 letters; {', '.join(_steps_taken(args))}.",
            table(("", *columns), rows),
        ],
        None,
    )


def _trained(preset, kind, words, args):
    """The folder of a reader, trained as far as it is not yet."""
    from keras_reader.training.options import TrainingOptions

    folder = args.runs / f"{preset}-{kind}"
    if kind == FIRST_KIND:
        given = {"training_steps": args.steps} if args.steps else {}
        _train(ReaderConfig(preset), words, folder, TrainingOptions.for_preset(preset, **given))
        return folder
    start = _trained(preset, FIRST_KIND, replace(words, **_looks_of(FIRST_KIND)), args) / "reader.keras"
    options = TrainingOptions.for_preset(
        preset, training_steps=args.fine_tuning_steps, validations=10, **FINE_TUNING[preset]
    )
    _train(ReaderConfig(preset), words, folder, options, start)
    return folder


def _looks_of(kind):
    """All that the kinds differ in, as this one has it."""
    plain = SyntheticWords()
    names = {name for looks in KINDS.values() for name in looks}
    return {name: getattr(plain, name) for name in names} | KINDS[kind]


def _train(config, words, folder, options, start=None):
    from keras_reader.models.loading import load_reader_model
    from keras_reader.training.trainer import train

    begun = (folder / "last.keras").is_file()
    if begun and read_rows(folder / "log.csv")[-1]["step"] >= options.steps_per_epoch * options.epochs:
        return
    source = load_reader_model(start) if start and not begun else None
    with redirect_stdout(sys.stderr):  # stdout is for the page only
        train(config, words, folder, options, resume=begun, start=source)


def _steps_taken(args):
    for preset in args.presets:
        for kind in args.kinds:
            steps = read_rows(args.runs / f"{preset}-{kind}" / "log.csv")[-1]["step"]
            yield f"{preset}, {kind}: {steps:,.0f} steps" + ("" if kind == FIRST_KIND else " from the noisy reader")


def _draw(shown, args):
    """An animation of each of the first words of four letters that all readers, or as many as can, read rightly."""
    candidates = [i for i, example in enumerate(next(iter(shown.values()))) if len(example.text) == 4]
    candidates.sort(key=lambda i: -sum(examples[i].right for examples in shown.values()))
    for k, i in enumerate(candidates[: args.words]):
        rows = [[(f"{preset}, {kind}", shown[preset, kind][i]) for kind in args.kinds] for preset in args.presets]
        args.pictures.mkdir(parents=True, exist_ok=True)
        write_animation(side_by_side(rows), args.pictures / f"word_{k}.gif")


def brightness(reader, words: SyntheticWords, count: int) -> dict[str, float]:
    """Means of the masks, each over its greatest value, by place: where they are bright, and where dark.

    Counts the second and later letters of words of full length that are read rightly, since the first mask of
    `deep_reader` is all ones by definition. NaN where there is no such word.

    Returns:
        Means in [0, 1] over the pixels of a letter's box ("on"), over those of its columns above and below it and
        over those of its rows to its left and right, `BESIDE` pixels and more from it and on no other letter: for
        the letter being read, and for those already read.
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
    """Of each letter, which pixels are on it, above and below it, left and right of it: bool, `PLACES` first."""
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


if __name__ == "__main__":
    with command_errors():
        main()
