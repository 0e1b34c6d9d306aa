"""Random changes to labelled pictures: each amount changes what it names, and nothing else."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_reader.data.augmentation import AUGMENTATIONS, Augmentation, augment

IDENTITY = Augmentation(**{field.name: 0 for field in fields(Augmentation)})
SHIFTS = ("shift_across", "shift_along")
GEOMETRIC = ("rotation", "shear", "scale", "stretch", "shift_across", "shift_along", "perspective", "elastic")


def picture(height=32, width=96):
    """A bright square on a dark slope, all of it well inside of the range of levels."""
    image = np.broadcast_to(np.linspace(60, 120, width), (height, width)).copy()
    image[height // 3 : 2 * height // 3, width // 3 : 2 * width // 3] = 200
    return np.rint(image).astype(np.uint8)


def changed(image, seed=0, **amounts):
    return augment(image, replace(IDENTITY, **amounts), np.random.default_rng(seed))


def variation(image):
    return np.abs(np.diff(image, axis=0)).sum() + np.abs(np.diff(image, axis=1)).sum()


def centre(image, low=0.6):
    return np.argwhere(image > low).mean(axis=0)


@given(
    st.sampled_from(["light", "strong"]),
    st.integers(8, 64),
    st.integers(8, 300),
    st.integers(0, 2**32),
)
@settings(max_examples=60)
def test_a_changed_picture_of_any_size_keeps_its_shape_and_lies_between_black_and_white(name, height, width, seed):
    random = np.random.default_rng(seed)
    image = random.integers(0, 256, (height, width)).astype(np.uint8)
    before = image.copy()
    result = augment(image, AUGMENTATIONS[name], random)
    assert (result.shape, result.dtype) == ((height, width), np.float32)
    assert result.min() >= 0 and result.max() <= 1
    np.testing.assert_array_equal(image, before)


def test_half_as_strong_has_half_of_every_amount():
    strong = AUGMENTATIONS["strong"]
    for field in fields(Augmentation):
        assert getattr(strong.times(0.5), field.name) == getattr(strong, field.name) / 2
    assert strong.times(1) == strong
    assert strong.times(0) == IDENTITY


@given(st.integers(8, 64), st.integers(8, 300), st.integers(0, 2**32))
@settings(max_examples=30)
def test_amounts_of_zero_change_nothing(height, width, seed):
    image = np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)
    # Pillow cuts interpolated levels to whole ones: where rounding puts one just below its level, it is one less.
    lost = np.rint(image - 255 * changed(image, seed))
    assert lost.min() >= 0 and lost.max() <= 1


@pytest.mark.parametrize("name", [field.name for field in fields(Augmentation)])
def test_each_amount_alone_changes_the_picture(name):
    amount = (
        5 if name == "rotation" else 1 if name in ("blur", "sharpen", "shrink", "jpeg", "shadow", "cut_out") else 0.1
    )
    image = picture()
    results = [changed(image, seed, **{name: 1 if name == "invert" else amount}) for seed in range(10)]
    assert np.mean([np.abs(result - image / 255).max() > 0.015 for result in results]) >= 0.4


@pytest.mark.parametrize("name", GEOMETRIC)
def test_what_moves_pixels_leaves_their_levels(name):
    flat = np.full((32, 96), 77, np.uint8)
    np.testing.assert_allclose(changed(flat, **{name: 5 if name == "rotation" else 0.1}), 77 / 255, atol=1e-6)


@pytest.mark.parametrize("turned", [False, True])
def test_shifts_go_along_and_across_the_longer_side_and_no_further_than_may_be_cut_off(turned):
    image = picture().T if turned else picture()
    still = np.array(centre(image / 255))
    longer = 0 if turned else 1
    moved = []
    for seed in range(20):
        across, along = (centre(changed(image, seed, **{name: 0.1})) - still for name in SHIFTS)
        moved.append((abs(across[1 - longer]), abs(along[longer])))
        assert abs(across[longer]) < 0.5 and abs(along[1 - longer]) < 0.5
    most = np.max(moved, axis=0)
    assert 1 < most[0] <= 0.1 * 32 + 0.5, "across"
    assert 3 < most[1] <= 0.15 * 32 + 0.5, "along, where 0.1 of 96 is more than may be cut off"


@pytest.mark.parametrize("size", [(32, 128), (28, 330), (264, 32), (96, 160), (20, 44)])
def test_no_character_at_a_border_is_cut_off(size):
    shown = {name: amount for name, amount in vars(AUGMENTATIONS["strong"]).items() if name in GEOMETRIC}
    high, wide = size
    inset = round(0.15 * min(size)) + 5  # what is pulled, moves by some pixels more
    for top, left in ((inset, inset), (inset, wide - inset), (high - inset, inset), (high - inset, wide - inset)):
        image = np.zeros(size, np.uint8)
        image[top - 2 : top + 2, left - 2 : left + 2] = 255
        for seed in range(100):
            assert changed(image, seed, **shown).sum() > 2, (top, left, seed)


def test_levels_change_alike_wherever_they_are():
    image = picture()
    levels = image / 255
    for seed in range(5):
        brighter = changed(image, seed, brightness=0.1) - levels
        assert np.ptp(brighter) < 1e-6 < abs(brighter.mean()) <= 0.1
        contrast = changed(image, seed, contrast=0.2)
        assert contrast.mean() == pytest.approx(levels.mean(), abs=0.01)
        assert 0.81 < contrast.std() / levels.std() < 1.23
    black_and_white = np.where(image > 150, 255, 0).astype(np.uint8)
    np.testing.assert_allclose(changed(black_and_white, gamma=1), black_and_white / 255, atol=1e-6)
    np.testing.assert_allclose(changed(image, invert=1), 1 - levels, atol=1e-6)


def test_a_shadow_is_a_slope_and_noise_has_no_direction():
    image = np.full((32, 96), 128, np.uint8)
    shade = changed(image, shadow=1) - image / 255
    assert max(np.abs(np.diff(shade, 2, axis=axis)).max() for axis in (0, 1)) < 1e-5
    assert np.ptp(shade) > 0.01
    noise = changed(image, 3, noise=0.1) - image / 255
    assert abs(noise.mean()) < 0.005 < noise.std() <= 0.11


def test_blur_and_shrinking_smooth_and_sharpening_does_the_opposite():
    image = picture()
    before = variation(image / 255)
    assert variation(changed(image, blur=1)) < before
    assert variation(changed(image, shrink=1)) < before
    assert variation(changed(image, sharpen=1)) > before
    assert np.abs(changed(image, jpeg=1) - image / 255).mean() < 0.05


def test_a_cut_out_is_one_rectangle_of_one_level_and_at_most_a_quarter_high():
    image = picture()
    for seed in range(10):
        result = changed(image, seed, cut_out=1)
        rows, columns = np.nonzero(np.abs(result - image / 255) > 1e-6)
        covered = result[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        assert np.ptp(covered) < 1e-6
        assert covered.shape[0] <= 9 >= covered.shape[1]


def test_the_same_random_numbers_give_the_same_picture():
    image = picture()
    first, again, other = (augment(image, AUGMENTATIONS["strong"], np.random.default_rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.05


def test_strong_changes_more_than_light_and_none_is_no_augmentation():
    image = picture()

    def distance(name):
        return np.mean(
            [
                np.abs(augment(image, AUGMENTATIONS[name], np.random.default_rng(s)) - image / 255).mean()
                for s in range(40)
            ]
        )

    assert distance("strong") > 1.3 * distance("light") > 0.01
    assert AUGMENTATIONS["none"] is None
