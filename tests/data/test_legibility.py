"""How large characters are at the network's size."""

import re

import numpy as np
import pytest

from keras_reader.config import ReaderConfig
from keras_reader.data.labelled_images import LabelledImages
from keras_reader.data.legibility import at_network_size, character_size, legibility, sample
from keras_reader.images import resize


def drawn(characters, height, pitch, image_size, lines=1):
    """Lines of bars and crosses of a known size in the middle of an image."""
    image = np.full(image_size, 30, np.uint8)
    top, left = (image_size[0] - lines * (height + 4)) // 2, (image_size[1] - characters * pitch) // 2
    for line in range(lines):
        for k in range(characters):
            x, y = left + k * pitch, top + line * (height + 4)
            image[y : y + height, x : x + pitch - 2] = 200
            image[y + 2 : y + height - 2 : 3, x + 1 : x + pitch - 3] = 30
    return image


@pytest.mark.parametrize(("height", "pitch"), [(10, 8), (20, 12), (14, 20)])
@pytest.mark.parametrize("image_size", [(40, 130), (60, 200)])
def test_height_and_pitch_are_those_of_the_characters_wherever_they_are(height, pitch, image_size):
    found = character_size(drawn(6, height, pitch, image_size), "ABCDEF")
    np.testing.assert_allclose((found.height, found.width), (height, pitch), rtol=0.25)
    assert found.pitch == found.width and not found.downwards


@pytest.mark.parametrize("lines", [2, 3])
def test_the_characters_of_several_lines_are_as_high_as_those_of_one(lines):
    image = drawn(4, 10, 10, (60, 80), lines=lines)
    found = character_size(image, "\n".join(["ABCD"] * lines))
    np.testing.assert_allclose((found.height, found.pitch), (10, 10), rtol=0.15)
    assert not found.downwards


def test_noise_between_two_lines_does_not_make_them_higher_than_their_share():
    noise = np.random.default_rng(0).normal(0, 8, (60, 80))
    image = np.clip(drawn(4, 20, 14, (60, 80), lines=2) + noise, 0, 255).astype(np.uint8)
    found = character_size(image, "ABCD\nEFGH")
    np.testing.assert_allclose((found.height, found.pitch), (20, 14), rtol=0.25)


@pytest.mark.parametrize(("height", "width", "pitch"), [(20, 14, 36), (20, 14, 24), (24, 24, 32)])
def test_text_that_is_written_downwards_has_its_pitch_along_its_longer_side(height, width, pitch):
    image = np.vstack([np.full((8, 40), 30, np.uint8), *[drawn(1, height, width + 2, (pitch, 40))] * 5])
    found = character_size(image, "ABCDE")
    assert found.downwards
    np.testing.assert_allclose(found[:3], (height, width, pitch), rtol=0.25)


def test_two_narrow_characters_are_not_taken_for_text_that_is_written_downwards():
    assert not character_size(drawn(2, 20, 7, (30, 40)), "11").downwards
    assert not character_size(drawn(1, 30, 8, (40, 40)), "1").downwards


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1)])
def test_a_picture_of_one_row_or_column_has_no_characters(shape):
    image = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    assert character_size(image, "A") is None


def test_a_character_of_a_few_pixels_has_a_size_above_0_or_none():
    random = np.random.default_rng(0)
    sizes = [character_size(random.integers(0, 256, (2, 2)).astype(np.uint8), "A") for _ in range(50)]
    assert None in sizes and all(min(size[:3]) > 0 for size in sizes if size is not None)


def test_a_picture_of_one_level_has_no_characters():
    assert character_size(np.full((20, 30), 9, np.uint8), "A") is None


@pytest.mark.parametrize(
    ("height", "pitch", "is_good", "hint"),
    [(4, 4, False, "too small.*--image-size"), (14, 12, True, "fits"), (32, 24, False, "too large.*--image-size")],
)
def test_what_is_too_small_or_too_large_for_the_window_is_said_with_a_better_size(height, pitch, is_good, hint):
    images = [drawn(5, height, pitch, (48, 160))] * 3
    config = ReaderConfig(image_size=(48, 160))
    found = legibility(images, ["ABCDE"] * 3, config)
    assert found.is_good == is_good
    assert re.search(hint, found.hint)
    if not is_good:
        size = tuple(map(int, re.search(r"--image-size (\d+) (\d+)", found.hint).groups()))
        better = [np.rint(resize(image, size) * 255).astype(np.uint8) for image in images]
        assert legibility(better, ["ABCDE"] * 3, ReaderConfig(image_size=size)).is_good


def test_single_pictures_of_small_characters_are_counted():
    config = ReaderConfig(image_size=(48, 160))
    images = [drawn(5, 14, 12, (48, 160))] * 7 + [drawn(5, 5, 4, (48, 160))] * 3
    found = legibility(images, ["ABCDE"] * 10, config)
    assert found.hint.endswith("; 3 of 10 pictures measured have less than 7x5 px") and not found.is_good
    assert legibility([*images, *images[:1] * 60], ["ABCDE"] * 70, config).is_good


def test_images_are_seen_at_the_networks_size():
    image = np.random.default_rng(0).integers(0, 256, (30, 50)).astype(np.uint8)
    config = ReaderConfig(image_size=(16, 40), resize="pad")
    np.testing.assert_array_equal(at_network_size(image, config), np.rint(resize(image, (16, 40), "pad") * 255))


def test_a_sample_is_evenly_spaced_and_leaves_empty_texts_out():
    texts = tuple("" if i % 2 else "A" for i in range(100))
    labelled = LabelledImages(None, texts, texts, texts)
    assert sample(labelled, 5) == [10, 30, 50, 70, 90]
    assert sample(labelled, 1000) == list(range(0, 100, 2))
