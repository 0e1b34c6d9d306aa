"""Reading with an ONNX file needs NumPy, Pillow and onnxruntime, and nothing else."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.helpers import ROOT

ABSENT = ["tensorflow", "keras", "jax", "torch", "matplotlib", "tf2onnx", "onnx", "imageio", "tensorboardX", "h5py"]

# What a machine without these packages does: an import of them fails.
WITHOUT = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {ABSENT}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""


def python(code, *arguments):
    command = [sys.executable, "-c", WITHOUT + code, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture
def image(expected, tmp_path):
    path = tmp_path / "word.png"
    Image.fromarray(expected["images"][0]).save(path)
    return path


@pytest.fixture
def expected(golden):
    with np.load(golden / "expected.npz") as arrays:
        return dict(arrays)


def test_an_onnx_file_reads_where_nothing_that_trains_is_installed(golden, expected, image):
    code = f"""
import keras_reader
reader = keras_reader.load(sys.argv[1])
print([reading.text for reading in reader.read([sys.argv[2]])])
print({{name.partition(".")[0] for name in sys.modules}} & set({ABSENT}))
"""
    done = python(code, golden / "reader.onnx", image)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str([str(expected["texts"][0])]), "set()"]


def test_the_read_command_works_where_nothing_that_trains_is_installed(golden, expected, image):
    code = f"""
import runpy
sys.argv = ["keras_reader", "read", sys.argv[2], "--model", sys.argv[1]]
runpy.run_module("keras_reader", run_name="__main__")
print({{name.partition(".")[0] for name in sys.modules}} & set({ABSENT}))
"""
    done = python(code, golden / "reader.onnx", image)
    assert (done.returncode, done.stderr) == (0, "")
    line, modules = done.stdout.splitlines()
    assert line == f"{image}\t{expected['texts'][0]}\t{expected['confidence'][0]:.4f}"
    assert modules == "set()"


@pytest.mark.parametrize(("name", "package"), [("reader.keras", "keras"), ("saved_model", "tensorflow")])
def test_other_formats_say_what_they_take(golden, name, package):
    done = python("import keras_reader\nkeras_reader.load(sys.argv[1])", golden / name)
    assert f"InputError: {golden / name}: this format needs {package}: pip install" in done.stderr
