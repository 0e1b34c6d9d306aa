"""What all commands share: option parsing and help, errors, and a quiet start."""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from keras_reader.errors import CommandError, InputError

MODEL_HELP = "an .onnx or .keras file or a SavedModel folder (default: the reader that ships with the package)"
DATA_HELP = "labelled images: a CSV with the header image,text; paths are relative to it"


class CommandParser(argparse.ArgumentParser):
    """An argument parser whose help fits a screen and whose errors are one line.

    `--help` explains the common options and names the others by group. `--help-all` explains all options.
    `add_more_options` makes the groups of the others.
    """

    def __init__(self, **options):
        super().__init__(add_help=False, formatter_class=_Formatter, **options)
        self._more: list[argparse._ArgumentGroup] = []
        self.add_argument("-h", "--help", action="help", help="show this help and exit")

    def add_more_options(self, title: str) -> argparse._ArgumentGroup:
        """Add a group of options that `--help` names but does not explain."""
        if not self._more:
            self.add_argument("--help-all", action=_HelpAll, nargs=0, help="show every option and exit")
        group = self.add_argument_group(title)
        self._more.append(group)
        return group

    def format_help(self, everything: bool = False) -> str:
        """The text of `--help`, or of `--help-all`."""
        formatter = self._get_formatter()
        formatter.add_usage(f"{self.prog} {self._short_usage()}", [], [], prefix="usage: ")
        formatter.add_text(self.description)
        for group in self._action_groups:
            if everything or group not in self._more:
                formatter.start_section(group.title)
                formatter.add_arguments(group._group_actions)
                formatter.end_section()
        if self._more and not everything:
            formatter.start_section("more options, explained by --help-all")
            for group in self._more:
                names = " ".join(action.option_strings[-1] for action in group._group_actions)
                formatter.add_text(f"{group.title}: {names}")
            formatter.end_section()
        formatter.add_text(self.epilog)
        return formatter.format_help()

    def _short_usage(self):
        names = []
        for action in self._get_positional_actions():
            if action.nargs == argparse.PARSER:
                names.append("COMMAND ...")
                continue
            name = str(action.metavar or action.dest.upper())
            names.append({"?": f"[{name}]", "+": f"{name}..."}.get(str(action.nargs), name))
        return " ".join([*names, "[options]"])

    def error(self, message):
        # argparse takes a value such as "-A" for an option.
        hint = "; a value that begins with - is given with =, as --option=-A" if "expected one arg" in message else ""
        raise InputError(f"{message}: see {self.prog} --help{hint}")


class _Formatter(argparse.HelpFormatter):
    def __init__(self, prog):
        super().__init__(prog, max_help_position=30, width=min(110, shutil.get_terminal_size((110, 24)).columns))


class _HelpAll(argparse.Action):
    def __call__(self, parser, namespace, values, option_string=None):
        assert isinstance(parser, CommandParser)
        parser._print_message(parser.format_help(everything=True), sys.stdout)
        parser.exit()


@contextmanager
def command_errors() -> Iterator[None]:
    """Run a command. A `CommandError` becomes one line on stderr and its exit code.

    TensorFlow's start-up messages look like errors to most people. They are silenced unless `TF_CPP_MIN_LOG_LEVEL` is
    set.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        yield
    except CommandError as error:
        print_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # The program that reads our output has ended (`| head`). Python must not flush stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def print_error(error: CommandError) -> None:
    """Print an error on stderr, in one line."""
    print(f"error: {' '.join(str(error).split())}", file=sys.stderr)


@contextmanager
def quiet_start() -> Iterator[None]:
    """Hold back what is written to stderr while something heavy is imported or loaded.

    TensorFlow's libraries write lines there that no setting silences. They look like errors to most people, and would
    hide a real one. If the block fails for another reason than a `CommandError`, what was held back is shown; otherwise
    it is dropped. One of these lines may say why a GPU is not used; `keras_reader.training.devices.why_no_gpu` finds
    that out again.
    """
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), 2)
        try:
            yield
        except CommandError:
            raise
        except BaseException:
            held_back.seek(0)
            os.write(stderr, held_back.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
