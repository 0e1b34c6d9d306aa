import os
import platform
import subprocess
import sys

import pytest

from keras_reader.training import cpu_settings
from keras_reader.training.cpu_settings import ONEDNN, use_onednn
from tests.helpers import ROOT

# A large array is made, filled and freed, and then the same again: the second time, each page is new to the process
# unless its memory was kept. NumPy may take pages of 2 MiB for large arrays, so the C library is asked itself.
PROGRAM = """
import ctypes, resource, sys
from keras_reader.training.cpu_settings import keep_freed_memory

if sys.argv[1] == "kept":
    assert keep_freed_memory()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
for _ in range(2):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    array = libc.malloc(200_000_000)
    ctypes.memset(array, 1, 200_000_000)
    libc.free(array)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no mallopt")
def test_memory_that_was_freed_is_used_again_without_asking_the_system():
    kept, given_back = (
        int(subprocess.run([sys.executable, "-c", PROGRAM, how], check=True, capture_output=True, text=True).stdout)
        for how in ("kept", "given back")
    )
    assert kept < 100
    assert given_back > 10_000


def test_another_c_library_is_left_as_it_is(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr(cpu_settings.ctypes, "CDLL", None)
    assert not cpu_settings.keep_freed_memory()


# TensorFlow says at its start whether it uses oneDNN.
SAYS_SO = "oneDNN custom operations are on"
X86 = platform.machine().lower() in ("x86_64", "amd64")


def started(variable):
    """What TensorFlow says when it starts after `use_onednn`, with the environment variable as given."""
    program = "from keras_reader.training.cpu_settings import use_onednn; use_onednn(); import tensorflow"
    environment = {name: value for name, value in os.environ.items() if name != ONEDNN}
    environment |= {"TF_CPP_MIN_LOG_LEVEL": "0", **({ONEDNN: variable} if variable else {})}
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return run.stderr


@pytest.mark.skipif(not X86, reason="oneDNN is asked for on x86-64 alone")
@pytest.mark.parametrize(("variable", "used"), [(None, True), ("1", True), ("0", False)])
def test_tensorflow_uses_onednn_unless_told_otherwise(variable, used):
    assert (SAYS_SO in started(variable)) == used


@pytest.mark.parametrize(("machine", "before", "told"), [("AMD64", None, True), ("x86_64", "0", False)])
def test_the_variable_stays_as_it_was_set(machine, before, told, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setenv(ONEDNN, before or "")  # so that it is put back after the test, if it was not set before it, too
    if before is None:
        monkeypatch.delenv(ONEDNN)
    assert use_onednn() == told
    assert os.environ[ONEDNN] == (before or "1")


def test_another_processor_is_left_to_tensorflow(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    monkeypatch.setenv(ONEDNN, "")  # as above
    monkeypatch.delenv(ONEDNN)
    assert not use_onednn()
    assert ONEDNN not in os.environ


# `train`, with the settings seen when they are made: whether TensorFlow had been imported, whether the run had begun.
TRAIN = """
import sys
from pathlib import Path
from keras_reader.cli import main, train

def seen(setting):
    print(setting, "tensorflow" in sys.modules, Path(sys.argv[1]).exists())

train.keep_freed_memory = lambda: seen("memory")
train.use_onednn = lambda: seen("onednn")
main.main(["train", "--steps", "1", "--validations", "1", "--validation-images", "4", "--out", sys.argv[1]])
"""


@pytest.mark.slow
def test_train_makes_both_settings_before_it_imports_tensorflow(tmp_path):
    command = [sys.executable, "-c", TRAIN, str(tmp_path / "run")]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    assert output[:2] == ["memory False False", "onednn False False"]
    assert (tmp_path / "run" / "reader.keras").is_file()
