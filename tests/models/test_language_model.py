"""The language model corrects what the glimpses say, and gives no gradient back to them."""

import dataclasses

import keras
import numpy as np
import pytest
from keras import ops

import keras_reader as kr
from keras_reader.inference.reader import Reader
from keras_reader.models.language_model import LanguageModel
from keras_reader.models.losses import MaskedCrossEntropy

CONFIG = kr.ReaderConfig(alphabet="ABC", max_length=3, image_size=(16, 24), filters=8, units=5, language_units=6)


def randomised(model, seed=0):
    random = np.random.default_rng(seed)
    for weight in model.weights:
        if np.issubdtype(np.dtype(weight.dtype), np.floating):
            weight.assign(random.uniform(-0.5, 1, weight.shape))
    return model


def logits_of(count=4, seed=0):
    return np.random.default_rng(seed).normal(0, 3, (count, 4, 4)).astype(np.float32)


def glimpses_of(count=4, seed=0):
    return np.random.default_rng((seed, 1)).random((count, 4, 5), np.float32)


def masks_of(count=4, seed=0):
    return np.random.default_rng((seed, 2)).random((count, 4, 8, 12), np.float32)


def built():
    layer = LanguageModel(4, 6)
    layer.build((None, 4, 4), (None, 4, 5), (None, 4, 8, 12))
    return layer


def correction(layer, logits, glimpses, masks):
    return ops.convert_to_numpy(layer(logits, glimpses, masks)) - logits


def test_it_starts_as_the_identity():
    np.testing.assert_array_equal(correction(built(), logits_of(), glimpses_of(), masks_of()), 0)


def test_what_is_added_to_all_logits_of_a_step_changes_no_correction():
    layer = randomised(built())
    moved = logits_of() + np.random.default_rng(1).normal(0, 5, (4, 4, 1)).astype(np.float32)
    first, again = (correction(layer, x, glimpses_of(), masks_of()) for x in (logits_of(), moved))
    assert np.abs(first).max() > 0.1
    np.testing.assert_allclose(again, first, rtol=1e-5, atol=1e-4)


def test_what_a_glimpse_is_and_where_it_lies_change_the_correction():
    layer = randomised(built())
    first = correction(layer, logits_of(), glimpses_of(), masks_of())
    other = correction(layer, logits_of(), glimpses_of(seed=1), masks_of())
    elsewhere = correction(layer, logits_of(), glimpses_of(), masks_of()[..., ::-1, :] ** 4)
    assert np.abs(other - first).max() > 0.1
    assert np.abs(elsewhere - first).max() > 0.01


def test_how_strong_a_mask_is_changes_no_correction():
    layer = randomised(built())
    first, again = (correction(layer, logits_of(), glimpses_of(), share * masks_of()) for share in (1, np.float32(0.5)))
    np.testing.assert_allclose(again, first, rtol=1e-4, atol=1e-4)


def model_of(layer):
    inputs = [keras.Input((4, 4)), keras.Input((4, 5)), keras.Input((4, 8, 12))]
    return keras.Model(inputs, layer(*inputs))


@pytest.mark.slow
def test_it_learns_from_where_the_others_lie_which_character_it_is():
    """All look alike; what lies lower than what was before it is B, all others are A."""
    random = np.random.default_rng(0)
    rows = random.integers(0, 8, (512, 4))
    truth = np.zeros((512, 4), np.int64)
    truth[:, 1:] = rows[:, 1:] > rows[:, :-1]
    seen = np.tile(np.array([2, 2, 0, 0], np.float32), (512, 4, 1))
    masks = np.tile((rows[..., None] == np.arange(8))[..., None], 12).astype(np.float32)
    keras.utils.set_random_seed(0)
    model = model_of(LanguageModel(4, 16))
    inputs = [seen, np.zeros((512, 4, 5), np.float32), masks]
    model.compile(keras.optimizers.Adam(5e-3), MaskedCrossEntropy(3))
    model.fit([x[:384] for x in inputs], truth[:384], epochs=40, batch_size=64, verbose=0)
    read = model.predict([x[384:] for x in inputs], verbose=0).argmax(-1)
    assert (read == truth[384:]).mean() > 0.95


@pytest.mark.slow
def test_it_learns_which_character_of_two_alike_the_others_ask_for():
    """A and B look alike; after C it is always A, after another one always B."""
    glimpses, masks = np.zeros((512, 4, 5), np.float32), np.ones((512, 4, 8, 12), np.float32)
    random = np.random.default_rng(0)
    truth = random.integers(0, 3, (512, 4))
    for t in range(1, 4):
        alike = truth[:, t] < 2
        truth[:, t] = np.where(alike, np.where(truth[:, t - 1] == 2, 0, 1), truth[:, t])
    seen = np.where(truth[..., None] == np.arange(4), 4.0, 0.0)
    seen[truth < 2, :2] = 4.0
    seen = (seen + random.normal(0, 0.1, seen.shape)).astype(np.float32)
    keras.utils.set_random_seed(0)
    model = model_of(LanguageModel(4, 16))
    inputs = [seen, glimpses, masks]
    model.compile(keras.optimizers.Adam(5e-3), MaskedCrossEntropy(3))
    model.fit([x[:384] for x in inputs], truth[:384], epochs=40, batch_size=64, verbose=0)
    read = model.predict([x[384:] for x in inputs], verbose=0).argmax(-1)
    known = truth[384:, 1:]
    assert (read[:, 1:] == known).mean() > 0.98
    assert (seen[384:, 1:].argmax(-1) == known).mean() < 0.8


