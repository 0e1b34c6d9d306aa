"""Silence for libraries that write to stderr by themselves, past any setting."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_redirecting = threading.Lock()


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Drop what is written to the process's stderr, by processes started inside as well, for as long as they live."""
    with _redirecting:
        try:
            sys.stderr.flush()
            kept = os.dup(2)
        except (OSError, ValueError, AttributeError):  # there is no stderr
            yield
            return
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 2)
            os.close(nowhere)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
