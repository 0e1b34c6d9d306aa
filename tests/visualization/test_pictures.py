"""What readings look like: colours, sizes, timing, files."""

import errno
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageColor

from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.errors import InputError
from keras_reader.inference.read_example import ReadExample
from keras_reader.inference.reader import Reading
from keras_reader.visualization import media_files, style
from keras_reader.visualization.animation import animate, mosaic
from keras_reader.visualization.contact_sheet import contact_sheet
from keras_reader.visualization.media_files import write_animation
from keras_reader.visualization.overlay import overlay
from keras_reader.visualization.strip import strip
from keras_reader.visualization.style import label, percent
from tests.helpers import ROOT

SIZES = [(40, 40), (32, 96), (64, 256), (100, 30), (241, 50)]


def example(read="KQXB", size=(40, 40), ended=True, confidence=0.5, **truth):
    """An image of noise, read as `read` through windows that move to the right, with mask 1 in the middle."""
    height, width = size
    image = np.clip(np.random.default_rng(0).normal(30, 40, size), 0, 255).astype(np.uint8)
    masks = np.zeros((len(read) + 1, height, width), np.float32)
    for k, mask in enumerate(masks):
        left = (width - 8) * k // (len(read) + 1)
        mask[8:24, left : left + 8] = 0.25
        mask[12:20, left + 2 : left + 6] = 1
    characters = np.full(len(read), confidence, np.float32)
    end = (0.9, masks[-1]) if ended else (None, None)
    return ReadExample(image=image, reading=Reading(read, 0.4, characters, masks[:-1], *end), **truth)


def pixels(image):
    return np.asarray(image.convert("RGB")).astype(int)


def colours(example):
    return np.repeat(example.image[..., None], 3, axis=2)


def picture(frame, size, scale):
    height, width = size
    return pixels(frame)[16 : 16 + height * scale, 16 : 16 + width * scale]


def has(image, colour):
    return bool((pixels(image) == ImageColor.getrgb(colour)).all(axis=-1).any())


def read_back(path):
    with Image.open(path) as image:
        frames, durations = [], []
        for k in range(image.n_frames):
            image.seek(k)
            image.load()
            frames.append(image.convert("RGB"))
            durations.append(image.info["duration"])
        return frames, durations, image.info["loop"]


@pytest.mark.parametrize("text", ["", "K", "KQXB", "KQXBKQXBKQXB"])
def test_an_animation_is_the_bare_image_then_a_frame_a_character_then_the_terminator(text):
    frames = animate(example(text))
    assert len(frames) == 1 + len(text) + 1
    assert len({frame.tobytes() for frame in frames}) == len(frames)


def test_without_a_terminator_the_last_character_is_the_last_frame():
    assert len(animate(example("KQXB", ended=False))) == 1 + 4


