"""Processes that work for this one, and that end when it ends, however it does."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from keras_reader.quiet import quiet_stderr


class WorkerProcesses:
    """A pool of processes, each with a copy of what it calls.

    Ctrl-C, which a terminal sends to all of them, is left to the process that made them. When that one ends, even if it
    is killed, they do too.

    Args:
        count: number of processes, at least 1.
        work: what they call; it can be pickled.
    """

    def __init__(self, count: int, work: Callable[..., Any]):
        # A fresh interpreter: forking a process that holds a GPU or runs threads is not safe.
        spawn = multiprocessing.get_context("spawn")
        # Each is started now, since it takes over how signals are handled, and where stderr goes. What
        # they import, such as TensorFlow, may write to it; an error of theirs is raised by `call`.
        with _interrupts_ignored(), quiet_stderr():
            self._pool = ProcessPoolExecutor(count, spawn, _begin, (work,))
            for _ in range(count):
                self._pool.submit(_nothing)

    def call(self, *arguments) -> Any:
        """What `work` gives for the arguments, in one of the processes."""
        return self._pool.submit(_call, *arguments).result()

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Let the processes that are started inside ignore Ctrl-C from their first instruction on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


_kept: Callable[..., Any] | None = None


def _begin(work):
    """Start a process: what it calls is sent once, not with every call."""
    global _kept
    _kept = work
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent():
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _nothing():
    pass


def _call(*arguments):
    assert _kept is not None, "the pool's initializer sets it"
    return _kept(*arguments)
