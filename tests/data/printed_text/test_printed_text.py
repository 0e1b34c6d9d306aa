"""Printed text: every image depends on its index alone, and shows its text in a font of its split."""

import math
import pickle
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_reader.data.printed_text import printed_text
from keras_reader.data.printed_text.drawing import DEGRADATIONS, draw_crop, fitted
from keras_reader.data.printed_text.drawing import printed as printed_levels
from keras_reader.data.printed_text.line import set_line
from keras_reader.data.printed_text.neighbours import outline
from keras_reader.data.printed_text.printed_text import PrintedText
from keras_reader.data.string_models import PRINT_ALPHABET, SHARES
from keras_reader.errors import InputError
from keras_reader.images import resize


@pytest.fixture(scope="module")
def printed(families):
    return PrintedText(families)


def test_an_image_depends_on_its_index_alone(printed):
    images, texts, boxes = printed.batch(range(40))
    order = np.random.default_rng(0).permutation(40)
    again, texts_again, boxes_again = pickle.loads(pickle.dumps(printed)).batch(order)
    np.testing.assert_array_equal(again, images[order])
    assert texts_again == [texts[i] for i in order]
    for place, i in enumerate(order):
        np.testing.assert_array_equal(boxes_again[place], boxes[i])
    alone = printed.example(7)
    np.testing.assert_array_equal(alone.image, images[7])
    assert alone.text == texts[7]


def test_other_seeds_and_splits_are_other_images(printed):
    images = printed.batch(range(10))[0]
    for other in (replace(printed, seed=1), replace(printed, split="validation"), replace(printed, split="test")):
        assert not any(np.array_equal(a, b) for a, b in zip(images, other.batch(range(10))[0], strict=True))


def test_images_are_bytes_of_the_size_asked_for_with_a_box_for_each_character(families):
    printed = PrintedText(families, image_size=(24, 80), max_length=7)
    images, texts, boxes = printed.batch(range(100))
    assert images.shape == (100, 24, 80)
    assert images.dtype == np.uint8
    for text, places in zip(texts, boxes, strict=True):
        assert 1 <= len(text) <= 7
        assert places.shape == (len(text), 4)
        assert (places[:, :2] >= 0).all()
        assert (places[:, 2] <= 80).all()
        assert (places[:, 3] <= 24).all()
        assert (np.diff(places[:, 0]) >= -3).all(), "from left to right"


def test_a_box_holds_the_ink_of_its_character(printed):
    indices = [i for i, facts in enumerate(printed.facts(range(300))) if facts.degradation == "none"]
    images, texts, boxes = printed.batch(indices)
    blank = printed.backgrounds(indices).astype(int)
    inside = outside = 0
    for image, text, places, empty in zip(images, texts, boxes, blank, strict=True):
        ink = np.abs(image - empty) > 40
        covered = np.zeros_like(ink)
        for character, (left, top, right, bottom) in zip(text, places, strict=True):
            if character != " ":
                assert ink[max(top - 1, 0) : bottom + 1, max(left - 1, 0) : right + 1].any(), text
            covered[max(top - 1, 0) : bottom + 1, max(left - 1, 0) : right + 1] = True
        inside += (ink & covered).sum()
        outside += (ink & ~covered).sum()
    assert outside < 0.01 * inside


def test_families_that_are_set_aside_occur_in_tests_only(printed):
    of = {
        split: {facts.family for facts in replace(printed, split=split).facts(range(150))}
        for split in ("train", "validation", "test")
    }
    assert of["test"] == {"Our Liberation Mono"}
    assert of["train"] == of["validation"]
    assert not of["train"] & of["test"]