def test_it_round_trips_through_its_configuration():
    layer = LanguageModel(4, 6, name="language_model")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert again.get_config() == layer.get_config()
    assert built().compute_output_shape((None, 4, 4), (None, 4, 5), (None, 4, 8, 12)) == (None, 4, 4)


def test_a_reader_gives_what_was_seen_beside_what_is_read():
    model = kr.build_reader(CONFIG)
    randomised(model.language_model)
    image = np.random.default_rng(2).random((3, 16, 24, 1), np.float32)
    output = model.predict(image, verbose=0)
    alone = kr.build_reader(dataclasses.replace(CONFIG, language_units=0))
    alone.set_weights(model.recurrent_attention.get_weights())
    np.testing.assert_array_equal(output["seen"], alone.predict(image, verbose=0)["logits"])
    assert np.abs(output["seen"] - output["logits"]).max() > 0.1


def test_the_loss_of_the_text_moves_no_weight_that_sees():
    keras.utils.set_random_seed(1)
    model = kr.build_reader(CONFIG)
    # At first it is the identity, which gives its other layers no gradient.
    model.language_model.correction.kernel.assign(np.random.default_rng(2).normal(size=(6, 4)))
    model.compile(keras.optimizers.SGD(1.0), {"logits": MaskedCrossEntropy(3)})
    trained = [weight for weight in model.recurrent_attention.cell.trainable_weights if "character" in weight.path]
    before = [ops.convert_to_numpy(weight).copy() for weight in trained]
    language = ops.convert_to_numpy(model.language_model.evidence.kernel).copy()
    image, ids = np.random.default_rng(3).random((8, 16, 24, 1), np.float32), np.full((8, 4), 1)
    model.fit(image, {"logits": ids}, verbose=0)
    for weight, value in zip(trained, before, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(weight), value)
    assert np.abs(ops.convert_to_numpy(model.language_model.evidence.kernel) - language).max() > 1e-3


def test_with_its_sight_left_alone_only_the_language_model_is_trained_and_that_survives_saving(tmp_path):
    keras.utils.set_random_seed(1)
    model = kr.build_reader(CONFIG)
    model.recurrent_attention.trainable = False
    model.compile("adam", {"logits": MaskedCrossEntropy(3)})
    before = [np.array(weight) for weight in model.recurrent_attention.get_weights()]
    image, ids = np.random.default_rng(3).random((8, 16, 24, 1), np.float32), np.full((8, 4), 1)
    model.fit(image, {"logits": ids}, epochs=2, verbose=0)
    for weight, value in zip(model.recurrent_attention.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, value)
    model.save(tmp_path / "state.keras")
    again = keras.models.load_model(tmp_path / "state.keras")
    assert not again.recurrent_attention.trainable and int(again.optimizer.iterations) == 2
    for weight, value in zip(again.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(weight), ops.convert_to_numpy(value))


@pytest.mark.parametrize("units", [-1, 1.5, True, 5000])
def test_units_out_of_range_are_refused(units):
    with pytest.raises(kr.InputError, match="language_units must be a whole number from 0 to 4,096"):
        kr.ReaderConfig(language_units=units)


def outputs(ids, seen):
    """What an artifact gives for one image: it reads `ids`, though its glimpses say `seen`."""
    steps = len(ids)
    probabilities = np.full((1, steps, 4), 0.1, np.float32)
    probabilities[0, range(steps), ids] = 0.7
    said = np.full((1, steps, 4), 0.05, np.float32)
    said[0, range(steps), seen] = 0.85
    return {
        "ids": np.array([ids], np.int32),
        "confidence": np.full(1, 0.7**steps, np.float32),
        "character_confidence": np.full((1, steps), 0.7, np.float32),
        "masks": np.zeros((1, steps, 16, 24), np.float32),
        "probabilities": probabilities,
        "seen": said,
    }


def test_without_its_language_model_a_reader_says_what_its_glimpses_say():
    reader = Reader(CONFIG, lambda images: outputs([0, 1, 3, 3], [0, 2, 2, 3]), "made by hand")
    image = np.zeros((16, 24), np.uint8)
    reading, alone = reader.read_one(image), reader.without_language_model().read_one(image)
    assert (reading.text, alone.text) == ("AB", "ACC")
    assert alone.confidence == pytest.approx(0.85**4)
    np.testing.assert_allclose(alone.character_confidence, [0.85] * 3, rtol=1e-6)
    np.testing.assert_allclose(alone.probabilities[0], [0.85, 0.05, 0.05, 0.05])
    assert reader.without_language_model().read_one(image, pattern="AB*").text == "ABC"


def test_a_reader_without_one_is_itself_without_it():
    reader = kr.load("letters")
    assert reader.without_language_model() is reader


def test_an_artifact_that_lacks_what_was_seen_is_damaged():
    given = outputs([0, 1, 3, 3], [0, 1, 3, 3])
    del given["seen"]
    with pytest.raises(kr.InputError, match="gives no seen of the right shape"):
        Reader(CONFIG, lambda images: given, "made by hand").read_one(np.zeros((16, 24), np.uint8))