@pytest.mark.parametrize("size", SIZES)
def test_the_first_picture_is_the_image_itself_in_whole_pixels_at_least_240_high(size):
    shown = example(size=size)
    scale = -(-240 // size[0])
    assert size[0] * scale >= 240
    expected = np.repeat(np.repeat(shown.image, scale, 0), scale, 1)
    assert (picture(animate(shown)[0], size, scale) == expected[..., None]).all()


def test_a_strip_is_what_the_original_drew_the_image_in_red_and_green_and_the_mask_in_blue():
    shown = example("KQX")
    drawn = strip(shown)
    assert drawn.size == (4 * 120, 120)
    masks = [*shown.reading.masks, shown.reading.end_mask]
    for k, mask in enumerate(masks):
        red, green, blue = np.moveaxis(pixels(drawn)[:, k * 120 : (k + 1) * 120][1::3, 1::3], -1, 0)
        np.testing.assert_array_equal(red, shown.image)
        np.testing.assert_array_equal(green, shown.image)
        np.testing.assert_array_equal(blue, np.rint(255 * mask))


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", ["", "K", "KQXB", "WWWWWWWWWWWW"])
def test_nothing_is_drawn_over_the_edges(size, text):
    shown = example(text, size, ended=len(text) != 4, text="ЖЩ" * 40)
    for image in [animate(shown)[-1], contact_sheet(shown), mosaic([shown] * 3)[-1]]:
        array = pixels(image)
        for edge in (array[:8], array[-8:], array[:, :14], array[:, -14:]):
            assert (edge == 255).all()


def test_each_frame_shows_the_mask_of_its_own_step():
    shown = example("KQ")
    masks = [*shown.reading.masks, shown.reading.end_mask]
    for frame, mask in zip(animate(shown)[1:], masks, strict=True):
        assert (picture(frame, (40, 40), 6)[3::6, 3::6] == overlay(colours(shown), mask, "dim")).all()


def test_characters_appear_one_by_one_and_the_current_one_is_highlighted():
    light_blue = ImageColor.getrgb(style.LIGHT_BLUE)
    for k, frame in enumerate(animate(example("KQXB"))):
        slots = pixels(frame)[16:96, 272 : 272 + 5 * 48].reshape(80, 5, 48, 3).swapaxes(0, 1)
        # Below the caption of the bare image, which stands where the first character will be.
        inked = [bool((slot[30:] < 255).any()) for slot in slots]
        highlighted = [bool((slot == light_blue).all(-1).any()) for slot in slots]
        assert inked == [i < k for i in range(5)]
        assert highlighted == [i == k - 1 for i in range(5)]


@pytest.mark.parametrize("confidence", [0.0, 0.25, 0.5, 1.0])
def test_the_bar_is_as_long_as_the_confidence(confidence):
    row = pixels(animate(example("K", confidence=confidence))[1])[16 + 53, 272 + 4 : 272 + 44]
    assert (row == ImageColor.getrgb(style.BLUE)).all(-1).sum() == 40 * confidence


def test_only_the_last_frame_says_whether_the_word_is_right():
    right, wrong, unknown = (animate(example("KQXB", text=truth)) for truth in ("KQXB", "KQXD", None))
    assert [has(frame, style.RIGHT) for frame in right] == [False] * 5 + [True]
    assert [has(frame, style.WRONG) for frame in wrong] == [False] * 5 + [True]
    assert not has(right[-1], style.WRONG)
    assert not has(wrong[-1], style.RIGHT)
    assert not has(unknown[-1], style.RIGHT) and not has(unknown[-1], style.WRONG)


def test_true_boxes_are_outlined_just_outside_their_pixels():
    box = (10, 20, 18, 29)
    plain, boxed = (picture(animate(example("K", boxes=boxes))[0], (40, 40), 6) for boxes in (None, np.array([box])))
    left, top, right, bottom = (6 * side for side in box)
    changed = (plain != boxed).any(-1)
    assert changed[top - 1, left - 1 : right + 1].all() and changed[bottom, left - 1 : right + 1].all()
    assert changed[top - 1 : bottom + 1, left - 1].all() and changed[top - 1 : bottom + 1, right].all()
    assert changed.sum() == 2 * (right - left + 2) + 2 * (bottom - top)
    assert (boxed[changed] == ImageColor.getrgb(style.BOX)).all()


def test_room_can_be_left_so_that_all_words_have_frames_of_one_size():
    sizes = {frame.size for text in ("", "K", "KQXB") for frame in animate(example(text), decoding_steps=5)}
    assert len(sizes) == 1


def test_a_space_and_what_is_not_seen_by_itself_are_named():
    assert [label(c) for c in "Aa7- \u0301\u00a0\n"] == ["A", "a", "7", "-", "space", "U+0301", "U+00A0", "U+000A"]


def test_percent_rounds_down_so_that_only_certainty_is_100():
    assert [percent(p) for p in (0, 0.1239, 0.99999, np.float32(1), 1.0000001)] == [
        "0.0%", "12.3%", "99.9%", "100%", "100%",
    ]  # fmt: skip


def test_a_gif_repeats_for_ever_at_one_and_a_half_frames_a_second_and_ends_on_a_pause(tmp_path):
    write_animation(animate(example("KQX")), tmp_path / "word.gif")
    _, durations, loop = read_back(tmp_path / "word.gif")
    assert durations == [670] * 4 + [2000]
    assert loop == 0


@pytest.mark.parametrize("size", [(40, 40), (32, 96), (64, 256)])
def test_a_gif_is_crisp_and_its_greys_and_blues_are_within_a_few_levels(size, tmp_path):
    words = SyntheticWords(image_size=size, min_length=4)
    shown = replace(example(size=size), image=words.example(0).image)
    frames = animate(shown)
    write_animation(frames, tmp_path / "word.gif")
    back = read_back(tmp_path / "word.gif")[0]
    assert len(back) == len(frames)
    scale = -(-240 // size[0])
    for frame, original in zip(back, frames, strict=True):
        got = picture(frame, size, scale)
        blocks = got.reshape(size[0], scale, size[1], scale, 3)
        assert (blocks == blocks[:, :1, :, :1]).all()
        assert np.abs(got - picture(original, size, scale)).max() <= 8
        assert np.abs(pixels(frame) - pixels(original)).mean() <= 2


def test_greys_stay_grey_and_do_not_flicker_in_a_gif(tmp_path):
    shown = example("KQXB")
    write_animation(animate(shown), tmp_path / "word.gif")
    frames = [picture(frame, (40, 40), 6)[::6, ::6] for frame in read_back(tmp_path / "word.gif")[0]]
    masks = np.array([*shown.reading.masks, shown.reading.end_mask])
    never = (masks == 0).all(axis=0)
    for frame, mask in zip(frames[1:], masks, strict=True):
        assert (frame == frame[..., :1]).all()
        assert (frame[never] == frames[1][never]).all()
        assert (frame[mask == 1] == frames[0][mask == 1]).all()


def test_webp_is_lossless_with_the_same_timing(tmp_path):
    frames = animate(example("KQ"))
    write_animation(frames, tmp_path / "word.webp")
    back, durations, loop = read_back(tmp_path / "word.webp")
    assert all((pixels(a) == pixels(b)).all() for a, b in zip(back, frames, strict=True))
    assert (durations, loop) == ([670] * 3 + [2000], 0)


def test_mp4_takes_as_long_as_the_gif(tmp_path):
    pytest.importorskip("imageio_ffmpeg")
    import imageio.v2 as imageio

    frames = animate(example("KQ"))
    write_animation(frames, tmp_path / "word.mp4")
    with imageio.get_reader(tmp_path / "word.mp4") as video:
        assert video.get_meta_data()["duration"] == pytest.approx(3 * 0.67 + 2, abs=0.05)
        assert np.abs(video.get_data(30)[: frames[1].height, : frames[1].width] - pixels(frames[1])).mean() < 2


def test_mp4_without_ffmpeg_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(media_files, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install imageio imageio-ffmpeg"):
        write_animation(animate(example()), tmp_path / "word.mp4")
    assert not list(tmp_path.iterdir())


def test_an_unknown_format_is_named(tmp_path):
    with pytest.raises(InputError, match=r"'avi'.*gif, webp, mp4"):
        write_animation(animate(example()), tmp_path / "word.avi")


def test_a_full_disk_leaves_the_old_file_whole_and_nothing_else(tmp_path, monkeypatch):
    def full(self, path, **options):
        Path(path).write_bytes(b"GIF89a")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "word.gif"
    path.write_bytes(b"the last good one")
    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(InputError, match=r"word\.gif: cannot be written \(No space left on device\)"):
        write_animation(animate(example()), path)
    assert path.read_bytes() == b"the last good one"
    assert [file.name for file in tmp_path.iterdir()] == ["word.gif"]


def test_a_contact_sheet_has_the_bare_image_and_all_steps_side_by_side():
    shown = example("KQXB", text="KQXB")
    sheet = contact_sheet(shown)
    assert sheet.size == (16 + 6 * (160 + 16), 16 + 52 + 160 + 80 + 16)
    masks = [*shown.reading.masks, shown.reading.end_mask]
    pictures = [colours(shown), *(overlay(colours(shown), mask, "dim") for mask in masks)]
    for k, expected in enumerate(pictures):
        left = 16 + k * 176
        tile = pixels(sheet)[68 : 68 + 160, left : left + 160]
        assert (tile[1::4, 1::4] == expected).all()
        assert (pixels(sheet)[68 + 162 : 68 + 240, left : left + 160] < 128).any()


def test_a_contact_sheet_of_wide_images_goes_on_in_the_next_row():
    sheet = contact_sheet(example("KQXBKQXBKQXB", (64, 256)))
    # 64 x 256 three times enlarged, two of them in a row, fourteen in all.
    assert sheet.size == (16 + 2 * (768 + 16), 16 + 52 + 7 * (192 + 80 + 16))


def test_a_mosaic_has_the_frames_of_the_longest_word_and_holds_those_that_are_over():
    long, short = example("KQXB", text="KQXB"), example("K", text="K")
    frames = mosaic([long, short])
    assert len(frames) == 1 + 4 + 1
    width = frames[0].width // 2
    left, right = ([frame.crop((x, 0, x + width, frame.height)).tobytes() for frame in frames] for x in (0, width))
    assert len(set(left)) == 6
    assert len(set(right)) == 3
    assert right[2:] == [right[2]] * 4


@pytest.mark.parametrize("size", SIZES)
def test_a_mosaic_of_eight_fits_a_page(size):
    frame = mosaic([example(size=size)] * 8)[0]
    assert 240 <= frame.width <= 1120
    assert frame.height >= 240


def test_drawing_needs_neither_keras_nor_tensorflow():
    modules = "keras_reader.visualization.animation, keras_reader.visualization.pictures"
    code = f"import sys, {modules}; print({{'keras', 'tensorflow'}} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
