"""The command-line options for the look of synthetic words, which several commands share."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_reader.cli.common import CommandParser
from keras_reader.config import ReaderConfig
from keras_reader.data.backgrounds import find_backgrounds
from keras_reader.data.printed_text.font_sides import look_alikes, trained_on
from keras_reader.data.printed_text.printed_text import DrawnText, PrintedText
from keras_reader.data.synthetic_words import POLARITIES, STRONG_CLUTTER, SyntheticWords
from keras_reader.data.tasks import DEFAULT_TASK, PRINT, TASK_NAMES, own_task, task_fields
from keras_reader.data.text_rendering import find_fonts
from keras_reader.errors import InputError

WORDS = 5000
_NAMED_FAMILIES = 8  # as many names are given of a long list


def add_word_options(parser: CommandParser, for_training: bool = False) -> None:
    """Add the options to the parser of a command. `words_from_options` reads them.

    Args:
        parser: the command's parser.
        for_training: whether the command makes a reader, instead of trying one. It has a `--seed` of its own, and
            without `--task` it takes `DEFAULT_TASK`; the other commands take the task that the reader was made for.
    """
    words = SyntheticWords()
    group = parser.add_more_options("synthetic words")
    group.add_argument(
        "--task",
        default=DEFAULT_TASK if for_training else None,
        choices=TASK_NAMES,
        help="letters: Pillow's font at size 14; original: the original's images, Arial or Liberation Sans at size 9; "
        "mixed: half of them the original's, half letters of sizes 12 to 16; print: crops of one printed line in all "
        "fonts of the system or of --font (default: "
        + (f"{DEFAULT_TASK})" if for_training else f"{PRINT} if the reader has its alphabet, else {DEFAULT_TASK})"),
    )
    group.add_argument(
        "--font",
        type=Path,
        action="append",
        default=[],
        help="a font file, a folder of fonts, or an installed family such as 'Arial'; repeatable; "
        + (f"--task {PRINT} sets some families aside" if for_training else "all families are drawn with")
        + " (default: the task's)",
    )
    group.add_argument(
        "--font-size",
        type=int,
        nargs=2,
        metavar=("SMALLEST", "LARGEST"),
        help="font size in pixels, a random one for each word, less where it would not fit (default: the task's)",
    )
    group.add_argument(
        "--min-length",
        type=int,
        default=words.min_length,
        help=f"length of the shortest word (default: {words.min_length})",
    )
    if not for_training:
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
    parser.set_defaults(clip=True)
    if for_training:
        group.add_argument(
            "--no-clip",
            dest="clip",
            action="store_false",
            help="train on unclipped floats, as the original does (default: round and clip, as in an image file)",
        )


def task_from_options(args: argparse.Namespace, config: ReaderConfig) -> str:
    """The task that the options name, or else the one that a reader of this configuration was made for."""
    return args.task or own_task(config.alphabet)


def describe_task(args: argparse.Namespace, config: ReaderConfig, words: DrawnText) -> str | None:
    """Lines for a person: which task was chosen, unless `--task` names it, and what is known of the fonts of `--font`.

    `None` if there is nothing to say.
    """
    lines = [] if args.task else [f"images: --task {task_from_options(args, config)}, {words.named}"]
    if args.font and isinstance(words, PrintedText):
        lines.append(f"fonts: {describe_fonts(words)}")
    return "\n".join(lines) or None


def describe_fonts(words: PrintedText) -> str:
    """How many families of `--font` there are, and which of them, by their names, the reader `print` has learnt.

    Nothing is claimed about a family that is on neither list of `font_sides`.
    """
    names = [family.name for family in words.families]
    trained = [name for name in names if name in trained_on()]
    alike = [f"{name}, which looks like {look_alikes()[name]}" for name in names if name in look_alikes()]
    learnt = trained + alike
    if not learnt:
        told = f"none is on the list of those that the reader {PRINT} was trained on"
    elif len(learnt) > _NAMED_FAMILIES:
        told = f"the reader {PRINT} was trained on {len(trained):,} of them, and on {len(alike):,} under other names"
    else:
        told = f"the reader {PRINT} was trained on {'; '.join(filter(None, (', '.join(trained), *alike)))}"
    return f"{'all ' * (len(names) > 1)}{len(names):,} {'families' if len(names) > 1 else 'family'} of --font; {told}"


_CLUTTER = ("intensity", "noise", "background", "strokes", "stroke_length", "fragments", "polarity")


def looks_given(args: argparse.Namespace) -> list[str]:
    """The options that were given for how words look, such as `--noise`; all but `--task`, `--font` and `--seed`."""
    names = [name for name in vars(args) if name in _CLUTTER]
    names += [name for name in ("clutter", "backgrounds", "font_size") if getattr(args, name)]
    names += ["min_length"] * (args.min_length != SyntheticWords.min_length) + ["no_clip"] * (not args.clip)
    return [_option(name) for name in names]


def refuse_word_options(args: argparse.Namespace, instead: str, more: Sequence[str] = ()) -> None:
    """Refuse the options of drawn words in a command that is given other pictures, since they would have no effect.

    Args:
        args: the parsed options.
        instead: the option that gives the pictures.
        more: other options that were given and are for drawn words.

    Raises:
        InputError: if one was given. It names all of them.
    """
    given = ["--task"] * (args.task is not None) + ["--font"] * bool(args.font)
    given += ["--seed"] * (args.seed != SyntheticWords.seed) + looks_given(args) + list(more)
    if given:
        raise InputError(f"{instead} draws no words: leave out {', '.join(given)}")


def add_word_count(parser: CommandParser) -> None:
    """Add `--count` to the parser of a command that draws words or is given `--data`; `check_word_count` reads it."""
    parser.add_argument("--count", type=int, help=f"number of synthetic words (default: {WORDS})")


def check_word_count(args: argparse.Namespace) -> None:
    """Give `--count` its default. Beside `--data`, it and all other options of drawn words are refused.

    Raises:
        InputError: if it is below 1, or an option of drawn words was given beside `--data`.
    """
    if args.data:
        refuse_word_options(args, "--data", ["--count"] * (args.count is not None))
    elif args.count is None:
        args.count = WORDS
    elif args.count < 1:
        raise InputError(f"--count must be at least 1, got {args.count}")


def words_from_options(args: argparse.Namespace, config: ReaderConfig, split: str) -> DrawnText:
    """The synthetic words that the options describe, with the alphabet, length and image size of a reader.

    Raises:
        InputError: if an option is out of its range, a font or a background cannot be read, or a font lacks a
            character of the alphabet.
    """
    given = {name: value for name, value in vars(args).items() if name in _CLUTTER}
    looks = STRONG_CLUTTER | given if args.clutter else given
    task = task_from_options(args, config)
    if task == PRINT:
        unused = looks_given(args)
        if unused:
            advice = f"leave out {', '.join(unused)}"
            if args.task is None:
                advice += f", or draw words in the reader's alphabet with --task {DEFAULT_TASK}"
            raise InputError(f"--task {PRINT} has texts and looks of its own: {advice}")
        return PrintedText.installed(
            tuple(map(str, args.font)),
            alphabet=config.alphabet,
            max_length=config.max_length,
            image_size=config.image_size,
            split=split,
            seed=args.seed,
            # Fonts that a person names to try a reader on are all tried. To train, some are set aside.
            every_family=bool(args.font) and split == "test",
        )
    letters: dict[str, Any] = {}
    if args.font:
        letters["fonts"] = find_fonts(args.font)
    if args.font_size:
        letters["font_size"] = tuple(args.font_size)
    if len(letters) < 2:  # the task's own fonts are looked for only where they are not replaced
        letters = task_fields(task) | letters
    words = SyntheticWords(
        alphabet=config.alphabet,
        min_length=args.min_length,
        max_length=config.max_length,
        image_size=config.image_size,
        background_files=find_backgrounds(args.backgrounds) if args.backgrounds else (),
        split=split,
        seed=args.seed,
        clip=args.clip,
        **letters | looks,
    )
    words.check_fonts()
    return words


def _option(name):
    return "--" + name.replace("_", "-")


def _number_or_range(kind):
    """Parses `0.1` as a number and `0:0.2` as a pair."""

    def parse(text):
        smallest, colon, largest = text.partition(":")
        return (kind(smallest), kind(largest)) if colon else kind(smallest)

    parse.__name__ = kind.__name__  # argparse shows this name in its errors
    return parse