def test_a_font_is_used_for_texts_that_it_has_all_characters_of(families):
    lacking = tuple(
        family._replace(files=tuple(file._replace(missing="aeiou0123") for file in family.files))
        if family.name == "Our Liberation Serif"
        else family
        for family in families
    )
    facts = PrintedText(lacking).facts(range(600))
    used = [f.text for f in facts if f.family == "Our Liberation Serif"]
    assert used
    assert not any(set(text) & set("aeiou0123") for text in used)
    # What has no lower-case letter that is needed is printed in capitals.
    assert any(text.isupper() for text in used)


def test_a_character_that_looks_like_another_one_is_printed_only_where_its_word_tells(printed):
    for facts in printed.facts(range(500)):
        if facts.kind in ("random", "code", "hexadecimal") and facts.family == "Liberation Sans":
            assert not set(facts.text) & set("Il") or facts.text.isdigit()


def test_the_facts_of_an_image_are_its_kind_degradation_family_and_heights(printed):
    facts = printed.facts(range(1000))
    degradations = Counter(f.degradation for f in facts)
    for name, share in zip(DEGRADATIONS, (0.25, 0.40, 0.35), strict=True):
        assert degradations[name] / len(facts) == pytest.approx(share, abs=0.06)
    assert {f.kind for f in facts} <= set(SHARES)
    heights = np.array([f.height for f in facts])
    assert np.quantile(heights, 0.05) > 6
    assert np.quantile(heights, 0.95) < 36
    texts = printed.batch(range(50))[1]
    assert [f.text for f in facts[:50]] == texts


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from(DEGRADATIONS), st.text(PRINT_ALPHABET, min_size=1, max_size=12))
def test_every_degradation_gives_a_crop_of_bytes_with_boxes(families, seed, level, text):
    text = text.strip() or "x"
    font = families[0].files[0]
    crop = draw_crop(np.random.default_rng(seed), text, font, level, (32, 128))
    assert crop.levels.dtype == np.uint8
    assert min(crop.levels.shape) >= 4
    assert crop.boxes.shape == (len(text), 4)
    assert np.isfinite(crop.boxes).all()
    again = draw_crop(np.random.default_rng(seed), text, font, level, (32, 128))
    np.testing.assert_array_equal(crop.levels, again.levels)


@pytest.mark.parametrize("level", ["light", "strong"])
def test_a_text_over_a_picture_stands_out_from_what_is_around_it(families, level):
    line = set_line("8B3-xy", families[0].files[0].path, 30)
    ink = np.pad(line.ink, 12)
    cover = ink / np.float32(255)
    ring = (outline(cover) > 0.9) & (cover < 0.05)
    edges = 0
    for seed in range(100):
        draw = np.random.default_rng(seed).random
        image, contrast = printed_levels(ink, line.boxes + 12, draw, level, 30, in_scene=True)
        assert abs(image[cover > 0.95].mean() - image[ring].mean()) > 0.3 * contrast
        edges += np.ptp(image[:8]) > 0.15
    assert edges > 40


@given(st.integers(4, 90), st.integers(4, 400), st.integers(0, 1000))
@settings(max_examples=40)
def test_a_crop_is_fitted_as_a_reader_fits_its_images(height, width, seed):
    crop = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)
    image, _ = fitted(crop, np.zeros((1, 4)), (32, 128))
    difference = np.abs(image.astype(float) - resize(crop, (32, 128)) * 255)
    # Near its edges, one blends the crop with the margin before and the other after the resize: a pixel of the crop
    # wide where that is larger than the image's.
    scale = min(32 / height, 128 / width)
    edge = math.ceil(max(1, scale)) + 1
    top, left = (32 - height * scale) / 2, (128 - width * scale) / 2
    inside = difference[math.ceil(top) + edge : math.floor(32 - top) - edge]
    inside = inside[:, math.ceil(left) + edge : math.floor(128 - left) - edge]
    outside = np.ones(difference.shape, bool)
    outside[max(0, math.floor(top) - edge) : math.ceil(32 - top) + edge] = False
    outside |= ~np.isin(np.arange(128), np.arange(math.floor(left) - edge, math.ceil(128 - left) + edge))
    assert inside.max(initial=0) <= 2
    assert difference[outside].max(initial=0) <= 2


