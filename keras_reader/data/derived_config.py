"""What reader to train on labelled pictures, derived from the pictures and their texts."""

import math
import statistics
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from keras_reader.alphabet import characters_in_words
from keras_reader.config import PRESETS, ReaderConfig, receptive_field
from keras_reader.data.labelled_images import LabelledImages
from keras_reader.data.legibility import DOWNWARDS, CharacterSize, character_size, sample, text_rows
from keras_reader.errors import InputError
from keras_reader.images import resize
from keras_reader.limits import TEXT_LENGTH

MEASURED_PICTURES = 200
# Characters that are higher than this share of the preset's window are shrunk to it, but not by less than 15 %.
_CHARACTER_IN_WINDOW = 0.75
_LEAST_SHRINKING = 0.85
# Where this share of the window's width, from a character to the next one, is not reached, pictures are enlarged, at
# most by this factor, to so many pixels, and to characters as high as the window. Otherwise a window shows more of the
# neighbours than of the character.
_PITCH_IN_WINDOW = 0.57
_MOST_ENLARGED = 1.5
_MOST_ENLARGED_PIXELS = 4608
_LEAST_SIDE = 16
_MOST_PIXELS = 32_768

# In a scene the text lies among other things. Its place changes from picture to picture while its characters are small
# against the picture; or what stands out is more than twice as high as a character is wide (2.8 times in smaller
# pictures, which narrow text may fill), because it is not the text; or the picture is too large to be a line of text.
_SCENE_LEAST_SIDE, _SCENE_PIXELS = 48, 2_000_000
_SCENE_WANDERING, _SCENE_CHARACTER = 0.1, 0.45
_SCENE_RATIO, _SCENE_SMALLER_RATIO = 2.0, 2.8
_SCENE_LARGE_SIDE, _SCENE_SMALLER_SIDE = 240, 96
_SCENE_SIDE = 96  # the shorter one
# Pictures are shrunk to this height before they are measured. What is small against the text, like the grain of a
# photograph, disappears.
_MEASURED_HEIGHT = 96


class Setting(NamedTuple):
    """A row of the table that is printed before training.

    Attributes:
        name: what is set.
        value: its value, for a person.
        source: where it comes from, for a person.
    """

    name: str
    value: str
    source: str


class PictureMeasures(NamedTuple):
    """What is measured in pictures, in their own pixels.

    Attributes:
        height, width: medians of their sides.
        aspect: width over height, which nine tenths of the pictures do not exceed; if their text is written downwards,
            which nine tenths are not below.
        character: medians of the characters' sizes, never downwards in a scene.
        is_scene: whether the text lies among other things, so that the size of its characters is not known.
    """

    height: float
    width: float
    aspect: float
    character: CharacterSize
    is_scene: bool


def derive_config(
    labelled: LabelledImages, given: Mapping[str, Any], measures: PictureMeasures | None = None
) -> tuple[ReaderConfig, list[Setting]]:
    """Derive the configuration of a reader from labelled pictures.

    Args:
        labelled: the pictures and their texts.
        given: the arguments of `ReaderConfig` that the user has set; the others are derived.
        measures: what `measure` gives for the pictures; `None` to measure them.

    Returns:
        The configuration, and where each of its values comes from.

    Raises:
        InputError: if no text has a character, a picture cannot be read, or a given value is out of its range.
    """
    measures = measures or measure(labelled)
    derived: dict[str, Any] = {
        "alphabet": "".join(sorted(set("".join(labelled.texts)))),
        "max_length": max(map(len, labelled.texts)),
        "preset": _preset(measures),
    }
    if derived["max_length"] > TEXT_LENGTH and "max_length" not in given:
        longest = max(labelled.texts, key=len)
        raise InputError(
            f"{labelled.csv_path}: the text {longest[:20]}... has {len(longest):,} characters: a reader reads at most "
            f"{TEXT_LENGTH}"
        )
    if not derived["alphabet"] and "alphabet" not in given:
        raise InputError(f"{labelled.csv_path}: no text has a character: there is nothing to learn")
    values = {**derived, **given}
    if "image_size" not in given:
        values["image_size"] = _image_size(measures, values["preset"], values["max_length"])
    config = ReaderConfig(**values)
    return config, _settings(config, labelled, given, measures)


def measure(labelled: LabelledImages) -> PictureMeasures:
    """Measure at most 200 pictures, evenly spaced.

    Raises:
        InputError: if a picture cannot be read.
    """
    chosen = sample(labelled, MEASURED_PICTURES) or range(min(len(labelled), MEASURED_PICTURES))
    measured = labelled.subset(chosen)
    shapes, found = [], []
    for example, text in zip(measured.examples(), measured.laid_out, strict=True):
        shapes.append(example.image.shape)
        text_in = _text_in(example.image, text)
        if text_in is not None:
            found.append(text_in)
    height, width = (statistics.median(side) for side in zip(*shapes, strict=True))
    size, block, wandering = CharacterSize(height, width, width), height, 0.0
    if found:
        size = _usual_size(found)
        block = statistics.median(text.block_height for text in found)
        wandering = float(np.std([text.rows for text in found], axis=0).mean())
    smallest = min(height, width)
    is_scene = (
        (smallest >= _SCENE_LEAST_SIDE and wandering > _SCENE_WANDERING and block < _SCENE_CHARACTER * height)
        or (smallest >= _SCENE_SMALLER_SIDE and size.height > _SCENE_SMALLER_RATIO * size.width)
        or (
            smallest >= _SCENE_LARGE_SIDE
            and (size.height > _SCENE_RATIO * size.width or height * width >= _SCENE_PIXELS)
        )
    )
    if is_scene:
        size = size._replace(downwards=False)
    aspects = [wide / high for high, wide in shapes]
    aspect = float(np.quantile(aspects, 0.1 if size.downwards else 0.9))
    return PictureMeasures(height, width, aspect, size, is_scene)


