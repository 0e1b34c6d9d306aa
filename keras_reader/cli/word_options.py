"""The command-line options for the look of synthetic words, which several commands share."""

import argparse
from pathlib import Path

from keras_reader.cli.common import CommandParser
from keras_reader.config import ReaderConfig
from keras_reader.data.backgrounds import find_backgrounds
from keras_reader.data.synthetic_words import POLARITIES, STRONG_CLUTTER, SyntheticWords
from keras_reader.data.text_rendering import find_fonts


def add_word_options(parser: CommandParser, with_seed: bool = True) -> None:
    """Add the options to the parser of a command. `words_from_options` reads them.

    Args:
        parser: the command's parser.
        with_seed: whether to add `--seed`. A command with its own `--seed` does not need it.
    """
    words = SyntheticWords()
    group = parser.add_more_options("synthetic words")
    group.add_argument(
        "--font",
        type=Path,
        action="append",
        default=[],
        help="a font file or a folder of fonts; repeatable (default: Pillow's built-in font)",
    )
    smallest, largest = words.font_size
    group.add_argument(
        "--font-size",
        type=int,
        nargs=2,
        default=words.font_size,
        metavar=("SMALLEST", "LARGEST"),
        help=f"font size in pixels, a random one for each word (default: {smallest} {largest})",
    )
    group.add_argument(
        "--min-length",
        type=int,
        default=words.min_length,
        help=f"length of the shortest word (default: {words.min_length})",
    )
    if with_seed:
        group.add_argument(
            "--seed", type=int, default=words.seed, help=f"fixes all random choices (default: {words.seed})"
        )
    shown = " ".join(f"{_option(name)} {value}" for name, value in STRONG_CLUTTER.items())
    group.add_argument(
        "--clutter", action="store_true", help=f"short for {shown}; options that are given too have priority"
    )

    def add(name, kind, text, **more):
        # An option that is not given is left out of the parsed options. It then has its default or --clutter's value.
        option = {"type": kind, "default": argparse.SUPPRESS, "help": f"{text} (default: {getattr(words, name)})"}
        group.add_argument(_option(name), **option, **more)

    either = "; DIMMEST:BRIGHTEST for a random one in each image"
    add("intensity", _number_or_range(int), f"brightness of the text above its surroundings, from 0 to 255{either}")
    either = "; WEAKEST:STRONGEST for a random one in each image"
    add("noise", _number_or_range(float), f"standard deviation of the noise, as a share of 255{either}")
    add("background", int, "brightness of a smooth random background at its brightest, from 0 to 255")
    group.add_argument(
        "--backgrounds",
        type=Path,
        metavar="FOLDER",
        help="cut backgrounds from the images in this folder; --background is the brightness of their white",
    )
    add("strokes", int, "number of random strokes")
    add("stroke_length", float, "length of the longest stroke in pixels")
    add("fragments", int, "number of pieces of other letters around the word")
    add("polarity", str, "light text, dark text, or one of them at random for each image", choices=POLARITIES)


def words_from_options(args: argparse.Namespace, config: ReaderConfig, split: str) -> SyntheticWords:
    """The synthetic words that the options describe, with the alphabet, length and image size of a reader.

    Raises:
        InputError: if an option is out of its range, or a font or a background cannot be read.
    """
    clutter = ("intensity", "noise", "background", "strokes", "stroke_length", "fragments", "polarity")
    given = {name: value for name, value in vars(args).items() if name in clutter}
    looks = STRONG_CLUTTER | given if args.clutter else given
    return SyntheticWords(
        alphabet=config.alphabet,
        min_length=args.min_length,
        max_length=config.max_length,
        image_size=config.image_size,
        fonts=find_fonts(args.font),
        font_size=tuple(args.font_size),
        background_files=find_backgrounds(args.backgrounds) if args.backgrounds else (),
        split=split,
        seed=args.seed,
        **looks,
    )


def _option(name):
    return "--" + name.replace("_", "-")


def _number_or_range(kind):
    """Parses `0.1` as a number and `0:0.2` as a pair."""

    def parse(text):
        smallest, colon, largest = text.partition(":")
        return (kind(smallest), kind(largest)) if colon else kind(smallest)

    parse.__name__ = kind.__name__  # argparse shows this name in its errors
    return parse
