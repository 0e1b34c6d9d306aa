"""Options that restrict which texts can be read."""

import argparse
import re

from keras_reader.cli.common import CommandParser
from keras_reader.errors import InputError
from keras_reader.inference.reader import Reader

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
        _check_ranges(args.allow, reader.config.alphabet)
    return reader.searching(args.allow, args.pattern, top)


def _check_ranges(allow, alphabet):
    meant = re.sub("(.)-(.)", lambda ends: _range(ends[1], ends[2], alphabet, allow) or ends[0], allow)
    if meant == allow:
        return
    meant, given = ("".join(dict.fromkeys(text)) for text in (meant, allow))
    raise InputError(
        f"--allow {allow} stands for {len(given)} characters, not for a range: write --allow {meant}, or "
        f"{given.replace('-', '')}- if you mean these"
    )


def _range(first, last, alphabet, allow):
    """The characters of the alphabet from one to another of its kind; empty if some between them are given, or none."""
    kinds = [kind for kind in (str.isdigit, str.isupper, str.islower) if kind(first) and kind(last)]
    if not kinds or not {first, last} <= set(alphabet):
        return ""
    between = sorted(c for c in alphabet if first < c < last and kinds[0](c))
    return first + "".join(between) + last if between and not set(between) & set(allow) else ""
