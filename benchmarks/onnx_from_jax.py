"""Tries to export ONNX from JAX without TensorFlow, by Keras and jax2onnx, and compares what comes out.

    pip install jax2onnx==0.17.1
    KERAS_BACKEND=jax python -m benchmarks.onnx_from_jax

Each line says what was exported, and how far the file's outputs are from the Keras model's in ONNX Runtime, or why
there are none. The parts are those of an exported reader: the network with decoding, and the same behind `FitImage`,
which takes images of any size.
"""

import importlib.metadata
import re
import tempfile
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import onnxruntime

from keras_reader.cli.common import command_errors
from keras_reader.config import ReaderConfig
from keras_reader.errors import InputError, first_line
from keras_reader.models import conv_block
from keras_reader.models.reader_model import build_reader
from keras_reader.models.serving import decoding_model, serving_model


def main() -> None:
    if keras.backend.backend() != "jax":
        raise InputError("this is about JAX: set KERAS_BACKEND=jax")
    try:
        version = importlib.metadata.version("jax2onnx")
    except importlib.metadata.PackageNotFoundError:
        raise InputError("the converter is missing: pip install jax2onnx==0.17.1") from None
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("keras", "jax", "onnxruntime"))
    print(f"jax2onnx {version}, {versions}")
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    floats = random.random((4, 12, 12, 1), dtype=np.float32)
    grey = random.integers(0, 256, (4, 30, 20), dtype=np.uint8)
    for preset in ("deep_reader", "small"):
        reader = build_reader(ReaderConfig(preset, "AB", 1, (12, 12), filters=8, units=8))
        print(f"{preset}, the network as it is: {_outcome(decoding_model(reader), floats)}")
        with _pooling_by_reshape():
            print(f"{preset}, pooling written as a reshape and a maximum: {_outcome(decoding_model(reader), floats)}")
        print(f"{preset}, with images of any size: {_outcome(serving_model(reader), grey)}")


def _outcome(model, images):
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "reader.onnx")
        try:
            expected = keras.tree.flatten(model(images))
            model.export(path, format="onnx", verbose=False)
            settings = onnxruntime.SessionOptions()
            settings.log_severity_level = 4  # what fails is raised as well
            session = onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
            outputs = session.run(None, {session.get_inputs()[0].name: images})
        except Exception as error:  # of any kind, from Keras, JAX, jax2onnx or ONNX Runtime
            message = re.sub(r"\x1b\[[0-9;]*m", "", str(error))  # of its colours
            lines = [line for line in message.splitlines() if line.strip() and "Exception encountered" not in line]
            return f"fails ({type(error).__name__}: {lines[0].strip() if lines else first_line(error)})"
        pairs = zip(expected, outputs, strict=True)
        return f"largest difference {max(float(np.abs(np.asarray(a) - b).max()) for a, b in pairs):.1g}"


@contextmanager
def _pooling_by_reshape():
    pool = conv_block.ops.max_pool

    def reshaped(x, square, strides, data_format):
        side = square[0]
        _, height, width, channels = x.shape
        rows, columns = height // side, width // side
        x = x[:, : rows * side, : columns * side]
        x = keras.ops.reshape(x, (-1, rows, side, columns, side, channels))
        return keras.ops.max(keras.ops.max(x, axis=4), axis=2)

    conv_block.ops.max_pool = reshaped
    try:
        yield
    finally:
        conv_block.ops.max_pool = pool


if __name__ == "__main__":
    with command_errors():
        main()
