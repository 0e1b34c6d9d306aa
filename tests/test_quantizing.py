"""8-bit readers: loaded like any other, and refused when they read worse."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

import keras_reader as kr
from keras_reader import quantizing
from keras_reader.artifact import metadata
from keras_reader.exporting import ExportError

ROOT = Path(__file__).parent.parent


@pytest.fixture
def reader(golden, tmp_path):
    """A tiny reader that reads, alone in a folder."""
    return Path(shutil.copy(golden / "reader.onnx", tmp_path))


@pytest.fixture
def expected(golden):
    with np.load(golden / "expected.npz") as arrays:
        return dict(arrays)


@pytest.fixture
def data(expected, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    lines = ["image,text"]
    for i, (image, text) in enumerate(zip(expected["images"], expected["texts"], strict=True)):
        Image.fromarray(image).save(folder / f"{i}.png")
        lines.append(f"{i}.png,{text}")
    (folder / "labels.csv").write_text("\n".join(lines))
    return folder / "labels.csv"


def test_an_8_bit_reader_reads_the_same_words(reader, data, expected):
    quantized = quantizing.quantize_reader(reader, data)
    assert quantized.path == reader.with_name("reader.int8.onnx")
    assert quantized.images == 4 and quantized.accuracy == (1, 1)
    assert quantized.size == (reader.stat().st_size, quantized.path.stat().st_size)
    assert all(rate > 0 for rate in quantized.rate)
    loaded = kr.load(quantized.path)
    assert loaded.config == kr.load(reader).config
    outputs = loaded.run(expected["images"])
    np.testing.assert_array_equal(outputs["ids"], expected["ids"])
    np.testing.assert_allclose(outputs["confidence"], expected["confidence"], atol=0.2)
    np.testing.assert_allclose(outputs["masks"], expected["masks"], atol=0.2)


def test_convolutions_but_the_first_are_of_8_bits_and_the_metadata_stay(reader, data):
    quantized = onnx.load(quantizing.quantize_reader(reader, data).path)
    integers = {a.name for a in quantized.graph.initializer if a.data_type == onnx.TensorProto.INT8}
    made_from_integers = {n.output[0] for n in quantized.graph.node if set(n.input) & integers}
    kernels = [node.input[1] in made_from_integers for node in quantized.graph.node if node.op_type == "Conv"]
    assert kernels == [False] + [True] * 5
    values = {prop.key: prop.value for prop in quantized.metadata_props}
    assert values | metadata(kr.load(reader).config) == values


def test_a_reader_that_loses_too_much_is_refused_and_not_written(reader, data, monkeypatch):
    accuracies = iter([0.98, 0.9779])
    monkeypatch.setattr(quantizing, "_accuracy", lambda *_: next(accuracies))
    earlier = reader.with_name("reader.int8.onnx")
    earlier.write_bytes(b"earlier")
    with pytest.raises(ExportError, match=r"reads 97.79% of 4 images, where reader.onnx reads 98.00%"):
        quantizing.quantize_reader(reader, data)
    assert earlier.read_bytes() == b"earlier"
    assert sorted(path.name for path in reader.parent.iterdir()) == ["reader.int8.onnx", "reader.onnx"]


def test_a_reader_that_loses_just_little_enough_is_written(reader, data, monkeypatch):
    accuracies = iter([0.98, 0.9781])
    monkeypatch.setattr(quantizing, "_accuracy", lambda *_: next(accuracies))
    assert quantizing.quantize_reader(reader, data).path.is_file()


def test_synthetic_words_judge_on_5000_images_that_nothing_was_calibrated_on():
    config = kr.ReaderConfig(alphabet="AB", max_length=2, image_size=(20, 20))
    calibration, judged, texts = quantizing._synthetic_images(config)
    assert (len(calibration), len(judged), len(texts)) == (256, 5000, 5000)
    assert not {image.tobytes() for image in calibration} & {image.tobytes() for image in judged}


def test_labelled_images_either_calibrate_or_judge(reader, data, expected):
    calibration, judged, texts = quantizing._labelled_images(kr.load(reader), data)
    assert (len(calibration), len(judged)) == (4, 4)
    assert texts == [expected["texts"][int(path.stem)] for path in judged]
    own = {expected["images"][int(path.stem)].tobytes() for path in judged}
    assert own | {image.tobytes() for image in calibration} == {image.tobytes() for image in expected["images"]}


def test_one_image_is_too_few(reader, data):
    data.write_text("\n".join(data.read_text().splitlines()[:2]))
    with pytest.raises(kr.InputError, match="at least 2 images"):
        quantizing.quantize_reader(reader, data)


def test_a_reader_with_nothing_to_quantize_is_refused(tmp_path):
    graph = onnx.parser.parse_graph("g (uint8[n, h, w] image) => (uint8[n, h, w] ids) { ids = Identity (image) }")
    proto = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)
    onnx.helper.set_model_props(proto, metadata(kr.ReaderConfig()))
    onnx.save(proto, tmp_path / "reader.onnx")
    with pytest.raises(ExportError, match="no convolution or matrix product"):
        quantizing.quantize_reader(tmp_path / "reader.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["reader.onnx"]


def test_data_without_quantize_is_wrong_input():
    done = subprocess.run(
        [sys.executable, "export.py", "any.keras", "--data", "any.csv"], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (2, "error: --data is for --quantize: give both or neither\n")


def test_the_command_prints_gain_and_loss(golden, tmp_path, data):
    shutil.copy(golden / "reader.keras", tmp_path)
    done = subprocess.run(
        [sys.executable, "export.py", str(tmp_path / "reader.keras"), "--quantize", "int8", "--data", str(data)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    size, rate, accuracy = done.stdout.splitlines()[-3:]
    assert size.startswith("  size: ") and rate.startswith("  images a second in batches of 64: ")
    assert accuracy == "  whole words of 4 images: 100.00%, +0.00 points from 100.00%"
