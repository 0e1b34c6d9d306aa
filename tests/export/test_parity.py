"""Keras, SavedModel and ONNX Runtime give the same numbers for the same images."""

import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import keras_reader as kr
from keras_reader.export.parity import ExportError, check_parity
from keras_reader.inference.loading import load
from keras_reader.metadata import TOLERANCE
from keras_reader.models.serving import FitImage
from tests.helpers.exports import OUTPUTS, assert_same, noise, png


def test_the_test_readers_read_words_of_several_lengths(export):
    reader = load(export.folder / "reader.onnx")
    words = {reading.text for reading in reader.read(noise(200, *export.config.image_size))}
    assert {len(word) for word in words} >= {0, 1, 2}


@pytest.mark.slow
@pytest.mark.parametrize(
    "size", [(1, 1), (5, 4000), (3000, 2000), (9, 7), (200, 300)], ids=lambda size: "x".join(map(str, size))
)
def test_all_formats_agree_on_images_of_any_size(export, size):
    images = noise(2, *size)
    expected = export.run_keras(images)
    assert_same(export.run_saved_model(images), expected)
    assert_same(export.run_onnx(images), expected)
    assert_same(export.run_bytes([png(image) for image in images]), expected)


@pytest.mark.parametrize("count", [1, 256])
def test_all_formats_agree_on_one_image_and_on_many(export, count):
    images = noise(count, 20, 30)
    expected = export.run_keras(images)
    assert_same(export.run_saved_model(images), expected)
    assert_same(export.run_onnx(images), expected)
    assert_same(export.run_bytes([png(image) for image in images]), expected)


def test_no_image_gives_no_reading(export):
    images = noise(0, 20, 30)
    config = export.config
    for outputs in (export.run_saved_model(images), export.run_onnx(images), export.run_bytes([])):
        assert outputs["masks"].shape == (0, config.decoding_steps, *config.image_size)
        assert outputs["ids"].shape == outputs["character_confidence"].shape == (0, config.decoding_steps)
        assert outputs["confidence"].shape == outputs.get("text", outputs["confidence"]).shape == (0,)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_all_formats_agree_on_random_images(export, height, width, count, seed):
    images = noise(count, height, width, seed)
    expected = export.run_keras(images)
    assert_same(export.run_saved_model(images), expected)
    assert_same(export.run_onnx(images), expected)


@pytest.mark.slow
def test_reader_gives_the_same_readings_from_all_formats(export):
    images = [*noise(5, 20, 30), *noise(5, 41, 12)]
    expected = list(load(export.keras_path).read(images))
    for name in ("saved_model", "reader.onnx"):
        readings = list(load(export.folder / name).read(images))
        assert [reading.text for reading in readings] == [reading.text for reading in expected]
        for got, true in zip(readings, expected, strict=True):
            assert abs(got.confidence - true.confidence) <= TOLERANCE
            np.testing.assert_allclose(got.masks, true.masks, rtol=0, atol=TOLERANCE)


def test_parity_compares_at_least_256_images_of_several_sizes(export):
    seen = []

    def run(images):
        seen.append(images)
        return export.run_keras(images)

    reference = kr.Reader(export.config, run, "reference")
    artifact = kr.Reader(export.config, export.run_onnx, "artifact")
    differences = check_parity(reference, [artifact])
    assert list(differences) == ["artifact"] and differences["artifact"] <= TOLERANCE
    assert sum(len(images) for images in seen) >= 256
    sizes = {images.shape[1:] for images in seen}
    assert len(sizes) >= 5 and (1, 1) in sizes and export.config.image_size in sizes


@pytest.mark.parametrize("name", ["ids", "confidence", "character_confidence", "masks", "probabilities", "text"])
def test_parity_notices_one_wrong_value_in_any_output(export, name):
    def run(images):
        outputs = {key: value.copy() for key, value in export.run_saved_model(images).items()}
        if images.shape[1:] == (1, 1):
            outputs[name].flat[0] = b"?" if name == "text" else outputs[name].flat[0] + (1 if name == "ids" else 2e-4)
        return outputs

    reference = kr.Reader(export.config, export.run_keras, "reference")
    with pytest.raises(ExportError, match=r"^artifact: "):
        check_parity(reference, [kr.Reader(export.config, run, "artifact")])


