"""What is measured, in the same way for every method."""

import csv
import subprocess
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.common.timing import in_turns
from keras_reader.errors import CommandError
from keras_reader.evaluation.edit_distance import levenshtein

BATCHES = (1, 64)
ROUNDS = 7
LEAST_SECONDS = 0.3  # a round's
POLL = 0.1


def timed_training(
    command: Sequence[str], folder: Path, log: Callable[[], Path | None], column: str, environment: dict[str, str]
) -> tuple[float, list[tuple[float, float]]]:
    """Run a training command and look at the log that it writes.

    Args:
        command: the command, run in `folder`, which keeps what it prints as `output.txt`.
        folder: where to run it.
        log: gives the CSV to which the command adds a row an epoch; `None` while it is not there.
        column: the column of the log that holds the validation's whole-word accuracy, in [0, 1].
        environment: the command's environment variables.

    Returns:
        Wall seconds from the start of the process to its end: imports, reading the images, compilation, training,
        validation and saving. And a point for each validation: seconds since that start, and whole-word accuracy.

    Raises:
        CommandError: with the end of what the command printed, if it fails; or if it logs no validation.
    """
    folder.mkdir(parents=True, exist_ok=True)
    output = folder / "output.txt"
    curve: list[tuple[float, float]] = []
    with output.open("w", encoding="utf-8") as file:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=file, stderr=subprocess.STDOUT, env=environment)
        try:
            while process.poll() is None:
                time.sleep(POLL)
                _add_new(curve, log(), column, time.perf_counter() - began)
            seconds = time.perf_counter() - began
        finally:
            process.kill()
    _add_new(curve, log(), column, seconds)
    _check(process.returncode, command, output.read_text(encoding="utf-8", errors="replace"))
    if not curve:
        raise CommandError(f"{log()}: no row with {column} after {' '.join(map(str, command))}")
    return seconds, curve


def _add_new(curve, log, column, seconds):
    if log is None:
        return
    try:
        with log.open(newline="", encoding="utf-8") as file:
            values = [row[column] for row in csv.DictReader(file)]
        new = [float(value) for value in values[len(curve) :]]
    except (OSError, KeyError, TypeError, ValueError):  # caught while it was being written: complete the next time
        return
    curve.extend((seconds, value) for value in new)


def run_command(command: Sequence[str], folder: Path, environment: dict[str, str]) -> str:
    """Run a command that is not timed, and give what it prints.

    Raises:
        CommandError: with the end of what the command printed, if it fails.
    """
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    _check(done.returncode, command, done.stdout + done.stderr)
    return done.stdout


def _check(status, command, output):
    if status:
        last = "\n".join(output.strip().splitlines()[-15:])
        raise CommandError(f"{' '.join(map(str, command))} failed with status {status}:\n{last}")


def images_a_second(path: Path, shape: tuple[int, ...]) -> dict[str, float]:
    """Images a second of an ONNX file in ONNX Runtime, a thread a core: medians over rounds, by batch size.

    Args:
        path: the file, with one input of type uint8.
        shape: of one image in the size that the network works in. The images are noise and held in memory: decoding
            files and resizing are not counted.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    noise = np.random.default_rng(0).integers(0, 256, (max(BATCHES), *shape), np.uint8)
    calls = {batch: partial(session.run, None, {name: noise[:batch]}) for batch in BATCHES}
    return {str(batch): batch / seconds for batch, seconds in in_turns(calls, ROUNDS, LEAST_SECONDS).items()}


def score(texts: Sequence[str], read: Sequence[str]) -> dict:
    """Right words and edit distance of readings: what whole-word accuracy and CER are made of.

    What is misread is listed as number of the image, text and what was read.
    """
    return {
        "words": len(texts),
        "right": sum(a == b for a, b in zip(texts, read, strict=True)),
        "characters": sum(map(len, texts)),
        "edits": sum(levenshtein(a, b) for a, b in zip(texts, read, strict=True)),
        "misread": [[i, a, b] for i, (a, b) in enumerate(zip(texts, read, strict=True)) if a != b],
    }
