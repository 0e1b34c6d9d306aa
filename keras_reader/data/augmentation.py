"""Random changes to labelled pictures, so that a few hundred are enough to train on."""

import io
import math
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageFilter

# The picture is warped in so many rows and columns of quadrilaterals.
_ROWS, _COLUMNS = 2, 4
# What blurs, bends or covers a line of text is measured by the picture's shorter side, up to this many pixels. Of text
# that is written downwards, the height is not that of a character, nor of a whole picture with a number in it.
_MOST_SIDE = 48
# Text may fill its picture, and a character that is cut off is still in its label. So what moves a picture takes at
# most this share of its shorter side away at each border, which is less than half of a character; and a long one is
# turned and sheared by less: its ends move by at most the second share of its shorter side.
_MOST_CUT = 0.15
_MOST_SWUNG = 0.25
# All levels of a picture, 1 being white.
_LEVELS = np.arange(256, dtype=np.float32) / 255


@dataclass(frozen=True)
class Augmentation:
    """How strongly pictures are changed. Each amount is the largest; each picture's own is random.

    Args:
        rotation: degrees, either way; less if the picture is more than four times as long as it is wide.
        shear: how far the top moves sideways against the bottom, as a share of the height; less if the picture is high.
        scale: natural logarithm of the factor that the picture is enlarged or shrunk by.
        stretch: the same, of the width alone.
        shift_across, shift_along: shares of the picture's shorter and longer side. The picture is shifted by less, and
            shrunk, as far as its text might else be cut off.
        perspective: how much larger one edge is than the middle, as a share.
        elastic: standard deviation of the places that the picture is pulled at, as a share of its shorter side, or of
            48 pixels if that is more.
        contrast: natural logarithm of the factor of all differences from the mean level.
        brightness: what is added to all levels, as a share of white.
        gamma: natural logarithm of the exponent of all levels.
        noise: standard deviation of Gaussian noise, as a share of white.
        blur, sharpen, shrink, jpeg, shadow, cut_out, invert: shares of the pictures that are blurred (by 0.3 to 1.2
            pixels if that side has 32), sharpened, shrunk to half or more and enlarged again, compressed as JPEG
            (quality 20 to 80), shaded along a slope, covered by a rectangle (at most a quarter of that side), or
            inverted.
    """

    rotation: float
    shear: float
    scale: float
    stretch: float
    shift_across: float
    shift_along: float
    perspective: float
    elastic: float
    contrast: float
    brightness: float
    gamma: float
    noise: float
    blur: float
    sharpen: float
    shrink: float
    jpeg: float
    shadow: float
    cut_out: float
    invert: float

    def times(self, strength: float) -> "Augmentation":
        """The same with all amounts and shares multiplied by this, in [0, 1]."""
        return Augmentation(**{name: strength * amount for name, amount in vars(self).items()})


# What `--augment` names.
AUGMENTATIONS = MappingProxyType(
    {
        "none": None,
        "light": Augmentation(
            rotation=3,
            shear=0.08,
            scale=0.08,
            stretch=0.06,
            shift_across=0.06,
            shift_along=0.03,
            perspective=0.02,
            elastic=0.015,
            contrast=0.25,
            brightness=0.08,
            gamma=0.2,
            noise=0.04,
            blur=0.2,
            sharpen=0.05,
            shrink=0.05,
            jpeg=0.05,
            shadow=0.1,
            cut_out=0.1,
            invert=0,
        ),
        "strong": Augmentation(
            rotation=7,
            shear=0.2,
            scale=0.15,
            stretch=0.12,
            shift_across=0.1,
            shift_along=0.05,
            perspective=0.05,
            elastic=0.03,
            contrast=0.5,
            brightness=0.15,
            gamma=0.5,
            noise=0.08,
            blur=0.3,
            sharpen=0.1,
            shrink=0.15,
            jpeg=0.1,
            shadow=0.25,
            cut_out=0.3,
            invert=0.02,
        ),
    }
)


def augment(image: np.ndarray, augmentation: Augmentation, random: np.random.Generator) -> np.ndarray:
    """Change a picture at random.

    Args:
        image: uint8 `(height, width)` in [0, 255], in the reader's own size.
        augmentation: how strongly.
        random: what is drawn from.

    Returns:
        float32 `(height, width)` in [0, 1].
    """
    height, width = image.shape
    mesh = _mesh(height, width, augmentation, random)
    border = round(sum(map(_mean, (image[0], image[-1], image[:, 0], image[:, -1]))) / 4)
    picture = Image.fromarray(image).transform(
        (width, height), Image.Transform.MESH, mesh, Image.Resampling.BILINEAR, fillcolor=border
    )
    levels = np.asarray(_degraded(picture, augmentation, random))
    changed = _level_curve(levels, augmentation, random)[levels]
    return _disturbed(changed, augmentation, random)


def _mean(levels):
    """The mean of uint8: the same as NumPy's, which takes longer for so few."""
    return int(levels.sum()) / levels.size


