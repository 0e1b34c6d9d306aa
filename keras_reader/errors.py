"""The one exception that stands for wrong input from the person at the keyboard."""


class InputError(ValueError):
    """Wrong input: a file, a value or an option that the user can put right.

    The message is one line that says what is wrong, where, and what to do. Commands print it as
    `error: ...` and exit with code 2; anything else that escapes a command is a defect of ours.
    """
