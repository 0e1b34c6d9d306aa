"""The styles in which a mask is laid over a picture."""

import numpy as np
import pytest

from keras_reader.visualization.overlay import (
    HALO,
    KEPT_CONTRAST,
    KEPT_LIGHT,
    MASK_MEANINGS,
    MASK_STYLES,
    OUTLINE,
    holding,
    overlay,
)
from keras_reader.visualization.page.modules import read_static

GREYS = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
NOWHERE, EVERYWHERE = np.zeros((1, 256), np.float32), np.ones((1, 256), np.float32)


def picture(size=(40, 60), low=0, high=256):
    return np.random.default_rng(0).integers(low, high, (*size, 3)).astype(np.uint8)


def window(size=(40, 60)):
    mask = np.zeros(size, np.float32)
    mask[10:20, 15:30] = 1
    return mask


def contrast(colours):
    levels = (colours / 255) @ [0.2126, 0.7152, 0.0722]
    return (levels.max() + 0.05) / (levels.min() + 0.05)


def test_every_style_has_a_meaning_for_a_person():
    assert MASK_MEANINGS.keys() == MASK_STYLES.keys()


@pytest.mark.parametrize("style", ["dim", "outline"])
def test_what_is_inside_the_mask_is_unchanged(style):
    shown, inside = picture(), window() == 1
    assert (overlay(shown, window(), style)[inside] == shown[inside]).all()


def test_what_is_outside_is_grey_and_keeps_a_third_of_its_contrast():
    shown, outside = picture(), window() == 0
    dimmed = overlay(shown, window(), "dim")[outside].astype(int)
    assert (dimmed == dimmed[:, :1]).all()
    grey = shown[outside] @ [0.299, 0.587, 0.114]
    assert np.abs(dimmed[:, 0] - dimmed[:, 0].mean() - KEPT_CONTRAST * (grey - grey.mean())).max() <= 1


PAPERS_AND_INKS = [(255, 0), (235, 60), (120, 0), (120, 255), (0, 255), (0, 120), (20, 160), (0, 60)]


def written(paper, ink):
    shown = np.full((40, 60, 3), paper, np.uint8)
    shown[14:18, ::4] = ink
    return shown


@pytest.mark.parametrize(("paper", "ink"), PAPERS_AND_INKS)
def test_text_outside_the_mask_stays_legible_and_is_weaker_than_inside(paper, ink):
    dimmed = overlay(written(paper, ink), window(), "dim").astype(int)
    outside, inside = dimmed[window() == 0], dimmed[window() == 1]
    assert contrast(outside) >= 1.3
    assert np.ptp(outside) <= np.ptp(inside) / 2


@pytest.mark.parametrize(("paper", "ink"), PAPERS_AND_INKS)
def test_the_mask_is_like_a_spotlight_on_dark_and_on_light_pictures(paper, ink):
    shown = written(paper, ink)
    dimmed = overlay(shown, window(), "dim").astype(int)
    assert (dimmed[window() == 1] == shown[window() == 1]).all()
    assert dimmed[5, 20, 0] <= 0.6 * paper + 1  # of the paper outside
    if ink > paper:
        assert dimmed[window() == 0].max() <= 0.6 * ink + 1


def test_a_black_picture_stays_black_outside_the_mask():
    assert (overlay(np.zeros((40, 60, 3), np.uint8), window(), "dim")[window() == 0] == 0).all()


def test_the_picture_comes_back_as_the_mask_grows():
    shown = np.full((1, 21, 3), [200, 60, 20], np.uint8)
    mask = np.linspace(0, 1, 21, dtype=np.float32)[None]
    red = overlay(shown, mask, "dim")[0, :, 0].astype(int)
    assert (np.diff(red) > 0).all()
    assert red[1] - red[0] >= 10
    assert red[-1] == 200


def test_an_outline_encloses_the_mask_and_leaves_everything_else():
    shown = picture(high=20)
    outlined = overlay(shown, window(), "outline")
    white, blue = ((outlined == colour).all(axis=-1) for colour in (HALO, OUTLINE))
    expected = np.zeros((40, 60), int)
    expected[7:23, 12:33] = 2
    expected[9:21, 14:31] = 1
    expected[10:20, 15:30] = 0
    assert (white == (expected == 1)).all() and (blue == (expected == 2)).all()
    assert (outlined[expected == 0] == shown[expected == 0]).all()


def test_an_outline_of_no_mask_is_none():
    assert (overlay(picture(), np.zeros((40, 60), np.float32), "outline") == picture()).all()


def test_the_strongest_pixels_hold_the_share():
    mask = np.array([[0.5, 0.3, 0.1, 0.1, 0]])
    assert holding(mask, 0.5).tolist() == [[True, False, False, False, False]]
    assert holding(mask, 0.7).tolist() == [[True, True, False, False, False]]
    assert holding(mask, 1).tolist() == [[True, True, True, True, False]]


def test_blue_keeps_the_picture_where_the_mask_is_0_and_is_blue_where_it_is_1():
    assert (overlay(GREYS, NOWHERE, "blue") == GREYS).all()
    red, _, blue = overlay(GREYS, EVERYWHERE, "blue").astype(int)[0].T
    assert (blue - red >= 100).all()
    assert (blue[0], blue[255], red[255]) == (166, 255, 102)
    assert np.abs(red[128] - red[0]) + np.abs(blue[128] - blue[0]) >= 80


def test_the_blue_grows_with_the_mask_and_shows_even_a_faint_one():
    mask = np.linspace(0, 1, 21, dtype=np.float32)[None]
    blue = overlay(np.zeros((1, 21, 3), np.uint8), mask, "blue")[0, :, 2].astype(int)
    assert (np.diff(blue) > 0).all()
    assert blue[1] >= 20
    assert blue[10] < 0.7 * blue[20]


def test_the_pages_script_dims_by_the_same_numbers():
    script = read_static("js/overlay.js")
    assert f"[KEPT_LIGHT, KEPT_CONTRAST] = [{KEPT_LIGHT}, {KEPT_CONTRAST}]" in script
