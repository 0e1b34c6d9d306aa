import platform
import subprocess
import sys

import pytest

from keras_reader.cli.main import main
from keras_reader.training import freed_memory

# A large array is made, filled and freed, and then the same again: the second time, each page is new to the process
# unless its memory was kept. NumPy may take pages of 2 MiB for large arrays, so the C library is asked itself.
PROGRAM = """
import ctypes, resource, sys
from keras_reader.training.freed_memory import keep_freed_memory

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
    monkeypatch.setattr(freed_memory.ctypes, "CDLL", None)
    assert not freed_memory.keep_freed_memory()


@pytest.mark.slow
def test_train_keeps_it_before_the_first_step(tmp_path, monkeypatch):
    trained = []
    monkeypatch.setattr("keras_reader.cli.train.keep_freed_memory", lambda: trained.append((tmp_path / "run").exists()))
    main(["train", "--steps", "1", "--validations", "1", "--validation-images", "4", "--out", str(tmp_path / "run")])
    assert trained == [False]
    assert (tmp_path / "run" / "reader.keras").is_file()
