"""LiteRT files: they read as the Keras model does, whatever the image's size, and are looked through first."""

import json
import subprocess
import sys

import numpy as np
import pytest

import keras_reader as kr
from keras_reader.errors import InputError
from keras_reader.metadata import CHECKSUM, metadata
from tests.helpers import ROOT

pytest.importorskip("ai_edge_litert", reason="no LiteRT here: pip install ai-edge-litert")

from keras_reader.inference import litert_file
from keras_reader.inference.onnx_providers import largest_difference
from tests.helpers.exports import noise


@pytest.fixture(scope="module")
def path(golden, tmp_path_factory):
    """The golden reader as a LiteRT file."""
    from keras_reader.export.litert_file import write_litert
    from keras_reader.models.loading import load_reader_model
    from keras_reader.models.serving import decoding_model

    model = load_reader_model(golden / "reader.keras")
    path = tmp_path_factory.mktemp("litert") / "reader.tflite"
    write_litert(decoding_model(model), model.config, path)
    return path


def repacked(content, change=lambda model: None, new_values=None):
    """A file with a changed schema object or other metadata, its checksum and all."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(content, 0)
    values = dict(litert_file.check_litert(content, "a file").metadata)
    model.metadata = [entry for entry in model.metadata if entry.name != litert_file.METADATA_NAME.encode()]
    change(model)
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), litert_file.IDENTIFIER)
    del values[CHECKSUM]
    return litert_file.with_metadata(bytes(builder.Output()), new_values or values)


def test_it_reads_images_of_any_size_as_the_keras_model_does(golden, path):
    reader, reference = kr.load(path), kr.load(golden / "reader.keras")
    assert reader.config == reference.config
    for count, size in ((5, reader.config.image_size), (3, (31, 17)), (2, (1, 1)), (1, (5, 4200)), (0, (9, 9))):
        images = noise(count, *size)
        got, expected = reader.run(images), reference.run(images)
        assert {name: value.shape for name, value in got.items()} == {
            name: value.shape for name, value in expected.items()
        }
        assert largest_difference(got, expected, reader.config.characters.terminator) <= 1e-4


def test_readings_have_masks_and_confidences_and_can_be_restricted(golden, path):
    with np.load(golden / "expected.npz") as arrays:
        images, ids = arrays["images"], arrays["ids"]
    reader, other = kr.load(path, threads=1), kr.load(golden / "reader.onnx")
    assert len(ids) == len(images)
    for got, expected in zip(reader.read(images), other.read(images), strict=True):
        assert got.text == expected.text
        assert got.confidence == pytest.approx(expected.confidence, abs=1e-4)
        np.testing.assert_allclose(got.masks, expected.masks, atol=1e-4)
    restricted = [list(one.read(images, allow="A", top=2)) for one in (reader, other)]
    for got, expected in zip(*restricted, strict=True):
        assert [text for text, _ in got.alternatives] == [text for text, _ in expected.alternatives]


def test_it_imports_neither_tensorflow_nor_keras(path):
    code = (
        "import sys, numpy; import keras_reader as kr;"
        f"print(next(kr.load({str(path)!r}).read(numpy.zeros((12, 12), numpy.uint8))).masks.shape[1:]);"
        "print({'tensorflow', 'keras', 'onnxruntime'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["(12, 12)", "set()"]
    assert done.stderr == ""


def test_metadata_and_checksum_are_inside_the_file(golden, path):
    content = path.read_bytes()
    values, operators = litert_file.check_litert(content, "a file")
    assert {name: value for name, value in values.items() if name != CHECKSUM} == metadata(kr.load(path).config)
    assert values[CHECKSUM] == litert_file.litert_checksum(content, values)
    assert "CONV_2D" in operators and not any("Flex" in name for name in operators)


def test_weights_begin_at_multiples_of_16_bytes_as_the_schema_wants(path):
    from ai_edge_litert import schema_py_generated as schema

    content = path.read_bytes()
    model = schema.Model.GetRootAs(content, 0)
    start = np.frombuffer(content, np.uint8).__array_interface__["data"][0]
    for i in range(model.BuffersLength()):
        if model.Buffers(i).DataLength() >= 16:
            data = model.Buffers(i).DataAsNumpy()
            assert (data.__array_interface__["data"][0] - start) % 16 == 0


def test_any_changed_byte_is_noticed(path, tmp_path):
    content = path.read_bytes()
    for position in np.linspace(8, len(content) - 1, 40).astype(int):
        damaged = bytearray(content)
        damaged[position] ^= 1
        (tmp_path / "reader.tflite").write_bytes(damaged)
        with pytest.raises(InputError) as error:
            kr.load(tmp_path / "reader.tflite")
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda content: content[: len(content) // 2], "damaged"),
        (lambda content: b"", "does not begin as one"),
        (lambda content: b"no model at all", "does not begin as one"),
        (lambda content: content[:4] + b"TFL3" + b"\xff" * 100, "damaged"),
        (lambda content: content.replace(b'"format_version": "', b'"format_versiom": "'), "no format version"),
        (lambda content: content.replace(b'"resize": "pad"', b'"resize": "pod"'), "metadata are damaged"),
    ],
)
def test_what_is_no_reader_is_refused_in_one_line(path, tmp_path, change, message):
    (tmp_path / "reader.tflite").write_bytes(change(path.read_bytes()))
    with pytest.raises(InputError, match=message):
        kr.load(tmp_path / "reader.tflite")


def test_a_file_with_foreign_operators_is_refused_before_the_runtime_sees_it(path, tmp_path, monkeypatch):
    def custom(model):
        model.operatorCodes[0].customCode = "FlexReadFile"
        model.operatorCodes[0].builtinCode = model.operatorCodes[0].deprecatedBuiltinCode = 32

    monkeypatch.setattr("ai_edge_litert.interpreter.Interpreter", None)
    (tmp_path / "reader.tflite").write_bytes(repacked(path.read_bytes(), custom))
    with pytest.raises(InputError, match=r"operators that no reader of this program has \(FlexReadFile\)"):
        kr.load(tmp_path / "reader.tflite")


def test_a_file_of_another_size_than_its_metadata_tell_is_refused(path, tmp_path):
    content = path.read_bytes()
    values = litert_file.check_litert(content, "a file").metadata
    config = kr.ReaderConfig.from_dict({**json.loads(values["config"]), "image_size": [16, 16]})
    (tmp_path / "reader.tflite").write_bytes(repacked(content, new_values=metadata(config)))
    with pytest.raises(InputError, match="its masks is not what its metadata say"):
        kr.load(tmp_path / "reader.tflite")


def test_without_litert_the_error_says_what_to_install(path):
    code = (
        "import sys; sys.modules['ai_edge_litert.interpreter'] = None\n"
        "import keras_reader as kr\n"
        f"try: kr.load({str(path)!r})\nexcept kr.InputError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "pip install keras_reader[litert]" in done.stdout


@pytest.mark.parametrize("options", [{"threads": 0}, {"providers": ["CPUExecutionProvider"]}])
def test_options_of_other_formats_are_refused(path, options):
    with pytest.raises(InputError):
        kr.load(path, **options)
