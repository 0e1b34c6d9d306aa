"""Crops of paper, screens and labels where nothing is printed. Their label is the empty string."""

import numpy as np
from PIL import Image, ImageDraw

from keras_reader.data.negatives import negative_image
from keras_reader.data.printed_text.drawing import DEGRADATIONS, degraded, fitted, printed


def printed_negative(random: np.random.Generator, image_size: tuple[int, int]) -> np.ndarray:
    """One image without text, as a reader of printed text meets them.

    A third are those of `negative_image`: slopes, fields and pixels. The others are crops with the paper, light and
    degradations of printed text, or a picture, and with nothing on them, with rulings and frames, with dirt, or with
    arcs and shapes. Rulings cross the whole image, since a short one could be a hyphen, and dirt is many specks, since
    one could be a dot. For the same reason there are several shapes, and arcs are mostly larger than the image is high.

    Args:
        random: the source of random numbers.
        image_size: `(height, width)` in pixels.

    Returns:
        float32 `(height, width)` in [0, 1].
    """
    draw = random.random
    if draw() < 0.33:
        return negative_image(random, image_size)
    level = DEGRADATIONS[int(draw() * len(DEGRADATIONS))]
    height = int(10 * 5 ** draw())
    width = int(height * 0.8 * 10 ** draw())
    kind = draw()
    ink = np.zeros((height, width), np.uint8)
    if kind < 0.4:
        # In a crop that is filled on both sides when it is fitted, they still cross all of it.
        width = int(height * (4 + 4 * draw()))
        ink = _rulings(draw, height, width)
    elif kind < 0.55:
        ink = _dirt(draw, height, width)
    elif kind < 0.75:
        ink = _shapes(draw, height, width)
    everywhere = np.array([[0.0, 0, width, height]])  # so that there is no room for the rulings beside a text
    image, _ = printed(ink, everywhere, draw, level, height // 2, in_scene=draw() < 0.2)
    crop, _ = fitted(degraded(image, draw, level), everywhere, image_size)
    return crop.astype(np.float32) / 255


def _rulings(draw, height, width):
    picture = Image.new("L", (width, height))
    pen = ImageDraw.Draw(picture)
    rows = 1 + int(draw() * 4)
    for _ in range(rows):
        thick = 1 + int(draw() * height / 10)
        style, a, b = draw(), draw(), draw()
        if style < 0.45:
            pen.line([(-4, a * height), (width + 4, (a + 0.1 * (b - 0.5)) * height)], 255, thick)
        elif style < 0.65:
            pen.line([(-4, a * height), (width + 4, b * height)], 255, thick)
        elif style < 0.85:
            inset = a * 0.25 * height
            pen.rectangle([inset, inset, width - 1 - inset, height - 1 - inset], outline=255, width=thick)
        else:
            pen.ellipse([(a - 0.8) * width, (b - 1) * height, (a + 0.8) * width, (b + 1) * height], None, 255, thick)
    if rows > 1 and draw() < 0.3:
        for _ in range(2 + int(draw() * 6)):
            x = draw() * width
            pen.line([(x, -4), (x, height + 4)], 255, 1 + int(draw() * height / 16))
    return np.asarray(picture)


def _dirt(draw, height, width):
    picture = Image.new("L", (width, height))
    pen = ImageDraw.Draw(picture)
    for _ in range(12 + int(draw() * 40)):
        x, y, size = draw() * width, draw() * height, 0.3 + draw() * height / 14
        pen.ellipse([x - size, y - size * draw(), x + size, y + size], fill=int(80 + 175 * draw()))
    return np.asarray(picture)


def _shapes(draw, height, width):
    picture = Image.new("L", (width, height))
    pen = ImageDraw.Draw(picture)
    style = draw()
    for _ in range(2 + int(draw() * 4)):
        x, y = draw() * width, draw() * height
        least = 0.5 if style < 0.5 else 0.3
        a, b = height * (least + draw()), height * (least + draw())
        box = [x - a, y - b, x + a, y + b]
        if style < 0.5:
            start = 360 * draw()
            pen.arc(box, start, start + 60 + 300 * draw(), 255, 1 + int(draw() * height / 10))
        elif draw() < 0.5:
            pen.ellipse(box, fill=int(80 + 175 * draw()))
        else:
            pen.rectangle(box, fill=int(80 + 175 * draw()))
    if style > 0.85:
        points = [(draw() * width, draw() * height) for _ in range(5 + int(draw() * 6))]
        pen.line(points, 255, 1 + int(draw() * height / 12))
    return np.asarray(picture)
