"""Measures what `train.py` gains from its settings of the C library and of TensorFlow on a CPU.

    python -m benchmarks.cpu_settings
    python -m benchmarks.cpu_settings --write docs/results

Trains the same batch again and again, in a process for each turn, since neither setting can be taken back: with both
settings of `keras_reader.training.cpu_settings`, as `train.py` does, and without the one, the other, or both. The
backend is TensorFlow. `--write docs/results` writes the page as cpu_settings.md. The command takes about ten minutes.
"""

import argparse
import json
import os
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
from keras_reader.training.cpu_settings import ONEDNN, keep_freed_memory, use_onednn

SIZES = {"small": (40, 40), "base": (32, 128)}
# Whether oneDNN is used, and whether freed memory is kept.
SETTINGS = {
    "as `train.py` does": (True, True),
    "without oneDNN": (False, True),
    "without kept memory": (True, False),
    "without both": (False, False),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--steps", type=int, default=40, help="training steps of each turn (default: 40)")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write cpu_settings.md there")
    one = parser.add_argument_group("used by this command for one turn")
    one.add_argument("--preset", choices=SIZES)
    one.add_argument("--settings", choices=SETTINGS)
    args = parser.parse_args()
    if args.preset and args.settings:
        print(json.dumps(_turn(args)))
        return
    rows = []
    for preset, (height, width) in SIZES.items():
        turns = [{name: _in_process(preset, name, args) for name in SETTINGS} for _ in range(args.turns)]
        ours = next(iter(SETTINGS))
        for name in SETTINGS:
            columns = zip(*(turn[name] for turn in turns), strict=True)
            seconds, system, faults, size = map(statistics.median, columns)
            longer = statistics.median(turn[name][0] / turn[ours][0] for turn in turns)
            row = (f"`{preset}`, {height}x{width} pixels", name, f"{1000 * seconds:.0f} ms", f"{longer:.2f}")
            rows.append((*row, f"{system:.0%}", f"{faults:,.0f}", f"{size / 2**10:,.0f} MB"))
    heads = ("reader", "settings", "a step", "times ours", "of it in the system", "new pages a step", "largest size")
    parts = [
        "# Settings for a CPU",
        "`train.py` has TensorFlow compute with oneDNN, which it does by itself on some processors only, and has the "
        "GNU C library keep the memory that a step frees, which TensorFlow would have it give back to the system "
        "(`keras_reader.training.cpu_settings`). A step of 64 images, in processes that take turns; medians of "
        f"{args.turns} turns of {args.steps} steps. Written by `python -m benchmarks.cpu_settings --turns {args.turns} "
        f"--steps {args.steps} --write docs/results`; {describe('keras', 'tensorflow', 'numpy')}. This processor has "
        f"{_instructions()}.",
        table(heads, rows),
        "*Times ours* are medians of the ratios within a turn. They depend on the machine: on what a new page costs, "
        "and on its instructions. On one for which TensorFlow uses oneDNN by itself, that setting changes nothing.",
    ]
    publish(parts, args.write and args.write / "cpu_settings.md")


def _instructions():
    """The instructions of this processor that TensorFlow and oneDNN ask for."""
    try:
        flags = Path("/proc/cpuinfo").read_text().split()
    except OSError:
        return "instructions that this system does not list"
    known = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile")
    return " and ".join(name for name in known if name in flags) or "none of those that oneDNN gains from"


def _in_process(preset, settings, args):
    command = [sys.executable, "-m", "benchmarks.cpu_settings", "--preset", preset, "--settings", settings]
    command += ["--steps", str(args.steps)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if run.returncode:
        raise CommandError(f"a turn failed: {run.stderr.splitlines()[-1] if run.stderr else run.returncode}")
    return json.loads(run.stdout.splitlines()[-1])


def _turn(args):
    """Seconds a step, share of the processor's time that the system took, new pages a step, largest size in KiB."""
    onednn, kept = SETTINGS[args.settings]
    if onednn:
        os.environ.pop(ONEDNN, None)
        if not use_onednn():
            raise InputError("oneDNN is for x86-64 processors: nothing to measure here")
    else:
        os.environ[ONEDNN] = "0"
    if kept and not keep_freed_memory():
        raise InputError("only the GNU C library can be told to keep memory: nothing to measure here")

    from benchmarks.common.operations import compiled
    from benchmarks.common.same_batch import SameBatch
    from keras_reader.data.synthetic_words import SyntheticWords
    from keras_reader.training.drawing import DrawWords

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
