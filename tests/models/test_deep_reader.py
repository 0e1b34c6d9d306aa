"""The `deep_reader` preset is the original's recurrence."""

import numpy as np
import pytest

import keras_reader as kr
from tests.helpers import FIXTURES

GOLDEN = FIXTURES / "deep_reader_recurrence.npz"


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def reader(golden):
    return kr.from_deep_reader(golden, max_length=3)


def test_configuration_is_read_off_the_arrays(reader):
    assert reader.config == kr.ReaderConfig(
        preset="deep_reader", alphabet="ABCDE", max_length=3, image_size=(14, 14), filters=4, units=8
    )


def test_logits_and_masks_are_the_originals(reader, golden):
    output = reader.predict(golden["image"][..., None].astype("float32"), verbose=0)
    np.testing.assert_allclose(output["logits"], golden["logits"], rtol=0, atol=1e-5)
    np.testing.assert_allclose(output["masks"], golden["masks_used"], rtol=0, atol=1e-5)


def test_first_step_sees_the_whole_image(reader, golden):
    output = reader.predict(golden["image"][..., None].astype("float32"), verbose=0)
    assert np.all(output["masks"][:, 0] == 1)


@pytest.mark.parametrize(("average", "name"), [("valid", "loss_per_valid_step"), ("all", "loss_original")])
def test_both_forms_of_the_loss_are_the_originals(golden, average, name):
    loss = kr.MaskedCrossEntropy(terminator=5, average=average)
    value = loss(golden["targets"].astype("int32"), golden["logits"].astype("float32"))
    np.testing.assert_allclose(float(value), golden[name], rtol=0, atol=1e-5)


def test_valid_steps_are_the_originals_weights(golden):
    from keras_reader.models.losses import valid_steps

    np.testing.assert_array_equal(np.asarray(valid_steps(golden["targets"].astype("int32"), 5)), golden["weights"])


def test_a_missing_array_is_named(golden):
    with pytest.raises(kr.InputError, match=r"lacks msk\.bias"):
        kr.from_deep_reader({key: value for key, value in golden.items() if key != "msk.bias"}, max_length=3)


def test_an_array_of_another_shape_is_named(golden):
    with pytest.raises(kr.InputError, match=r"act\.weight has the shape \(6, 7\)"):
        kr.from_deep_reader({**golden, "act.weight": golden["act.weight"][:, :7]}, max_length=3)


def test_default_sizes_are_the_originals():
    assert kr.build_reader(kr.ReaderConfig(preset="deep_reader")).count_params() == 19_626_011


def test_initial_weights_are_pytorchs_uniform_in_one_over_the_root_of_the_inputs():
    import keras

    keras.utils.set_random_seed(0)
    cell = kr.build_reader(kr.ReaderConfig(preset="deep_reader")).recurrent_attention.cell
    inputs = {"convolution_0": 9, "convolution_1": 144, "convolution_2": 144, "lstm": 256, "next_mask": 256}
    for layer in (*cell.convolutions, cell.lstm, cell.next_mask, cell.character):
        for weights in layer.get_weights():
            limit = inputs.get(layer.name, 256) ** -0.5
            assert np.abs(weights).max() <= limit
            assert np.abs(weights).max() > 0.7 * limit, layer.name
            if weights.size > 1000:
                assert weights.std() == pytest.approx(limit / 3**0.5, rel=0.05), layer.name
