"""Writes a Keras model as a SavedModel folder."""

import json
from pathlib import Path

from keras_reader.config import ReaderConfig
from keras_reader.inference.loading import saved_model_parts
from keras_reader.metadata import CHECKSUM, checksum, metadata


def write_saved_model(model, config: ReaderConfig, path: Path) -> None:
    """Write the folder that `keras_reader.export.exporter.export_reader` describes.

    Args:
        model: a `serving_model`.
        config: the reader's configuration.
        path: the folder to write; it must not exist.

    Raises:
        Exception: of any kind, from TensorFlow.
    """
    import keras
    import tensorflow as tf

    from keras_reader.export.bounded_input import bounded
    from keras_reader.export.tf_image_decoding import decode_grey

    characters = tf.constant([*config.alphabet, ""])
    resize, decoding = model.get_layer("resize"), model.get_layer("decoding")

    def read(image):
        # On a CPU, TensorFlow's convolutions fail on an empty batch, so one image is added and removed again.
        batch = tf.shape(image)[0]
        padded = tf.pad(image, tf.convert_to_tensor([(0, tf.cast(batch == 0, tf.int32)), (0, 0), (0, 0), (0, 0)]))
        outputs = {name: value[:batch] for name, value in decoding(padded, training=False).items()}
        ended = tf.cumsum(tf.cast(outputs["ids"] == config.characters.terminator, tf.int32), axis=1) > 0
        text = tf.strings.reduce_join(tf.where(ended, "", tf.gather(characters, outputs["ids"])), axis=1)
        return {"text": text, **outputs}

    def serve(image):
        # TensorFlow does not check the shape of a signature's input. Without this, colour images fail deep inside.
        return read(resize(bounded(tf.ensure_shape(image, (None, None, None)))))

    def serve_bytes(image_bytes):
        # One at a time, because the files may have different sizes.
        images = tf.map_fn(
            lambda encoded: resize(bounded(decode_grey(encoded)[None]))[0],
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
    values = metadata(config)
    values[CHECKSUM] = checksum(values, saved_model_parts(path))
    about.write_text(json.dumps(values), encoding="utf-8")
