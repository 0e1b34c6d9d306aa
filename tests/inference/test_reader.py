"""One `Reader` for every file, and readings in the order of the images."""

import json
import os
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import onnx
import pytest
from PIL import Image

import keras_reader as kr
from keras_reader.images import as_grey
from keras_reader.metadata import FORMAT_VERSION, config_from_metadata, metadata
from tests.helpers import ROOT

CONFIG = kr.ReaderConfig(alphabet="ABC", max_length=3, image_size=(20, 24), filters=16, units=8)


def run(images):
    """Reads as many A as the image's first pixel says, then the terminator."""
    count = images[:, 0, 0].astype(int)
    step = np.arange(CONFIG.decoding_steps)
    ids = np.where(step < count[:, None], 0, 3).astype(np.int32)
    confidence = np.full(ids.shape, 0.9, np.float32)
    masks = np.broadcast_to(step[:, None, None], (len(images), CONFIG.decoding_steps, 20, 24)) / 10
    probabilities = np.eye(len(CONFIG.alphabet) + 1, dtype=np.float32)[ids]
    return {
        "ids": ids,
        "confidence": count / 10,
        "character_confidence": confidence,
        "masks": masks,
        "probabilities": probabilities,
    }


def image(count, size=(5, 7)):
    return np.full(size, count, np.uint8)


@pytest.fixture
def reader():
    return kr.Reader(CONFIG, run, "test")


@pytest.fixture(scope="module")
def keras_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("reader") / "reader.keras"
    kr.build_reader(CONFIG).save(path)
    return path


def test_readings_keep_the_order_of_images_of_many_sizes(reader):
    counts = [1, 3, 0, 2, 2, 1, 0, 3]
    images = [image(count, (4 + i % 3, 6)) for i, count in enumerate(counts)]
    assert [reading.text for reading in reader.read(images, batch_size=3)] == ["A" * count for count in counts]


def test_a_reading_has_one_confidence_and_one_mask_a_character(reader):
    reading = reader.read_one(image(2))
    assert reading.text == "AA"
    assert reading.confidence == pytest.approx(0.2)
    assert reading.character_confidence.shape == (2,)
    np.testing.assert_allclose(reading.masks[:, 0, 0], [0, 0.1])
    assert reading.end_mask[0, 0] == pytest.approx(0.2)
    assert reading.end_confidence == pytest.approx(0.9)


def test_a_reading_without_a_terminator_has_no_end(reader):
    reading = reader.read_one(image(9))
    assert reading.text == "AAAA"
    assert reading.end_mask is None and reading.end_confidence is None


def test_images_are_read_as_they_come(reader):
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield image(1)

    next(reader.read(endless(), batch_size=4))
    assert len(taken) == 4


def test_large_images_are_read_in_smaller_batches(monkeypatch):
    monkeypatch.setattr("keras_reader.inference.reader.BATCH_PIXELS", 100)
    batches = []

    def count(images):
        batches.append(len(images))
        return run(images)

    images = [image(1, (5, 7))] * 7 + [image(2, (50, 70))] * 2 + [image(3, (5, 7))]
    readings = kr.Reader(CONFIG, count, "test").read(images, batch_size=4)
    assert [reading.text for reading in readings] == ["A"] * 7 + ["AA"] * 2 + ["AAA"]
    assert batches == [3, 3, 1, 1, 1, 1]


def test_a_batch_of_no_images_is_wrong_input(reader):
    with pytest.raises(kr.InputError, match="batch_size must be at least 1, got 0"):
        list(reader.read([image(1)], batch_size=0))


def test_threads_are_for_onnx_files(golden):
    image = np.zeros((1, 12, 12), np.uint8)
    one, all_cores = (kr.load(golden / "reader.onnx", threads).run(image) for threads in (1, None))
    np.testing.assert_allclose(one["masks"], all_cores["masks"], atol=1e-5)
    for name, threads in (("reader.onnx", 0), ("reader.keras", 1), ("saved_model", 1)):
        with pytest.raises(
            kr.InputError, match=f"{name}: threads must be at least 1 and are for .onnx and .tflite files only"
        ):
            kr.load(golden / name, threads)


def test_no_images_give_no_readings(reader):
    assert list(reader.read([])) == []


def test_every_form_of_an_image_is_the_same_image(tmp_path):
    grey = np.arange(35, dtype=np.uint8).reshape(5, 7) * 7
    Image.fromarray(grey).save(tmp_path / "a.png")
    path = tmp_path / "a.png"
    colour = np.repeat(grey[:, :, None], 3, axis=2)
    for form in (path, str(path), path.read_bytes(), Image.open(path), grey, grey[:, :, None], colour, grey / 255):
        np.testing.assert_array_equal(as_grey(form), grey)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(5),
        np.zeros((0, 5)),
        np.zeros((5, 5, 2)),
        np.full((5, 5), 2.0),
        np.full((5, 5), np.nan),
        np.zeros((5, 5), int),
    ],
)
def test_arrays_that_are_no_images_are_refused(array):
    with pytest.raises(kr.InputError):
        as_grey(array)


@pytest.mark.parametrize("one", [image(1), image(1) / 255, Image.fromarray(image(1))])
def test_one_image_may_come_alone(reader, one):
    assert len(list(reader.read(one))) == 1


