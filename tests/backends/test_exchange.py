"""A reader that one backend has saved reads the same in the others."""

import os
import subprocess
import sys
from importlib.util import find_spec

import keras
import numpy as np
import pytest

import keras_reader as kr
from keras_reader.cli.main import main
from keras_reader.models.loading import load_reader_model
from tests.helpers import ROOT
from tests.models.test_layers import BASE, DEEP_READER, SMALL, images, trained_alike

CONFIGS = {config.preset: config for config in (SMALL, BASE, DEEP_READER)}
OTHERS = [backend for backend in ("tensorflow", "jax", "torch") if backend != keras.backend.backend()]

# What a process on another backend does: it gives what the readers read, and saves them again.
READ_AND_SAVE = """
import sys
import numpy as np
from keras_reader.models.loading import load_reader_model
for folder in sys.argv[1:]:
    model = load_reader_model(folder + "/reader.keras")
    np.savez(folder + "/read.npz", **model.predict(np.load(folder + "/images.npy"), verbose=0))
    model.save(folder + "/again.keras")
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Folders by preset, each with a reader, images, and what this backend reads in them."""
    folders = {}
    for preset, config in CONFIGS.items():
        folder = folders[preset] = tmp_path_factory.mktemp(preset)
        model = trained_alike(config)
        model.save(folder / "reader.keras")
        np.save(folder / "images.npy", images(config))
        np.savez(folder / "expected.npz", **model.predict(images(config), verbose=0))
    return folders


@pytest.mark.parametrize("backend", OTHERS)
def test_a_reader_reads_the_same_on_another_backend_and_comes_back_as_it_was(saved, backend):
    if not find_spec(backend):
        pytest.skip(f"{backend} is not installed")
    environment = os.environ | {"KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, "-c", READ_AND_SAVE, *map(str, saved.values())], check=True, env=environment)
    for folder in saved.values():
        with np.load(folder / "expected.npz") as expected, np.load(folder / "read.npz") as read:
            for name in ("logits", "masks"):
                np.testing.assert_allclose(read[name], expected[name], rtol=0, atol=1e-4)
        before, after = (load_reader_model(folder / f"{name}.keras").get_weights() for name in ("reader", "again"))
        for a, b in zip(before, after, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("size", ["", "_enlarged"])
def test_the_golden_reader_which_tensorflow_saved_reads_images_of_any_size_the_same_here(golden, size):
    reader = kr.load(golden / "reader.keras")
    with np.load(golden / "expected.npz") as expected:
        outputs = reader.run(expected[f"images{size}"])
        np.testing.assert_array_equal(outputs["ids"], expected[f"ids{size}"])
        for name in ("confidence", "character_confidence", "masks", "probabilities"):
            np.testing.assert_allclose(outputs[name], expected[f"{name}{size}"], rtol=0, atol=1e-4, err_msg=name)


def test_commands_take_a_reader_that_another_backend_has_saved(golden, tmp_path, capsys):
    reader = str(golden / "reader.keras")
    main(["visualize", reader, "--count", "1", "--out", str(tmp_path / "img")])
    assert (tmp_path / "img" / "vis_0.gif").stat().st_size > 0
    capsys.readouterr()
    main(["evaluate", reader, "--count", "20"])
    assert "20" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() == "tensorflow", reason="the other tests export on TensorFlow")
def test_export_turns_to_tensorflow_by_itself_and_says_so(golden, tmp_path):
    command = [sys.executable, ROOT / "export.py", golden / "reader.keras", "--out", tmp_path / "out"]
    backend = keras.backend.backend()
    environment = os.environ | {"KERAS_BACKEND": backend}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"KERAS_BACKEND={backend}: exporting on TensorFlow instead" in done.stdout
    assert (tmp_path / "out" / "reader.onnx").is_file() and (tmp_path / "out" / "saved_model").is_dir()
