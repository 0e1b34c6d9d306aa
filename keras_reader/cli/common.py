"""What all commands share: option parsing and help, errors, and a quiet start."""

import argparse
import io
import os
import shutil
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from keras_reader.errors import CommandError, InputError, RangeError, first_line
from keras_reader.limits import MAX_PIXELS, MESSAGE_LENGTH, check_option, set_max_pixels
from keras_reader.pretrained import DEFAULT_MODEL, LETTERS, model_names, shipped_reader
from keras_reader.regular_files import shown

_BACKENDS = ("tensorflow", "jax", "torch", "openvino")
_MODEL_HELP = (
    "an .onnx, .tflite or .keras file, a SavedModel folder, the name of a reader that ships "
    f"({', '.join(model_names())}), or hf://OWNER/NAME on the Hugging Face Hub"
)
MODEL_HELP = f"{_MODEL_HELP} (default: {DEFAULT_MODEL})"
# Of commands that draw synthetic words where no images are given.
WORDS_MODEL_HELP = f"{_MODEL_HELP} (default: {DEFAULT_MODEL} for given images, else the one of --task, else {LETTERS})"
DATA_HELP = "labelled images: a CSV with the header image,text (or with ; or tabs); paths are relative to it"


def default_model(own_images: bool, task: str | None) -> Path:
    """The file of the reader that is meant where none is named, whatever files the user has of that name.

    Args:
        own_images: whether it reads images of the user's.
        task: the task whose images it reads otherwise, `None` if none is named. The reader of its name is meant, or
            else `letters`.
    """
    for_words = task if task is not None and task in model_names() else LETTERS
    return shipped_reader(DEFAULT_MODEL if own_images else for_words, ".onnx")


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

    def parse_known_args(self, args=None, namespace=None):  # pyright: ignore[reportIncompatibleMethodOverride]
        """As argparse's; a number that is too large is refused, whatever the option does with it later."""
        # A path of no characters would mean the folder that the command is run in.
        if "" in (sys.argv[1:] if args is None else args):
            self.error("an empty argument: give a value, or leave it out")
        parsed, rest = super().parse_known_args(args, namespace)
        command = self.prog.split()[-1].removesuffix(".py")
        for action in self._actions:
            name = action.option_strings[-1] if action.option_strings else action.dest
            check_option(command, action.dest, name, getattr(parsed, action.dest, None))
        return parsed, rest

    @contextmanager
    def naming_options(self) -> Iterator[None]:
        """Call the arguments that are found to be out of range by the names of their options."""
        try:
            yield
        except RangeError as error:
            for action in self._actions:
                if action.dest == error.name and action.option_strings:
                    raise RangeError(action.option_strings[-1], error.wanted) from None
            raise

    def _print_message(self, message, file=None):
        # argparse's own hides that it could not be written.
        (file or sys.stdout).write(message)

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


class _Terminated(KeyboardInterrupt):
    """SIGTERM, which ends a command as Ctrl-C does."""


def _terminate(signal_number, frame):
    raise _Terminated


@contextmanager
def command_errors() -> Iterator[None]:
    """Run a command: whatever ends it early becomes one line on stderr and an exit code.

    The code is the one that a `CommandError` carries; 130 for Ctrl-C and 143 for SIGTERM, as shells have it; 1 for a
    disk that is full, memory that is used up, or output that cannot be written.

    TensorFlow's start-up messages, which look like errors to most people, are kept quiet unless
    `TF_CPP_MIN_LOG_LEVEL` is set; warnings of Python packages unless Python was started with `-W`.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _open_standard_files()
    in_main_thread = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, _terminate) if in_main_thread else None
    message, code = None, None
    with warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.simplefilter("ignore")
        try:
            if sys.stdout is None:
                raise CommandError("stdout is closed: give it a terminal or a file, or > /dev/null")
            _check_backend()
            try:
                yield
            except SystemExit as end:
                code = end.code
            sys.stdout.flush()
        except CommandError as error:
            message, code = error, exit_code(error)
        except KeyboardInterrupt as stop:
            message, code = f"interrupted: {stop}" if str(stop) else "interrupted", exit_code(stop)
        except BrokenPipeError:
            # The reader of our output went away (`| head`): nothing to say.
            code = 1
        except OSError as error:
            where = error.filename or "the output"
            message, code = f"{where}: cannot be read or written ({error.strerror or first_line(error)})", 1
        except MemoryError:
            message, code = "out of memory: give it less at once, or more memory", 1
        finally:
            if in_main_thread:
                signal.signal(signal.SIGTERM, before)
    if message is not None:
        print_error(message)
    _flush_stdout()
    if code is not None:
        sys.exit(code)


def exit_code(error: BaseException) -> int:
    """The exit code of a command that this error ends."""
    if isinstance(error, CommandError):
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return 128 + (signal.SIGTERM if isinstance(error.__cause__ or error, _Terminated) else signal.SIGINT)
    return 1


def _open_standard_files():
    """Whatever is closed would be taken by the next file that is opened."""
    for name, number in (("stdin", 0), ("stderr", 2)):
        if getattr(sys, name) is None:
            while (handle := os.open(os.devnull, os.O_RDWR)) < number:
                pass
            if handle != number:
                os.dup2(handle, number)
            setattr(sys, name, os.fdopen(number, "w" if number else "r"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A path need not be valid text.
        sys.stdout.reconfigure(errors="backslashreplace")


def _flush_stdout():
    """Write what is left, so that the interpreter has nothing to fail on at its end; whether that worked."""
    if sys.stdout is None:
        return True
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except (OSError, ValueError):
            sys.stdout = None  # it is no file
        return False
    return True


def print_error(error: CommandError | str, file: TextIO | None = None) -> None:
    """Print an error on stderr, or on another file, in one line that a terminal shows as it is."""
    line = shown(" ".join(str(error).split()), MESSAGE_LENGTH)
    with suppress(OSError):  # nobody reads it
        print(f"error: {line}", file=file or sys.stderr, flush=True)


class _SetMaxPixels(argparse.Action):
    def __call__(self, parser, namespace, values, option_string=None):
        assert isinstance(values, int)
        set_max_pixels(values)


def add_max_pixels(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Add the option that says how large image files may be to a command that opens some."""
    parser.add_argument(
        "--max-pixels",
        action=_SetMaxPixels,
        type=int,
        default=argparse.SUPPRESS,
        metavar="N",
        help=f"refuse image files of more pixels (default: {MAX_PIXELS:,}); memory and time grow with it",
    )


def check_png(path: Path, option: str) -> None:
    """Refuse what cannot be the name of a picture that a command writes.

    Raises:
        InputError: if the path is a folder, or does not end in .png.
    """
    if path.is_dir() or path.suffix != ".png":
        raise InputError(f"{path}: {option} must be the name of a .png file")


def _check_backend():
    """Refuse a backend that Keras does not have, which it would only notice when it is imported."""
    backend = os.environ.get("KERAS_BACKEND")
    if backend and backend not in _BACKENDS:
        raise InputError(f"KERAS_BACKEND={backend}: Keras has no such backend: set it to {', '.join(_BACKENDS)}")


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
