"""What reader is derived from labelled pictures: from characters of a known size, and from what the user has set."""

import csv

import numpy as np
import pytest
from PIL import Image

from keras_reader.config import PRESETS, receptive_field
from keras_reader.data.derived_config import derive_config, measure
from keras_reader.data.labelled_images import load_labelled
from keras_reader.data.legibility import at_network_size, legibility
from keras_reader.data.text_rendering import render_text
from keras_reader.errors import InputError


def write(folder, pictures):
    folder.mkdir(exist_ok=True)
    with (folder / "labels.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("image", "text"))
        for i, (image, text) in enumerate(pictures):
            Image.fromarray(image).save(folder / f"{i}.png")
            rows.writerow((f"{i}.png", text))
    return load_labelled(folder / "labels.csv")


def placed(text, font_size, size, top, left):
    levels = render_text(text, None, font_size).levels
    image = np.zeros(size, np.uint8)
    image[top : top + levels.shape[0], left : left + levels.shape[1]] = levels
    return image


def crop(text, font_size, margin=0.2):
    """A text with a margin that is a share of its height."""
    high, wide = render_text(text, None, font_size).levels.shape
    around = round(margin * high)
    return placed(text, font_size, (high + 2 * around, wide + 2 * around), around, around)


def crops(folder, font_size, digits=4, count=12):
    random = np.random.default_rng(0)
    texts = ["".join(random.choice(list("0123456789"), digits)) for _ in range(count)]
    return write(folder, [(crop(text, font_size), text) for text in texts])


def scenes(folder, size=(240, 400), font_size=48, count=16):
    random = np.random.default_rng(0)
    pictures = []
    for _ in range(count):
        text = "".join(random.choice(list("0123456789"), 4))
        high, wide = render_text(text, None, font_size).levels.shape
        pictures.append(
            (placed(text, font_size, size, random.integers(size[0] - high), random.integers(size[1] - wide)), text)
        )
    return write(folder, pictures)


@pytest.mark.parametrize("font_size", [12, 24, 40, 200])
def test_the_height_of_characters_is_measured(tmp_path, font_size):
    true = render_text("0123456789", None, font_size).levels.shape
    measures = measure(crops(tmp_path, font_size))
    assert not measures.is_scene
    assert measures.character.height == pytest.approx(true[0], rel=0.25, abs=2)
    assert measures.character.width == pytest.approx(true[1] / 10, rel=0.25, abs=2)


def test_small_print_gets_the_preset_for_it_and_its_own_size(tmp_path):
    labelled = crops(tmp_path, 12)
    measures = measure(labelled)
    config, _ = derive_config(labelled, {})
    assert config.preset == "small"
    assert config.image_size[0] == pytest.approx(max(16, measures.height), abs=2)


@pytest.mark.parametrize("font_size", [60, 200])
def test_large_characters_are_shrunk_to_the_window_of_the_preset_for_photographs(tmp_path, font_size):
    labelled = crops(tmp_path, font_size)
    config, _ = derive_config(labelled, {})
    assert config.preset == "base"
    measures = measure(labelled)
    window, stride = receptive_field(PRESETS["base"].encoder)
    shown = measures.character.height * config.image_size[0] / measures.height
    assert 0.5 * window < shown < window
    assert all(side % stride == 0 for side in config.image_size)
    assert config.image_size[1] / config.image_size[0] == pytest.approx(measures.aspect, rel=0.25)


@pytest.mark.parametrize(
    ("size", "font_size", "expected"),
    [
        ((240, 400), 48, (96, 160)),
        ((480, 800), 110, (96, 160)),
        ((96, 160), 24, (96, 160)),
        ((800, 600), 90, (128, 96)),
    ],
)
def test_a_text_that_is_small_and_somewhere_in_the_picture_makes_it_a_scene(tmp_path, size, font_size, expected):
    labelled = scenes(tmp_path, size, font_size)
    assert measure(labelled).is_scene
    config, settings = derive_config(labelled, {})
    assert (config.preset, config.image_size) == ("base", expected)
    assert any("not known" in setting.source for setting in settings)


def test_a_large_picture_of_one_line_of_text_is_no_scene(tmp_path):
    labelled = crops(tmp_path, 400, count=8)
    assert measure(labelled).height > 300
    assert not measure(labelled).is_scene


def several_lines(lines, font_size, gap=6):
    """Lines of text, one below the other, with a margin."""
    levels = [render_text(line, None, font_size).levels for line in lines]
    width = max(line.shape[1] for line in levels)
    rows = [np.pad(line, ((0, gap), (0, width - line.shape[1]))) for line in levels]
    return np.pad(np.vstack(rows), ((10, 4), (10, 10))).astype(np.uint8)


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_a_label_of_several_lines_is_measured_line_by_line(tmp_path, lines):
    random = np.random.default_rng(0)
    texts = [["".join(random.choice(list("0123456789"), 4)) for _ in range(lines)] for _ in range(12)]
    labelled = write(tmp_path, [(several_lines(text, 28), "\n".join(text)) for text in texts])
    measures = measure(labelled)
    true = render_text("0123456789", None, 28).levels.shape
    assert measures.character.height == pytest.approx(true[0], rel=0.2)
    assert measures.character.pitch == pytest.approx(true[1] / 10, rel=0.15)
    assert not measures.is_scene
    config, _ = derive_config(labelled, {}, measures)
    assert config.preset == "base" and config.max_length == 5 * lines - 1
    assert 0.95 * measures.height < config.image_size[0] < 1.2 * measures.height
    if lines > 1:
        assert " " in config.alphabet and "\n" not in config.alphabet


def downwards(text, font_size, pitch):
    """A text whose characters stand one below the other."""
    image = np.zeros((pitch * len(text) + 20, 40), np.uint8)
    for k, digit in enumerate(text):
        levels = render_text(digit, None, font_size).levels
        top, left = 10 + k * pitch, (40 - levels.shape[1]) // 2
        image[top : top + levels.shape[0], left : left + levels.shape[1]] = levels
    return image


def test_text_that_is_written_downwards_in_several_lengths_gets_room_along_it(tmp_path):
    random = np.random.default_rng(0)
    texts = ["".join(random.choice(list("0123456789"), 3 + i % 7)) for i in range(28)]
    labelled = write(tmp_path, [(downwards(text, 34, 36), text) for text in texts])
    config, _ = derive_config(labelled, {})
    height, width = config.image_size
    assert width == pytest.approx(40, abs=4)
    assert height == pytest.approx(36 * 9 + 20, rel=0.15), "nearly the longest"


def test_a_derived_size_is_never_called_too_large(tmp_path):
    for i, (font_size, digits) in enumerate([(30, 1), (30, 6), (60, 2), (14, 9)]):
        labelled = crops(tmp_path / str(i), font_size, digits)
        config, _ = derive_config(labelled, {})
        seen = [at_network_size(example.image, config) for example in labelled.examples()]
        told = legibility(seen, labelled.texts, config)
        assert told is not None and "too large" not in told.hint


@pytest.mark.parametrize(("font_size", "pitch", "digits"), [(34, 36, 5), (34, 28, 8)])
def test_text_that_is_written_downwards_is_measured_downwards(tmp_path, font_size, pitch, digits):
    random = np.random.default_rng(0)
    texts = ["".join(random.choice(list("0123456789"), digits)) for _ in range(12)]
    pictures = [(downwards(text, font_size, pitch), text) for text in texts]
    labelled = write(tmp_path, pictures)
    measures = measure(labelled)
    height = render_text("0", None, font_size).levels.shape[0]
    assert measures.character.downwards and not measures.is_scene
    assert measures.character.pitch == pytest.approx(pitch, rel=0.1)
    assert measures.character.height == pytest.approx(height, rel=0.15)
    config, settings = derive_config(labelled, {}, measures)
    assert config.preset == "base"
    assert config.image_size == pytest.approx(pictures[0][0].shape, abs=4)
    assert any(setting.source.endswith(" apart, one below the other") for setting in settings)


def test_alphabet_and_longest_text_are_those_of_the_texts(tmp_path):
    labelled = write(tmp_path, [(crop(text, 20), text) for text in ("AB", "BCD", "É1")])
    config, settings = derive_config(labelled, {})
    assert config.alphabet == "".join(sorted("ABCDÉ1"))
    assert config.max_length == 3
    assert next(s.source for s in settings if s.name == "longest text") == "2 to 3 in 3 texts"


def test_given_values_win_and_are_called_given(tmp_path):
    labelled = crops(tmp_path, 60)
    given = {"alphabet": "0123456789-", "max_length": 7, "preset": "small", "image_size": (30, 90), "resize": "stretch"}
    config, settings = derive_config(labelled, given)
    assert {name: getattr(config, name) for name in given} == given
    assert {setting.source for setting in settings} == {"given"}


def test_a_given_preset_decides_the_size(tmp_path):
    labelled = crops(tmp_path, 60)
    small, _ = derive_config(labelled, {"preset": "small"})
    base, _ = derive_config(labelled, {"preset": "base"})
    assert small.image_size[0] < base.image_size[0]


def test_texts_without_characters_and_unknown_presets_are_refused(tmp_path):
    labelled = write(tmp_path, [(crop("1", 20), "")])
    with pytest.raises(InputError, match="nothing to learn"):
        derive_config(labelled, {})
    with pytest.raises(InputError, match="preset"):
        derive_config(labelled, {"preset": "huge", "alphabet": "1"})


def test_a_text_that_no_reader_can_read_is_named(tmp_path):
    labelled = write(tmp_path, [(crop("12", 24), "12"), (crop("34", 24), "34" * 300)])
    with pytest.raises(InputError, match=r"labels.csv: the text 3434.*\.\.\. has 600 characters: .* at most 512"):
        derive_config(labelled, {})
