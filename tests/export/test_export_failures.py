"""An export that fails leaves the last good one, and nothing else."""

import json
import runpy
import shutil
import subprocess
import sys
import zipfile
from contextlib import contextmanager, suppress
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
import tf2onnx
from keras import ops

from keras_reader.atomic_files import exchange
from keras_reader.errors import InputError
from keras_reader.export import exporter
from keras_reader.export.exporter import export_reader
from keras_reader.export.onnx_file import save_onnx
from keras_reader.export.parity import ExportError
from keras_reader.metadata import metadata
from keras_reader.models.serving import Decode
from tests.helpers import ROOT
from tests.helpers.exports import CONFIGS, contents, trained_alike

SCRIPT = ROOT / "export.py"
WRITE_ONNX = exporter.write_onnx


def tampered_onnx(source):
    """`write_onnx` that writes a file which is valid but reads something else."""

    def write(model, config, path):
        proto = onnx.load(source)
        tensor = max(proto.graph.initializer, key=lambda value: len(value.raw_data))
        weight = onnx.numpy_helper.to_array(tensor)
        tensor.CopyFrom(onnx.numpy_helper.from_array(weight * np.float32(1.01), tensor.name))
        save_onnx(proto, metadata(config), path)

    return write


def truncated_onnx(source):
    return lambda model, config, path: path.write_bytes(source.read_bytes()[:-1000])


def unlabelled_onnx(source):
    def write(model, config, path):
        proto = onnx.load(source)
        del proto.metadata_props[:]
        onnx.save(proto, path)

    return write


