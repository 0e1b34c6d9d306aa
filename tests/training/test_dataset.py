"""Batches: how often an image is trained on, in which of them, and how they follow one another."""

import numpy as np
import pytest

from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.training.dataset import ECHO_BLOCK, TrainingDataset, ValidationDataset
from keras_reader.training.drawing import DrawWords

BATCH = 4


def draw(centres=False):
    """What draws; each data set has its own, since threads cannot share one."""
    return DrawWords(SyntheticWords(alphabet="AB", max_length=1, image_size=(12, 12)), 2, centres)


def rows(batches, numbers):
    """The images of these batches, one a row."""
    return np.concatenate([batches[number][0] for number in numbers]).reshape(-1, 144)


@pytest.fixture
def dataset():
    made = []

    def make(**options):
        made.append(TrainingDataset(draw(options.pop("centres", False)), BATCH, 1000, **options))
        return made[-1]

    yield make
    for batches in made:
        batches.close()


def test_an_echoed_image_comes_once_a_round_each_time_in_another_batch(dataset):
    batches = dataset(echo=3)
    rounds = [rows(batches, range(r * ECHO_BLOCK, (r + 1) * ECHO_BLOCK)) for r in range(3)]
    batches.close()
    drawn = draw()(0, ECHO_BLOCK * BATCH)[0].reshape(-1, 144)
    for seen in rounds:
        np.testing.assert_array_equal(np.unique(seen, axis=0), np.unique(drawn, axis=0))
        assert len(np.unique(seen, axis=0)) == len(seen), "no image comes twice"
    assert not np.array_equal(rounds[0], rounds[1])
    assert not np.array_equal(rounds[1], rounds[2])


def test_echoed_images_of_the_next_block_are_new(dataset):
    batches = dataset(echo=2)
    first, second = (rows(batches, range(b * 2 * ECHO_BLOCK, (b * 2 + 1) * ECHO_BLOCK)) for b in range(2))
    both = np.concatenate([first, second])
    assert len(np.unique(both, axis=0)) == len(both)


def test_echoed_batches_do_not_depend_on_where_a_training_began(dataset):
    number = 2 * ECHO_BLOCK + 5
    later, straight = dataset(echo=2), dataset(echo=2)
    np.testing.assert_array_equal(later[number][0], rows(straight, range(number + 1))[-BATCH:].reshape(-1, 12, 12, 1))


def test_labels_go_with_their_echoed_images(dataset):
    images, labels = dataset(echo=2, centres=True)[ECHO_BLOCK + 3]
    drawn, expected = draw(centres=True)(0, ECHO_BLOCK * BATCH)
    for image, ids, centres in zip(images[..., 0], labels["logits"], labels["masks"], strict=True):
        (place,) = np.flatnonzero((drawn == image).all(axis=(1, 2)))
        np.testing.assert_array_equal(ids, expected["logits"][place])
        np.testing.assert_array_equal(centres, expected["masks"][place])


def test_the_parts_of_an_echoed_batch_are_the_batch(dataset):
    whole = dataset(echo=2)[7]
    parts = [dataset(echo=2, share=(index, 2))[7] for index in range(2)]
    for one, others in zip(whole, zip(*parts, strict=True), strict=True):
        np.testing.assert_array_equal(one, np.concatenate(others))


@pytest.mark.slow
def test_processes_draw_the_same_echoed_batches(dataset):
    straight, drawn = dataset(echo=2), dataset(echo=2, processes=2)
    for number in (0, ECHO_BLOCK + 1, 2 * ECHO_BLOCK):
        np.testing.assert_array_equal(drawn[number][0], straight[number][0])


def test_no_tuning_thread_sleeps_on_between_epochs(dataset):
    """It does so now and then only, which a test of seconds would miss: so this asks what Keras makes of them."""
    pytest.importorskip("tensorflow")
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    validation = ValidationDataset(np.zeros((5, 12, 12, 1), np.float32), np.zeros((5, 2), np.int32), BATCH)
    for batches in (dataset(), dataset(echo=2), validation):
        assert PyDatasetAdapter(batches).get_tf_dataset().options().autotune.enabled is False


def test_validation_images_come_in_their_order_and_the_last_batch_has_the_rest():
    images = np.arange(10, dtype=np.float32).reshape(10, 1, 1, 1)
    labels = {"logits": np.arange(20).reshape(10, 2), "masks": np.arange(40).reshape(10, 2, 2)}
    batches = ValidationDataset(images, labels, BATCH)
    given = [batches[number] for number in range(len(batches))]
    assert [len(rows) for rows, _ in given] == [4, 4, 2]
    np.testing.assert_array_equal(np.concatenate([rows for rows, _ in given]), images)
    for name, expected in labels.items():
        np.testing.assert_array_equal(np.concatenate([truth[name] for _, truth in given]), expected)
