"""Measures the best whole-word accuracy that a reader can reach on synthetic words.

    python -m benchmarks.ceiling
    python -m benchmarks.ceiling --font-size 9 10 12 14 --font "DejaVu Sans"
    python -m benchmarks.ceiling --font "Liberation Sans" --font-size 9    # the original's images
    python -m benchmarks.ceiling --clutter --font-size 9 12 14

In small sizes, some letters differ in a few grey pixels only, most of all O and Q, and the noise hides the difference.
An ideal observer (`benchmarks.common.ideal_observer`) reads the words of each font in each size. Its accuracy is an
upper bound for every reader on the same images. With O and Q as one letter, a word also counts as right if an O is read
as a Q or a Q as an O. In clutter, the observer knows what lies under the word.
"""

import argparse
from collections import Counter
from dataclasses import replace
from pathlib import Path

from benchmarks.common.ideal_observer import IdealObserver, as_one_letter
from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import with_error
from keras_reader.cli.common import command_errors
from keras_reader.data.synthetic_words import STRONG_CLUTTER, SyntheticWords
from keras_reader.data.text_rendering import find_fonts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words = SyntheticWords()
    parser.add_argument("--images", type=int, default=20_000, help="number of images of each font and size")
    parser.add_argument(
        "--font", type=Path, action="append", default=[], help="a font file, folder or family; repeatable"
    )
    parser.add_argument(
        "--font-size", type=int, nargs="+", default=[words.font_size[0]], help="one or more font sizes in pixels"
    )
    parser.add_argument("--noise", type=float, default=words.noise, help="standard deviation, as a share of 255")
    parser.add_argument("--clutter", action="store_true", help="strong clutter, as in docs/results/clutter.md")
    args = parser.parse_args()

    looks = STRONG_CLUTTER if args.clutter else {"noise": args.noise}
    print(describe("numpy", "pillow"))
    print(f"share of {args.images:,} words that an ideal observer reads, +- standard error: no reader can do better")
    print(f"{'font':<26} {'size':>4} {'all words':>18} {'O and Q as one':>18}   its most frequent mistakes")
    for font in find_fonts(args.font) or [None]:
        for size in args.font_size:
            fonts = (font,) if font else ()
            words = SyntheticWords(split="test", fonts=fonts, font_size=(size, size), **looks)
            right, right_as_one, confusions = read_with_observer(words, args.images)
            name = Path(font).stem if font else "Pillow's own"
            commonest = ", ".join(f"{true} as {read} {count}" for (true, read), count in confusions.most_common(6))
            shares = "".join(f" {with_error(count / args.images, args.images):>18}" for count in (right, right_as_one))
            print(f"{name:<26} {size:>4}{shares}   {commonest or 'none'}", flush=True)


def read_with_observer(words: SyntheticWords, count: int) -> tuple[int, int, Counter]:
    """How many words the observer reads, how many with O and Q as one letter, and the letters that it confuses."""
    observer = IdealObserver(words)
    beneath = replace(words, noise=0, clip=False)
    right, right_as_one, confusions = 0, 0, Counter()
    for index in range(count):
        example = words.example(index)
        image, text, boxes = example.image, example.text, example.boxes
        named = observer.read(image, text, boxes, beneath.backgrounds([index])[0]).text
        right += named == text
        right_as_one += as_one_letter(named) == as_one_letter(text)
        confusions.update(pair for pair in zip(text, named, strict=True) if pair[0] != pair[1])
    return right, right_as_one, confusions


if __name__ == "__main__":
    with command_errors():
        main()
