"""What is trained and validated on: which pictures, and in which fonts words are mixed in."""

import numpy as np
import pytest
from PIL import Image

from keras_reader.config import ReaderConfig
from keras_reader.data.labelled_images import load_labelled
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.errors import InputError
from keras_reader.training.examples import LabelledTraining, mixed_font_sizes, mixed_words, training_examples
from keras_reader.training.options import TrainingOptions


def test_a_font_that_lacks_characters_of_the_alphabet_is_refused_by_name():
    words = SyntheticWords(alphabet="AB漢", max_length=2, image_size=(24, 48))
    config = ReaderConfig(alphabet="AB漢", max_length=2, image_size=(24, 48))
    with pytest.raises(InputError, match=r"built-in font: has no glyph for 漢: give fonts.*--font"):
        mixed_words(words, config)
    with pytest.raises(InputError, match="no glyph"):
        training_examples(config, words, TrainingOptions.for_preset("small", validation_images=1))


def test_an_error_names_twenty_characters_at_most():
    alphabet = "".join(chr(0x4E00 + i) for i in range(50))
    with pytest.raises(InputError, match="and 30 more"):
        mixed_words(SyntheticWords(alphabet=alphabet), ReaderConfig(alphabet=alphabet))


def test_mixed_words_are_white_on_black_in_the_sizes_that_are_given():
    mixed = mixed_words(SyntheticWords(image_size=(48, 96), font_size=(14, 14)), ReaderConfig(preset="base"))
    assert (mixed.font_size, mixed.max_length) == ((14, 14), 4)
    assert (mixed.intensity, mixed.noise, mixed.background, mixed.min_length) == (255, 0, 0, 1)
    assert mixed_font_sizes("base") == (16, 42)


@pytest.mark.parametrize("image_size", [(48, 64), (96, 24), (32, 48), (14, 14)])
@pytest.mark.parametrize("alphabet", ["ABCDEFGHIJKLMNOPQRSTUVWXYZ", "W@", "il. "])
def test_no_mixed_word_is_longer_than_what_fits_though_a_label_may_be(image_size, alphabet):
    words = SyntheticWords(alphabet=alphabet, max_length=24, image_size=image_size, font_size=(16, 42))
    mixed = mixed_words(words, ReaderConfig(alphabet=alphabet, max_length=24, image_size=image_size), shortest=9)
    _, texts, _ = mixed.batch(range(300))
    assert max(map(len, texts)) == mixed.max_length


def test_images_that_no_word_fits_are_refused_before_the_training():
    words = SyntheticWords(alphabet="AB", image_size=(8, 8), margin=3)
    with pytest.raises(InputError, match="no word fits an image of 8x8 pixels"):
        mixed_words(words, ReaderConfig(alphabet="AB", image_size=(8, 8)))


CONFIG = ReaderConfig(alphabet="AB", max_length=1, image_size=(12, 12), resize="stretch")


@pytest.fixture
def pictures(tmp_path):
    """Writes a CSV of pictures of one level each; the texts are A below level 100, else B."""

    def run(name, levels):
        rows = ["image,text"]
        for level in levels:
            path = tmp_path / f"{level}.png"
            if not path.exists():
                Image.fromarray(np.full((12, 12), level, np.uint8)).save(path)
            rows.append(f"{path.name},{'A' if level < 100 else 'B'}")
        (tmp_path / name).write_text("\n".join(rows) + "\n")
        return load_labelled(tmp_path / name)

    return run


def examples(training, validation, images):
    options = TrainingOptions.for_preset("small", validation_images=images)
    return training_examples(CONFIG, LabelledTraining(training, validation), options)


def test_more_pictures_to_validate_on_than_are_wanted_are_spread_over_their_file(pictures):
    training, validation = pictures("a.csv", range(90, 110)), pictures("b.csv", [*range(50), *range(150, 200)])
    made = examples(training, validation, 20)
    levels = np.rint(made.images[:, 0, 0, 0] * 255).astype(int)
    assert len(levels) == 20 and (levels >= 150).sum() == 10
    assert all(5 * k <= level < 5 * (k + 1) for k, level in enumerate(levels[:10]))
    assert (made.labels[:10, 0] == 0).all() and (made.labels[10:, 0] == 1).all()
    assert made.summary.startswith(
        "20 pictures to train on, 20 of 100 others, evenly spread over b.csv, to validate on; 2 of their texts"
    )
    np.testing.assert_array_equal(examples(training, validation, 20).images, made.images)


def test_all_pictures_to_validate_on_are_taken_if_no_more_are_wanted(pictures):
    made = examples(pictures("a.csv", range(90, 110)), pictures("b.csv", range(30)), 30)
    assert len(made.images) == 30
    assert made.summary.startswith("20 pictures to train on, 30 others to validate on; 1 of their texts")


def test_a_picture_on_both_sides_is_refused_wherever_it_is_in_its_file(pictures):
    training = pictures("a.csv", range(90, 110))
    for levels in ([90, 91, *range(30)], [*range(30), 90, 91]):
        with pytest.raises(InputError, match=r"b\.csv: 2 of the pictures are also trained on: take them out of one"):
            examples(training, pictures("b.csv", levels), 5)


def test_a_picture_that_cannot_be_read_is_named_even_if_it_would_not_be_validated_on(pictures, tmp_path):
    training, validation = pictures("a.csv", range(90, 110)), pictures("b.csv", range(30))
    (tmp_path / "29.png").write_text("no image")
    with pytest.raises(InputError, match=r"b\.csv, line 31: .*29\.png"):
        examples(training, validation, 1)
