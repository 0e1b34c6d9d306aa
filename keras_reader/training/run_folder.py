"""The folder of a training run: who trains into it, with which options, and what a killed run left there.

A run's state, `last.keras`, is its commit mark: it is written before the best reader that belongs to it, and what is
newer in the folder than it is made again. So a run that is killed can go on, at whatever moment it was.
"""

import dataclasses
import fcntl
import hashlib
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from keras_reader.atomic_files import replacing
from keras_reader.config import ReaderConfig
from keras_reader.errors import CommandError, InputError, reason
from keras_reader.limits import METADATA_BYTES
from keras_reader.regular_files import read_regular
from keras_reader.training.options import TrainingOptions

STATE = "last.keras"
BEST = "reader.keras"
OPTIONS = "options.json"
PICTURES = "data.pictures"  # among the options, a checksum of what the labelled images show
_LOCK = ".lock"

# What may change between a run and its continuation: where and how the same training steps are computed. Weights change
# by the rounding of sums at most.
_FREE_OPTIONS = ("processes", "jit", "steps_per_execution", "distribute")


class InterruptedTrainingError(KeyboardInterrupt):
    """Ctrl-C or SIGTERM while training; its message says what is kept and how to go on."""


def check_new(folder: Path) -> None:
    """Refuse to begin a run in a folder that holds one.

    Raises:
        InputError: if the folder holds a run's state or its reader.
    """
    for name in (STATE, BEST):
        if (folder / name).exists():
            advice = "go on with --resume, or choose" if (folder / STATE).exists() else "choose"
            raise InputError(f"{folder}: holds a reader ({name}): {advice} another folder with --out")


def make_run_folder(folder: Path) -> None:
    """Make a run's folder.

    Raises:
        InputError: if it cannot be made, or is no folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({reason(error)}): choose another folder with --out") from None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a run's folder for this process; a process that ends, however it does, holds it no longer.

    Raises:
        InputError: if another process trains into the folder, or it cannot be written.
    """
    path = folder / _LOCK
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({reason(error)}): choose another folder with --out") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = " ".join(os.read(handle, 200).decode(errors="replace").split()) or "another process"
            raise InputError(
                f"{folder}: {holder} trains into it: wait for it, or choose another folder with --out"
            ) from None
        if not os.fstat(handle).st_nlink:  # removed between opening and locking, by whoever held it
            raise InputError(f"{folder}: another process has just trained into it: try again")
        # Only who holds the lock removes it: whoever is refused would let the next one in.
        try:
            # The content says only who holds the lock; that it is held, the system knows.
            with suppress(OSError):
                os.ftruncate(handle, 0)
                started = datetime.now().astimezone().isoformat(timespec="seconds")
                os.write(handle, f"process {os.getpid()} on {socket.gethostname()}, since {started},".encode())
            yield
        finally:
            with suppress(OSError):
                path.unlink()
    finally:
        os.close(handle)


def describe_run(config: ReaderConfig, options, data) -> dict:
    """Everything that a run's weights depend on, as plain values.

    Args:
        config: the reader.
        options: the `TrainingOptions`.
        data: what it is trained on: `SyntheticWords`, `LabelledImages`, a named tuple of such, or `None`. Of labelled
            images these are the paths and texts; `PICTURES` is to be added for what they show.
    """
    values = {**config.to_dict(), **dataclasses.asdict(options), **_describe_data(data, "data")}
    kept = {name: value for name, value in values.items() if name not in _FREE_OPTIONS}
    return json.loads(json.dumps(kept, default=str))


def _describe_data(data, name):
    if dataclasses.is_dataclass(data):
        fields = {field.name: getattr(data, field.name) for field in dataclasses.fields(data) if field.compare}
    elif hasattr(data, "_asdict"):
        fields = data._asdict()
    elif isinstance(data, tuple) and len(data) > _LISTED:
        return {name: f"{len(data)} with the checksum {hashlib.sha256(repr(data).encode()).hexdigest()[:16]}"}
    else:
        return {name: data}
    described = {}
    for field, value in fields.items():
        described.update(_describe_data(value, f"{name}.{field}"))
    return described


_LISTED = 16  # values of a list that are compared one by one; of a longer one, a checksum


def keep_options(folder: Path, run: dict) -> None:
    """Write what `describe_run` gave, for `check_options`.

    Raises:
        InputError: if the folder cannot be written.
    """
    try:
        with replacing(folder / OPTIONS) as path:
            path.write_text(json.dumps(run, indent=1))
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({reason(error)}): choose another folder with --out") from None


def check_state(folder: Path) -> None:
    """Refuse to go on with a run that has kept nothing.

    Raises:
        InputError: if it has no state.
    """
    if not (folder / STATE).is_file():
        raise InputError(f"{folder}: no run to go on with: it has no {STATE}")


def check_options(folder: Path, run: dict) -> None:
    """Refuse to go on with a run in another way than it began.

    An option that the run's version did not have yet was as its default is now.

    Raises:
        InputError: naming every option that differs.
    """
    path = folder / OPTIONS
    if not path.exists():  # a run of an earlier version
        return
    try:
        before = {**_defaults(), **json.loads(read_regular(path, METADATA_BYTES, "a run's options"))}
        # They are opened later than the options are compared, and an earlier version did not keep what they show.
        unknown = {PICTURES} - (before.keys() & run.keys())
        names = [name for name in {**before, **run} if name not in unknown]
        differing = [name for name in names if before.get(name) != run.get(name)]
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: damaged: remove it to go on without comparing the options") from None
    if differing:
        changes = ", ".join(f"{name} was {before.get(name)!r} and is {run.get(name)!r}" for name in differing)
        raise InputError(
            f"{folder}: cannot go on with other options than before: {changes}; to train further with others, begin a "
            f"new run with --from {folder / BEST}"
        )


def _defaults():
    fields = (*dataclasses.fields(ReaderConfig), *dataclasses.fields(TrainingOptions))
    defaults = {field.name: field.default for field in fields if field.default is not dataclasses.MISSING}
    return {name: value for name, value in defaults.items() if name not in _FREE_OPTIONS}


@contextmanager
def saying_how_to_go_on(folder: Path) -> Iterator[None]:
    """Ctrl-C and SIGTERM inside say what is kept; a full disk is an error of one line.

    Raises:
        InterruptedTrainingError: for Ctrl-C and SIGTERM.
        CommandError: if the folder can no longer be written.
    """
    try:
        yield
    except KeyboardInterrupt as stop:
        if (folder / STATE).exists():
            kept = (
                f"{folder} keeps the best reader and the state after the last validation: go on with the same options, "
                f"--resume and --out {folder}"
            )
        else:
            kept = f"{folder} keeps nothing yet, since no validation was reached: start again"
        raise InterruptedTrainingError(kept) from stop
    except OSError as error:
        raise CommandError(f"{folder}: cannot be written ({reason(error)}): the last good files stay") from None
