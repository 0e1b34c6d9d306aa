"""Export to SavedModel and ONNX: all or nothing, and only after both were seen to agree."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np

from keras_reader.artifact import metadata
from keras_reader.errors import InputError
from keras_reader.reading import Reader, load, load_reader_model
from keras_reader.serving import serving_model
from keras_reader.synthetic import SyntheticWords

TOLERANCE = 1e-4
ONNX_OPSET = 18


class ExportError(RuntimeError):
    """An artifact that could not be made, does not load, or disagrees with the Keras model."""


def export_reader(reader_path: str | Path, out: str | Path | None = None) -> tuple[Path, Path]:
    """Export a `.keras` reader to `saved_model/` and `reader.onnx`.

    Both are written under a temporary name beside their place, loaded back with the runtimes that a
    user would use, and compared with the Keras model; only then do they take their final names, in
    place of what was there.

    Args:
        reader_path: the `.keras` file.
        out: the folder to write to; `None` for the folder of `reader_path`.

    Returns:
        The paths of the SavedModel folder and the ONNX file.

    Raises:
        InputError: if `reader_path` is not a reader or `out` cannot be written.
        ExportError: if an artifact cannot be made or fails the comparison; nothing is left behind.
    """
    reader_path = Path(reader_path)
    reader = load_reader_model(reader_path)
    out = Path(out) if out is not None else reader_path.parent
    try:
        out.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".export-", dir=out))
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror}): choose another folder with --out") from None
    try:
        model = serving_model(reader)
        _write_saved_model(model, reader.config, work / "saved_model")
        _write_onnx(model, reader.config, work / "reader.onnx")
        reference = Reader(reader.config, model.predict_on_batch, str(reader_path))
        for name in ("saved_model", "reader.onnx"):
            check_parity(reference, _load_back(work / name))
        return _replace(work / "saved_model", out / "saved_model"), _replace(work / "reader.onnx", out / "reader.onnx")
    finally:
        shutil.rmtree(work)


def check_parity(reference: Reader, other: Reader, images_per_size: int = 64) -> float:
    """Compare two readers on synthetic words and on random images of several sizes.

    Returns:
        The largest absolute difference of confidences and masks.

    Raises:
        ExportError: if ids differ anywhere, or anything else by more than `TOLERANCE`.
    """
    largest = 0.0
    for images in _parity_images(reference.config, images_per_size):
        expected, got = reference.run(images), other.run(images)
        for name, array in expected.items():
            difference = float(np.max(np.abs(np.asarray(array, np.float64) - np.asarray(got[name], np.float64))))
            if name == "ids" and difference:
                raise ExportError(f"{other.source}: reads other characters than the Keras model")
            if not difference <= TOLERANCE:
                raise ExportError(f"{other.source}: {name} differs from the Keras model's by {difference:.2g}")
            largest = max(largest, difference)
    return largest


def _parity_images(config, count):
    height, width = config.image_size
    words = SyntheticWords(alphabet=config.alphabet, max_length=config.max_length, image_size=config.image_size, split="test")
    yield words.batch(range(count))[0]
    random = np.random.default_rng(0)
    for size in [(height, width), (3 * height, 2 * width + 7), (1, 1), (height // 2, 5 * width)]:
        yield random.integers(0, 256, (count, *size), dtype=np.uint8)


def _load_back(path):
    try:
        return load(path)
    except InputError as error:
        raise ExportError(str(error)) from None


def _write_saved_model(model, config, path):
    import tensorflow as tf

    characters = tf.constant([*config.alphabet, ""])

    def serve(image):
        outputs = model(image, training=False)
        # Before the first terminator the character, from there on nothing.
        ended = tf.cumsum(tf.cast(outputs["ids"] == config.characters.terminator, tf.int32), axis=1) > 0
        text = tf.strings.reduce_join(tf.where(ended, "", tf.gather(characters, outputs["ids"])), axis=1)
        return {"text": text, **outputs}

    def serve_bytes(image_bytes):
        resize = model.get_layer("resize")

        def decode(encoded):
            # The resize layer wants images of 8 bits; one decoded image at a time, since sizes differ.
            return resize(_decode_grey(encoded)[None])[0]

        height, width = config.image_size
        images = tf.map_fn(decode, image_bytes, fn_output_signature=tf.TensorSpec((height, width, 1), tf.float32))
        return images

    raise NotImplementedError
