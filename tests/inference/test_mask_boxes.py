"""The box of a character in the image that was given."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from keras_reader.inference.mask_boxes import character_box


def mask_of(size, *blocks):
    """A mask with blocks of (top, left, bottom, right, value)."""
    mask = np.zeros(size, np.float32)
    for top, left, bottom, right, value in blocks:
        mask[top:bottom, left:right] += value
    return mask


def test_a_box_leaves_out_the_tenth_of_the_mask_that_makes_it_smallest():
    mask = mask_of((20, 30), (4, 6, 10, 12, 1.0), (15, 25, 17, 27, 0.5))
    assert character_box(mask, (20, 30), "stretch") == [6, 4, 12, 10]


def test_a_box_takes_all_that_it_must():
    mask = mask_of((20, 30), (4, 6, 10, 12, 1.0), (15, 25, 17, 27, 2.5))
    assert character_box(mask, (20, 30), "stretch") == [6, 4, 27, 17]


def test_of_equal_boxes_the_flattest_topmost_leftmost_is_taken():
    assert character_box(mask_of((40, 40), (5, 7, 15, 17, 1.0)), (40, 40), "stretch") == [7, 5, 17, 14]


def test_a_mask_at_the_edge_has_a_box_at_the_edge():
    assert character_box(mask_of((8, 8), (6, 0, 8, 2, 0.3)), (8, 8), "stretch") == [0, 6, 2, 8]


def test_a_box_is_in_the_pixels_of_the_image_that_was_given():
    mask = mask_of((10, 20), (4, 6, 5, 10, 1.0))
    assert character_box(mask, (30, 50), "stretch") == [15, 12, 25, 15]
    assert character_box(mask, (5, 1), "stretch") == pytest.approx([0.3, 2, 0.5, 2.5])


def test_an_empty_mask_has_no_box():
    assert character_box(np.zeros((5, 6), np.float32), (5, 6), "stretch") is None


@settings(max_examples=200, deadline=None)
@given(
    arrays(np.float32, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.integers(0, 9).map(float)),
    st.sampled_from([0.5, 0.9, 1.0]),
)
def test_no_smaller_box_holds_the_share(mask, share):
    box = character_box(mask, mask.shape, "stretch", share)
    if mask.sum() == 0:
        assert box is None
        return
    left, top, right, bottom = map(int, box)
    assert mask[top:bottom, left:right].sum() >= share * mask.sum() * (1 - 1e-6)
    height, width = mask.shape
    smallest = min(
        (b - t) * (r - x)
        for t in range(height)
        for b in range(t + 1, height + 1)
        for x in range(width)
        for r in range(x + 1, width + 1)
        if mask[t:b, x:r].sum() >= share * mask.sum() * (1 - 1e-6)
    )
    assert (right - left) * (bottom - top) == smallest


def test_a_box_lies_where_padding_put_the_picture():
    mask = mask_of((20, 40), (5, 18, 15, 24, 1.0))
    # A picture of 40x20 pixels is shrunk by half, to columns 15 to 25.
    assert character_box(mask, (40, 20), "pad", share=1.0) == [6, 10, 18, 30]
    # What lies in the margin is cut off.
    assert character_box(mask_of((20, 40), (5, 10, 15, 20, 1.0)), (40, 20), "pad", share=1.0) == [0, 10, 10, 30]
