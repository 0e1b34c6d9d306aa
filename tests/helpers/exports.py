"""What several tests of exported readers use."""

import io
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import onnxruntime
import tensorflow as tf
from PIL import Image

import keras_reader as kr
from keras_reader.export.exporter import export_reader
from keras_reader.metadata import TOLERANCE
from keras_reader.models.serving import serving_model

OUTPUTS = ["ids", "confidence", "character_confidence", "masks", "probabilities"]
CONFIGS = {
    "small": kr.ReaderConfig(alphabet="AÉ漢", max_length=2, image_size=(18, 26), filters=12, units=8),
    "deep_reader": kr.ReaderConfig(
        preset="deep_reader", alphabet="ABC", max_length=2, image_size=(14, 14), filters=4, units=8
    ),
}


@dataclass
class Export:
    """A reader, its export, and the three ways to run it."""

    keras_path: Path
    folder: Path
    config: kr.ReaderConfig
    keras_model: keras.Model
    saved_model: object
    onnx_session: onnxruntime.InferenceSession

    def run_keras(self, images):
        return self.keras_model.predict_on_batch(images)

    def run_saved_model(self, images):
        return {name: value.numpy() for name, value in self.saved_model.serve(images).items()}

    def run_bytes(self, files):
        outputs = self.saved_model.serve_bytes(tf.constant(files, tf.string, shape=(len(files),)))
        return {name: value.numpy() for name, value in outputs.items()}

    def run_onnx(self, images):
        return dict(zip(OUTPUTS, self.onnx_session.run(OUTPUTS, {"image": images}), strict=True))


def trained_alike(config):
    """A reader whose every weight and batch statistic matters, and that reads words of all lengths in `noise`."""
    model = kr.build_reader(config)
    # Not of all weights drawn at random does a word's length depend on the image.
    for seed in range(100):
        lengths = {len(word) for word in randomize(model, seed)}
        if lengths >= set(range(config.max_length + 1)):
            return model
    raise AssertionError("no such reader among the first hundred")


def randomize(model, seed):
    """Draw the weights of a reader, and give what it reads in `noise` with them."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        value = random.normal(0, 1.5, weight.shape) / np.sqrt(max(1, np.prod(weight.shape[:-1])))
        weight.assign(np.abs(value) + 0.5 if "variance" in weight.path or "gamma" in weight.path else value)
    # Every character as likely as any other, and sure enough of itself not to tie.
    logits = model.predict(noise(200, *model.config.image_size)[..., None] / 255, verbose=0)["logits"]
    mean, spread = logits.mean((0, 1)), 1 / logits.std(0).mean(0)
    character = model.recurrent_attention.cell.character
    character.bias.assign((character.bias - mean) * spread)
    character.kernel.assign(character.kernel * spread)
    return [model.config.characters.decode(ids) for ids in ((logits - mean) * spread).argmax(-1)]


def noise(count, height, width, seed=0):
    """Images from flat ones to pure noise, from dark to bright."""
    random = np.random.default_rng(seed)
    level, spread = random.uniform(0, 255, (count, 1, 1)), random.uniform(0, 100, (count, 1, 1))
    return random.normal(level, spread, (count, height, width)).clip(0, 255).astype(np.uint8)


def png(image):
    return encode(Image.fromarray(image), "PNG")


def encode(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def assert_same(got, expected, tolerance=TOLERANCE):
    np.testing.assert_array_equal(got["ids"], expected["ids"])
    for name in OUTPUTS[1:]:
        assert got[name].dtype == np.float32
        np.testing.assert_allclose(got[name], expected[name], rtol=0, atol=tolerance, err_msg=name)


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def make_export(folder, config):
    path = folder / "reader.keras"
    model = trained_alike(config)
    model.save(path)
    saved_model, onnx_path = export_reader(path)
    assert (saved_model, onnx_path) == (folder / "saved_model", folder / "reader.onnx")
    assert sorted(child.name for child in folder.iterdir()) == ["reader.keras", "reader.onnx", "saved_model"]
    return Export(
        path,
        folder,
        config,
        serving_model(model),
        tf.saved_model.load(str(saved_model)),
        onnxruntime.InferenceSession(onnx_path, providers=["CPUExecutionProvider"]),
    )
