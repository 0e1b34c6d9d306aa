"""Reading in several processes of one machine, in the order of the images."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from keras_reader.cli.given_images import open_example
from keras_reader.cli.read_lines import LineForm
from keras_reader.errors import CommandError, InputError
from keras_reader.inference.loading import load
from keras_reader.inference.read_example import read_in_place
from keras_reader.inference.reader import Reader
from keras_reader.regular_files import shown
from keras_reader.worker_processes import WorkerProcesses

# What to print, or why a file could not be read.
Line = str | InputError


class ReadPaths:
    """Reads image files to lines; each process has one of its own, which loads its reader when it is first called.

    Args:
        model: an `.onnx` or `.tflite` file.
        allow, pattern, top: as in `Reader.searching`.
        form: what a line looks like.
    """

    def __init__(self, model: Path, allow: str | None, pattern: str | None, top: int | None, form: LineForm):
        self._model = model
        self._search = (allow, pattern, top)
        self._form = form
        self._reader: Reader | None = None

    def __call__(self, paths: list[Line]) -> list[Line]:
        """The lines of the paths; an error in place of a path comes back as it is."""
        if self._reader is None:
            reader = load(self._model, threads=1)
            self._reader = reader if self._search == (None, None, None) else reader.searching(*self._search)
        return read_in_place(self._reader, map(_opened, paths), self._form.line)


def _opened(path):
    if isinstance(path, InputError):
        return path
    try:
        return open_example(path)
    except InputError as error:
        return error


def read_in_processes(count: int, read: ReadPaths, chunks: Iterable[list[Line]]) -> Iterator[Line]:
    """Read chunks of paths in processes, and give their lines in order.

    Args:
        count: number of processes, at least 1.
        read: what reads; it can be pickled.
        chunks: paths, and errors in place of those that stand for no file. At most three for each process are taken
            ahead.

    Raises:
        CommandError: if a process ends before its work is done, as one does that is killed.
    """
    # NumPy, which fits images for LiteRT, looks at it as it is imported: each process has one core.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    processes = WorkerProcesses(count, read)
    # A thread waits for each chunk; one more for each process, so that the next chunk is there when one is done.
    threads = ThreadPoolExecutor(2 * count)
    waiting = deque()
    try:
        for chunk in chunks:
            waiting.append((chunk, threads.submit(processes.call, chunk)))
            while waiting and (waiting[0][1].done() or len(waiting) > 3 * count):
                yield from _lines(*waiting.popleft())
        while waiting:
            yield from _lines(*waiting.popleft())
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        processes.close()


def _lines(chunk, future):
    try:
        return future.result()
    except BrokenProcessPool:
        first = next((path for path in chunk if isinstance(path, str)), "")
        raise CommandError(
            "a process that reads ended before its work was done: it was killed, or the memory is used up; what is "
            f"printed is whole, and {shown(first)} comes next: read on from there, or with fewer --workers"
        ) from None
