"""The graph whose attention can be held reads as the layer does when its attention is given."""

import shutil

import keras
import numpy as np
import onnx
import onnxruntime
import pytest

from keras_reader.errors import ExportError, InputError
from keras_reader.export.held_attention import hold_attention
from keras_reader.inference.loading import load
from keras_reader.models.loading import load_reader_model
from keras_reader.pretrained import shipped_reader
from tests.helpers.exports import noise


def run(content, images, hold, held):
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"image": images, "hold": hold, "held": held}), strict=True))


def test_the_graph_reads_as_before_with_nothing_held(export):
    content = hold_attention(export.folder / "reader.onnx")
    images = noise(8, *export.config.image_size, seed=5)
    steps = export.config.decoding_steps
    got = run(content, images, np.zeros((8, steps), bool), np.full((8, steps, 1), np.nan, np.float32))
    for name, value in export.run_onnx(images).items():
        np.testing.assert_array_equal(got[name], value, err_msg=name)


def test_attention_that_is_held_is_what_the_layer_is_given(export):
    content = hold_attention(export.folder / "reader.onnx")
    model = load_reader_model(export.keras_path)
    height, width = export.config.image_size
    images, steps = noise(6, height, width, seed=6), export.config.decoding_steps
    free = run(content, images, np.zeros((6, steps), bool), np.zeros((6, steps, 1), np.float32))
    # The attention of other images: it is not what the reader would do.
    held = free["attention"][::-1].copy()
    got = run(content, images, np.ones((6, steps), bool), held)
    rows = height if held.shape[2] == height * width else -(-height // 4)
    attention = held.reshape(6, steps, rows, -1)
    expected = model.recurrent_attention(images[..., None] / np.float32(255), attention=attention)
    probabilities = keras.ops.convert_to_numpy(keras.ops.softmax(expected["logits"], axis=-1))
    np.testing.assert_array_equal(got["attention"], held)
    np.testing.assert_allclose(got["masks"], keras.ops.convert_to_numpy(expected["masks"]), rtol=0, atol=1e-5)
    np.testing.assert_allclose(got["probabilities"], probabilities, rtol=0, atol=1e-4)


def test_one_step_is_held_and_the_others_are_free(small_export):
    content = hold_attention(small_export.folder / "reader.onnx")
    images = noise(4, *small_export.config.image_size, seed=7)
    free = run(content, images, np.zeros((4, 3), bool), np.zeros((4, 3, 1), np.float32))
    hold = np.zeros((4, 3), bool)
    hold[:, 1] = True
    got = run(content, images, hold, free["attention"][::-1].copy())
    np.testing.assert_array_equal(got["attention"][:, 0], free["attention"][:, 0])
    np.testing.assert_array_equal(got["attention"][:, 1], free["attention"][::-1, 1])
    assert np.abs(got["attention"][:, 2] - free["attention"][:, 2]).max() > 1e-4


def test_with_a_step_of_the_shipped_reader_held_nothing_outside_its_mask_changes_a_bit():
    content = hold_attention(shipped_reader("letters", ".onnx"))
    config = load("letters").config
    steps = config.decoding_steps
    images = noise(steps, *config.image_size, seed=8)
    free = run(content, images, np.zeros((steps, steps), bool), np.zeros((steps, steps, 1), np.float32))
    each = np.arange(steps)
    outside = free["masks"][each, each] == 0
    assert outside.mean() > 0.5
    painted = np.where(outside, 255 - images, images)
    got = run(content, painted, np.eye(steps, dtype=bool), free["attention"])
    np.testing.assert_array_equal(got["probabilities"][each, each], free["probabilities"][each, each])
    assert np.abs(got["probabilities"] - free["probabilities"]).max() > 0.01


def test_a_graph_without_the_stack_of_attention_is_refused(small_export, tmp_path):
    path = shutil.copy(small_export.folder / "reader.onnx", tmp_path)
    model = onnx.load(path)
    for node in model.graph.node:
        if node.op_type == "Concat" and len(node.input) == 3:
            node.input.append(node.input[0])
    onnx.save(model, path)
    # Which of the two finds it depends on what the runtime checks when it loads.
    with pytest.raises((ExportError, InputError), match=r"reader\.onnx"):
        hold_attention(path)
