"""Files that are never half-written: they are written under a temporary name, then renamed."""

import ctypes
import errno
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# What a temporary name ends with, before the suffix of the file that it is for.
_PART = ".part"
_TEMPORARY = re.compile(r"\..+-[a-z0-9_]{8}\.part(\.\w+)?")

# Folders whose leftovers this process has looked for.
_cleared: set[Path] = set()


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path in the folder of `path`. At the end of the block, the file is renamed to `path`.

    If the block raises, the temporary file is removed and `path` stays as it was. The temporary name has the same
    suffix, because some writers choose their format by it. A process that is killed leaves its temporary file behind.
    The next process that writes into the folder removes it.
    """
    path = Path(path)
    if path.parent not in _cleared:
        clear_leftovers(path.parent)
        _cleared.add(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=_PART + path.suffix, dir=path.parent)
    temporary = Path(name)
    try:
        # Says that this process lives, for as long as it does.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield temporary
        # mkstemp makes files for the owner alone; give the mode that a plain open would have given.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


@contextmanager
def temporary_folder(folder: Path, prefix: str) -> Iterator[Path]:
    """A new folder inside `folder`, which is removed at the end; if this process is killed, by the next.

    Raises:
        OSError: if it cannot be made.
    """
    clear_leftovers(folder)
    path = Path(tempfile.mkdtemp(prefix=f".{prefix}-", suffix=_PART, dir=folder))
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield path
    finally:
        try:
            shutil.rmtree(path, ignore_errors=True)
        finally:
            os.close(handle)


def exchange(one: Path, other: Path) -> bool:
    """Exchange the names of two files or folders in one stroke, so that there is no moment at which either is missing.

    Returns:
        Whether the system and the file system can do this (Linux can, on its usual file systems). If not, nothing
        happened.

    Raises:
        OSError: if it failed for another reason.
    """
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    if rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP):
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))


# Of Linux's renameat2: paths are relative to the working folder, and names are exchanged.
_HERE, _EXCHANGE = -100, 2


def clear_leftovers(folder: Path) -> None:
    """Remove temporary files and folders that killed processes left in a folder; those of living ones stay."""
    try:
        leftovers = [path for path in folder.iterdir() if _TEMPORARY.fullmatch(path.name) and not path.is_symlink()]
    except OSError:
        return  # whoever writes into it says why
    for path in leftovers:
        # A file that cannot be removed now hinders nobody.
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
            finally:
                os.close(handle)
