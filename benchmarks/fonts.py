"""Measures what training on many fonts gains on other fonts and sizes.

    python -m benchmarks.fonts --steps 6000 --write docs/results
    python -m benchmarks.fonts --train-fonts FOLDER --test-fonts FOLDER ...

It trains three readers: on one font in one size, on that font in mixed sizes, and on many fonts in mixed sizes. All are
measured on words in fonts that were trained on and in fonts that were not, and in other sizes. The default fonts are
those of the system and of matplotlib; every third family is for testing. On Debian,

    apt-get install fonts-liberation fonts-dejavu fonts-open-sans fonts-roboto-unhinted fonts-lato \\
        fonts-freefont-ttf fonts-cantarell fonts-hack fonts-inconsolata fonts-ebgaramond fonts-oxygen

installs a variety of fonts. A reader that is already in `--out` is not trained again.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

import keras_reader as kr
from benchmarks.common.font_families import common_fonts, families_of, split_by_family
from benchmarks.common.ideal_observer import IdealObserver, as_one_letter
from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, share, table
from benchmarks.pictures.fonts import draw_examples
from keras_reader.cli.common import command_errors, quiet_start
from keras_reader.config import ReaderConfig
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.data.text_rendering import find_fonts
from keras_reader.evaluation.evaluate import read_words
from keras_reader.progress import with_progress

UNSEEN_SIZES = (8, 14)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train-fonts", type=Path, nargs="+", metavar="PATH", help="font files or folders")
    parser.add_argument("--test-fonts", type=Path, nargs="+", metavar="PATH", help="font files or folders")
    parser.add_argument("--font-size", type=int, nargs=2, default=(9, 12), metavar=("SMALLEST", "LARGEST"))
    parser.add_argument("--steps", type=int, default=6000, help="training steps of each reader")
    parser.add_argument("--images", type=int, default=10_000, help="number of images of each kind to measure on")
    parser.add_argument("--out", type=Path, default=Path("runs/fonts"), help="folder for the readers")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write fonts.md and fonts.png there")
    args = parser.parse_args()

    train_fonts, test_fonts = _fonts(args)
    sizes, one = tuple(args.font_size), _one_font(train_fonts)
    smallest = (sizes[0], sizes[0])
    words = SyntheticWords(fonts=train_fonts, font_size=sizes)
    readers = {
        f"one font, size {sizes[0]}": replace(words, fonts=(one,), font_size=smallest),
        f"one font, sizes {sizes[0]} to {sizes[1]}": replace(words, fonts=(one,)),
        f"{len(train_fonts)} fonts, sizes {sizes[0]} to {sizes[1]}": words,
    }
    tests = {
        f"the one font, size {sizes[0]}": replace(words, fonts=(one,), font_size=smallest),
        "the one font": replace(words, fonts=(one,)),
        f"{len(train_fonts)} fonts trained on": words,
        f"{len(test_fonts)} fonts not trained on": replace(words, fonts=test_fonts),
        **{
            f"{name}, size {size}": replace(words, fonts=fonts, font_size=(size, size))
            for size in UNSEEN_SIZES
            for name, fonts in (("fonts trained on", train_fonts), ("fonts not trained on", test_fonts))
        },
    }
    tests = {name: replace(test, split="test") for name, test in tests.items()}
    trained = {name: _trained(name, words, args) for name, words in readers.items()}
    rows = {name: [_accuracy(reader, test, args.images) for reader in trained.values()] for name, test in tests.items()}
    for name, test in tests.items():
        rows[name].append(_ideal_accuracy(test, args.images // 5))
    if args.write:
        args.write.mkdir(parents=True, exist_ok=True)
        first, *_, last = trained.items()
        draw_examples(dict([first, last]), test_fonts, replace(words, split="test"), args.write / "fonts.png")
    publish(_page(rows, trained, one, train_fonts, test_fonts, args), args.write and args.write / "fonts.md")


def _fonts(args):
    if bool(args.train_fonts) != bool(args.test_fonts):
        raise kr.InputError("name both --train-fonts and --test-fonts, or neither")
    if args.train_fonts:
        return find_fonts(args.train_fonts), find_fonts(args.test_fonts)
    return split_by_family(common_fonts())


def _one_font(fonts):
    """DejaVu Sans, or another plain font by its name, or the first font."""
    plain = [font for font in fonts if Path(font).stem == "DejaVuSans"]
    plain += [font for font in fonts if Path(font).stem.endswith(("Sans", "Regular", "Roman", "Book"))]
    return (plain or fonts)[0]


def _trained(name, words, args):
    with quiet_start():
        from keras_reader.training.options import TrainingOptions
        from keras_reader.training.trainer import train

    folder = args.out / name.replace(",", "").replace(" ", "-")
    options = TrainingOptions.for_preset("small", training_steps=args.steps)
    print(f"training on {name}, in {folder}", file=sys.stderr)
    train(ReaderConfig(), words, folder, options, resume=(folder / "last.keras").exists(), verbose=False)
    return kr.load(folder / "reader.keras")


def _accuracy(reader, words, count):
    pairs = [(example.reading.text, example.text) for example in read_words(reader, words, count)]
    return _shares(pairs)


def _ideal_accuracy(words, count):
    """The accuracy of an ideal observer that also knows the font and the size of each word."""
    smallest, largest = words.font_size
    kinds = [
        IdealObserver(replace(words, fonts=(font,), font_size=(size, size)))
        for font in words.fonts
        for size in range(smallest, largest + 1)
    ]
    pairs = []
    for index in with_progress(range(count), count, "read by the ideal observer"):
        observer = kinds[index % len(kinds)]
        example = observer.words.example(index)
        pairs.append((observer.read(example.image, example.text, example.boxes).text, example.text))
    return _shares(pairs)


def _shares(pairs):
    right = np.mean([read == text for read, text in pairs])
    as_one = np.mean([as_one_letter(read) == as_one_letter(text) for read, text in pairs])
    return f"{share(right, 1)} ({share(as_one, 1)})"


def _page(rows, trained, one, train_fonts, test_fonts, args):
    command = f"python -m benchmarks.fonts --steps {args.steps} --images {args.images}"
    return [
        "# Other fonts",
        "A reader reads the fonts and sizes that it was trained on. The table shows what many fonts gain on others: "
        f"the whole-word accuracy on {args.images:,} images of each kind, and in brackets with O and Q as one letter. "
        f"Each reader was trained for {args.steps:,} training steps on images of 40x40. Written by `{command} --write "
        f"docs/results`; {describe('keras', 'tensorflow', 'pillow')}.",
        table(
            ("words in", *(f"trained on {name}" for name in trained), "ideal observer"),
            [(name, *accuracies) for name, accuracies in rows.items()],
        ),
        f"The one font is {Path(one).stem}. Rows without a size have mixed sizes, as in training. A word that is too "
        "wide for the image is drawn smaller. The ideal observer (`python -m benchmarks.ceiling`) knows the font, the "
        f"size and the place of each word, and all its letters except one. It reads {args.images // 5:,} images.",
        "![Words in fonts that were not trained on, with the readings of two readers](fonts.png)",
        f"Trained on: {families_of(train_fonts)}.",
        f"Not trained on: {families_of(test_fonts)}.",
    ]


if __name__ == "__main__":
    with command_errors():
        main()
