"""Command-line options that say how synthetic words look; the same wherever words are drawn."""

import argparse
from pathlib import Path

from keras_reader.config import ReaderConfig
from keras_reader.fonts import find_fonts
from keras_reader.synthetic import SyntheticWords


def add_word_options(group: "argparse._ArgumentGroup | argparse.ArgumentParser") -> None:
    """Add the options to a command's parser; `words_from_options` reads them."""
    words = SyntheticWords()
    group.add_argument("--font", type=Path, action="append", default=[], help="a font file or a folder; repeatable")
    group.add_argument("--font-size", type=int, nargs=2, default=words.font_size, metavar=("SMALLEST", "LARGEST"))
    group.add_argument("--min-length", type=int, default=words.min_length, help="length of the shortest synthetic word")
    group.add_argument("--intensity", type=int, default=words.intensity, help="brightness of the text, 0 to 255")
    group.add_argument("--noise", type=float, default=words.noise, help="standard deviation, as a share of 255")
    group.add_argument("--seed", type=int, default=words.seed, help="fixes everything that is drawn at random")


def words_from_options(args: argparse.Namespace, config: ReaderConfig, split: str) -> SyntheticWords:
    """The synthetic words that the options describe, of the texts and the image size of a reader.

    Raises:
        InputError: if an option is out of its range or a font cannot be read.
    """
    return SyntheticWords(
        alphabet=config.alphabet,
        min_length=min(args.min_length, config.max_length),
        max_length=config.max_length,
        image_size=config.image_size,
        fonts=find_fonts(args.font),
        font_size=tuple(args.font_size),
        intensity=args.intensity,
        noise=args.noise,
        split=split,
        seed=args.seed,
    )
