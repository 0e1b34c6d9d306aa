"""8-bit readers: loaded like any other, and refused when they read worse."""

import re
import runpy
import shutil
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

import keras_reader as kr
from keras_reader.data.string_models import PRINT_ALPHABET
from keras_reader.errors import InputError
from keras_reader.export import exporter, quantization
from keras_reader.export.onnx_file import save_onnx
from keras_reader.export.parity import ExportError
from keras_reader.metadata import CHECKSUM
from tests.helpers import ROOT


@pytest.fixture
def reader(golden, tmp_path):
    """A tiny reader that reads, alone in a folder."""
    return Path(shutil.copy(golden / "reader.onnx", tmp_path))


@pytest.fixture
def expected(golden):
    with np.load(golden / "expected.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """200 words that the reader reads without a mistake: a half calibrates, the other judges."""
    folder = tmp_path_factory.mktemp("data")
    words = kr.SyntheticWords(
        alphabet="AB", min_length=0, max_length=2, image_size=(12, 12), font_size=(5, 6), intensity=255, split="test"
    )
    images, texts, _ = words.batch(range(200))
    lines = ["image,text"]
    for i, (image, text) in enumerate(zip(images, texts, strict=True)):
        Image.fromarray(image).save(folder / f"{i}.png")
        lines.append(f"{i}.png,{text}")
    (folder / "labels.csv").write_text("\n".join(lines))
    return folder / "labels.csv"


def add_outliers(path):
    """Give half the channels between two convolutions values 10,000 times those of the others.

    The second convolution takes the factor back, so that the file reads as it did; but of an 8-bit scale that
    spans the large values, nothing is left for the small ones.
    """
    proto = onnx.load(path)
    arrays = {array.name: array for array in proto.graph.initializer}
    users = {}
    for node in proto.graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)

    def scale(name, index, factor):
        values = onnx.numpy_helper.to_array(arrays[name]).copy()
        values[index] *= np.float32(factor)
        arrays[name].CopyFrom(onnx.numpy_helper.from_array(values, name))

    for first in proto.graph.node:
        if first.op_type == "Conv" and len(first.input) == 3:
            following = users[first.output[0]]
            # Whatever is between must let a factor above 0 pass.
            while len(following) == 1 and following[0].op_type in ("Relu", "MaxPool"):
                following = users[following[0].output[0]]
            if [node.op_type for node in following] == ["Conv"]:
                for name in first.input[1:]:
                    scale(name, slice(None, None, 2), 1e4)
                scale(following[0].input[1], (slice(None), slice(None, None, 2)), 1e-4)
                save_onnx(proto, {entry.key: entry.value for entry in proto.metadata_props}, path)
                return
    raise AssertionError("no two convolutions in a row")


def command(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["export.py", *map(str, arguments)])
    runpy.run_path(str(ROOT / "export.py"), run_name="__main__")


@pytest.mark.slow
def test_an_8_bit_reader_reads_the_same_words(reader, data, expected):
    quantized = quantization.quantize_reader(reader, data)
    assert quantized.path == reader.with_name("reader.int8.onnx")
    assert quantized.images == 100 and quantized.accuracy == (1, 1)
    assert quantized.size == (reader.stat().st_size, quantized.path.stat().st_size)
    assert all(rate > 0 for rate in quantized.rate)
    loaded = kr.load(quantized.path)
    assert loaded.config == kr.load(reader).config
    outputs = loaded.run(expected["images"])
    np.testing.assert_array_equal(outputs["ids"], expected["ids"])
    np.testing.assert_allclose(outputs["confidence"], expected["confidence"], atol=0.2)
    np.testing.assert_allclose(outputs["masks"], expected["masks"], atol=0.2)


def test_convolutions_but_the_first_are_of_8_bits_and_the_metadata_stay(reader, data):
    quantized = onnx.load(quantization.quantize_reader(reader, data).path)
    integers = {a.name for a in quantized.graph.initializer if a.data_type == onnx.TensorProto.INT8}
    made_from_integers = {n.output[0] for n in quantized.graph.node if set(n.input) & integers}
    kernels = [node.input[1] in made_from_integers for node in quantized.graph.node if node.op_type == "Conv"]
    assert kernels == [False] + [True] * 5
    before, after = ({p.key: p.value for p in proto.metadata_props} for proto in (onnx.load(reader), quantized))
    del before[CHECKSUM]
    assert after | before == after


def test_a_reader_that_loses_too_much_is_refused_and_not_written(reader, data, expected):
    before = kr.load(reader).run(expected["images"])
    add_outliers(reader)
    np.testing.assert_allclose(kr.load(reader).run(expected["images"])["masks"], before["masks"], atol=1e-4)
    earlier = reader.with_name("reader.int8.onnx")
    earlier.write_bytes(b"earlier")
    message = r"reader.int8.onnx: not written: it reads (\d+\.\d\d)% of 100 images, and reader.onnx reads 100.00%"
    with pytest.raises(ExportError, match=message) as error:
        quantization.quantize_reader(reader, data)
    assert float(re.match(message, str(error.value))[1]) < 90
    assert earlier.read_bytes() == b"earlier"
    assert sorted(path.name for path in reader.parent.iterdir()) == ["reader.int8.onnx", "reader.onnx"]


@pytest.mark.parametrize("lost, is_written", [(0.0019, True), (0.0021, False)])
def test_two_tenths_of_a_point_may_be_lost(reader, data, monkeypatch, lost, is_written):
    accuracies = iter([0.98, 0.98 - lost])
    monkeypatch.setattr(quantization, "_accuracy", lambda *_: next(accuracies))
    with nullcontext() if is_written else pytest.raises(ExportError, match=r"reads 97.79% .* reads 98.00%"):
        quantization.quantize_reader(reader, data)
    assert reader.with_name("reader.int8.onnx").exists() == is_written


def test_synthetic_words_judge_on_20000_images_that_nothing_was_calibrated_on():
    config = kr.ReaderConfig(alphabet="AB", max_length=2, image_size=(20, 20))
    calibration, judged, count = quantization._synthetic_examples(config)
    unseen = [example.image.tobytes() for example in judged()]
    assert (len(calibration), len(unseen), count) == (256, 20_000, 20_000)
    assert not {example.image.tobytes() for example in calibration} & set(unseen)


PRINTED = kr.ReaderConfig(alphabet=PRINT_ALPHABET, max_length=3, image_size=(16, 32), preset="base")


def test_a_reader_of_printed_text_is_calibrated_and_judged_on_printed_text(monkeypatch):
    drawn = []

    def installed(**fields):
        drawn.append(fields["split"])
        return kr.SyntheticWords(**fields)

    monkeypatch.setattr(quantization.PrintedText, "installed", installed)
    monkeypatch.setattr(quantization, "JUDGED_IMAGES", 5)
    calibration, judged, count = quantization._synthetic_examples(PRINTED)
    assert drawn == ["validation", "test"]
    assert (len(calibration), len(list(judged())), count) == (256, 5, 5)


def test_words_that_the_font_cannot_draw_are_no_test_of_a_reader():
    config = kr.ReaderConfig(alphabet="A\N{CJK UNIFIED IDEOGRAPH-4EAC}", max_length=2, image_size=(20, 20))
    with pytest.raises(InputError, match=r"nothing to quantize with: the built-in font: has no glyph .* --data"):
        quantization._synthetic_examples(config)


def test_a_system_with_too_few_fonts_to_judge_on_is_an_error_that_says_what_to_give(monkeypatch):
    monkeypatch.setattr("keras_reader.data.printed_text.printed_text.find_families", lambda *_: ())
    with pytest.raises(InputError, match=r"apt-get install .*; or give labelled images with --data"):
        quantization._synthetic_examples(PRINTED)


def test_labelled_images_either_calibrate_or_judge(reader, data):
    calibration, judged, count = quantization._labelled_examples(kr.load(reader).config, data)
    judged = list(judged())
    assert (len(calibration), len(judged), count) == (100, 100, 100)
    labels = dict(line.split(",") for line in data.read_text().splitlines())
    names = [Path(example.source).name for example in judged]
    assert [example.text for example in judged] == [labels[name] for name in names]
    images = {path.name: np.asarray(Image.open(path)).tobytes() for path in data.parent.glob("*.png")}
    own = {images.pop(name) for name in names}
    assert len(own) == 100 and {example.image.tobytes() for example in calibration} == set(images.values())


def test_one_image_is_too_few(reader, data):
    one = data.with_name("one.csv")
    one.write_text("\n".join(data.read_text().splitlines()[:2]))
    with pytest.raises(kr.InputError, match="at least 2 images"):
        quantization.quantize_reader(reader, one)


def test_a_reader_with_nothing_to_quantize_is_refused(golden, tmp_path, monkeypatch):
    shutil.copy(golden / "reader.onnx", tmp_path)
    monkeypatch.setattr(quantization, "_worth_quantizing", lambda graph: [])
    with pytest.raises(ExportError, match="no convolution or matrix product"):
        quantization.quantize_reader(tmp_path / "reader.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["reader.onnx"]


def test_data_without_quantize_is_wrong_input():
    done = subprocess.run(
        [sys.executable, "export.py", "any.keras", "--data", "any.csv"], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (2, "error: --data is used by --quantize only: give both or neither\n")


@pytest.mark.slow
def test_the_command_prints_gain_and_loss(golden, tmp_path, data, monkeypatch, capsys):
    shutil.copy(golden / "reader.keras", tmp_path)
    command(monkeypatch, tmp_path / "reader.keras", "--quantize", "int8", "--data", data)
    size, rate, accuracy = capsys.readouterr().out.splitlines()[-3:]
    assert size.startswith("  size: ") and rate.startswith("  images per second in batches of 64: ")
    assert accuracy == "  whole words of 100 images: 100.00%, +0.00 points from 100.00%"
    assert (tmp_path / "reader.int8.onnx").is_file()


@pytest.mark.slow
def test_the_command_ends_with_one_line_and_exit_code_1_where_too_much_is_lost(
    golden, tmp_path, data, monkeypatch, capsys
):
    write_onnx = exporter.write_onnx

    def write(model, config, path):
        write_onnx(model, config, path)
        add_outliers(path)

    shutil.copy(golden / "reader.keras", tmp_path)
    (tmp_path / "reader.int8.onnx").write_bytes(b"made of an earlier reader.onnx")
    monkeypatch.setattr(exporter, "write_onnx", write)
    with pytest.raises(SystemExit) as stop:
        command(monkeypatch, tmp_path / "reader.keras", "--quantize", "int8", "--data", data)
    assert stop.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: reader.int8.onnx: not written: it reads ") and line.endswith("may be lost")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reader.keras", "reader.onnx", "saved_model"]
