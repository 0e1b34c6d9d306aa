"""One palette for all frames: few colours exactly, photographs nearly."""

import numpy as np
from PIL import Image

from keras_reader.visualization.palette import shared_palette


def pixels(image):
    return np.asarray(image.convert("RGB")).astype(int)


def photograph(height=120, width=160):
    """Smooth areas of many colours under noise, and a few pixels of a colour of their own."""
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (4, 5, 3)).astype(np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    noisy = np.clip(smooth + random.normal(0, 5, smooth.shape), 0, 255).astype(np.uint8)
    noisy[50:52, 70:72] = 255, 0, 255
    return noisy


def test_few_colours_go_through_the_palette_unchanged():
    colours = np.random.default_rng(0).integers(0, 256, (255, 3), dtype=np.uint8)
    frames = [Image.fromarray(colours[None]), Image.fromarray(colours[None, ::-1])]
    reduced = shared_palette(frames)
    assert reduced[0].getpalette() == reduced[1].getpalette()
    for frame, same in zip(frames, reduced, strict=True):
        assert (pixels(frame) == pixels(same)).all()


def test_the_colours_of_a_photograph_are_near_and_a_rare_one_is_not_lost():
    shown = photograph()
    dimmed = np.repeat(shown.mean(axis=2, keepdims=True) * 0.3 + 60, 3, axis=2).astype(np.uint8)
    dimmed[40:80, 60:100] = shown[40:80, 60:100]
    frames = [Image.fromarray(shown), Image.fromarray(dimmed)]
    reduced = shared_palette(frames)
    assert reduced[0].getpalette() == reduced[1].getpalette()
    errors = np.stack([np.abs(pixels(frame) - pixels(near)) for frame, near in zip(frames, reduced, strict=True)])
    assert errors.mean() <= 4
    assert np.percentile(errors, 99) <= 20
    assert errors[:, 50:52, 70:72].max() <= 16


def test_what_does_not_change_has_one_colour_in_every_frame():
    shown = photograph()
    changed = shown.copy()
    changed[:, 100:] = 255 - changed[:, 100:]
    first, second = shared_palette([Image.fromarray(shown), Image.fromarray(changed)])
    assert (np.asarray(first)[:, :100] == np.asarray(second)[:, :100]).all()


def test_all_colours_at_once_still_fit_the_palette():
    everything = np.stack(np.meshgrid(*[np.arange(0, 256, 15)] * 3), -1).reshape(1, -1, 3).astype(np.uint8)
    (reduced,) = shared_palette([Image.fromarray(everything)])
    assert len(reduced.getcolors()) <= 255
    assert np.abs(pixels(reduced) - everything).max() <= 64
    assert np.abs(pixels(reduced) - everything).mean() <= 13
