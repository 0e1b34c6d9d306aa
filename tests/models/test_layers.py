"""The recurrent attention layer and its cells: shapes, round trips, and what the masks promise."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_reader as kr
from keras_reader.config import PRESETS, EncoderBlock, receptive_field
from keras_reader.models.centering_loss import centering_loss

WINDOW = 14
SMALL = kr.ReaderConfig(alphabet="ABC", max_length=3, image_size=(24, 28), filters=16, units=8)
BASE = kr.ReaderConfig(preset="base", alphabet="ABC", max_length=3, image_size=(36, 40), filters=16, units=8)
DEEP_READER = kr.ReaderConfig(
    preset="deep_reader", alphabet="ABC", max_length=3, image_size=(14, 16), filters=4, units=8
)


def images(config, count=4, seed=0):
    return np.random.default_rng(seed).random((count, *config.image_size, 1), dtype=np.float32)


def trained_alike(config, seed=0):
    """A reader whose weights and batch statistics are all random, as those of a trained one are all different."""
    model = kr.build_reader(config)
    random = np.random.default_rng(seed)
    for weight in model.weights:
        scale = 0.3 if len(weight.shape) > 1 else 0.1
        value = random.normal(0, scale, weight.shape)
        weight.assign(np.abs(value) + 0.5 if "variance" in weight.path or "gamma" in weight.path else value)
    return model


@pytest.mark.parametrize("config", [SMALL, BASE, DEEP_READER], ids=lambda config: config.preset)
def test_output_shapes_and_ranges(config):
    model = trained_alike(config)
    output = model.predict(images(config), verbose=0)
    assert output["logits"].shape == (4, 4, 4)
    assert output["masks"].shape == (4, 4, *config.image_size)
    assert output["masks"].min() >= 0 and output["masks"].max() <= 1 + 1e-6
    layer = model.recurrent_attention
    shapes = layer.compute_output_shape((None, *config.image_size, 1))
    features = config.units if config.preset == "deep_reader" else config.filters
    assert shapes == {
        "logits": (None, 4, 4),
        "masks": (None, 4, *config.image_size),
        "glimpses": (None, 4, features),
    }
    steps = layer(images(config))
    assert {name: (None, *value.shape[1:]) for name, value in steps.items()} == shapes


@pytest.mark.parametrize("config", [SMALL, BASE, DEEP_READER], ids=lambda config: config.preset)
def test_saved_and_loaded_reader_is_the_same(config, tmp_path):
    model = trained_alike(config)
    model.save(tmp_path / "reader.keras")
    loaded = keras.models.load_model(tmp_path / "reader.keras", safe_mode=True)
    assert loaded.config == config
    for name, value in model.predict(images(config), verbose=0).items():
        np.testing.assert_array_equal(loaded.predict(images(config), verbose=0)[name], value)


@pytest.mark.parametrize(
    "cell",
    [
        kr.DeepReaderCell(4, 4, 8),
        kr.WindowAttentionCell(4, 16, 8),
        kr.WindowAttentionCell(4, 16, 8, PRESETS["base"].encoder),
    ],
)
def test_layer_round_trips_through_its_configuration(cell):
    layer = kr.RecurrentAttention(cell, decoding_steps=3, name="reader")
    again = kr.RecurrentAttention.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    serialized = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert serialized.get_config() == layer.get_config()


@pytest.mark.parametrize("config", [SMALL, BASE, DEEP_READER], ids=lambda config: config.preset)
def test_the_order_of_a_batch_changes_nothing(config):
    model = trained_alike(config)
    x = images(config, 6)
    order = [3, 1, 5, 0, 4, 2]
    straight, shuffled = model.predict(x, verbose=0), model.predict(x[order], verbose=0)
    for name, value in straight.items():
        np.testing.assert_allclose(shuffled[name], value[order], atol=1e-5)


def test_no_steps_are_refused():
    with pytest.raises(ValueError, match="decoding_steps must be at least 1"):
        kr.RecurrentAttention(kr.WindowAttentionCell(4), decoding_steps=0)


def held_attention(layer, count, random):
    """Attention on two cells a step, and none elsewhere."""
    cell = layer.cell
    attention = np.zeros((count, layer.decoding_steps, cell.cells), np.float32)
    for row in attention.reshape(-1, cell.cells):
        row[random.choice(cell.cells, 2, replace=False)] = 0.7, 0.3
    return attention.reshape(count, layer.decoding_steps, cell.rows, cell.columns)


@pytest.mark.parametrize(
    ("preset", "image_size"),
    [("small", (24, 28)), ("small", (21, 30)), ("small", (40, 40)), ("base", (36, 80)), ("base", (61, 66))],
)
def test_pixels_with_mask_zero_change_no_logit_of_their_step(preset, image_size):
    config = kr.ReaderConfig(preset, alphabet="ABC", max_length=3, image_size=image_size, filters=16, units=8)
    layer = trained_alike(config).recurrent_attention
    random = np.random.default_rng(1)
    x = images(config, 3)
    attention = held_attention(layer, 3, random)
    before = layer(x, attention=attention)
    masks, logits = ops.convert_to_numpy(before["masks"]), ops.convert_to_numpy(before["logits"])
    for t in range(config.decoding_steps):
        hidden = masks[:, t, :, :, None] == 0
        assert 0.3 < hidden.mean() < 1
        changed = np.where(hidden, random.random(x.shape, dtype=np.float32), x)
        after = ops.convert_to_numpy(layer(changed, attention=attention)["logits"])
        np.testing.assert_array_equal(after[:, t], logits[:, t])


def test_pixels_under_the_mask_do_change_the_logits_of_their_step():
    layer = trained_alike(SMALL).recurrent_attention
    x = images(SMALL, 3)
    attention = held_attention(layer, 3, np.random.default_rng(1))
    before = layer(x, attention=attention)
    shown = ops.convert_to_numpy(before["masks"])[:, 0, :, :, None] > 0
    after = layer(np.where(shown, 1 - x, x), attention=attention)
    difference = np.abs(ops.convert_to_numpy(after["logits"]) - ops.convert_to_numpy(before["logits"]))
    assert (difference[:, 0].max(axis=-1) > 1e-3).all()


@pytest.mark.parametrize("blocks", [PRESETS["small"].encoder, PRESETS["base"].encoder, (EncoderBlock(4, 5),)])
def test_the_receptive_field_is_what_one_cell_depends_on(blocks):
    cell = kr.WindowAttentionCell(4, 16, 8, blocks)
    cell.build((None, 80, 80, 1))
    random = np.random.default_rng(0)
    for weight in cell.weights:
        value = np.abs(random.normal(0, 0.3, weight.shape)) + 0.1
        weight.assign(value)
    x = np.full((1, 80, 80, 1), 0.5, np.float32)
    row, column = cell.rows // 2, cell.columns // 2
    middle = row * cell.columns + column
    before = ops.convert_to_numpy(cell.encode(x)[0])[0, middle]
    side, stride = receptive_field(blocks)
    assert (cell.window, cell.stride) == (side, stride)
    top, left = (n * stride - (side - stride) // 2 for n in (row, column))
    bottom, right = top + side - 1, left + side - 1
    inside = [(top, left), (top, right), (bottom, left), (bottom, right)]
    outside = [(top - 1, left), (top, left - 1), (bottom + 1, right), (bottom, right + 1)]
    for place in inside + outside:
        changed = x.copy()
        changed[0, *place] = 9
        after = ops.convert_to_numpy(cell.encode(changed)[0])[0, middle]
        assert (after != before).any() == (place in inside), place


def test_the_mask_of_one_cell_is_its_window():
    layer = trained_alike(SMALL).recurrent_attention
    attention = np.zeros((1, 6 * 7), np.float32)
    attention[0, 2 * 7 + 3] = 1  # the cell whose middle is at row 10, column 14
    mask = ops.convert_to_numpy(layer.cell.mask(attention))[0]
    expected = np.zeros((24, 28))
    expected[10 - WINDOW // 2 : 10 + WINDOW // 2, 14 - WINDOW // 2 : 14 + WINDOW // 2] = 1
    np.testing.assert_array_equal(mask, expected)


def test_a_window_is_exactly_what_a_cell_sees():
    """Each pixel of the window matters to the features of the cell, and none outside it."""
    cell = trained_alike(SMALL).recurrent_attention.cell
    x = images(SMALL, 1)
    middle = 2 * 7 + 3
    changed = np.repeat(x, 24 * 28 + 1, axis=0)
    for i in range(24 * 28):
        changed[i].flat[i] += 5
    *after, features = ops.convert_to_numpy(cell.encode(changed)[0])[:, middle]
    seen = (np.array(after) != features).any(axis=-1).reshape(24, 28)
    window = ops.convert_to_numpy(cell.mask(np.eye(6 * 7, dtype="float32")[middle : middle + 1]))[0] == 1
    assert not seen[~window].any()
    assert seen[window].mean() > 0.9  # some pixel may lose every maximum it takes part in


def test_attention_is_a_distribution_without_a_tail():
    config = kr.ReaderConfig(alphabet="ABC", max_length=3, image_size=(40, 40), filters=16, units=8)
    layer = trained_alike(config).recurrent_attention
    cell = layer.cell
    encoded = cell.encode(images(config, 2))
    state = cell.initial_state(encoded)
    for _ in range(layer.decoding_steps):
        _, state = cell.step(encoded, state)
        attention = ops.convert_to_numpy(state[2])
        np.testing.assert_allclose(attention.sum(axis=1), 1, rtol=1e-5)
        assert attention.min() >= 0


def seen_from(*cells, rows=7, columns=9, characters=3):
    """What each cell reads alone: character 0 from the cells given, character 1 from all others."""
    alone = np.zeros((1, rows, columns, characters), "float32")
    alone[..., 1] = 1
    for cell in cells:
        alone[0, *cell] = np.eye(characters)[0]
    return ops.convert_to_tensor(alone.reshape(1, rows * columns, characters))


def attending(*cells, rows=7, columns=9):
    attention = np.zeros((1, 1, rows, columns), "float32")
    for cell in cells:
        attention[0, 0, *cell] = 1 / len(cells)
    return ops.convert_to_tensor(attention)


def reading(probabilities):
    return ops.convert_to_tensor(np.array([[probabilities]], "float32"))


LETTER = [(3, 3), (3, 4), (3, 5)]
SURE, UNSURE, TERMINATOR = [1, 0, 0], [0.4, 0.3, 0.3], [0, 0, 0]


@pytest.mark.parametrize(
    ("cells", "read", "distance"),
    [
        ([(3, 4)], SURE, 0),
        ([(3, 3), (3, 5)], SURE, 0),
        ([(3, 5)], SURE, 0.5**2),  # the cell at the far end is out of its sight
        ([(2, 4)], SURE, 1),
        ([(2, 5)], SURE, 0.5**2 + 1),
        ([(2, 4)], UNSURE, None),
        ([(2, 4)], TERMINATOR, 0),
    ],
)
def test_the_centering_loss_is_the_squared_distance_from_the_cells_that_show_the_letter(cells, read, distance):
    value = centering_loss(attending(*cells), reading(read), seen_from(*LETTER))
    if distance is None:
        assert 0 < float(value[0, 0]) < 0.03
    else:
        assert float(value[0, 0]) == pytest.approx(distance, abs=1e-5)


def test_the_same_letter_elsewhere_in_the_word_moves_no_centre():
    value = centering_loss(attending((3, 4)), reading(SURE), seen_from(*LETTER, (3, 7), (3, 8)))
    assert float(value[0, 0]) == pytest.approx(0, abs=1e-5)


def test_spread_and_off_centre_attention_add_to_the_loss_in_training_only():
    layer = trained_alike(SMALL).recurrent_attention
    layer(images(SMALL))
    assert layer.losses == []
    layer(images(SMALL), training=True)
    assert len(layer.losses) == 2
    assert all(float(loss) > 0 for loss in layer.losses)


@pytest.mark.parametrize("ended", [True, False], ids=["ended", "going on"])
def test_attention_after_the_end_of_a_text_has_no_price(ended):
    """Two cells show one letter and the end of a text; the second step looks beside the letter, too."""
    cell = trained_alike(SMALL).recurrent_attention.cell
    letter, end, beside = 10, 30, 11
    features = np.zeros((1, cell.cells, SMALL.filters), np.float32)
    features[0, letter, 0] = features[0, end, 1] = 1
    classes = np.zeros((SMALL.filters, 4), np.float32)
    classes[0, 0] = classes[1, 3] = 100
    cell.hidden.set_weights([np.eye(SMALL.filters), np.zeros(SMALL.filters)])
    cell.character.set_weights([classes, np.zeros(4)])
    attention = np.zeros((2, 1, cell.cells), np.float32)
    attention[0, 0, end if ended else letter] = 1
    attention[1, 0, [letter, beside]] = 0.5
    cell.outputs((features, None, None), list(attention), training=True)
    spread, off_centre = map(float, cell.losses)
    if ended:
        assert spread == pytest.approx(0, abs=1e-6) and off_centre == 0
    else:
        assert spread > 0.001 and off_centre > 0.001