def test_an_array_of_images_is_many(reader):
    assert [reading.text for reading in reader.read(np.stack([image(1), image(2)]))] == ["A", "AA"]


def test_a_keras_file_reads(keras_file):
    reader = kr.load(keras_file)
    assert reader.config == CONFIG
    readings = list(reader.read([image(200, (50, 70)), image(0, (1, 1))]))
    assert len(readings) == 2
    assert all(0 <= reading.confidence <= 1 for reading in readings)


def test_metadata_say_everything_and_come_back():
    values = metadata(CONFIG)
    assert values["alphabet"] == "ABC" and values["terminator"] == "3" and values["steps"] == "4"
    assert config_from_metadata(values, "x") == CONFIG


@pytest.mark.parametrize(("version", "advice"), [("1", "export or train the reader again"), ("99", "install a newer")])
def test_another_format_version_is_refused_with_advice(version, advice):
    with pytest.raises(kr.InputError, match=advice):
        config_from_metadata({**metadata(CONFIG), "format_version": version}, "x")


def rewrite(source, target, change):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == "config.json" else content)


def of_version(version, golden, folder, name):
    """A copy of a golden artifact that says it is of another format version."""
    if name == "reader.keras":

        def change(content):
            saved = json.loads(content)
            saved["config"]["format_version"] = version
            return json.dumps(saved)

        rewrite(golden / name, folder / name, change)
    elif name == "saved_model":
        about = shutil.copytree(golden / name, folder / name) / "assets.extra" / "keras_reader.json"
        about.write_text(json.dumps(json.loads(about.read_text()) | {"format_version": str(version)}))
    else:
        proto = onnx.load(golden / name)
        values = {prop.key: prop.value for prop in proto.metadata_props} | {"format_version": str(version)}
        onnx.helper.set_model_props(proto, values)
        onnx.save(proto, folder / name)
    return folder / name


@pytest.mark.parametrize(
    ("version", "advice"),
    [(FORMAT_VERSION - 1, "export or train the reader again with this version"), (99, "install a newer keras_reader")],
)
@pytest.mark.parametrize("name", ["reader.keras", "saved_model", "reader.onnx"])
def test_an_artifact_of_another_format_version_is_refused_with_what_to_do(golden, tmp_path, name, version, advice):
    path = of_version(version, golden, tmp_path, name)
    message = f"{path}: has format version {version}, but this keras_reader reads version {FORMAT_VERSION}: {advice}"
    with pytest.raises(kr.InputError) as error:
        kr.load(path)
    assert str(error.value) == message


@pytest.mark.parametrize("name", ["reader.keras", "saved_model", "reader.onnx"])
def test_an_artifact_of_this_format_version_is_read(golden, tmp_path, name):
    assert kr.load(of_version(FORMAT_VERSION, golden, tmp_path, name)).config == kr.load(golden / "reader.onnx").config


@pytest.mark.parametrize(
    "name", ["cut.keras", "text.keras", "empty.keras", "cut.onnx", "missing.onnx", "reader.txt", "."]
)
def test_what_is_no_reader_is_named(keras_file, tmp_path, name):
    (tmp_path / "cut.keras").write_bytes(keras_file.read_bytes()[:5000])
    (tmp_path / "text.keras").write_text("hello")
    (tmp_path / "empty.keras").write_bytes(b"")
    (tmp_path / "cut.onnx").write_bytes(b"\x08\x09\x12")
    (tmp_path / "reader.txt").write_text("hello")
    with pytest.raises(kr.InputError, match=str(tmp_path / name)) as error:
        kr.load(tmp_path / name)
    assert "\n" not in str(error.value)


def test_a_keras_model_that_is_no_reader_is_refused(tmp_path):
    import keras

    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(tmp_path / "other.keras")
    with pytest.raises(kr.InputError, match="a Keras model, but not a reader"):
        kr.load(tmp_path / "other.keras")


def python(code, *arguments):
    # Classes register in the same way on every backend of Keras; NumPy's is there soonest.
    environment = {**os.environ, "KERAS_BACKEND": "numpy"}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_importing_the_package_imports_neither_keras_nor_tensorflow_nor_onnxruntime():
    heavy = "keras tensorflow onnxruntime matplotlib jax torch"
    assert python(f"import sys, keras_reader; print(set('{heavy}'.split()) & set(sys.modules))") == "set()\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "imports",
    [
        "import keras, keras_reader.models",
        "import keras_reader.models, keras",
        "import keras_reader.models.losses, keras",
        "from keras_reader.models.window_attention_cell import WindowAttentionCell; import keras",
        "import keras_reader; keras_reader.build_reader; import keras",
    ],
)
def test_keras_loads_a_reader_once_the_models_are_imported(keras_file, imports):
    code = f"{imports}; import sys; print(type(keras.models.load_model(sys.argv[1])).__name__)"
    assert python(code, str(keras_file)) == "ReaderModel\n"


def test_every_public_name_is_found_where_the_package_says():
    for name in kr.__all__:
        assert getattr(kr, name).__name__ == name
    assert set(kr.__all__) <= set(dir(kr))
    with pytest.raises(AttributeError, match="no attribute 'Rader'"):
        _ = kr.Rader
