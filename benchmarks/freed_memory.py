"""Measures what it is worth that a training on a CPU keeps the memory that a step frees.

    python -m benchmarks.freed_memory
    python -m benchmarks.freed_memory --write docs/results

Trains the same batch again and again, in a process for each turn, since what the C library was told cannot be taken
back: once with `keras_reader.training.freed_memory`, as `train.py` does, and once without. The backend is TensorFlow.
`--write docs/results` writes the page as freed_memory.md. The command takes about ten minutes.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.common.machine import ROOT, describe
from benchmarks.common.markdown_page import publish, table
from keras_reader.cli.common import command_errors
from keras_reader.errors import CommandError, InputError

SIZES = {"small": (40, 40), "base": (32, 128)}
KEPT, GIVEN_BACK = HOW = ("kept", "given back")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--steps", type=int, default=40, help="training steps of each turn (default: 40)")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write freed_memory.md there")
    one = parser.add_argument_group("used by this command for one turn")
    one.add_argument("--preset", choices=SIZES)
    one.add_argument("--how", choices=HOW)
    args = parser.parse_args()
    if args.preset and args.how:
        print(json.dumps(_turn(args)))
        return
    rows, ratios = [], []
    for preset in SIZES:
        turns = [{how: _in_process(preset, how, args) for how in HOW} for _ in range(args.turns)]
        for how in HOW:
            columns = zip(*(turn[how] for turn in turns), strict=True)
            seconds, system, faults, size = map(statistics.median, columns)
            row = (f"`{preset}`, {SIZES[preset][0]}x{SIZES[preset][1]} pixels", how, f"{1000 * seconds:.0f} ms")
            rows.append((*row, f"{system:.0%}", f"{faults:,.0f}", f"{size / 2**10:,.0f} MB"))
        ratio = statistics.median(turn[GIVEN_BACK][0] / turn[KEPT][0] for turn in turns)
        ratios.append(f"**{ratio:.2f} times** as quick for `{preset}`")
    parts = [
        "# Memory that a training step frees",
        "`train.py` has the GNU C library keep the memory that a step frees (`keras_reader.training.freed_memory`), "
        "which TensorFlow would have it give back to the system. A step of 64 images, in processes that take turns; "
        f"medians of {args.turns} turns of {args.steps} steps. Written by `python -m benchmarks.freed_memory --turns "
        f"{args.turns} --steps {args.steps} --write docs/results`; {describe('keras', 'tensorflow', 'numpy')}.",
        table(("reader", "freed memory is", "a step", "of it in the system", "new pages a step", "largest size"), rows),
        f"With kept memory a step is {' and '.join(ratios)} (medians of the turns). It depends on the machine: on what "
        "a new page costs it, and on how quickly it computes in between.",
    ]
    publish(parts, args.write and args.write / "freed_memory.md")


def _in_process(preset, how, args):
    command = [sys.executable, "-m", "benchmarks.freed_memory", "--preset", preset, "--how", how]
    command += ["--steps", str(args.steps)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if run.returncode:
        raise CommandError(f"a turn failed: {run.stderr.splitlines()[-1] if run.stderr else run.returncode}")
    return json.loads(run.stdout.splitlines()[-1])


def _turn(args):
    """Seconds a step, share of the processor's time that the system took, new pages a step, largest size in KiB."""
    from benchmarks.common.operations import compiled
    from benchmarks.common.same_batch import SameBatch
    from keras_reader.data.synthetic_words import SyntheticWords
    from keras_reader.training.drawing import DrawWords
    from keras_reader.training.freed_memory import keep_freed_memory

    if args.how == KEPT and not keep_freed_memory():
        raise InputError("only the GNU C library can be told to keep memory: nothing to measure here")
    model, batch_size = compiled(args.preset, image_size=SIZES[args.preset])
    draw = DrawWords(SyntheticWords(image_size=SIZES[args.preset]), model.config.decoding_steps)
    for steps in (3, args.steps):  # the first ones trace the step
        batches = SameBatch(draw, batch_size, steps)
        before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        model.fit(batches, shuffle=False, verbose=0)
        seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    system = after.ru_stime - before.ru_stime
    busy = system + after.ru_utime - before.ru_utime
    return seconds / args.steps, system / busy, (after.ru_minflt - before.ru_minflt) / args.steps, after.ru_maxrss


if __name__ == "__main__":
    with command_errors():
        main()
