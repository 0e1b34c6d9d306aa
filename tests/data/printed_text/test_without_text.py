"""Images of paper, rulings and dirt: they fit the reader, and some of each kind occur."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from keras_reader.data.printed_text.without_text import printed_negative
from keras_reader.data.random_streams import RandomStreams


@given(st.integers(0, 10_000), st.sampled_from([(32, 128), (24, 60)]))
def test_an_image_is_made_of_levels_of_the_size_asked_for(index, size):
    image = printed_negative(RandomStreams((1, 2)).at(index, 0), size)
    assert image.shape == size
    assert image.dtype == np.float32
    assert 0 <= image.min() <= image.max() <= 1
    np.testing.assert_array_equal(image, printed_negative(RandomStreams((1, 2)).at(index, 0), size))


def test_some_are_flat_and_some_have_strong_edges():
    random = np.random.default_rng(0)
    spans = np.array([np.ptp(printed_negative(random, (32, 128))) for _ in range(200)])
    assert (spans < 0.1).mean() > 0.05
    assert (spans > 0.5).mean() > 0.3
