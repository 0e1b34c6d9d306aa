"""Random numbers by index and purpose."""

import numpy as np

from keras_reader.data.random_streams import RandomStreams


def test_every_index_purpose_and_key_has_numbers_of_its_own():
    drawn = [
        RandomStreams(key).at(index, purpose).random(8)
        for key in [(0, 0), (0, 1), (1, 0)]
        for index in (0, 1, 2**40)
        for purpose in (0, 1, 2)
    ]
    assert len(np.unique(drawn)) == 27 * 8


def test_a_stream_begins_anew_each_time_it_is_asked_for():
    streams = RandomStreams((7, 0))
    first = streams.at(5, 1).random(8)
    streams.at(5, 2).integers(0, 10, 3, np.uint8)  # leaves half-used words behind
    np.testing.assert_array_equal(streams.at(5, 1).random(8), first)
    np.testing.assert_array_equal(streams.uniform([4, 5], 1, 2, 4)[1].ravel(), first)
