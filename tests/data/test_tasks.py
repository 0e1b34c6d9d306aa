"""The named tasks, and the fonts that they are drawn in."""

import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from keras_reader.config import ReaderConfig
from keras_reader.data import tasks, text_rendering
from keras_reader.data.string_models import PRINT_ALPHABET
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.data.text_rendering import find_family, find_fonts
from keras_reader.errors import InputError

# matplotlib brings it along, so that it is there wherever the tests run.
BROUGHT_ALONG = "DejaVu Sans"


@pytest.fixture(scope="module")
def arial():
    path = find_family(*tasks.ARIAL)
    if path is None:
        pytest.skip("neither Arial nor Liberation Sans is installed: apt-get install fonts-liberation")
    return path


def test_a_font_can_be_named_by_its_family():
    (path,) = find_fonts([BROUGHT_ALONG])
    assert ImageFont.truetype(path).getname() == (BROUGHT_ALONG, "Book")


def test_files_folders_and_families_may_be_mixed(tmp_path):
    (path,) = find_fonts([BROUGHT_ALONG])
    (tmp_path / "a.ttf").symlink_to(path)
    linked = str(tmp_path / "a.ttf")
    assert find_fonts([tmp_path, BROUGHT_ALONG, linked]) == (linked, path, linked)


def test_a_family_that_is_not_installed_is_named_with_those_that_are():
    with pytest.raises(InputError, match=r"DejaVu Sanz: no such .* family; installed are DejaVu Sans, "):
        find_fonts(["DejaVu Sanz"])


def test_what_looks_like_a_path_is_not_taken_for_a_family():
    with pytest.raises(InputError, match=r"^nowhere/Arial: no such font file or folder$"):
        find_fonts(["nowhere/Arial"])


def test_an_installed_font_can_be_named_by_its_file(tmp_path, monkeypatch):
    (installed,) = find_fonts([BROUGHT_ALONG])
    (tmp_path / "Some-Regular.ttf").symlink_to(installed)
    monkeypatch.setattr(text_rendering, "system_fonts", lambda: (str(tmp_path / "Some-Regular.ttf"),))
    assert find_fonts(["Some-Regular.ttf"]) == find_fonts(["some-regular.TTF"]) == (str(tmp_path / "Some-Regular.ttf"),)
    message = (
        "^Same-Regular.ttf: no such font file, neither here nor among the 1 installed; alike are Some-Regular.ttf$"
    )
    with pytest.raises(InputError, match=message):
        find_fonts(["Same-Regular.ttf"])


def test_a_family_of_the_same_metrics_is_named_first(monkeypatch):
    monkeypatch.setitem(text_rendering._SAME_METRICS, "arialx", BROUGHT_ALONG)
    with pytest.raises(InputError, match=f"ArialX: no such .* family; installed are {BROUGHT_ALONG}, "):
        find_fonts(["ArialX"])


def test_without_matplotlib_a_family_cannot_be_found(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InputError, match="takes matplotlib"):
        find_fonts([BROUGHT_ALONG])


def test_the_original_task_without_its_font_says_what_to_install(monkeypatch):
    monkeypatch.setattr(tasks, "ARIAL", ("No Such Font",))
    with pytest.raises(InputError, match="apt-get install fonts-liberation"):
        SyntheticWords.of_task("original")


def test_an_unknown_task_is_named():
    with pytest.raises(InputError, match="no task 'photographs': choose from letters, original, mixed"):
        SyntheticWords.of_task("photographs")


def test_a_readers_own_task_is_the_one_with_its_alphabet_in_any_order_or_else_letters():
    assert tasks.own_task(PRINT_ALPHABET) == tasks.own_task(PRINT_ALPHABET[::-1]) == "print"
    assert tasks.own_task(ReaderConfig().alphabet) == tasks.own_task(PRINT_ALPHABET[:-1]) == "letters"


def test_the_letters_task_is_the_defaults():
    assert SyntheticWords.of_task("letters", seed=3) == SyntheticWords(seed=3)


def test_the_original_task_is_the_originals_generator(arial):
    """Its letters as Pillow draws them: size 9, level 128, one to four of them, anywhere within the margin."""
    words = SyntheticWords.of_task("original", noise=0.0)
    font = ImageFont.truetype(arial, 9, layout_engine=ImageFont.Layout.BASIC)
    images, texts, boxes = words.batch(range(1000))
    for image, text, box in zip(images[:100], texts, boxes, strict=False):
        ink = Image.new("L", (80, 40))
        ImageDraw.Draw(ink).text((10, 10), text, fill=128, font=font)
        drawn = np.asarray(ink.crop(ink.getbbox()))
        left, top = box[:, :2].min(axis=0)
        height, width = drawn.shape
        np.testing.assert_allclose(image[top : top + height, left : left + width].astype(int), drawn, atol=1)
    lengths = np.bincount([len(text) for text in texts], minlength=5)[1:] / 1000
    np.testing.assert_allclose(lengths, 0.25, atol=0.05)
    edges = np.array([[box[:, 0].min(), box[:, 1].min(), box[:, 2].max(), box[:, 3].max()] for box in boxes])
    np.testing.assert_array_equal(edges.min(axis=0)[:2], [1, 1])
    np.testing.assert_array_equal(edges.max(axis=0)[2:], [39, 39])
    heights = [
        int(box[k, 3] - box[k, 1])
        for box, text in zip(boxes, texts, strict=True)
        for k, letter in enumerate(text)
        if letter != "Q"  # which hangs below the line
    ]
    assert set(heights) <= {6, 7}


def test_unclipped_the_original_task_has_its_noise_whole(arial):
    images, *_ = SyntheticWords.of_task("original", clip=False, intensity=0).batch(range(100))
    assert images.dtype == np.float32
    assert images.min() < -50
    assert images.std() == pytest.approx(25.5, rel=0.02)


def test_the_mixed_task_is_half_the_originals_and_half_larger_letters(arial):
    words = SyntheticWords.of_task("mixed", noise=0.0, alphabet="H")
    heights = np.array([box[0, 3] - box[0, 1] for box in words.batch(range(1000))[2]])
    assert np.mean(heights <= 7) == pytest.approx(0.5, abs=0.05)
    assert set(heights[heights > 7].tolist()) == {9, 10, 11}  # of sizes 12 to 16


def test_each_font_has_its_own_sizes():
    (path,) = find_fonts([BROUGHT_ALONG])
    words = SyntheticWords(fonts=(path, None), font_size=((5, 5), (20, 20)), alphabet="H", max_length=1, noise=0.0)
    heights = {int(box[0, 3] - box[0, 1]) for box in words.batch(range(50))[2]}
    assert len(heights) == 2 and max(heights) > 2 * min(heights)


def test_sizes_for_another_number_of_fonts_are_an_error():
    with pytest.raises(InputError, match="one font_size for all fonts, or one for each"):
        SyntheticWords(font_size=((9, 9), (12, 16)))
