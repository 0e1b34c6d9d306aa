"""A training that is stopped says what is kept, leaves no processes behind, and goes on."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.helpers import ROOT

TINY = (
    *("--alphabet", "AB", "--max-length", "1", "--image-size", "12", "12", "--steps", "40000", "--batch-size", "8"),
    *("--validations", "400", "--validation-images", "20", "--processes", "2", "--out", "run"),
)


def start(folder, *arguments):
    return subprocess.Popen(
        [sys.executable, str(ROOT / "train.py"), *TINY, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "KERAS_BACKEND": "tensorflow"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell that runs the tests in the background has them ignore Ctrl-C, and what they start, too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def wait_for(condition, seconds=240):
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it took too long"
        time.sleep(0.1)


def descendants(pid):
    """The processes that a process started, and theirs."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    return [child for parent in map(int, found) for child in (parent, *descendants(parent))]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
def test_a_stopped_training_ends_in_one_line_without_its_processes_and_goes_on(tmp_path):
    state, resume = tmp_path / "run" / "last.keras", []
    for how, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)):
        before = state.stat().st_mtime_ns if state.exists() else 0
        run = start(tmp_path, *resume)
        wait_for(lambda before=before, run=run: run.poll() is not None or _newer(state, before))
        assert run.poll() is None, run.stderr.read()
        children = descendants(run.pid)
        assert len(children) >= 2
        if how == signal.SIGINT:
            refused = subprocess.run(
                [sys.executable, str(ROOT / "train.py"), *TINY, "--resume"],
                cwd=tmp_path,
                capture_output=True,
                text=True,
            )
            assert refused.returncode == 2 and f"process {run.pid} on " in refused.stderr
            os.killpg(run.pid, how)  # as a terminal does it
        else:
            run.send_signal(how)
        _, error = run.communicate(timeout=120)
        assert run.returncode == code
        if how != signal.SIGKILL:
            (line,) = error.splitlines()
            assert line.startswith("error: interrupted: run keeps the best reader and the state") and "--resume" in line
        else:
            assert error == ""
        wait_for(lambda children=children: not any(map(alive, children)), 30)
        resume = ["--resume"]
    changed = subprocess.run(
        [sys.executable, str(ROOT / "train.py"), *TINY, "--resume", "--seed", "3", "--learning-rate", "0.5"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert changed.returncode == 2
    assert "seed was 0 and is 3" in changed.stderr and "learning_rate was 0.01 and is 0.5" in changed.stderr


def _newer(path, before):
    try:
        return path.stat().st_mtime_ns > before
    except FileNotFoundError:
        return False