def _mesh(height, width, a, random):
    """The rectangles of the result, and the quadrilateral of the picture that each shows, as Pillow takes them.

    In plain Python: for so few corners, NumPy takes three times as long, and training waits for it where cores are few.
    """
    angle, shear, scale, stretch, tilt_y, tilt_x, down, right = random.uniform(-1, 1, 8).tolist()
    shorter, longer = min(height, width), max(height, width)
    angle *= min(math.radians(a.rotation), math.atan(2 * _MOST_SWUNG * shorter / longer))
    shift_down, shift_right = (a.shift_along, a.shift_across) if height > width else (a.shift_across, a.shift_along)
    cosine, sine = math.cos(angle), math.sin(angle)
    most_lean = 2 * _MOST_SWUNG * width / height
    lean = min(max(a.shear * shear - sine, -most_lean), most_lean)
    # The result's places, from its middle, times these are the picture's.
    across = math.exp(a.scale * scale + a.stretch * stretch)
    along = math.exp(a.scale * scale)
    # Whole pixels, as Pillow takes them: a quadrilateral that is not moved is its rectangle.
    ys = [round(height * row / _ROWS) for row in range(_ROWS + 1)]
    xs = [round(width * column / _COLUMNS) for column in range(_COLUMNS + 1)]
    pulled = random.normal(0, a.elastic * min(shorter, _MOST_SIDE), (2, _ROWS + 1, _COLUMNS + 1)).tolist()
    left, top = [], []
    for y in (row - height / 2 for row in ys):
        left.append([])
        top.append([])
        for x in (column - width / 2 for column in xs):
            depth = 1 + 2 * a.perspective * (tilt_y * y / height + tilt_x * x / width)
            left[-1].append((across * cosine * x + lean * along * y) / depth)
            top[-1].append((across * sine * x + along * cosine * y) / depth)
    # What shows at least, of all rows and all columns.
    cut = _MOST_CUT * shorter
    shown_across = min(row[-1] for row in left) - max(row[0] for row in left)
    shown_along = min(top[-1]) - max(top[0])
    shrunk = max(1.0, (width - 2 * cut) / shown_across, (height - 2 * cut) / shown_along)
    left = [[shrunk * place for place in row] for row in left]
    top = [[shrunk * place for place in row] for row in top]
    # Moved as far as all but what may be cut still shows on both sides.
    kept = width / 2 - cut
    moved_right = _between(
        right * shift_right * width, kept - min(row[-1] for row in left), -kept - max(row[0] for row in left)
    )
    kept = height / 2 - cut
    moved_down = _between(down * shift_down * height, kept - min(top[-1]), -kept - max(top[0]))
    corners = [
        [
            (place + moved_right + width / 2 + pulled[0][r][c], top[r][c] + moved_down + height / 2 + pulled[1][r][c])
            for c, place in enumerate(row)
        ]
        for r, row in enumerate(left)
    ]
    # In the order of Pillow's quadrilaterals: upper left, lower left, lower right, upper right.
    return [
        (
            (xs[c], ys[r], xs[c + 1], ys[r + 1]),
            (*corners[r][c], *corners[r + 1][c], *corners[r + 1][c + 1], *corners[r][c + 1]),
        )
        for r in range(_ROWS)
        for c in range(_COLUMNS)
    ]


def _between(value, least, most):
    return min(max(value, least), most)


def _degraded(picture, a, random):
    """What a poor camera, screen or file does."""
    shrink, blur, jpeg, amount, quality = random.random(5).tolist()
    width, height = picture.size
    if shrink < a.shrink:
        small = tuple(max(1, round(side * (0.5 + 0.4 * amount))) for side in (width, height))
        picture = picture.resize(small, Image.Resampling.BILINEAR).resize((width, height), Image.Resampling.BILINEAR)
    if blur < a.blur:
        picture = picture.filter(ImageFilter.GaussianBlur((0.3 + 0.9 * amount) * min(height, width, _MOST_SIDE) / 32))
    elif blur > 1 - a.sharpen:
        picture = picture.filter(ImageFilter.SHARPEN)
    if jpeg < a.jpeg:
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=round(20 + 60 * quality))
        picture = Image.open(file)
    return picture


def _level_curve(levels, a, random):
    """What each level of the picture becomes: float32 `(256,)`, 1 being white."""
    gamma, contrast, brightness, invert = random.random(4).tolist()
    curve = _LEVELS ** math.exp(a.gamma * (2 * gamma - 1))
    mean = _mean(levels) / 255
    curve = mean + (curve - mean) * math.exp(a.contrast * (2 * contrast - 1)) + a.brightness * (2 * brightness - 1)
    return (1 - curve if invert < a.invert else curve).astype(np.float32)


def _disturbed(image, a, random):
    """Shadows, things in the way, and noise."""
    shadow, cut_out, slope_y, slope_x, level, noise, *place = random.random(10).tolist()
    height, width = image.shape
    if shadow < a.shadow:
        slope = np.linspace(-0.3, 0.3, height)[:, None] * (2 * slope_y - 1)
        image += (slope + np.linspace(-0.3, 0.3, width) * (2 * slope_x - 1)).astype(np.float32)
    if cut_out < a.cut_out:
        high, wide = (1 + round(share * min(height, width, _MOST_SIDE) / 4) for share in place[:2])
        top, left = round(place[2] * (height - high)), round(place[3] * max(0, width - wide))
        image[top : top + high, left : left + wide] = level
    # Squared, so that most pictures have little noise.
    image += random.standard_normal(image.shape, dtype=np.float32) * np.float32(a.noise * noise * noise)
    return np.clip(image, 0, 1, out=image)
