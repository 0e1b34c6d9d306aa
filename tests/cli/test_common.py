"""`python -m keras_reader` as its users run it."""

import json
import os
import pickle
import subprocess
import sys

import keras
import numpy as np
import pytest

import keras_reader as kr
import keras_reader.models  # registers the classes of a reader
from keras_reader.checkpoint_file import load_checkpoint
from keras_reader.cli.main import main
from keras_reader.errors import RangeError
from keras_reader.models.deep_reader_checkpoint import from_deep_reader
from tests.helpers import FIXTURES, ROOT

GOLDEN = FIXTURES / "deep_reader_recurrence.npz"


def run(*arguments, cwd=ROOT):
    command = [sys.executable, "-m", "keras_reader", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    path = tmp_path_factory.mktemp("reader") / "reader.keras"
    kr.build_reader(kr.ReaderConfig(alphabet="AB", max_length=2, image_size=(20, 24), filters=8, units=8)).save(path)
    return path


def assert_wrong_input(done, message):
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert message in done.stderr


@pytest.mark.slow
def test_convert_writes_a_reader_that_gives_the_originals_logits(tmp_path):
    done = run("convert", GOLDEN, tmp_path / "out.keras", "--max-length", 3)
    assert done.returncode == 0, done.stderr
    assert "14x14" in done.stdout and "ABCDE" in done.stdout
    with np.load(GOLDEN) as golden:
        reader = keras.models.load_model(tmp_path / "out.keras")
        logits = reader.predict(golden["image"][..., None], verbose=0)["logits"]
        np.testing.assert_allclose(logits, golden["logits"], rtol=0, atol=1e-5)
    assert [path.name for path in tmp_path.iterdir()] == ["out.keras"]


def test_convert_reads_the_originals_model_file(tmp_path):
    torch = pytest.importorskip("torch")
    with np.load(GOLDEN) as golden:
        parameters = {key: torch.from_numpy(golden[key]) for key in golden if key.endswith(("weight", "bias", "l0"))}
        torch.save(parameters, tmp_path / "model")
        done = run("convert", tmp_path / "model", tmp_path / "out.keras", "--max-length", 3)
        assert done.returncode == 0, done.stderr
        reader = keras.models.load_model(tmp_path / "out.keras")
        logits = reader.predict(golden["image"][..., None], verbose=0)["logits"]
        np.testing.assert_allclose(logits, golden["logits"], rtol=0, atol=1e-5)


@pytest.mark.slow
def test_convert_without_pytorch_says_what_to_install(tmp_path):
    (tmp_path / "model").write_bytes(b"whatever")
    code = (
        "import runpy, sys\n"
        "class NoTorch:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.partition('.')[0] == 'torch':\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, NoTorch())\n"
        "sys.argv[1:] = ['convert', 'model', 'out.keras']\n"
        "runpy.run_module('keras_reader', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert_wrong_input(done, "pip install torch")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.npz", None, "none.npz: no such file"),
        ("text.npz", b"hello", "text.npz: not an .npz file"),
        ("cut.npz", GOLDEN.read_bytes()[:4000], "cut.npz: not an .npz file"),
        ("empty.npz", b"", "empty.npz: not an .npz file"),
        ("flipped.npz", GOLDEN.read_bytes()[:300] + bytes(200) + GOLDEN.read_bytes()[500:], "flipped.npz: not an .npz"),
    ],
)
def test_convert_names_a_checkpoint_that_cannot_be_read(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert_wrong_input(run("convert", tmp_path / name, tmp_path / "out.keras"), message)
    assert not (tmp_path / "out.keras").exists()


def test_a_checkpoint_that_unpacks_to_more_than_any_model_has_is_not_unpacked(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "bomb.npz", x=np.zeros(100_000))
    monkeypatch.setattr("keras_reader.checkpoint_file.MODEL_BYTES", 1000)
    with pytest.raises(kr.InputError, match=r"800,\d+ bytes when it is unpacked"):
        load_checkpoint(tmp_path / "bomb.npz")


@pytest.mark.parametrize(("array", "message"), [(np.float32(1), "no matrix"), (np.array(["x"]), "numbers")])
def test_arrays_that_are_no_weights_are_refused(array, message):
    arrays = dict(np.load(GOLDEN)) | {"rnn1.weight_hh_l0": array}
    with pytest.raises(kr.InputError, match=message):
        from_deep_reader(arrays)


def test_a_backend_that_keras_does_not_have_is_named(monkeypatch, capsys):
    monkeypatch.setenv("KERAS_BACKEND", "tensorflwo")
    with pytest.raises(SystemExit) as end:
        main(["models"])
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("error: KERAS_BACKEND=tensorflwo: Keras has no such backend: set it to ")


@pytest.mark.slow
def test_convert_names_the_file_that_lacks_an_array(tmp_path):
    np.savez(tmp_path / "half.npz", **{"c1.weight": np.zeros((4, 1, 3, 3))})
    assert_wrong_input(run("convert", tmp_path / "half.npz", tmp_path / "out.keras"), "half.npz: not a checkpoint")


@pytest.mark.slow
def test_convert_wants_a_keras_file_to_write(tmp_path):
    assert_wrong_input(run("convert", GOLDEN, tmp_path / "out.h5"), "must end in .keras")


@pytest.mark.slow
def test_convert_names_a_folder_it_cannot_write_to(tmp_path):
    assert_wrong_input(run("convert", GOLDEN, tmp_path / "none" / "out.keras", "--max-length", 3), "cannot be written")


@pytest.mark.slow
def test_evaluate_prints_its_figures(reader):
    done = run("evaluate", reader, "--count", 50, "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["images"] == 50
    assert 0 <= figures["whole_word_accuracy"] <= 1
    assert 0 <= figures["pointing"] <= 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.onnx"], "none.onnx: no such file"),
        (["--count", "0"], "--count must be at least 1"),
        (["--data", "none.csv"], "none.csv: cannot be read"),
        (["--noise", "-1"], "noise >= 0"),
        (["--count", "many"], "argument --count: invalid int value: 'many'"),
        (["--typo"], "unrecognized arguments: --typo"),
    ],
)
def test_evaluate_with_wrong_input(reader, arguments, message):
    model = [] if arguments[0].endswith(".onnx") else [reader]
    assert_wrong_input(run("evaluate", *model, *arguments), message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--steps", "0"], "error: --steps must be at least 1, got 0"),
        (["train", "--image-size", "4", "40"], "error: --image-size must be (height, width), each at least 8 pixels"),
        (["train", "--units", "100000"], "error: --units must be at most 4,096, got 100,000"),
        (["train", "--echo", "0"], "error: --echo must be at least 1, got 0"),
        (["train", "--drawing-processes", "-1"], "error: --drawing-processes must be at least 0, got -1"),
    ],
)
def test_a_value_out_of_range_is_named_by_its_option(capsys, arguments, message):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert message in capsys.readouterr().err


def test_a_value_that_is_no_option_keeps_its_name():
    with pytest.raises(kr.InputError, match=r"^temperature must be above 0"):
        kr.ReaderConfig(temperature=-1)


def test_a_value_out_of_range_is_told_from_another_process_too():
    error = pickle.loads(pickle.dumps(RangeError("units", "be at least 1, got 0")))
    assert str(error) == "units must be at least 1, got 0"