def test_a_background_is_the_image_without_its_text(printed):
    indices = range(60)
    images, _, boxes = printed.batch(indices)
    backgrounds = printed.backgrounds(indices)
    assert images.shape == backgrounds.shape
    levels = [f.degradation for f in printed.facts(indices)]
    rows, columns = np.indices(images.shape[1:])
    outside = 0
    for image, background, level, places in zip(images, backgrounds, levels, boxes, strict=True):
        assert (image != background).any()
        if level == "none":
            # Strokes reach a little over their boxes, and more so when the crop is resized.
            near = [
                (columns >= x0 - 3) & (columns < x1 + 3) & (rows >= y0 - 3) & (rows < y1 + 3)
                for x0, y0, x1, y1 in places
            ]
            far = ~np.logical_or.reduce(near)
            np.testing.assert_array_equal(image[far], background[far])
            assert np.abs(image.astype(int) - background)[~far].max() > 30
            outside += far.mean()
    assert outside > 1, "there is something far from the texts"


def test_too_few_families_are_an_error_that_says_what_to_install(liberation):
    one_side = tuple(family._replace(group="dseg") for family in liberation)
    PrintedText(one_side)
    with pytest.raises(
        InputError, match=r"for the split test, and none of the \d found is for it .*: install more .*print_fonts"
    ):
        PrintedText(one_side, split="test")
    with pytest.raises(InputError, match="none of the 0 found"):
        PrintedText(())


def test_fonts_of_ones_own_are_all_drawn_with_whichever_side_they_are_on(families):
    assert {facts.family for facts in PrintedText(families, every_family=True, split="test").facts(range(200))} == {
        family.name for family in families
    }
    with pytest.raises(InputError, match="none of the fonts prints the letters A to Z"):
        PrintedText((), every_family=True)


def test_a_single_font_without_some_characters_is_enough_to_try_a_reader_on(liberation):
    (file, *_) = liberation[0].files

    def own(missing):
        return PrintedText((liberation[0]._replace(files=(file._replace(missing=missing),)),), every_family=True)

    for missing in ("€£%&", "".join(c for c in PRINT_ALPHABET if c not in "0123456789.:- ")):
        texts = [facts.text for facts in own(missing).facts(range(100))]
        assert len(set(texts)) > 60
        assert not set("".join(texts)) & set(missing)
    with pytest.raises(InputError, match="too few of the 86 characters"):
        own(PRINT_ALPHABET).batch([0])


def test_a_font_that_is_named_is_used_whatever_its_name_says(liberation, tmp_path):
    with TTFont(liberation[0].files[0].path) as font:
        for number in (1, 16):
            font["name"].setName("Great Vibes Handwriting", number, 3, 1, 0x409)
        font.save(tmp_path / "own.ttf")
    folders = (str(tmp_path),)
    own = PrintedText.installed(folders, split="test", every_family=True)
    assert [family.name for family in own.families] == ["Great Vibes Handwriting"]
    with pytest.raises(InputError, match="none of the 0 found"):
        PrintedText.installed(folders, split="train")


def test_a_system_with_few_fonts_is_an_error_that_says_what_to_install(liberation, monkeypatch):
    monkeypatch.setattr(printed_text, "find_families", lambda *_: liberation)
    with pytest.raises(InputError, match=r"at least 20 families of fonts, and \d are installed: install more"):
        PrintedText.installed()
    assert PrintedText.installed(("somewhere",)).families == liberation


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"split": "holiday"}, "split one of train"),
        ({"seed": -1}, "seed in"),
        ({"max_length": 0}, "max_length >= 1"),
        ({"alphabet": ""}, "alphabet is empty"),
    ],
)
def test_values_out_of_range_are_refused(families, wrong, message):
    with pytest.raises(InputError, match=message):
        PrintedText(families, **wrong)
