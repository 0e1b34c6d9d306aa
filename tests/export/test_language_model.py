"""A reader with a language model is exported whole: what is read, and what each mask alone shows."""

from dataclasses import replace

import numpy as np
import pytest

import keras_reader as kr
from keras_reader.export.exporter import export_reader
from keras_reader.export.held_attention import hold_attention
from tests.helpers.exports import noise, trained_alike

CONFIG = kr.ReaderConfig(alphabet="ABC", max_length=3, image_size=(18, 48), filters=8, units=5, language_units=6)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory):
    """A reader whose language model changes what it reads, as Keras, SavedModel and ONNX."""
    random = np.random.default_rng(0)
    model = kr.build_reader(CONFIG)
    model.recurrent_attention.set_weights(trained_alike(replace(CONFIG, language_units=0)).get_weights())
    # Attention that is narrow enough to leave some of the image out.
    score = model.recurrent_attention.cell.score.kernel
    score.assign(1.5 * score)
    for weight in model.language_model.weights:
        weight.assign(random.normal(0, 1, weight.shape) / np.sqrt(max(1, np.prod(weight.shape[:-1]))))
    # The glimpses of this reader, whose weights are random, too, are large, and so is what formats differ by.
    model.language_model.sight.kernel.assign(model.language_model.sight.kernel / 20)
    path = tmp_path_factory.mktemp("exported") / "reader.keras"
    model.save(path)
    return [kr.load(each) for each in (path, *export_reader(path))]


def test_every_artifact_gives_both(artifacts):
    images = noise(60, 18, 48)
    expected = artifacts[0].run(images)
    np.testing.assert_allclose(expected["seen"].sum(axis=-1), 1, rtol=0, atol=1e-5)
    assert np.abs(expected["seen"] - expected["probabilities"]).max() > 0.1
    first = expected["ids"][:, 0]
    for artifact in artifacts[1:]:
        outputs = artifact.run(images)
        assert set(outputs) >= set(expected)
        np.testing.assert_array_equal(outputs["ids"][:, 0], first)
        np.testing.assert_allclose(outputs["seen"][:, 0], expected["seen"][:, 0], rtol=0, atol=1e-4)


def test_without_its_language_model_every_artifact_reads_the_same(artifacts):
    images = list(noise(60, 18, 48))
    texts = [[reading.text for reading in each.without_language_model().read(images)] for each in artifacts]
    assert texts[0] == texts[1] == texts[2]
    assert texts[0] != [reading.text for reading in artifacts[0].read(images)]


def test_with_its_attention_held_what_a_mask_shows_is_all_that_is_seen(artifacts, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(hold_attention(artifacts[2].source))
    names = [output.name for output in session.get_outputs()]
    steps = CONFIG.decoding_steps

    def run(images, hold, held):
        values = session.run(names, {"image": images, "hold": np.full((len(images), steps), hold), "held": held})
        return dict(zip(names, values, strict=True))

    images = noise(20, 18, 48)
    before = run(images, False, np.zeros((20, steps, 1), np.float32))
    hidden = before["masks"][:, 0] == 0
    assert 0.05 < hidden.mean() < 0.95
    changed = np.where(hidden, 255 - images, images)
    after = run(changed, True, before["attention"])
    np.testing.assert_array_equal(after["seen"][:, 0], before["seen"][:, 0])
    assert (after["seen"][:, 1:] != before["seen"][:, 1:]).any()
