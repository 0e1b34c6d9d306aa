"""A CSV of labelled images, and what becomes of its texts."""

import unicodedata

import numpy as np
import pytest
from PIL import Image

from keras_reader.alphabet import Alphabet
from keras_reader.data.labelled_images import load_labelled
from keras_reader.errors import InputError


@pytest.fixture
def folder(tmp_path):
    for name in ("a.png", "b.png"):
        Image.fromarray(np.full((8, 12), 7, np.uint8)).save(tmp_path / name)
    return tmp_path


def load(folder, text, **options):
    path = folder / "labels.csv"
    path.write_bytes(text.encode())
    return load_labelled(path, **options)


def test_texts_are_normalised_to_nfc(folder):
    decomposed = unicodedata.normalize("NFD", "Café")
    assert len(decomposed) == 5
    labelled = load(folder, f"image,text\na.png,{decomposed}\n")
    assert labelled.texts == ("Café",)
    labelled.check(Alphabet("Caéf"), 4)


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_a_line_break_in_a_text_becomes_a_space(folder, line_break):
    labelled = load(folder, f'image,text\na.png,"one{line_break}two"\nb.png,three\n')
    assert labelled.texts == ("one two", "three")
    assert labelled.paths == (folder / "a.png", folder / "b.png")


def test_other_columns_and_their_order_do_not_matter(folder):
    labelled = load(folder, 'boxes,text,image\n"1 2 3 4;5 6 7 8",12,b.png\n')
    assert (labelled.texts, labelled.paths) == (("12",), (folder / "b.png",))


def test_an_unknown_character_and_a_text_too_long_are_named_with_their_line(folder):
    with pytest.raises(InputError, match=r"labels\.csv, line 3.*Z"):
        load(folder, "image,text\na.png,AB\nb.png,AZ\n", alphabet=Alphabet("AB"))
    with pytest.raises(InputError, match=r"labels\.csv, line 2"):
        load(folder, "image,text\na.png,ABA\n", alphabet=Alphabet("AB"), max_length=2)


def test_parts_and_joined_parts_keep_images_with_their_texts(folder):
    labelled = load(folder, "image,text\na.png,1\nb.png,2\n")
    second, first = labelled.subset([1]), labelled.subset([0])
    joined = second.joined(first)
    assert joined.texts == ("2", "1")
    assert [example.true_text for example in joined.examples()] == ["2", "1"]
    assert joined.lines == (3, 2)
