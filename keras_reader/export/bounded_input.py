"""What bounds an exported graph's cost, whatever image it is given.

Fitting an image takes memory that grows with its pixels and its sides. This package shrinks a long image before any
graph sees it (`keras_reader.image_files`); for other callers, the graphs take every k-th pixel of an image with a side
of more than `OPENED_SIDE` pixels, k being the smallest that is enough. Smaller images go through as they are.
"""

from keras_reader.limits import OPENED_SIDE


def bounded(image):
    """A TensorFlow tensor `(batch, height, width)` with no side of more than `OPENED_SIDE` pixels."""
    import tensorflow as tf

    step = (tf.reduce_max(tf.shape(image)[1:]) + (OPENED_SIDE - 1)) // OPENED_SIDE
    return tf.ensure_shape(image[:, ::step, ::step], (None, None, None))  # pyright: ignore[reportOperatorIssue]


def bound_input(graph) -> None:
    """The same in front of an ONNX graph with the input `image`, in place."""
    import numpy as np
    from onnx import helper, numpy_helper

    constants = {
        "one": [1],
        "three": [3],
        "side": [OPENED_SIDE],
        "side_less_one": [OPENED_SIDE - 1],
        "starts": [0, 0],
        "ends": [np.iinfo(np.int64).max] * 2,
        "axes": [1, 2],
        "two": [2],
    }
    for name, values in constants.items():
        graph.initializer.append(numpy_helper.from_array(np.array(values, np.int64), f"bounded/{name}"))
    chain = [
        ("Shape", ["image"], "shape"),
        ("Slice", ["shape", "one", "three"], "sides"),
        ("ReduceMax", ["sides"], "longest"),
        ("Add", ["longest", "side_less_one"], "rounded_up"),
        ("Div", ["rounded_up", "side"], "step"),
        ("Expand", ["step", "two"], "steps"),
        ("Slice", ["image", "starts", "ends", "axes", "steps"], "image"),
    ]
    for node in graph.node:
        node.input[:] = ["bounded/image" if name == "image" else name for name in node.input]
    for position, (operator, inputs, output) in enumerate(chain):
        inputs = [name if name == "image" else f"bounded/{name}" for name in inputs]
        node = helper.make_node(operator, inputs, [f"bounded/{output}"], f"bounded/{output}")
        graph.node.insert(position, node)