@pytest.mark.parametrize("name", ["ids", "character_confidence", "masks", "probabilities"])
@pytest.mark.parametrize("after", [False, True])
def test_parity_compares_the_terminators_step_and_none_after_it(small_export, name, after):
    alphabet = small_export.config.characters

    def run(images, changed=False):
        outputs = {key: value.copy() for key, value in small_export.run_onnx(images).items()}
        outputs["ids"][:, 1] = alphabet.terminator
        if changed:
            value = outputs[name][:, 2 if after else 1]
            value[:] = (value + 1) % alphabet.classes if name == "ids" else 1 - value
        return outputs

    reference = kr.Reader(small_export.config, run, "reference")
    artifact = kr.Reader(small_export.config, lambda images: run(images, changed=True), "artifact")
    if after:
        assert check_parity(reference, [artifact]) == {"artifact": 0}
    else:
        with pytest.raises(ExportError, match=r"^artifact: "):
            check_parity(reference, [artifact])


@pytest.mark.parametrize("name", OUTPUTS[1:])
def test_parity_fails_if_an_output_is_not_a_number_even_if_both_agree(deep_reader_export, name):
    def run(images):
        outputs = deep_reader_export.run_onnx(images)
        return {**outputs, name: np.full_like(outputs[name], np.nan)}

    reader = kr.Reader(deep_reader_export.config, run, "artifact")
    with pytest.raises(kr.InputError, match=f"artifact: damaged: gives {name} out of range"):
        check_parity(reader, [reader])


@pytest.mark.slow
def test_no_image_gives_no_reading_whatever_the_format(export):
    for path in (export.keras_path, export.folder / "saved_model", export.folder / "reader.onnx"):
        outputs = load(path).run(noise(0, 20, 30))
        assert outputs["masks"].shape == (0, export.config.decoding_steps, *export.config.image_size)
        assert outputs["ids"].shape == (0, export.config.decoding_steps) and outputs["confidence"].shape == (0,)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_images_shrink_and_grow_as_pillow_does_it(small_export, height, width, seed):
    image = noise(1, height, width, seed)
    rows, columns = small_export.config.image_size
    resized = FitImage(rows, columns, "stretch")(image).numpy()[0, :, :, 0]
    floats = Image.fromarray(image[0].astype(np.float32) / 255)
    pillows = np.asarray(floats.resize((columns, rows), Image.Resampling.BILINEAR))
    np.testing.assert_allclose(resized, pillows, rtol=0, atol=1e-6)


def test_a_batch_of_colour_images_is_refused_by_every_artifact(export):
    images = np.stack([noise(2, 20, 30)] * 3, axis=-1)
    with pytest.raises(onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument, match=r"image Got: 4 Expected: 3"):
        export.run_onnx(images)
    with pytest.raises(TypeError, match=r"Can not cast TensorSpec\(shape=\(2, 20, 30, 3\)"):
        export.saved_model.serve(images)
    for name in ("serve", "serving_default"):
        # Also where height and width are such that the products would fit.
        for square in (images, images[:, :3, :3]):
            shape = str(list(square.shape)).replace(" ", "")
            with pytest.raises(tf.errors.InvalidArgumentError) as error:
                export.saved_model.signatures[name](image=tf.constant(square))
            assert f"Shape of tensor image {shape} is not compatible with expected shape [?,?,?]" in str(error.value)


@pytest.mark.parametrize(
    "images",
    [np.zeros((2, 5, 7, 3), np.uint8), np.zeros((2, 5, 7), np.float32), np.zeros((5, 7), np.uint8), noise(2, 0, 7)],
    ids=["colour", "floating-point", "one image", "no pixels"],
)
def test_a_batch_of_other_images_is_refused_by_every_reader_in_the_same_words(export, images):
    for path in (export.keras_path, export.folder / "saved_model", export.folder / "reader.onnx"):
        with pytest.raises(kr.InputError, match=r"a batch of images must be grey, uint8 \(batch, height, width\), got"):
            load(path).run(images)


@pytest.mark.slow
def test_colour_images_are_read_as_their_luma_in_every_format(export):
    colour = np.random.default_rng(0).integers(0, 256, (6, 20, 30, 3), np.uint8)
    grey = np.stack([np.asarray(Image.fromarray(image).convert("L")) for image in colour])
    expected = list(load(export.keras_path).read(grey))
    assert len({reading.confidence for reading in expected}) > 1
    for path in (export.keras_path, export.folder / "saved_model", export.folder / "reader.onnx"):
        readings = list(load(path).read(colour))
        assert [reading.text for reading in readings] == [reading.text for reading in expected]
        confidences = [[reading.confidence for reading in values] for values in (readings, expected)]
        np.testing.assert_allclose(*confidences, rtol=0, atol=TOLERANCE)
