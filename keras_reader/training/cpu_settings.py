"""What makes a training step on a CPU quicker without changing what it computes."""

import ctypes
import os
import platform

# Parameters of `mallopt`, from malloc.h of the GNU C library, and values for them: give nothing back to the system
# below 2 GiB, the most that it takes; ask it for 64 MiB at a time; take large arrays, which are mapped and unmapped one
# by one otherwise, from the same memory.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
_SETTINGS = ((_TRIM_THRESHOLD, 2**31 - 1), (_TOP_PAD, 64 * 2**20), (_MMAP_MAX, 0))

ONEDNN = "TF_ENABLE_ONEDNN_OPTS"


def keep_freed_memory() -> bool:
    """Have this process keep the memory that it frees, for what it needs next.

    A training step on a CPU makes and frees hundreds of megabytes of arrays. The GNU C library gives large ones back to
    the system at once, which clears every page again for the next step: it adapts to such a use by itself, but
    TensorFlow switches that off in its data sets of Python generators, to mitigate a leak in Python 3.11
    (M_TRIM_THRESHOLD). `python -m benchmarks.cpu_settings` says what it costs. The process stays as large as it has
    ever been.

    Returns:
        Whether it does: false where the C library is another one, which is left as it is.

    References:
        `man mallopt`.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    # A list: each of them is set, whatever became of those before.
    return all([mallopt(parameter, value) for parameter, value in _SETTINGS])


def use_onednn() -> bool:
    """Have TensorFlow compute with oneDNN. It must not have been imported yet.

    TensorFlow does so by itself on processors with instructions for neural networks (VNNI, AMX, bfloat16). On others,
    those with AVX2 alone, a step of its own takes a third longer: `python -m benchmarks.cpu_settings`. Results differ
    by rounding. Where the environment variable `TF_ENABLE_ONEDNN_OPTS` is set, it stays as it is.

    Returns:
        Whether TensorFlow was told to: false where the variable says otherwise, or the processor is of another kind
        than x86-64, for which TensorFlow's default was not compared.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    return os.environ.setdefault(ONEDNN, "1") == "1"
