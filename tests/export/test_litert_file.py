"""Exporting to LiteRT: with the others or not at all, in floating point and in 8 bits."""

import shutil
import subprocess
import sys

import numpy as np
import pytest

import keras_reader as kr
from keras_reader.errors import InputError
from keras_reader.export import exporter, quantization
from keras_reader.export.exporter import export_reader
from keras_reader.export.parity import ExportError
from tests.export.test_quantization import data  # noqa: F401 - a fixture
from tests.helpers import ROOT
from tests.helpers.exports import contents, noise

pytest.importorskip("ai_edge_litert", reason="no LiteRT here: pip install ai-edge-litert")


@pytest.mark.slow
def test_a_litert_file_is_written_with_the_others_and_goes_with_them(prepared):
    said = []
    export_reader(prepared / "reader.keras", progress=said.append, litert=True)
    assert sorted(path.name for path in prepared.iterdir()) == [
        "reader.keras",
        "reader.onnx",
        "reader.tflite",
        "saved_model",
    ]
    assert any(line.startswith("reader.tflite: the same ids, everything else within ") for line in said)
    images = noise(4, 30, 20)
    got, expected = (kr.load(prepared / name).run(images) for name in ("reader.tflite", "reader.keras"))
    np.testing.assert_allclose(got["confidence"], expected["confidence"], atol=1e-4)
    (prepared / "reader.int8.tflite").write_bytes(b"made of the earlier one")
    export_reader(prepared / "reader.keras", progress=said.append)
    assert sorted(path.name for path in prepared.iterdir()) == ["reader.keras", "reader.onnx", "saved_model"]
    assert said[-2:] == [
        "reader.int8.tflite: removed, because it was made from the earlier reader.tflite",
        "reader.tflite: removed, because it was made from the earlier reader",
    ]


@pytest.mark.slow
def test_a_litert_file_that_reads_something_else_keeps_all_from_being_written(prepared, monkeypatch):
    write = exporter.write_litert

    def other_weights(model, config, path):
        changed = model.get_weights()
        model.set_weights([weight * np.float32(1.01) for weight in changed])
        write(model, config, path)
        model.set_weights(changed)

    before = contents(prepared)
    monkeypatch.setattr(exporter, "write_litert", other_weights)
    with pytest.raises(ExportError, match=r"reader.tflite: .* the Keras model"):
        export_reader(prepared / "reader.keras", litert=True)
    assert contents(prepared) == before


def test_an_operator_that_is_not_built_in_is_an_error_that_names_it(tmp_path):
    import keras

    from keras_reader.export.litert_file import write_litert
    from keras_reader.export.parity import failing

    config = kr.ReaderConfig(alphabet="AB", max_length=1, image_size=(8, 8))
    image = keras.Input((8, 8, 1), name="image")
    model = keras.Model(image, keras.ops.erfinv(image))
    with (
        pytest.raises(ExportError, match=r"reader\.tflite: cannot be written .*Erfinv"),
        failing("reader.tflite", "cannot be written"),
    ):
        write_litert(model, config, tmp_path / "reader.tflite")


@pytest.mark.slow
def test_an_8_bit_file_reads_the_same_words(golden, tmp_path, data):  # noqa: F811
    from keras_reader.export.litert_file import write_litert
    from keras_reader.models.loading import load_reader_model
    from keras_reader.models.serving import decoding_model

    path = tmp_path / "reader.tflite"
    model = load_reader_model(golden / "reader.keras")
    write_litert(decoding_model(model), model.config, path)
    done = quantization.quantize_litert(golden / "reader.keras", path, data)
    assert done.path == tmp_path / "reader.int8.tflite"
    assert done.images == 100 and done.accuracy == (1, 1)
    assert done.size == (path.stat().st_size, done.path.stat().st_size)
    assert sorted(found.name for found in tmp_path.iterdir()) == ["reader.int8.tflite", "reader.tflite"]
    from ai_edge_litert.interpreter import Interpreter

    details = Interpreter(str(done.path)).get_tensor_details()
    assert sum(detail["dtype"] is np.int8 for detail in details) > len(details) / 2
    assert kr.load(done.path).config == model.config


def test_an_8_bit_file_that_loses_too_much_is_refused(golden, tmp_path, data, monkeypatch):  # noqa: F811
    def copy(model, config, path, images):
        shutil.copy(tmp_path / "reader.tflite", path)

    from keras_reader.export.litert_file import write_litert
    from keras_reader.models.loading import load_reader_model
    from keras_reader.models.serving import decoding_model

    model = load_reader_model(golden / "reader.keras")
    write_litert(decoding_model(model), model.config, tmp_path / "reader.tflite")
    accuracies = iter([0.98, 0.9779])
    monkeypatch.setattr(quantization, "write_litert", copy)
    monkeypatch.setattr(quantization, "_accuracy", lambda *_: next(accuracies))
    with pytest.raises(ExportError, match=r"int8.tflite: not written: it reads 97.79% .* reader.tflite reads 98"):
        quantization.quantize_litert(golden / "reader.keras", tmp_path / "reader.tflite", data)
    assert [path.name for path in tmp_path.iterdir()] == ["reader.tflite"]


def test_without_litert_installed_nothing_is_written(prepared, monkeypatch):
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    before = contents(prepared)
    with pytest.raises(InputError, match="--litert needs ai-edge-litert: pip install ai-edge-litert"):
        export_reader(prepared / "reader.keras", litert=True)
    assert contents(prepared) == before


@pytest.mark.slow
@pytest.mark.long
def test_the_command_writes_both_and_says_what_they_take(golden, tmp_path, data):  # noqa: F811
    shutil.copy(golden / "reader.keras", tmp_path)
    command = [sys.executable, "export.py", tmp_path / "reader.keras", "--litert", "--quantize", "int8", "--data", data]
    done = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"{tmp_path / 'reader.tflite'}: 0." in done.stdout
    assert "image: float32 (1, 12, 12, 1) in [0, 1]" in done.stdout
    assert f"{tmp_path / 'reader.int8.tflite'}: 0." in done.stdout
    assert (tmp_path / "reader.int8.tflite").is_file() and (tmp_path / "reader.int8.onnx").is_file()
