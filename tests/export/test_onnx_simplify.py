"""Simpler graphs give the same numbers."""

import numpy as np
import onnx
import onnxruntime
import pytest

from keras_reader.export.onnx_simplify import simplify

RANDOM = np.random.default_rng(0)
HEADER = '<ir_version: 9, opset_import: ["": 18]>'

NORMALIZED = (
    HEADER
    + """
g (float[n, 2, 6, 6] x) => (float[n, 3, 3, 3] y) {
    a = Conv <pads = [1, 1, 1, 1]> (x, kernel)
    b = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (a)
    c = Mul (b, scale)
    d = Add (shift, c)
    y = Relu (d)
}
"""
)

PRODUCT = (
    HEADER
    + """
g (float[n, 4, 5] x) => (float[n, 4, 7] y) {
    flat_shape = Constant <value_ints = [-1, 5]> ()
    flat = Reshape (x, flat_shape)
    product = MatMul (flat, matrix)
    shape = Shape (x)
    zero = Constant <value_ints = [0]> ()
    one = Constant <value_ints = [1]> ()
    count = Slice (shape, zero, one)
    rest = Constant <value_ints = [4, 7]> ()
    result_shape = Concat <axis = 0> (count, rest)
    y = Reshape (product, result_shape)
}
"""
)

SHAPE = (
    HEADER
    + """
g (float[n, 4, 5] x) => (float[n, 2, 10] y) {
    shape = Shape (x)
    zero = Constant <value_ints = [0]> ()
    one = Constant <value_ints = [1]> ()
    count = Slice (shape, zero, one)
    rest = Constant <value_ints = [2, 10]> ()
    result_shape = Concat <axis = 0> (count, rest)
    y = Reshape (x, result_shape)
}
"""
)


def simplified(text, x, **arrays):
    """The operators that are left, after it was seen that the numbers are the same."""
    model = onnx.parser.parse_model(text)
    for name, array in arrays.items():
        model.graph.initializer.append(onnx.numpy_helper.from_array(array.astype(np.float32), name))
    before = run(model, x)
    simplify(model)
    onnx.checker.check_model(model, full_check=True)
    np.testing.assert_allclose(run(model, x), before, rtol=1e-5, atol=1e-5)
    assert run(model, x[:0]).shape == (0, *before.shape[1:])
    return [node.op_type for node in model.graph.node]


def run(model, x):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x.astype(np.float32)})[0]


def normalization(scale):
    return {
        "kernel": RANDOM.normal(size=(3, 2, 3, 3)),
        "scale": np.reshape(scale, (1, 3, 1, 1)),
        "shift": RANDOM.normal(size=(1, 3, 1, 1)),
    }


def test_normalization_moves_past_the_maximum_into_the_convolution():
    x = RANDOM.normal(size=(4, 2, 6, 6))
    assert simplified(NORMALIZED, x, **normalization([0.5, 2, 3])) == ["Conv", "MaxPool", "Relu"]


@pytest.mark.parametrize("scale", [[0.5, -2, 3], [0.5, 0, 3]])
def test_normalization_with_a_scale_that_is_not_above_zero_stays(scale):
    x = RANDOM.normal(size=(4, 2, 6, 6))
    assert simplified(NORMALIZED, x, **normalization(scale)) == ["Conv", "MaxPool", "Mul", "Add", "Relu"]


def test_a_product_in_two_reshapes_becomes_one_of_tensors():
    x = RANDOM.normal(size=(3, 4, 5))
    assert simplified(PRODUCT, x, matrix=RANDOM.normal(size=(5, 7))) == ["MatMul"]


def test_a_product_of_which_rows_change_places_stays():
    text = PRODUCT.replace("[n, 4, 7] y", "[n, 2, 14] y").replace("[4, 7]", "[2, 14]")
    x = RANDOM.normal(size=(3, 4, 5))
    left = simplified(text, x, matrix=RANDOM.normal(size=(5, 7)))
    assert left == ["Reshape", "MatMul", "Reshape"]


def test_a_shape_with_one_unknown_side_is_written_down():
    assert simplified(SHAPE, RANDOM.normal(size=(3, 4, 5))) == ["Reshape"]


SCOPED = (
    HEADER
    + """
g (float[n, 4] x) => (float[n, 4] "m/reader_model_1/y") {
    "m_1/reader_model_1/a/Relu:0" = Relu (x)
    %s = Neg ("m_1/reader_model_1/a/Relu:0")
    "m/reader_model_1/y" = Add ("m_1/reader_model_1/a/Relu:0", %s)
}
"""
)


@pytest.mark.parametrize(
    ("other", "names"),
    [
        ("other", ["x", "a/Relu:0", "other", "m/reader_model_1/y"]),
        # A second tensor that would get the same name: all keep theirs.
        ("a/Relu:0", ["x", "m_1/reader_model_1/a/Relu:0", "a/Relu:0", "m/reader_model_1/y"]),
    ],
)
def test_names_lose_the_scope_of_the_reader_but_those_of_inputs_and_outputs(other, names):
    model = onnx.parser.parse_model(SCOPED % (f'"{other}"', f'"{other}"'))
    x = RANDOM.normal(size=(3, 4)).astype(np.float32)
    expected = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})[0]
    simplify(model)
    onnx.checker.check_model(model)
    assert ["x", *(node.output[0] for node in model.graph.node)] == names
    got = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})[0]
    np.testing.assert_array_equal(got, expected)
