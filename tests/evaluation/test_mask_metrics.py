"""Metrics of masks and boxes, on masks made by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_reader.config import PRESETS, ReaderConfig
from keras_reader.evaluation.mask_metrics import (
    centres,
    mass_inside,
    offsets,
    points_at,
    visits_in_order,
)

BOX = np.array([[4, 2, 8, 6]])
EMPTY = np.zeros((12, 16))


def square(left, top, right, bottom, value=0.5):
    mask = np.zeros((12, 16))
    mask[top:bottom, left:right] = value
    return mask


def column(left, right):
    return square(left, 0, right, 12)


def boxes(*lefts):
    return np.array([[left, 2, left + 3, 6] for left in lefts])


def masks_at(*lefts):
    return np.stack([square(left, 2, left + 3, 6) for left in lefts])


def test_the_centre_of_mass_is_weighted_by_the_mask():
    mask = EMPTY.copy()
    mask[3, 5], mask[3, 9], mask[7, 5] = 0.2, 0.4, 0.2
    assert centres(np.stack([mask, EMPTY])) == pytest.approx(np.array([[7.5, 4.5], [np.nan] * 2]), nan_ok=True)


@pytest.mark.parametrize(
    ("mask", "hit"),
    [
        (square(4, 2, 8, 6), True),  # the box itself
        (square(0, 0, 12, 8), True),  # centre (6, 4), as the box's
        (square(8, 2, 10, 6), True),  # centre (9, 4), just within the slack
        (square(9, 2, 10, 6), False),  # centre (9.5, 4)
        (square(2, 2, 3, 6), False),  # centre (2.5, 4)
        (square(4, 7, 8, 8), False),  # centre (6, 7.5)
        (square(4, 0, 8, 1), False),  # centre (6, 0.5)
        (EMPTY, False),
    ],
)
def test_a_mask_points_where_its_centre_of_mass_lies(mask, hit):
    assert points_at(mask[None], BOX).tolist() == [hit]


@given(st.integers(1, 1000))
def test_a_centre_just_on_the_edge_of_the_slack_points_whatever_the_mask_sums_to(parts):
    window = square(8, 2, 10, 6).astype(np.float32)  # centre (9, 4)
    assert points_at((window / np.float32(parts))[None], BOX).all()


@pytest.mark.parametrize(
    ("mask", "offset"),
    [
        (square(4, 2, 8, 6), (0, 0)),
        (square(6, 2, 9, 6), (1.5, 0)),  # to the right
        (square(4, 3, 8, 8), (0, 1.5)),  # below
        (EMPTY, (np.nan, np.nan)),
    ],
)
def test_an_offset_leads_from_the_box_to_the_mask(mask, offset):
    assert offsets(mask[None], BOX)[0] == pytest.approx(offset, nan_ok=True)


@pytest.mark.parametrize(
    ("mask", "grow", "shares"),
    [
        (square(4, 2, 8, 6), 0, (1, 1, 1)),
        (square(3, 1, 9, 7), 0, (16 / 36, 4 / 6, 4 / 6)),
        (square(3, 1, 9, 7), 1, (1, 1, 1)),
        (square(3, 1, 9, 7), 0.5, (25 / 36, 5 / 6, 5 / 6)),  # half of each pixel at the edge
        (column(4, 8), 0, (4 / 12, 1, 4 / 12)),
        (column(4, 8), 2, (8 / 12, 1, 8 / 12)),
        (square(0, 2, 16, 6), 0, (4 / 16, 4 / 16, 1)),  # a row
        (np.ones((12, 16)), 0, (16 / 192, 4 / 16, 4 / 12)),
        (square(12, 8, 16, 12), 1, (0, 0, 0)),
        (EMPTY, 1, (np.nan,) * 3),
    ],
)
def test_mass_in_the_grown_box_its_columns_and_its_rows(mask, grow, shares):
    assert mass_inside(mask[None], BOX, (grow, grow))[0] == pytest.approx(shares, nan_ok=True)


def test_mass_beyond_the_image_is_nowhere():
    corner = np.array([[0, 0, 2, 2]])
    assert mass_inside(square(0, 0, 4, 4)[None], corner, (2, 2))[0] == pytest.approx((1, 1, 1))


@given(st.integers(0, 12), st.integers(0, 8), st.integers(1, 4), st.integers(1, 4), st.floats(0, 6))
def test_the_box_holds_no_more_than_its_columns_and_its_rows(left, top, width, height, grow):
    box = np.array([[left, top, left + width, top + height]])
    mask = np.random.default_rng(0).random((1, 12, 16))
    inside, columns, rows = mass_inside(mask, box, (grow, grow))[0]
    assert 0 < inside <= min(columns, rows) + 1e-12
    assert max(columns, rows) <= 1 + 1e-12
    assert inside >= columns + rows - 1 - 1e-12


@given(st.floats(0.01, 100))
def test_nothing_depends_on_the_scale_of_a_mask(scale):
    mask = np.random.default_rng(0).random((1, 12, 16))
    np.testing.assert_allclose(centres(scale * mask), centres(mask))
    np.testing.assert_allclose(mass_inside(scale * mask, BOX, (1, 1)), mass_inside(mask, BOX, (1, 1)))


@pytest.mark.parametrize(
    ("masks", "in_order"),
    [
        (masks_at(0, 4, 9), True),
        (masks_at(1, 5, 10), True),  # all a pixel off
        (masks_at(0, 9, 4), False),  # back and forth
        (masks_at(9, 4, 0), False),  # right to left
        (masks_at(0, 0, 4), False),  # twice the same, the last one never
        (masks_at(0, 4), False),  # the last one never
        (masks_at(0, 4, 9, 9), False),  # the last one twice
        (np.stack([*masks_at(0, 4), EMPTY]), False),
        (np.zeros((0, 12, 16)), False),
    ],
)
def test_order_is_every_character_once_from_left_to_right(masks, in_order):
    assert visits_in_order(masks, boxes(0, 4, 9)) is in_order


def test_a_mask_between_two_characters_visits_the_nearer():
    narrow_and_wide = np.array([[4, 2, 5, 6], [7, 2, 13, 6]])
    wide = square(8, 2, 12, 6)
    near = square(6, 2, 8, 6)  # centre 7: 2.5 pixels from the middle of the narrow one, 3 from that of the wide one
    far = square(7, 2, 8, 6)  # centre 7.5: 3 pixels and 2.5
    assert visits_in_order(np.stack([near, wide]), narrow_and_wide)
    assert not visits_in_order(np.stack([far, wide]), narrow_and_wide)


def test_nothing_to_visit_is_in_order_if_nothing_is_visited():
    assert visits_in_order(np.zeros((0, 12, 16)), np.zeros((0, 4)))
    assert not visits_in_order(masks_at(0), np.zeros((0, 4)))


def test_the_windows_of_the_presets_are_those_of_their_networks():
    windows = {name: ReaderConfig(preset=name).window for name in PRESETS}
    assert windows == {"deep_reader": (7, 7), "small": (14, 14), "base": (28, 28)}
