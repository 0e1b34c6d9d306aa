"""A Keras model as a SavedModel folder and as an ONNX file, by TensorFlow and tf2onnx.

Whether what is written also loads, and agrees with the model, is for `keras_reader.exporting` to see.
"""

import json
import math
from pathlib import Path

from keras_reader.artifact import metadata
from keras_reader.config import ReaderConfig

OUTPUTS = ("ids", "confidence", "character_confidence", "masks")
ONNX_OPSET = 18

# Weights of more values than this are kept away from the converter, which copies the whole graph many times over.
LARGE_WEIGHT = 100_000


def write_saved_model(model, config: ReaderConfig, path: Path) -> None:
    """Write the folder that `keras_reader.exporting.export_reader` describes.

    Args:
        model: a `serving_model`.
        config: what the reader reads.
        path: the folder, which must not exist.

    Raises:
        Exception: of any kind, from TensorFlow.
    """
    import keras
    import tensorflow as tf

    from keras_reader.encoded_images import decode_grey

    characters = tf.constant([*config.alphabet, ""])
    resize, decoding = model.get_layer("resize"), model.get_layer("decoding")

    def read(image):
        # On a CPU, TensorFlow's convolutions of no image at all come out in the wrong shape and fail.
        batch = tf.shape(image)[0]
        padded = tf.pad(image, [(0, tf.cast(batch == 0, tf.int32)), (0, 0), (0, 0), (0, 0)])
        outputs = {name: value[:batch] for name, value in decoding(padded, training=False).items()}
        ended = tf.cumsum(tf.cast(outputs["ids"] == config.characters.terminator, tf.int32), axis=1) > 0
        text = tf.strings.reduce_join(tf.where(ended, "", tf.gather(characters, outputs["ids"])), axis=1)
        return {"text": text, **outputs}

    def serve(image):
        # A signature does not hold its callers to the shape it states: colour images would fail far inside.
        return read(resize(tf.ensure_shape(image, (None, None, None))))

    def serve_bytes(image_bytes):
        # One at a time, since each may have a size of its own.
        images = tf.map_fn(
            lambda encoded: resize(decode_grey(encoded)[None])[0],
            image_bytes,
            fn_output_signature=tf.TensorSpec((*config.image_size, 1), tf.float32),
        )
        return read(images)

    archive = keras.export.ExportArchive()
    archive.add_endpoint("serve", serve, [tf.TensorSpec((None, None, None), tf.uint8, name="image")])
    archive.add_endpoint("serve_bytes", serve_bytes, [tf.TensorSpec((None,), tf.string, name="image_bytes")])
    archive.write_out(str(path), verbose=False)
    about = path / "assets.extra" / "keras_reader.json"
    about.parent.mkdir()
    about.write_text(json.dumps(metadata(config)), encoding="utf-8")


def write_onnx(model, config: ReaderConfig, path: Path) -> None:
    """Write the ONNX file that `keras_reader.exporting.export_reader` describes.

    Args:
        model: a `serving_model`.
        config: what the reader reads.
        path: the file.

    Raises:
        ValueError: if ONNX lacks an operator that the model uses.
        Exception: of any kind, from TensorFlow, tf2onnx or onnx.
    """
    import keras
    import onnx
    import tensorflow as tf
    import tf2onnx

    from keras_reader.onnx_graph import simplify

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

    # The converter keeps what it cannot convert, and writes a file that no runtime loads.
    operators = {(node.op_type, node.domain) for node in graph.node}
    unsupported = sorted(name for name, domain in operators if not onnx.defs.has(name, ONNX_OPSET, domain))
    if unsupported:
        raise ValueError(f"ONNX has no operator for TensorFlow's {', '.join(unsupported)}")

    graph.initializer.extend(onnx.numpy_helper.from_array(value.numpy(), name) for name, value in large.items())
    types = {value.name: value.type.tensor_type.elem_type for value in [*graph.input, *graph.output]}
    shapes = {"image": ("batch", "height", "width")}
    shapes |= {name: ("batch", *model.output[name].shape[1:]) for name in OUTPUTS}
    values = {name: onnx.helper.make_tensor_value_info(name, types[name], shape) for name, shape in shapes.items()}
    del graph.input[:], graph.output[:], graph.value_info[:]
    graph.input.append(values["image"])
    graph.output.extend(values[name] for name in OUTPUTS)
    graph.name = "keras_reader"
    simplify(proto)
    onnx.helper.set_model_props(proto, metadata(config))
    onnx.save(proto, path)
