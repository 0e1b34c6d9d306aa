"""Writes a Keras model as an ONNX file, with TensorFlow and tf2onnx."""

import math
from collections.abc import Mapping
from pathlib import Path

from keras_reader.config import ReaderConfig
from keras_reader.export.bounded_input import bound_input
from keras_reader.metadata import CHECKSUM, checksum, metadata, output_shapes

ONNX_OPSET = 18

# Larger weights bypass the converter, because it copies the whole graph many times.
LARGE_WEIGHT = 100_000


def write_onnx(model, config: ReaderConfig, path: Path) -> None:
    """Write the ONNX file that `keras_reader.export.exporter.export_reader` describes.

    Args:
        model: a `serving_model`.
        config: the reader's configuration.
        path: the file to write.

    Raises:
        ValueError: if the model uses an operator that ONNX does not have.
        Exception: of any kind, from TensorFlow, tf2onnx or onnx.
    """
    import keras
    import onnx
    import tensorflow as tf
    import tf2onnx

    from keras_reader.export.onnx_simplify import simplify

    large = [variable for variable in model.variables if math.prod(variable.shape) > LARGE_WEIGHT]
    large = {f"weight_{i}": variable for i, variable in enumerate(large)}

    def serve(image, *weights):
        with keras.StatelessScope(state_mapping=list(zip(large.values(), weights, strict=True))):
            return model(image, training=False)

    signature = [tf.TensorSpec((None, None, None), tf.uint8, name="image")]
    signature += [tf.TensorSpec(variable.shape, tf.float32, name=name) for name, variable in large.items()]
    function = tf.function(serve, input_signature=signature, autograph=False)
    proto, _ = tf2onnx.convert.from_function(function, signature, opset=ONNX_OPSET)
    graph = proto.graph

    # The converter keeps operators that it cannot convert, and writes a file that no runtime loads.
    operators = {(node.op_type, node.domain) for node in graph.node}
    unsupported = sorted(name for name, domain in operators if not onnx.defs.has(name, ONNX_OPSET, domain))
    if unsupported:
        raise ValueError(f"ONNX has no operator for TensorFlow's {', '.join(unsupported)}")

    graph.initializer.extend(onnx.numpy_helper.from_array(value.numpy(), name) for name, value in large.items())
    types = {value.name: value.type.tensor_type.elem_type for value in [*graph.input, *graph.output]}
    outputs = output_shapes(config)
    shapes = {"image": ("batch", "height", "width")}
    shapes |= {name: ("batch", *model.output[name].shape[1:]) for name in outputs}
    values = {name: onnx.helper.make_tensor_value_info(name, types[name], shape) for name, shape in shapes.items()}
    del graph.input[:], graph.output[:], graph.value_info[:]
    graph.input.append(values["image"])
    graph.output.extend(values[name] for name in outputs)
    graph.name = "keras_reader"
    simplify(proto)
    bound_input(graph)
    save_onnx(proto, metadata(config), path)


def save_onnx(model, values: Mapping[str, str], path: Path) -> None:
    """Write an ONNX model with its metadata and their checksum.

    Args:
        model: an `onnx.ModelProto`.
        values: as `keras_reader.metadata.metadata` gives them.
        path: the file.
    """
    import onnx

    graph = model.graph.SerializeToString(deterministic=True)
    onnx.helper.set_model_props(model, {**values, CHECKSUM: checksum(values, [graph])})
    path.write_bytes(model.SerializeToString(deterministic=True))
