"""Clutter, which a reader has to ignore: smooth backgrounds, strokes and pieces of letters.

Each function takes uniform random numbers in [0, 1) and draws clutter for a batch or an image. The result depends on
these numbers only.
"""

import math
from typing import Any

import numpy as np

STROKE_DRAWS = 5
FRAGMENT_TRIES = 8
FRAGMENT_DRAWS = 6 + 2 * FRAGMENT_TRIES


def background_draws(image_size: tuple[int, int], spacing: float) -> int:
    """How many random numbers `smooth_backgrounds` takes for each image."""
    rows, columns = (_nodes(side, spacing) for side in image_size)
    return 2 + rows * columns


def smooth_backgrounds(random: np.ndarray, image_size: tuple[int, int], spacing: float) -> np.ndarray:
    """Smooth random fields: value noise of one octave.

    The values of a randomly placed grid are interpolated along both axes by 3t^2 - 2t^3 (Perlin's fade curve, 1985).
    Every pixel lies between the values of the nodes around it.

    Args:
        random: uniform numbers, `(images, background_draws(image_size, spacing))`.
        image_size: `(height, width)` in pixels.
        spacing: distance between the grid's nodes in pixels.

    Returns:
        float32 `(images, height, width)` in [0, 1].
    """
    height, width = image_size
    random = random.astype(np.float32)
    values = random[:, 2:].reshape(-1, _nodes(height, spacing), _nodes(width, spacing))
    return (
        _fade_weights(random[:, 0], height, spacing)
        @ values
        @ _fade_weights(random[:, 1], width, spacing).swapaxes(1, 2)
    )


def _nodes(side, spacing):
    return math.ceil(side / spacing) + 2


def _fade_weights(offsets, side, spacing):
    """The weight of each node at each pixel: `(images, side, nodes)`. The weights of a pixel sum to 1."""
    places = (np.arange(side, dtype=np.float32) + 0.5) / np.float32(spacing) + offsets[:, None]
    nearness = 1 - np.abs(places[..., None] - np.arange(_nodes(side, spacing), dtype=np.float32))
    np.maximum(nearness, 0, out=nearness)
    return nearness * nearness * (3 - 2 * nearness)


def add_strokes(images: np.ndarray, random: np.ndarray, brightness: np.ndarray, longest: float) -> None:
    """Draw straight, antialiased strokes, 1 pixel wide with round ends. Where two cross, the brighter one shows.

    The middle of a stroke lies anywhere in the image, and it has any direction. Its length is uniform in
    [0, `longest`]; `mark_brightness` gives its brightness.

    Args:
        images: `(images, height, width)`, float32, drawn into.
        random: uniform numbers, `(images, strokes, STROKE_DRAWS)`.
        brightness: brightness of the text of each image, `(images,)`.
        longest: length of the longest stroke in pixels.
    """
    height, width = images.shape[1:]
    random = random.astype(np.float32)
    x = np.arange(width, dtype=np.float32) + 0.5
    y = np.arange(height, dtype=np.float32) + 0.5
    for middle_y, middle_x, direction, length, level in random.transpose(1, 2, 0)[..., None, None]:
        right, down = x - middle_x * width, y[:, None] - middle_y * height
        cosine, sine = np.cos(np.pi * direction), np.sin(np.pi * direction)
        beyond = right * cosine + down * sine
        np.abs(beyond, out=beyond)
        beyond -= length * np.float32(longest / 2)
        np.maximum(beyond, 0, out=beyond)
        aside = down * cosine - right * sine
        aside *= aside
        beyond *= beyond
        aside += beyond
        distance = np.sqrt(aside, out=aside)
        stroke = np.subtract(1, distance, out=distance)  # 1 on the line, 0 one pixel away from it
        stroke *= mark_brightness(level, brightness[:, None, None])
        np.maximum(images, stroke, out=images)


def mark_brightness(random: Any, text: Any) -> Any:
    """Brightness of a stroke or a piece of a letter: uniform between half the brightness of the text and all of it."""
    return (np.float32(0.5) + random * np.float32(0.5)) * text


def add_fragment(
    image: np.ndarray, random: list[float], glyph: np.ndarray, brightness: float, keep_off: tuple[int, int, int, int]
) -> None:
    """Draw a piece of a letter, unless there is no room for it beside the word.

    The piece is a random window of the glyph. Its height is a third to a half of the glyph's, so that it is not a
    letter itself; its width is half of the glyph's or more. Up to `FRAGMENT_TRIES` random places are tried, and the
    first one that does not touch the word is taken.

    Args:
        image: `(height, width)`, float32, drawn into; where something is drawn already, the brighter one shows.
        random: `FRAGMENT_DRAWS` uniform numbers. The caller chooses the glyph by the first one.
        glyph: levels of the letter, `(rows, columns)` in [0, 255].
        brightness: brightness of the image's text.
        keep_off: left, top, right, bottom of the word, in pixels; right and bottom are exclusive.
    """
    _, tall, wide, down, right, level, *places = random
    rows, columns = glyph.shape
    height = min(_between(rows / 3, rows / 2, tall), image.shape[0])
    width = min(_between(columns / 2, columns, wide), image.shape[1])
    top, left = int(down * (rows - height + 1)), int(right * (columns - width + 1))
    piece = glyph[top : top + height, left : left + width] * (mark_brightness(level, brightness) / 255)
    for y, x in zip(places[::2], places[1::2], strict=True):
        y, x = int(y * (image.shape[0] - height + 1)), int(x * (image.shape[1] - width + 1))
        if x + width <= keep_off[0] or y + height <= keep_off[1] or x >= keep_off[2] or y >= keep_off[3]:
            target = image[y : y + height, x : x + width]
            np.maximum(target, piece, out=target)
            return


def _between(smallest, largest, random):
    """A random whole number of pixels between the two, at least 1."""
    smallest = max(1, math.ceil(smallest))
    largest = max(smallest, math.floor(largest))
    return smallest + int(random * (largest - smallest + 1))
