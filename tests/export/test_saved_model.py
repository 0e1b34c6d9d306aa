"""The SavedModel as a server sees it: endpoints, signatures, requests."""

import base64
import json

import numpy as np
import pytest
import tensorflow as tf

from keras_reader.metadata import metadata
from tests.helpers.exports import OUTPUTS, assert_same, noise, png


def test_the_text_ends_at_the_first_terminator(export):
    images = noise(200, *export.config.image_size)
    characters = [*export.config.alphabet, None]
    for outputs in (export.run_saved_model(images), export.run_bytes([png(image) for image in images])):
        for text, ids in zip(outputs["text"], outputs["ids"], strict=True):
            word = [characters[i] for i in ids] + [None]
            assert text.decode() == "".join(word[: word.index(None)])


def test_each_endpoint_is_a_signature_with_the_same_names(export):
    signatures = export.saved_model.signatures
    assert sorted(signatures) == ["serve", "serve_bytes", "serving_default"]
    images = noise(3, 20, 30)
    expected = export.run_keras(images)
    for name in ("serve", "serving_default"):
        outputs = signatures[name](image=tf.constant(images))
        assert sorted(outputs) == sorted(["text", *OUTPUTS])
        assert_same({key: value.numpy() for key, value in outputs.items()}, expected)
    files = tf.constant([png(image) for image in images])
    assert_same({key: value.numpy() for key, value in signatures["serve_bytes"](image_bytes=files).items()}, expected)


def respond(saved_model, body):
    """What TensorFlow Serving answers to a predict request, by https://www.tensorflow.org/tfx/serving/api_rest.

    Values of the form `{"b64": ...}` are bytes. Requests come in rows ("instances": an object each of named inputs, or
    the bare value of an only input) and the answer in rows too, or in columns ("inputs", "outputs").
    """

    def values(value):
        if isinstance(value, dict):
            return base64.b64decode(value["b64"])
        return [values(item) for item in value] if isinstance(value, list) else value

    request = json.loads(body)
    signature = saved_model.signatures[request.get("signature_name", "serving_default")]
    ((name, spec),) = signature.structured_input_signature[1].items()
    if "instances" in request:
        rows = request["instances"]
        inputs = [row[name] if isinstance(row, dict) and name in row else row for row in rows]
    else:
        inputs = request["inputs"][name] if isinstance(request["inputs"], dict) else request["inputs"]
    outputs = signature(**{name: tf.constant(values(inputs), spec.dtype)})
    outputs = {key: value.numpy() for key, value in outputs.items()}
    # An output whose name ends in _bytes would come back in base64; ours are numbers, and text in UTF-8.
    assert not any(key.endswith("_bytes") for key in outputs)
    columns = {key: [v.decode() for v in value] if key == "text" else value.tolist() for key, value in outputs.items()}
    if "inputs" in request:
        return json.loads(json.dumps({"outputs": columns}))
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return json.loads(json.dumps({"predictions": rows}))


def assert_answers(export, images, predictions):
    expected = export.run_keras(images)
    assert [row["text"] for row in predictions] == [export.config.characters.decode(ids) for ids in expected["ids"]]
    arrays = {name: np.array([row[name] for row in predictions], expected[name].dtype) for name in OUTPUTS}
    assert_same(arrays, expected)


@pytest.mark.parametrize("form", ["rows of named inputs", "rows of the only input", "columns"])
def test_a_request_of_encoded_images_as_tensorflow_serving_documents_it(export, form):
    images = noise(3, 20, 30)
    encoded = [{"b64": base64.b64encode(png(image)).decode()} for image in images]
    asked = {
        "rows of named inputs": {"instances": [{"image_bytes": value} for value in encoded]},
        "rows of the only input": {"instances": encoded},
        "columns": {"inputs": {"image_bytes": encoded}},
    }[form]
    answer = respond(export.saved_model, json.dumps({"signature_name": "serve_bytes", **asked}))
    if form == "columns":
        names, columns = answer["outputs"].keys(), answer["outputs"].values()
        answer = {"predictions": [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]}
    assert_answers(export, images, answer["predictions"])


def test_a_request_of_grey_levels_takes_no_signature_name(export):
    images = noise(3, 20, 30)
    answer = respond(export.saved_model, json.dumps({"instances": images.tolist()}))
    assert_answers(export, images, answer["predictions"])


def test_the_saved_model_describes_itself(export):
    about = json.loads((export.folder / "saved_model/assets.extra/keras_reader.json").read_text(encoding="utf-8"))
    assert about == {**metadata(export.config), "sha256": about["sha256"]}
