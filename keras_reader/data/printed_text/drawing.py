"""Draws one crop of printed text: sets the line, cuts it out, prints it in levels and degrades it."""

import io
import math
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from keras_reader.data.printed_text import pools, surroundings
from keras_reader.data.printed_text.font_families import FontFile
from keras_reader.data.printed_text.line import set_line
from keras_reader.data.printed_text.neighbours import outline, shifted, with_neighbours
from keras_reader.errors import InputError
from keras_reader.images import fit

# A text with a character without ink is tried larger, up to this size.
_MOST_PIXELS = 100
DEGRADATIONS = ("none", "light", "strong")
# How often a text is written over a picture, by how much it is degraded.
_SCENES = {"none": 0.0, "light": 0.08, "strong": 0.12}
# Characters whose size alone says which they are: c or C, a dot or a comma.
_SIZELESS = frozenset("cCoO0sSvVwWxXzZuUpPyYiIl1.,'-_\"*:;=/ ")


class Crop(NamedTuple):
    """A crop of printed text, before it is fitted into the reader's size.

    Attributes:
        levels: uint8 `(height, width)` in [0, 255].
        boxes: float64 `(characters, 4)`, in pixels of `levels`.
        height: of the font's capitals, in pixels of `levels`.
    """

    levels: np.ndarray
    boxes: np.ndarray
    height: float


def draw_crop(
    random: np.random.Generator, text: str, font: FontFile, level: str, size: tuple[int, int], blank=False
) -> Crop:
    """Draw a text in a font as somebody would cut it from a page, a screen or a label.

    Args:
        random: the source of random numbers. How many are taken does not depend on `blank`.
        text: what is printed.
        font: what it is set in.
        level: how much the print is degraded, one of `DEGRADATIONS`.
        size: `(height, width)` in pixels of the reader's image, which decides how large the text is drawn.
        blank: leave the text out, and draw all else.
    """
    draw = random.random
    strong, clean = level == "strong", level == "none"
    stretch = 1.0 if draw() < 0.6 else 0.65 + 0.85 * draw()
    tracking = _tracking(draw, len(text))
    # The height in em of a line is about 0.95, the width of a character 0.55.
    em = min(size[0] / 0.95, size[1] / ((0.55 + tracking) * stretch * len(text) + 0.3))
    factor = 1 + 0.8 * draw() if clean else 0.7 + draw() if not strong else 0.4 * 4 ** draw()
    pixels = int(min(max(em * factor, 10), 56))
    dots = not clean and pixels > 17 and draw() < 0.07
    wobble = None
    if not clean and draw() < 0.08:
        wobble = [round((draw() - 0.5) * 0.12 * pixels) for _ in text]
    while (line := set_line(text, font.path, pixels, tracking * pixels, wobble, font.kerned)) is None:
        pixels += 4
        if pixels > _MOST_PIXELS:
            raise InputError(f"{font.path}: draws nothing for {text!r}: leave the font out")
    ink = _inked(line.ink, draw, clean, pixels, dots)
    matrix = _geometry(draw, clean, strong, stretch, ink.shape)
    margins = _margins(draw, text, line, pixels)
    if not clean and draw() < 0.12 and not _SIZELESS.issuperset(text):
        ink, line, margins = with_neighbours(ink, line, margins, draw, pixels, matrix is None)
    in_scene = draw() < _SCENES[level]
    if in_scene:
        # Nobody knows to the pixel where such a text begins.
        margins = [
            margins[0] + 1.5 * pixels * draw() ** 2,
            margins[1],
            margins[2] + 1.5 * pixels * draw() ** 2,
            margins[3],
        ]
    ink, boxes = _cut(ink, line, matrix, margins)
    covered = float(ink.mean()) / 255
    if blank:
        ink = np.zeros_like(ink)
    levels, contrast = printed(ink, boxes, draw, level, pixels, in_scene)
    # Thin and pale letters drown in noise that bold ones stand.
    most_noise = 0.55 * contrast * math.sqrt(covered * (1 - covered))
    levels = degraded(levels, draw, level, most_noise)
    return Crop(levels, boxes, 0.7 * pixels)