class _TextInPicture(NamedTuple):
    """The text of a picture, in pixels of the picture.

    Attributes:
        size: the size of its characters.
        is_single: whether it is a single character, which has no direction.
        block_height: the height of all its lines.
        rows: its first and last row as shares of the picture's height.
    """

    size: CharacterSize
    is_single: bool
    block_height: float
    rows: tuple[float, float]


def _text_in(picture, text):
    """What `_TextInPicture` says; `None` if the picture or the text is empty."""
    if not text:
        return None
    height, width = picture.shape
    # Of a text that is written downwards, the height is not that of a line.
    scale = min(1.0, _MEASURED_HEIGHT / (height if height <= DOWNWARDS * width else width))
    if scale < 1:
        size = max(1, round(scale * height)), max(1, round(scale * width))
        picture = np.rint(255 * resize(picture, size, "stretch")).astype(np.uint8)
    measured, rows = character_size(picture, text), text_rows(picture)
    if measured is None or rows is None:
        return None
    first, last = (row / len(picture) for row in rows)
    size = measured.times(1 / scale)
    is_one_line = "\n" not in text and not size.downwards
    return _TextInPicture(size, len(text) == 1, size.height if is_one_line else (last - first) * height, (first, last))


def _usual_size(found):
    """Medians, in the direction of most texts: a single "11" may look as if it were written downwards."""
    several = [text.size.downwards for text in found if not text.is_single]
    downwards = 2 * sum(several) > len(several)
    sizes = [text.size for text in found if text.is_single or text.size.downwards == downwards]
    height, width, pitch = (statistics.median(size[side] for size in sizes) for side in range(3))
    return CharacterSize(height, width, pitch, downwards)


def _preset(measures):
    """The preset that is made for characters of this height. The table has them in order."""
    names = [name for name, preset in PRESETS.items() if preset.cell == "window"]
    if measures.is_scene:
        return names[-1]
    fitting = (name for name in names if measures.character.height <= PRESETS[name].character_height[1])
    return next(fitting, names[-1])


def _image_size(measures, preset, max_length):
    """Height and width in pixels, in whole cells of the preset."""
    if preset not in PRESETS:
        return ReaderConfig.image_size  # ReaderConfig says what is wrong
    window, stride = receptive_field(PRESETS[preset].encoder)
    # The side across the line of text, and how many times as long it is.
    across, ratio = measures.height, measures.aspect
    if measures.character.downwards:
        across, ratio = measures.width, 1 / measures.aspect
    if measures.is_scene:
        scale = min(1.0, _SCENE_SIDE / min(measures.height, measures.width))
    else:
        # The original's network reads from the whole image: how large a character should be, only the table says.
        has_windows = PRESETS[preset].cell == "window"
        largest = _CHARACTER_IN_WINDOW * window if has_windows else PRESETS[preset].character_height[1]
        scale = largest / measures.character.height
        scale = scale if scale < _LEAST_SHRINKING else 1.0
        # A single character has no neighbours.
        wider = _PITCH_IN_WINDOW * window / measures.character.pitch if max_length > 1 else 1.0
        affordable = math.sqrt(_MOST_ENLARGED_PIXELS / (across**2 * ratio))
        scale = max(scale, min(wider, _MOST_ENLARGED, affordable, window / measures.character.height))
    across = max(_LEAST_SIDE, scale * across)
    along = max(_LEAST_SIDE, across * ratio)
    height, width = (along, across) if measures.character.downwards else (across, along)
    shrink = min(1.0, math.sqrt(_MOST_PIXELS / (height * width)))
    return tuple(stride * max(2, round(shrink * side / stride)) for side in (height, width))


def _characters(count):
    return f"{count} character{'s' * (count != 1)}"


def _settings(config, labelled, given, measures):
    shortest, longest = min(map(len, labelled.texts)), max(map(len, labelled.texts))
    lengths = f"always {longest}" if shortest == longest else f"{shortest} to {longest}"
    count = "1 text" if len(labelled) == 1 else f"{len(labelled):,} texts"
    size = f"{measures.height:g}x{measures.width:g} pixels, the median of the pictures"
    if measures.is_scene:
        height = "pictures of more than the text: the size of its characters is not known"
    else:
        character = measures.character
        below = ", one below the other" if character.downwards else ""
        height = f"characters about {character.height:.0f} pixels high, {character.pitch:.0f} apart{below}"
    alphabet = characters_in_words(config.alphabet, 60)
    rows = {
        "alphabet": (f"{_characters(len(config.alphabet))}: {alphabet}", f"the characters of {count}"),
        "max_length": (_characters(config.max_length), f"{lengths} in {count}"),
        "preset": (f"{config.preset}, window {config.window[0]}x{config.window[1]} pixels", height),
        "image_size": ("{}x{} pixels (height x width)".format(*config.image_size), f"{size}; {height}"),
        "resize": (config.resize, "the default"),
    }
    names = {"max_length": "longest text", "image_size": "image size"}
    return [
        Setting(names.get(name, name), value, "given" if name in given else source)
        for name, (value, source) in rows.items()
    ]
