"""Opening files that a user names, for reading: regular ones only."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from keras_reader.errors import InputError, reason
from keras_reader.limits import SHOWN_PATH


def shown(path: str | Path, length: int = SHOWN_PATH) -> str:
    """A path as a message shows it: in one line that a terminal shows as it is, and of a long one both ends."""
    text = str(path)
    if len(text) > length:
        half = length // 2
        text = f"{text[:half]}...{text[-half:]}"
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def check_regular(path: str | Path) -> os.stat_result:
    """What the system knows of a file.

    Raises:
        InputError: if there is no such file, or it is no regular one: a folder, a FIFO, a device, a socket.
    """
    if not str(path):
        raise InputError("an empty path: give a file")
    try:
        status = Path(path).stat()
    except (OSError, ValueError) as error:
        raise InputError(f"{shown(path)}: cannot be read ({reason(error)})") from None
    _check_kind(path, status)
    return status


def open_regular(path: str | Path) -> BinaryIO:
    """Open a regular file for reading, without ever waiting for it.

    Raises:
        InputError: if it cannot be opened, or is no regular file.
    """
    check_regular(path)
    try:
        # The file may have become another since it was looked at.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as error:
        raise InputError(f"{shown(path)}: cannot be read ({reason(error)})") from None
    try:
        _check_kind(path, os.fstat(handle))
    except BaseException:
        os.close(handle)
        raise
    return os.fdopen(handle, "rb")


def read_regular(path: str | Path, most: int, what: str) -> bytes:
    """The bytes of a regular file.

    Args:
        path: the file.
        most: the most bytes that it may have.
        what: what it should be, for the error message.

    Raises:
        InputError: if it cannot be read, is no regular file or has more bytes.
    """
    try:
        with open_regular(path) as file:
            content = file.read(most + 1)
    except OSError as error:
        raise InputError(f"{shown(path)}: cannot be read ({reason(error)})") from None
    if len(content) > most:
        raise InputError(f"{shown(path)}: more than {most:,} bytes, too large for {what}")
    return content


def _check_kind(path, status):
    if stat.S_ISREG(status.st_mode):
        return
    if stat.S_ISDIR(status.st_mode):
        kind = "a folder"
    elif stat.S_ISFIFO(status.st_mode):
        kind = "a FIFO"
    elif stat.S_ISSOCK(status.st_mode):
        kind = "a socket"
    else:
        kind = "a device"
    raise InputError(f"{shown(path)}: cannot be read: {kind}, not a file")