def _tracking(draw, length):
    """What is added between two characters, in em. Two characters far apart could as well have a space between them."""
    style = draw()
    if style < 0.55:
        return 0.0
    if style < 0.95:
        return -0.05 + 0.2 * draw()
    return (0.15 + 0.2 * draw()) if length > 3 else 0.15


def _inked(ink, draw, clean, pixels, dots):
    """What the printing does to the ink: bold, thin, dots, dropouts."""
    spread = draw()
    if spread < 0.1 and pixels > 12:
        ink = _bolder(ink)
    elif spread > 0.94 and pixels > 20:
        thinner = _thinner(ink)
        if int(thinner.sum()) > 0.5 * int(ink.sum()):
            ink = thinner
    if dots:
        ink = _dotted(ink, pixels)
    if not clean and draw() < 0.12:
        ink = _dropouts(ink, draw)
    return ink


def _bolder(ink):
    wide = ink.copy()
    np.maximum(wide[:, 1:], ink[:, :-1], out=wide[:, 1:])
    return wide


def _thinner(ink):
    thin = ink.copy()
    np.minimum(thin[:, 1:], ink[:, :-1], out=thin[:, 1:])
    return thin


def _dotted(ink, pixels):
    """The ink on a grid of dots, about 12 of them in the height of a capital."""
    step = max(2, round(pixels * 0.7 / 12))
    height, width = -(-ink.shape[0] // step), -(-ink.shape[1] // step)
    padded = np.zeros((height * step, width * step), np.uint8)
    padded[: ink.shape[0], : ink.shape[1]] = ink
    coarse = padded.reshape(height, step, width, step).mean(axis=(1, 3)) > 100
    y = (np.arange(step) + 0.5) / step - 0.5
    dot = np.clip((0.55 - np.hypot(y[:, None], y)) * step + 0.5, 0.25, 1) * 255
    return np.kron(coarse, dot).astype(np.uint8)[: ink.shape[0], : ink.shape[1]]


def _dropouts(ink, draw):
    """Rows or columns of a thermal printer that are missing, or a print that is fainter in places."""
    style = draw()
    ink = ink.astype(np.float32)
    height, width = ink.shape
    if style < 0.35:
        for _ in range(1 + int(draw() * 2)):
            row = int(draw() * height)
            ink[row : row + max(1, height // 24)] *= 0.5 * draw()
    elif style < 0.6:
        for _ in range(1 + int(draw() * 4)):
            column = int(draw() * width)
            ink[:, column : column + 1] *= 0.5 * draw()
    else:
        faint = pools.texture(draw(), draw(), draw(), ink.shape)
        ink *= np.clip(1.6 * faint + 0.1 + 0.3 * draw(), 0, 1)
    return ink.astype(np.uint8)


def _geometry(draw, clean, strong, stretch, shape):
    """The matrix from the line's pixels to the crop's, `(3, 3)`, or `None` for the pixels as they are."""
    shear = 0.0
    if draw() < 0.1:
        shear = 0.5 * (draw() - 0.3)
    angle = tilt_x = tilt_y = 0.0
    if not clean and draw() < (0.6 if strong else 0.35):
        angle = (draw() - 0.5) * math.radians(8 if strong else 5)
        if draw() < 0.4:
            tilt_x, tilt_y = (draw() - 0.5) * 0.3, (draw() - 0.5) * 0.3
    if stretch == 1 and shear == angle == tilt_x == 0:
        return None
    height, width = shape
    c, s = math.cos(angle), math.sin(angle)
    inner = np.array([[stretch, -shear, -stretch * width / 2 + shear * height / 2], [0, 1, -height / 2], [0, 0, 1]])
    turn = np.array([[c, -s, 0], [s, c, 0], [tilt_x / width / stretch, tilt_y / height, 1]])
    return turn @ inner


def _margins(draw, text, line, pixels):
    """What the crop leaves around the text, in pixels: left, top, right, bottom. Negative to cut it."""
    sides = []
    tight = draw() < 0.35
    for _ in range(4):
        u = draw()
        sides.append(round(2.2 * u - 1.2) if tight else 0.45 * pixels * u * u)
    if draw() < 0.08:
        sides[0 if draw() < 0.5 else 2] += 2 * pixels * draw()
    whole_line = draw() < 0.3
    if whole_line or _SIZELESS.issuperset(text):
        sides[1], sides[3] = max(0, -line.top), max(0, line.bottom - line.ink.shape[0])
        spare = 0.1 * pixels
        sides[1], sides[3] = sides[1] + spare * draw(), sides[3] + spare * draw()
    return sides


def _cut(ink, line, matrix, margins):
    """The crop's ink, and the boxes in it."""
    left, top, right, bottom = margins
    if matrix is None:
        left, top, right, bottom = (round(side) for side in margins)
        height, width = ink.shape
        crop = np.zeros((max(4, height + top + bottom), max(4, width + left + right)), np.uint8)
        y0, x0 = max(top, 0), max(left, 0)
        part = ink[max(-top, 0) :, max(-left, 0) :][: crop.shape[0] - y0, : crop.shape[1] - x0]
        crop[y0 : y0 + part.shape[0], x0 : x0 + part.shape[1]] = part
        return crop, line.boxes + np.array((left, top, left, top))
    boxes = line.boxes
    x, y = boxes[:, [0, 2, 0, 2]], boxes[:, [1, 1, 3, 3]]
    depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    across = (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / depth
    down = (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / depth
    x0, y0 = across.min() - left, down.min() - top
    width = max(4, math.ceil(across.max() + right - x0))
    height = max(4, math.ceil(down.max() + bottom - y0))
    moved = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1]]) @ matrix
    picture = Image.fromarray(ink).transform(
        (width, height), Image.Transform.PERSPECTIVE, _inverse(moved), Image.Resampling.BILINEAR
    )
    boxes = np.stack([across.min(1) - x0, down.min(1) - y0, across.max(1) - x0, down.max(1) - y0], axis=1)
    return np.asarray(picture), boxes


def _inverse(matrix):
    """The first eight numbers of the inverse of a 3x3 matrix whose last is 1; ten times as quick as `np.linalg.inv`."""
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    rows = (e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f)
    rows += (d * h - e * g, b * g - a * h, a * e - b * d)
    return [value / rows[8] for value in rows[:8]]


def printed(ink, boxes, draw, level, pixels, in_scene=False):
    """Ink on paper as levels, and the contrast of the two.

    Args:
        ink: uint8 `(height, width)` in [0, 255], how much of each pixel is covered.
        boxes: float64 `(characters, 4)`; rulings are drawn beside them only.
        draw: gives uniform numbers in [0, 1).
        level: one of `DEGRADATIONS`.
        pixels: size of the font.
        in_scene: whether there is a picture behind the text.

    Returns:
        float32 `(height, width)`, 1 being white, which light can take out of [0, 1]; and the difference of ink and
        paper.
    """
    strong, clean = level == "strong", level == "none"
    least = 0.16 if strong else 0.3
    contrast = least + (1 - least) * (1 - draw() ** 1.5)
    paper = draw() * (1 - contrast)
    paper, colour = (paper, paper + contrast) if draw() < 0.35 else (paper + contrast, paper)
    cover = ink.astype(np.float32) * np.float32(1 / 255)
    back = np.full(ink.shape, paper, np.float32)
    textured = 0 if clean else 0.5 if strong else 0.25
    if draw() < textured:
        amount = (0.35 if strong else 0.2) * draw() * contrast
        back += (pools.texture(draw(), draw(), draw(), ink.shape) - np.float32(0.5)) * np.float32(2 * amount)
    if in_scene:
        surroundings.scene(back, cover, draw, paper, colour, pixels)
    boxed = 1.0 if in_scene else draw()
    if boxed < 0.05:
        surroundings.box(back, draw, pixels, boxes, paper, colour)
    elif boxed < 0.16:
        surroundings.frame(back, draw, pixels, boxes, paper, colour)
    style = draw()
    if not in_scene and style < 0.05 and pixels > 16:
        # A shadow below and to the right of the letters, or an outline around them, on the other side of the paper.
        other = paper - (colour - paper) * (0.3 + 0.7 * draw())
        under = shifted(cover, 1 + pixels // 24, 1 + pixels // 24) if style < 0.03 else outline(cover)
        back += (np.float32(other) - back) * under
    image = back + (np.float32(colour) - back) * cover
    if draw() < textured:
        height, width = ink.shape
        slope = (surroundings.ramp(height)[:, None] * (draw() - 0.5)) + (surroundings.ramp(width) * (draw() - 0.5))
        image *= 1 + slope * np.float32(0.8 * draw())
    return image, contrast


def degraded(image, draw, level, most_noise=math.inf):
    """What optics, sensor and file do to levels: uint8 `(height, width)`.

    Args:
        image: float32 `(height, width)`, 1 being white.
        draw: gives uniform numbers in [0, 1).
        level: one of `DEGRADATIONS`.
        most_noise: the largest standard deviation of the noise.
    """
    if level == "none":
        return _to_bytes(image)
    strong = level == "strong"
    height = image.shape[0]
    blur = draw()
    picture = None
    if blur < (0.55 if strong else 0.3):
        radius = (0.3 + (1.3 if strong else 0.7) * draw()) * height / 32
        picture = Image.fromarray(_to_bytes(image)).filter(ImageFilter.GaussianBlur(radius))
    elif blur > 0.95:
        picture = Image.fromarray(_to_bytes(image)).filter(ImageFilter.SHARPEN)
    elif strong and blur > 0.85 and height > 16:
        length = 2 + int(draw() * height / 10)
        padded = np.pad(image, ((0, 0), (length, 0)), mode="edge").cumsum(axis=1)
        image = (padded[:, length:] - padded[:, :-length]) / length
    if picture is not None:
        image = np.asarray(picture).astype(np.float32) * np.float32(1 / 255)
    if draw() < 0.7:
        amount = (0.14 if strong else 0.05) * draw() ** 1.5
        image = image + pools.noise(draw(), image.shape) * np.float32(min(amount, most_noise))
    if strong and draw() < 0.06:
        specks = pools.noise(draw(), image.shape)
        image = np.where(specks > 2.3, 1, np.where(specks < -2.3, 0, image))
    levels = _to_bytes(image)
    if draw() < (0.3 if strong else 0.12):
        file = io.BytesIO()
        Image.fromarray(levels).save(file, "JPEG", quality=int((15 if strong else 40) + 50 * draw()))
        levels = np.asarray(Image.open(file))
    return levels


def _to_bytes(image):
    return (np.clip(image, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)


def border_byte(crop: np.ndarray) -> int:
    """The byte next to `keras_reader.images.border_level`."""
    height, width = crop.shape
    sums = int(crop[0].sum()) + int(crop[-1].sum()), int(crop[:, 0].sum()) + int(crop[:, -1].sum())
    return round((sums[0] / width + sums[1] / height) / 4)


def fitted(
    crop: np.ndarray, boxes: np.ndarray, size: tuple[int, int], margin: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """A crop and its boxes in the reader's size, as `keras_reader.images.resize` pads it, in bytes.

    Pillow resizes a part of a picture whose sides need not be whole pixels; here, that of the crop on a margin of the
    level of its border.

    Args:
        crop: uint8 `(height, width)`.
        boxes: float64 `(characters, 4)`, in pixels of the crop.
        size: `(height, width)` of the result in pixels.
        margin: level of the margin; `None` for that of the crop's border.

    Returns:
        uint8 of `size`, and int32 boxes in its pixels.
    """
    rows, columns = fit(crop.shape, size, "pad")
    y0, y1, x0, x1 = rows.to_picture(0), rows.to_picture(size[0]), columns.to_picture(0), columns.to_picture(size[1])
    top, left = max(0, math.ceil(-y0)), max(0, math.ceil(-x0))
    height, width = crop.shape
    level = border_byte(crop) if margin is None else margin
    canvas = np.full((height + 2 * top, width + 2 * left), level, np.uint8)
    canvas[top : top + height, left : left + width] = crop
    box = (max(0, x0 + left), max(0, y0 + top), min(canvas.shape[1], x1 + left), min(canvas.shape[0], y1 + top))
    image = np.asarray(Image.fromarray(canvas).resize((size[1], size[0]), Image.Resampling.BILINEAR, box=box))
    scale = rows.scale[1] / rows.scale[0]
    moved = boxes * scale - np.array([x0, y0, x0, y0]) * scale
    outer = np.concatenate([np.floor(moved[:, :2] + 0.25), np.ceil(moved[:, 2:] - 0.25)], axis=1)
    outer = np.clip(outer, 0, (size[1], size[0], size[1], size[0]))
    return image, outer.astype(np.int32)
