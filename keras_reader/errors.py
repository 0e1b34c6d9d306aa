"""Errors that a command reports in one line."""

from collections.abc import Iterable


class CommandError(Exception):
    """Ends a command with the line `error: ...` and this exit code."""

    exit_code = 1


class InputError(CommandError, ValueError):
    """Wrong input: a file, a value or an option that the user can correct.

    The message is one line that says what is wrong, where, and what to do. A command exits with code 2.
    """

    exit_code = 2


class RangeError(InputError):
    """The value of an argument is out of its range. A command calls the argument by the name of its own option.

    Args:
        name: the argument.
        wanted: what its value must do or be, and what it is: "be at least 1, got 0".
    """

    def __init__(self, name: str, wanted: str):
        super().__init__(name, wanted)  # as they are, so that it can be pickled
        self.name, self.wanted = name, wanted

    def __str__(self) -> str:
        return f"{self.name} must {self.wanted}"


def foreign_operators(where: str, operators: Iterable[str]) -> InputError:
    """The refusal of a model file that could do more than a reader does."""
    return InputError(
        f"{where}: holds operators that no reader of this program has ({', '.join(sorted(operators))}): load it with "
        "trusted=True if you trust whoever made it"
    )


class ExportError(CommandError):
    """An artifact could not be made, does not load, or disagrees with the Keras model."""


def reason(error: BaseException) -> str:
    """Why something failed, in a few words: what the system says, or the first line of the message."""
    return getattr(error, "strerror", None) or first_line(error)


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or the name of its type if the message is empty."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