def full_disk(source):
    def write(model, config, path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    return write


@pytest.mark.slow
@pytest.mark.parametrize(
    "writer, message",
    [
        (tampered_onnx, "reader.onnx: .* the Keras model"),
        (truncated_onnx, "reader.onnx: is not valid ONNX"),
        (unlabelled_onnx, "reader.onnx: .*no format version"),
        (full_disk, "reader.onnx: cannot be written .*No space left"),
    ],
)
def test_a_failed_export_leaves_the_last_good_one_and_nothing_else(prepared, monkeypatch, writer, message):
    before = contents(prepared)
    monkeypatch.setattr(exporter, "write_onnx", writer(prepared / "reader.onnx"))
    with pytest.raises(ExportError, match=message):
        export_reader(prepared / "reader.keras")
    assert contents(prepared) == before
    with pytest.raises(ExportError, match=message):
        export_reader(prepared / "reader.keras", prepared / "made/for/it")
    assert contents(prepared) == before
    assert not (prepared / "made").exists()


def test_an_interrupted_export_leaves_the_last_good_one(prepared, monkeypatch):
    def interrupt(model, config, path):
        raise KeyboardInterrupt

    before = contents(prepared)
    monkeypatch.setattr(exporter, "write_onnx", interrupt)
    with pytest.raises(KeyboardInterrupt):
        export_reader(prepared / "reader.keras")
    assert contents(prepared) == before


@contextmanager
def failing_at(number, error):
    """Every change that Python makes to the file system fails from the `number`-th on, as after a kill."""
    seen = []
    renames = {name: getattr(Path, name) for name in ("replace", "rename")}
    swap, remove = exporter.exchange, shutil.rmtree

    def counted(call):
        def change(*arguments, **options):
            seen.append(call)
            if len(seen) > number and (error is not None or len(seen) == number + 1):
                raise error or OSError(28, "No space left on device")
            return call(*arguments, **options)

        return change

    with pytest.MonkeyPatch.context() as patch:
        for name, call in renames.items():
            patch.setattr(Path, name, counted(call))
        patch.setattr(exporter, "exchange", counted(swap))
        if error is not None:
            patch.setattr(shutil, "rmtree", counted(remove))
        yield seen


class KilledError(BaseException):
    """Stands for SIGKILL: nothing that would follow happens."""


def prepared_earlier(prepared, monkeypatch):
    for name in ("reader.int8.onnx", "reader.tflite", "reader.int8.tflite"):
        (prepared / name).write_bytes(b"made of the earlier one")
    (prepared / "saved_model" / "earlier").touch()
    monkeypatch.setattr(exporter, "check_parity", lambda *_: {})
    return contents(prepared.parent)


@pytest.fixture
def light(prepared, monkeypatch):
    """A prepared export whose artifacts are not loaded back, which would take most of the time."""
    monkeypatch.setattr(exporter, "_load_saved_model", lambda path: [])
    monkeypatch.setattr(exporter, "_load_onnx", lambda path: None)
    monkeypatch.setattr(exporter, "_load_back", lambda path: None)
    monkeypatch.setattr(exporter, "require_litert", lambda: None)
    monkeypatch.setattr(exporter, "write_litert", lambda model, config, path: path.write_bytes(b"new"))
    write = exporter.write_saved_model

    def without_mark(model, config, path):
        write(model, config, path)
        (path / "earlier").unlink(missing_ok=True)

    monkeypatch.setattr(exporter, "write_saved_model", without_mark)
    return prepared


@pytest.mark.parametrize("exchanges", [True, False], ids=["one stroke", "two renames"])
@pytest.mark.parametrize("out", ["readers", "new"])
@pytest.mark.parametrize("litert", [False, True], ids=["without LiteRT", "with LiteRT"])
def test_an_export_that_cannot_be_moved_into_place_is_undone(light, monkeypatch, out, exchanges, litert):
    before = prepared_earlier(light, monkeypatch)
    if not exchanges:
        monkeypatch.setattr(exporter, "exchange", lambda one, other: False)
    for done in range(12):
        with failing_at(done, None) as seen, suppress(ExportError):
            export_reader(light / "reader.keras", light.parent / out, litert=litert)
            break
        assert contents(light.parent) == before, done
        assert [child.name for child in light.parent.iterdir()] == ["readers"]
    assert len(seen) >= (2 if out == "new" else 3 if exchanges else 4)
    assert not (light.parent / out / "saved_model" / "earlier").exists()
    there = sorted(child.name for child in (light.parent / out).iterdir() if child.name != "reader.keras")
    assert there == ["reader.onnx", *(["reader.tflite"] if litert else []), "saved_model"]
    assert not litert or (light.parent / out / "reader.tflite").read_bytes() == b"new"


@pytest.mark.parametrize("exchanges", [True, False], ids=["one stroke", "two renames"])
def test_an_export_killed_at_any_moment_leaves_whole_artifacts_and_the_next_one_cleans_up(
    light, monkeypatch, exchanges
):
    prepared_earlier(light, monkeypatch)
    if not exchanges:
        monkeypatch.setattr(exporter, "exchange", lambda one, other: False)
    for done in range(12):
        try:
            with failing_at(done, KilledError()):
                export_reader(light / "reader.keras")
            break
        except KilledError:
            whole = (light / "saved_model" / "saved_model.pb").is_file()
            assert whole or (not exchanges and (light / exporter.EARLIER / "saved_model.pb").is_file())
            assert (light / "reader.onnx").stat().st_size > 1000
        export_reader(light / "reader.keras")
        assert sorted(child.name for child in light.iterdir()) == ["reader.keras", "reader.onnx", "saved_model"]
        (light / "reader.int8.onnx").write_bytes(b"made of the earlier one")
    else:
        raise AssertionError("it never came to its end")


def test_names_are_exchanged_in_one_stroke(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / f"of_{name}").touch()
    assert exchange(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a" / "of_b").exists() and (tmp_path / "b" / "of_a").exists()
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "a", tmp_path / "none")


@pytest.mark.slow
def test_an_operator_without_a_counterpart_in_onnx_fails_the_export(prepared, monkeypatch):
    def call(self, logits):
        ids = ops.cast(ops.argmax(logits, axis=-1), "int32")
        probability = ops.max(ops.softmax(logits), axis=-1)
        confidence = ops.prod(probability, axis=1)
        outputs = {"ids": ids, "character_confidence": probability, "confidence": confidence}
        return {**outputs, "probabilities": ops.softmax(logits)}

    before = contents(prepared)
    monkeypatch.setattr(exporter, "write_onnx", WRITE_ONNX)
    monkeypatch.setattr(Decode, "call", call)
    with pytest.raises(ExportError, match=r"ONNX has no operator for TensorFlow's .*Bitcast"):
        export_reader(prepared / "reader.keras")
    assert contents(prepared) == before


def test_a_converter_that_fails_fails_the_export(prepared, monkeypatch):
    def convert(*args, **options):
        raise ValueError("make_sure failure: no such thing\nmore lines")

    monkeypatch.setattr(exporter, "write_onnx", WRITE_ONNX)
    monkeypatch.setattr(tf2onnx.convert, "from_function", convert)
    before = contents(prepared)
    with pytest.raises(ExportError, match=r"reader.onnx: cannot be written \(make_sure failure: no such thing\)$"):
        export_reader(prepared / "reader.keras")
    assert contents(prepared) == before


def test_what_is_no_earlier_export_is_never_replaced(prepared):
    (prepared / "other").mkdir()
    (prepared / "other/saved_model").mkdir()
    (prepared / "other/saved_model/holiday.jpg").write_bytes(b"dear to someone")
    (prepared / "another/reader.onnx").mkdir(parents=True)
    (prepared / "a third/reader.int8.onnx").mkdir(parents=True)
    before = contents(prepared)
    with pytest.raises(InputError, match=r"other/saved_model: exists and is not a SavedModel"):
        export_reader(prepared / "reader.keras", prepared / "other")
    with pytest.raises(InputError, match=r"another/reader.onnx: a folder"):
        export_reader(prepared / "reader.keras", prepared / "another")
    with pytest.raises(InputError, match=r"a third/reader.int8.onnx: a folder"):
        export_reader(prepared / "reader.keras", prepared / "a third")
    with pytest.raises(InputError, match=r"reader.keras: not a folder"):
        export_reader(prepared / "reader.keras", prepared / "reader.keras")
    with pytest.raises(InputError, match="cannot be written"):
        export_reader(prepared / "reader.keras", prepared / "reader.keras/below")
    assert contents(prepared) == before


def test_another_backend_is_told_what_to_do(prepared, monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    with pytest.raises(InputError, match="not jax: set KERAS_BACKEND=tensorflow"):
        export_reader(prepared / "reader.keras")


def not_a_reader(folder):
    with zipfile.ZipFile(folder / "other.keras", "w") as archive:
        archive.writestr("config.json", json.dumps({"class_name": "Sequential", "registered_name": "Sequential"}))
    return folder / "other.keras"


def truncated(folder):
    model = trained_alike(CONFIGS["deep_reader"])
    model.save(folder / "reader.keras")
    whole = (folder / "reader.keras").read_bytes()
    (folder / "reader.keras").write_bytes(whole[: len(whole) // 2])
    return folder / "reader.keras"


def text_file(folder):
    (folder / "notes.keras").write_text("not a zip file\n")
    return folder / "notes.keras"


@pytest.mark.slow
@pytest.mark.parametrize("make", [lambda folder: folder / "missing.keras", not_a_reader, truncated, text_file, Path])
def test_wrong_input_gives_one_line_and_exit_code_2(tmp_path, make):
    path = make(tmp_path)
    before = contents(tmp_path)
    done = subprocess.run([sys.executable, SCRIPT, path, "--out", tmp_path / "out"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ") and str(path) in line
    assert contents(tmp_path) == before and not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_command_ends_with_one_line_and_exit_code_1_when_the_export_fails(prepared, monkeypatch, capsys):
    monkeypatch.setattr(exporter, "write_onnx", truncated_onnx(prepared / "reader.onnx"))
    monkeypatch.setattr(sys, "argv", ["export.py", str(prepared / "reader.keras")])
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(SCRIPT), run_name="__main__")
    assert stop.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: reader.onnx: is not valid ONNX")
