"""Options that restrict which texts can be read."""

import argparse

from keras_reader.cli.common import CommandParser
from keras_reader.inference.reader import Reader
from keras_reader.inference.text_search import check_ranges

ALLOW_HELP = "read these characters only, such as 0123456789; - is a character, too"
PATTERN_HELP = r"""
read texts of this form only, such as AAA-9999: A is a letter, 9 a digit, * a letter or digit, ? any character, all else
itself (behind a backslash these too); or re: and a regular expression for the whole text, "re:\d{3,4}|[A-C]\d" """


def add_text_options(parser: CommandParser) -> None:
    """Add `--allow` and `--pattern` to a parser."""
    parser.add_argument("--allow", metavar="CHARACTERS", help=ALLOW_HELP)
    parser.add_argument("--pattern", help=PATTERN_HELP)


def restricted(reader: Reader, args: argparse.Namespace, top: int | None = None) -> Reader:
    """The reader as the options want it.

    Args:
        reader: the reader.
        args: parsed options, of `add_text_options` among others.
        top: number of most probable texts that a reading gives; `None` for none.

    Raises:
        InputError: if no text of the reader is allowed, or an option is malformed or out of its range; or if `--allow`
            seems to mean a range, such as 0-9, of which only the ends would be read.
    """
    if args.allow is None and args.pattern is None and top is None:
        return reader
    if args.allow is not None:
        check_ranges(args.allow, reader.config.alphabet, "--allow")
    return reader.searching(args.allow, args.pattern, top)
