"""Files that users have: one reader in every format, of this format version, and what it gave."""

import numpy as np
import onnxruntime
import pytest

import keras_reader as kr
from keras_reader.metadata import FORMAT_VERSION, TOLERANCE, output_shapes

CONFIG = kr.ReaderConfig(alphabet="AB", max_length=2, image_size=(12, 12), filters=8, units=8)
ARTIFACTS = ["reader.keras", "reader.onnx", "saved_model"]


@pytest.fixture(scope="module")
def expected(golden):
    with np.load(golden / "expected.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="module", params=ARTIFACTS)
def reader(golden, request):
    return kr.load(golden / request.param)


def test_the_golden_artifacts_are_of_this_format_version(golden):
    values = onnxruntime.InferenceSession(golden / "reader.onnx").get_modelmeta().custom_metadata_map
    assert values["format_version"] == str(FORMAT_VERSION), "make golden artifacts of the new version"


def test_the_configuration_is_still_understood(reader):
    assert reader.config == CONFIG


@pytest.mark.parametrize("size", ["", "_enlarged"])
def test_every_output_is_what_it_was(reader, expected, size):
    outputs = reader.run(expected[f"images{size}"])
    np.testing.assert_array_equal(outputs["ids"], expected[f"ids{size}"])
    for name in output_shapes(CONFIG).keys() - {"ids"}:
        np.testing.assert_allclose(outputs[name], expected[f"{name}{size}"], rtol=0, atol=TOLERANCE, err_msg=name)


@pytest.mark.parametrize("size", ["", "_enlarged"])
def test_every_text_is_what_it_was(reader, expected, size):
    texts = [reading.text for reading in reader.read(expected[f"images{size}"])]
    assert texts == expected[f"texts{size}"].tolist()


@pytest.mark.slow
def test_a_server_reads_the_bytes_of_an_image(golden, expected):
    import tensorflow as tf

    loaded = tf.saved_model.load(str(golden / "saved_model"))
    files = [tf.io.encode_png(image[:, :, None]).numpy() for image in expected["images"]]
    outputs = loaded.signatures["serve_bytes"](image_bytes=tf.constant(files))
    assert [text.decode() for text in outputs["text"].numpy()] == expected["texts"].tolist()
