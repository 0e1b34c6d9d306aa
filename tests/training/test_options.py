"""The options of a training, and the schedules that they name."""

import pytest

from keras_reader.config import PRESETS
from keras_reader.errors import InputError
from keras_reader.training.options import AUGMENTATION_WARMUP, TrainingOptions, nothing_to_gain, plateau_learning_rate


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([], 1.0),
        ([3, 2, 1], 1.0),
        ([1, 2, 3], 1.0),  # two failures
        ([1, 2, 2, 2], 0.1),  # the third
        ([1, 2, 2, 1, 2, 2], 1.0),  # a loss no worse than the best begins the count again
        ([1, 2, 2, 2, 2], 0.01),  # from the third on, each failure lowers the rate, as the original has it
        ([1, 2, 2, 2, 0.5, 2, 2], 0.1),
        ([1, 2, 2, 2, 0.5, 2, 2, 2], 0.01),
    ],
)
def test_the_original_lowers_the_rate_from_the_third_failure_in_a_row_on(losses, expected):
    assert plateau_learning_rate(1.0, losses) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("accuracies", "expected"),
    [
        ([], False),
        ([1.0, 1.0], False),
        ([1.0, 1.0, 1.0], True),
        ([0.5, 1.0, 1.0, 1.0], True),
        ([1.0, 0.98, 1.0, 1.0], False),
        ([1.0, 1.0, 1.0, 0.98], False),
        ([0.98] * 10, False),  # nearly all: a lower learning rate may gain the others
    ],
)
def test_nothing_is_to_be_gained_where_three_validations_in_a_row_misread_none(accuracies, expected):
    assert nothing_to_gain(accuracies, images=30) is expected


def test_to_read_all_of_few_validation_images_does_not_tell():
    assert not nothing_to_gain([1.0] * 10, images=29)


def test_a_training_on_pictures_ends_early_unless_its_steps_are_given():
    assert TrainingOptions.for_pictures("base", 500).early_end
    assert not TrainingOptions.for_pictures("base", 500, training_steps=100).early_end
    assert TrainingOptions.for_pictures("base", 500, training_steps=100, early_end=True).early_end
    assert not TrainingOptions.for_pictures("base", 500, early_end=False).early_end
    assert not TrainingOptions.for_preset("base").early_end


@pytest.mark.parametrize(("steps", "validations", "late"), [(800, 20, 15), (8, 8, 6), (12, 3, 2), (5, 1, 0)])
def test_the_last_quarter_begins_with_a_whole_epoch(steps, validations, late):
    options = TrainingOptions(steps, 1, 0.1, validations=validations)
    assert (options.epochs, options.first_late_epoch) == (validations, late)


def test_deep_reader_trains_as_the_original_does():
    options = TrainingOptions.for_preset("deep_reader")
    assert (options.training_steps, options.batch_size, options.learning_rate) == (10_000, 32, 1e-3)
    assert (options.optimizer, options.schedule, options.clip_norm, options.average) == ("adam", "plateau", 0, "all")
    assert (options.steps_per_epoch, options.validation_images) == (100, 1024)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_has_options_of_its_own(preset):
    assert TrainingOptions.for_preset(preset, seed=3).seed == 3


@pytest.mark.parametrize(
    "wrong",
    [{"schedule": "odd"}, {"average": "odd"}, {"optimizer": "odd"}, {"clip_norm": -1}, {"clip_norm": float("inf")}],
)
def test_a_value_out_of_range_is_named(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(InputError, match=f"{name} must be .*, got {value!r}"):
        TrainingOptions.for_preset("small", **wrong)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_the_warm_up_of_the_augmentation_is_a_share_of_the_training(value):
    with pytest.raises(InputError, match=r"augmentation_warmup must lie in \[0, 1\], got"):
        TrainingOptions.for_preset("small", augmentation_warmup=value)


def test_augmentation_grows_in_a_training_from_nothing_and_is_full_at_once_in_one_that_starts_from_a_reader():
    assert TrainingOptions.for_pictures("base", 500).augmentation_warmup == AUGMENTATION_WARMUP > 0
    assert TrainingOptions.for_pictures("base", 500, from_reader=True).augmentation_warmup == 0
    assert TrainingOptions.for_pictures("base", 500, augmentation_warmup=0.0).augmentation_warmup == 0


def test_a_training_that_starts_from_a_reader_takes_a_third_of_the_steps():
    for pictures, steps, fewer in ((10, 1200, 400), (1000, 1900, 600), (10_000, 3100, 1000)):
        assert TrainingOptions.for_pictures("base", pictures).training_steps == steps
        assert TrainingOptions.for_pictures("base", pictures, from_reader=True).training_steps == fewer
    assert TrainingOptions.for_pictures("base", 10, from_reader=True, training_steps=7).training_steps == 7
