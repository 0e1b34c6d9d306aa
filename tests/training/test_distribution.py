"""Training on several devices and in several processes gives what one device gives, and nobody waits for the dead."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.helpers import ROOT
from tests.training.test_companions import free_port

pytest.importorskip("jax")

# Long, since other programs may hold up these processes as well as this one.
WAIT = 900
TINY = (
    *("--alphabet", "AB", "--max-length", "1", "--image-size", "12", "12", "--steps", "8", "--batch-size", "8"),
    *("--validations", "4", "--validation-images", "27", "--negatives", "0"),
)
LOSSES = ("loss", "val_loss", "val_whole_word_accuracy", "val_character_error_rate")

# Trains on devices that are parts of the CPU, is stopped after the third validation and goes on. It notes what each
# device was given for the first training step.
STOPPED = """
import sys
import jax
import numpy as np
from keras_reader.cli.main import main
from keras_reader.training.callbacks import RunLog

given, make = [], jax.make_array_from_process_local_data
def make_and_note(layout, batch):
    array = make(layout, batch)
    given.append([np.asarray(shard.data) for shard in array.addressable_shards])
    return array
jax.make_array_from_process_local_data = make_and_note
write = RunLog._write
def write_two(log, row):
    write(log, row)
    if row["epoch"] == 2:
        raise KeyboardInterrupt
RunLog._write = write_two
try:
    main(["train", *sys.argv[1:]])
except SystemExit as end:
    assert end.code == 130
RunLog._write = write
np.savez("given.npz", *next(parts for parts in given if parts[0].ndim == 4))
main(["train", *sys.argv[1:], "--resume"])
"""


def environment(devices=1, **more):
    flags = f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count={devices}"
    return os.environ | {"KERAS_BACKEND": "jax", "PYTHONPATH": str(ROOT), "XLA_FLAGS": flags} | more


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def assert_same_losses(folder, expected):
    assert [row["step"] for row in rows(folder)] == [row["step"] for row in rows(expected)]
    for name in LOSSES:
        values = [[float(row[name]) for row in rows(run)] for run in (folder, expected)]
        np.testing.assert_allclose(*values, rtol=0, atol=1e-5, err_msg=name)


def start(folder, *arguments, **more):
    return subprocess.Popen(
        [sys.executable, str(ROOT / "train.py"), *arguments],
        cwd=folder,
        env=environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def start_pair(folder, *arguments):
    port = free_port()
    return [
        start(
            folder,
            *(*arguments, "--coordinator", f"127.0.0.1:{port}", "--process-count", "2", "--process-index", str(index)),
        )
        for index in range(2)
    ]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The folder of a training on one device."""
    folder = tmp_path_factory.mktemp("alone")
    run = start(folder, *TINY, "--out", "run")
    assert run.wait(WAIT) == 0, run.stderr.read()
    return folder / "run"


@pytest.mark.slow
@pytest.mark.long
def test_four_devices_share_each_batch_out_give_the_same_losses_and_go_on(tmp_path, alone):
    from keras_reader.data.synthetic_words import SyntheticWords
    from keras_reader.training.drawing import DrawWords

    command = [sys.executable, "-c", STOPPED, *TINY, "--distribute", "--out", "run"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(4), capture_output=True, text=True, timeout=WAIT)
    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / "given.npz") as given:
        parts = [given[name] for name in given.files]
    assert [part.shape for part in parts] == 4 * [(2, 12, 12, 1)]
    drawn = np.concatenate(parts)
    words = SyntheticWords(alphabet="AB", max_length=1, image_size=(12, 12))
    np.testing.assert_array_equal(drawn[..., 0], DrawWords(words, 2)(0, 8)[0])
    assert len(np.unique(drawn.reshape(8, -1), axis=0)) == 8
    assert_same_losses(tmp_path / "run", alone)


@pytest.mark.slow
@pytest.mark.long
def test_two_processes_give_the_same_losses_and_one_of_them_writes(tmp_path, alone):
    first, second = start_pair(tmp_path, *TINY, "--out", "run")
    for run in (first, second):
        out, errors = run.communicate(timeout=WAIT)
        assert run.returncode == 0, errors
        assert ("the best reader" in out) == (run is first)
    assert_same_losses(tmp_path / "run", alone)
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        *("curves.png", "last.keras", "log.csv", "options.json", "reader.keras", "tensorboard")
    ]
    assert len([*(tmp_path / "run" / "tensorboard").iterdir()]) == 1


def wait_for_state(state, before, runs):
    ends = time.monotonic() + WAIT
    while not (state.exists() and state.stat().st_mtime_ns != before):
        assert time.monotonic() < ends, "it took too long"
        assert all(run.poll() is None for run in runs), [run.communicate() for run in runs]
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.long
def test_a_killed_process_ends_the_other_at_once_and_both_go_on(tmp_path):
    long = [*TINY, "--steps", "40000", "--validations", "20000", "--out", "run"]
    state = tmp_path / "run" / "last.keras"
    for killed, resume in ((1, []), (0, ["--resume"])):
        before = state.stat().st_mtime_ns if state.exists() else 0
        runs = start_pair(tmp_path, *long, *resume)
        wait_for_state(state, before, runs)
        rows_before = len(rows(tmp_path / "run"))
        runs[killed].send_signal(signal.SIGKILL)
        other = 1 - killed
        began = time.monotonic()
        _, errors = runs[other].communicate(timeout=WAIT)
        # Half a minute is for a machine that has other things to do.
        assert time.monotonic() - began < 30
        assert runs[other].returncode != 0
        said = errors.splitlines()
        line = (
            f"error: process {other} of 2: process {killed} has ended, and the training cannot go on without it: start "
            "all processes again with --resume"
        )
        if killed == 0 and line not in said:
            # Where its coordinator is gone, JAX ends the process too, with a line of its own. It may be the first.
            assert any("another task died" in text for text in said), errors
        else:
            assert line in said and (said == [line] or killed == 0), errors
        runs[killed].wait(WAIT)
    assert len(rows(tmp_path / "run")) >= rows_before > 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "backend", "message"),
    [
        (["--distribute"], "tensorflow", "--distribute needs the JAX backend of Keras, not tensorflow"),
        (
            ["--distribute", "--batch-size", "6"],
            "jax",
            "6 images cannot be divided equally among 4 devices: give --batch",
        ),
        (["--coordinator", "127.0.0.1:1"], "jax", "need all of --coordinator, --process-count and --process-index"),
    ],
)
def test_what_cannot_be_distributed_is_one_line_and_exit_code_2(tmp_path, arguments, backend, message):
    run = start(tmp_path, *TINY, *arguments, "--out", "run", devices=4, KERAS_BACKEND=backend)
    _, errors = run.communicate(timeout=WAIT)
    assert run.returncode == 2
    assert errors.startswith("error: ") and errors.count("\n") == 1 and message in errors
    assert not (tmp_path / "run" / "reader.keras").exists()
