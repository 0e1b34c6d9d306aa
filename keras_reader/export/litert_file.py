"""Writes a Keras model as a LiteRT file (`.tflite`), with Keras's own exporter."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from keras_reader.config import ReaderConfig
from keras_reader.errors import InputError
from keras_reader.images import resize
from keras_reader.inference.litert_file import check_litert, with_metadata
from keras_reader.metadata import metadata
from keras_reader.quiet import quiet_stderr


def require_litert() -> None:
    """Raise an `InputError` if what reads LiteRT files is missing: what is exported is read back."""
    try:
        import ai_edge_litert.interpreter  # noqa: F401
    except ModuleNotFoundError:
        raise InputError("--litert needs ai-edge-litert: pip install ai-edge-litert") from None


def write_litert(model, config: ReaderConfig, path: Path, calibration: Iterable[np.ndarray] | None = None) -> None:
    """Write the LiteRT file that `keras_reader.export.exporter.export_reader` describes.

    It takes one image of the reader's own size, float32 `(1, H, W, 1)` in [0, 1]: no shape in it depends on what it is
    given, as small devices want it. Only built-in operators are allowed, so that any LiteRT runtime runs it.

    Args:
        model: a `keras_reader.models.serving.decoding_model`.
        config: the reader's configuration.
        path: the file to write.
        calibration: images, uint8 `(height, width)` of any size. If they are given, weights and activations become
            8-bit integers whose ranges are those that these images give (full-integer quantization); input and outputs
            stay floating-point numbers.

    Raises:
        Exception: of any kind, from TensorFlow.
    """
    import tensorflow as tf

    options = {}
    if calibration is not None:
        fitted = [resize(image, config.image_size, config.resize)[None, ..., None] for image in calibration]
        options = {
            "optimizations": [tf.lite.Optimize.DEFAULT],
            "representative_dataset": lambda: ([image] for image in fitted),
        }
    with quiet_stderr():  # the converter logs past any setting; why it fails is in its exception
        model.export(
            path,
            format="litert",
            verbose=False,
            input_signature=[tf.TensorSpec((1, *config.image_size, 1), tf.float32, name="image")],
            target_spec={"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]},
            **options,
        )
    content = path.read_bytes()
    check_litert(content, path.name)
    path.write_bytes(with_metadata(content, metadata(config)))
