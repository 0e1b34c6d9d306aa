"""The benchmark of one GPU: it runs without TensorFlow, and where there is no GPU it invents nothing."""

import argparse
import os
import subprocess
import sys

import pytest

from benchmarks.common.device_rates import matrix_product_rate, memory_rate
from benchmarks.common.gpu_sizes import FULL
from benchmarks.gpu import NOT_MEASURED, _page
from tests.helpers import ROOT

# The command compiles the same steps again and again; from the cache, it takes half as long.
JAX = {
    "KERAS_BACKEND": "jax",
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}
ARGUMENTS = argparse.Namespace(precision="float32", jit="auto", steps=None, tiny=False, data=None)


def cells(page: str) -> list[str]:
    """The cells of all tables but their first columns and headers."""
    rows = [line for part in page.split("\n\n") if part.startswith("|") for line in part.strip().splitlines()[2:]]
    return [cell.strip() for row in rows for cell in row.strip("| ").split("|")[1:]]


def test_without_a_gpu_every_cell_says_that_it_was_not_measured():
    page = "\n\n".join(_page(ARGUMENTS, FULL, {}))
    assert "Not measured: no GPU was at hand" in page
    assert len(cells(page)) > 50 and set(cells(page)) == {NOT_MEASURED}


def test_the_page_in_the_documentation_has_the_tables_of_the_command():
    written = (ROOT / "docs" / "results" / "gpu.md").read_text(encoding="utf-8")
    headings = [line for part in _page(ARGUMENTS, FULL, {}) for line in part.splitlines() if line.startswith("#")]
    assert [line for line in written.splitlines() if line.startswith("#")] == headings
    assert ("no GPU was at hand" in written) == (set(cells(written)) == {NOT_MEASURED})


def test_rates_are_operations_and_bytes_a_second():
    # A product of 64 x 64 takes at least the time of a call, and no processor reaches 10^15 operations a second.
    assert 1e5 < matrix_product_rate(64, "float32", 0.02) < 1e15
    assert 1e6 < memory_rate(1, 0.02) < 1e13


@pytest.mark.slow
@pytest.mark.long
def test_the_command_fills_in_every_cell_on_jax_without_tensorflow(tmp_path):
    pytest.importorskip("jax")
    code = (
        "import runpy, sys; sys.modules['tensorflow'] = None; runpy.run_module('benchmarks.gpu', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--tiny"],
        cwd=ROOT,
        env=os.environ | JAX | {"JAX_COMPILATION_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "these figures mean nothing" in done.stdout
    filled = cells(done.stdout)
    assert len(filled) > 30 and NOT_MEASURED not in filled
    assert all(any(character.isdigit() for character in cell) or cell == "-" for cell in filled), filled
