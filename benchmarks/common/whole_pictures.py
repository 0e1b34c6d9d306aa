"""Pictures of more than the text: a number somewhere on a textured, coloured background among other things.

They stand for photographs that nobody has cropped. The reader gets the picture and the number, and no box.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from keras_reader.data.negatives import field, slope
from keras_reader.data.random_streams import RandomStreams
from keras_reader.data.text_rendering import find_fonts, render_text
from keras_reader.errors import InputError
from keras_reader.progress import with_progress

FONT_FOLDER = Path("/usr/share/fonts/truetype")
_SEVEN_SEGMENTS = "seven-segment"
_PRINTED = "printed"
# Debian's fonts-dseg, fonts-liberation and fonts-dejavu-core: the folder, and what the names of its fonts begin with.
_PACKAGES = {
    _SEVEN_SEGMENTS: (("fonts-dseg", "dseg", ("DSEG7Classic", "DSEG7Modern")),),
    _PRINTED: (
        ("fonts-liberation", "liberation", ("LiberationSans-", "LiberationSerif-", "LiberationMono-")),
        ("fonts-dejavu-core", "dejavu", ("DejaVuSans-", "DejaVuSerif-", "DejaVuSansMono")),
    ),
}
_DIGITS = "0123456789"
_CLUTTER_LETTERS = "ABCDEFGHKLMNPRTUVWXYabdefghknprtuy"
_RENDERED = 64  # the size in pixels that a font is measured in
_LEAST_CONTRAST = 70  # levels of brightness between the number and what lies behind it


class WholePicture(NamedTuple):
    """A composed picture and its truth.

    Attributes:
        image: uint8 `(height, width, 3)`, RGB.
        text: the number.
        kind: the kind of the number's font.
        boxes: int32 `(characters, 4)`: left, top, right, bottom of each digit in pixels; right and bottom are
            exclusive.
    """

    image: np.ndarray
    text: str
    kind: str
    boxes: np.ndarray


@dataclass(frozen=True)
class WholePictures:
    """Composes pictures with a number in them. Picture i depends on the seed and i only.

    Args:
        fonts: the font files of each kind; see `find_number_fonts`.
        size: `(height, width)` of the pictures in pixels.
        digits: the fewest and the most digits of a number.
        share: the least and the largest share of the picture that the number's box fills.
        seed: fixes the pictures.
    """

    fonts: dict[str, tuple[str, ...]]
    size: tuple[int, int] = (480, 800)
    digits: tuple[int, int] = (3, 6)
    share: tuple[float, float] = (0.05, 0.15)
    seed: int = 0

    def picture(self, index: int) -> WholePicture:
        """Compose a picture."""
        random = RandomStreams((0, self.seed)).at(index, 0)
        image = _background(random, self.size)
        image = _cluttered(image, random, self.fonts[_PRINTED])
        kind = list(self.fonts)[random.integers(len(self.fonts))]
        font = self.fonts[kind][random.integers(len(self.fonts[kind]))]
        text = "".join(random.choice(list(_DIGITS), random.integers(self.digits[0], self.digits[1] + 1)))
        drawn = render_text(text, font, self._font_size(text, font, random.uniform(*self.share)))
        high, wide = drawn.levels.shape
        top, left = (int(random.integers(0, side - s + 1)) for side, s in zip(self.size, (high, wide), strict=True))
        _write(image, drawn.levels / 255, top, left, random)
        image += np.float32(random.uniform(0, 8)) * random.standard_normal((*self.size, 1), np.float32)
        boxes = drawn.boxes + np.array([left, top, left, top], np.int32)
        return WholePicture(np.clip(np.rint(image), 0, 255).astype(np.uint8), text, kind, boxes)

    def _font_size(self, text, font, share):
        """The size in which the text's box fills a share of the picture, and fits into it."""
        high, wide = render_text(text, font, _RENDERED).levels.shape
        height, width = self.size
        scale = min((share * height * width / (high * wide)) ** 0.5, 0.95 * height / high, 0.95 * width / wide)
        return max(8, int(_RENDERED * scale))


def find_number_fonts(folder: Path = FONT_FOLDER) -> dict[str, tuple[str, ...]]:
    """The fonts of each kind that Debian's packages put below `folder`.

    Raises:
        InputError: if a package is not installed.
    """
    fonts = {}
    for kind, packages in _PACKAGES.items():
        fonts[kind] = ()
        for package, name, beginnings in packages:
            if not (folder / name).is_dir():
                raise InputError(f"{folder / name}: no such folder: install the fonts (apt-get install {package})")
            files = find_fonts([folder / name])
            fonts[kind] += tuple(file for file in files if Path(file).name.startswith(beginnings))
    return fonts


def write_pictures(pictures: WholePictures, indices: Sequence[int], folder: Path) -> Path:
    """Write pictures as JPEG, and labels.csv with the columns image, text, kind and boxes.

    A box is `left top right bottom`; boxes are separated by semicolons. `keras-reader train` reads the first two
    columns only.

    Returns:
        The path of labels.csv.
    """
    folder.mkdir(parents=True, exist_ok=True)
    csv_path = folder / "labels.csv"
    with csv_path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("image", "text", "kind", "boxes"))
        for index in with_progress(indices, len(indices), "composed"):
            picture = pictures.picture(index)
            name = f"{index:06}.jpg"
            Image.fromarray(picture.image).save(folder / name, quality=85)
            boxes = ";".join(" ".join(map(str, box)) for box in picture.boxes.tolist())
            rows.writerow((name, picture.text, picture.kind, boxes))
    return csv_path


def read_truth(csv_path: Path) -> list[tuple[Path, str, str, np.ndarray]]:
    """The path, the number, the kind of font and the boxes of each picture that `write_pictures` wrote."""
    with csv_path.open(newline="", encoding="utf-8") as file:
        return [
            (
                csv_path.parent / row["image"],
                row["text"],
                row["kind"],
                np.array([box.split() for box in row["boxes"].split(";")], np.int32),
            )
            for row in csv.DictReader(file)
        ]


def _background(random, size):
    """A coloured texture: a random field, a slope, or both, between two colours."""
    shown = field(random, size, random.uniform(0.8, 2))
    if random.random() < 0.5:
        share = random.uniform(0.2, 0.8)
        shown = share * shown + (1 - share) * slope(random, size)
    first, second = random.uniform(0, 255, (2, 3)).astype(np.float32)
    return first + shown[..., None].astype(np.float32) * (second - first)


def _cluttered(image, random, fonts):
    """Blocks, ellipses, lines and words of letters in front of a background."""
    picture = Image.fromarray(np.clip(image, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture, "RGBA")
    height, width = image.shape[:2]
    sizes = max(8, height // 34), max(9, height // 8)
    for _ in range(random.integers(3, 10)):
        kind = random.integers(4)
        colour = (*random.integers(0, 256, 3).tolist(), int(random.integers(90, 256)))
        left, top = random.uniform(-0.1, 0.9, 2) * (width, height)
        right, bottom = (left, top) + random.uniform(0.05, 0.5, 2) * (width, height)
        if kind == 0:
            draw.rectangle((left, top, right, bottom), fill=colour)
        elif kind == 1:
            draw.ellipse((left, top, right, bottom), fill=colour)
        elif kind == 2:
            draw.line((left, top, right, bottom), fill=colour, width=int(random.integers(2, 12)))
        else:
            word = "".join(random.choice(list(_CLUTTER_LETTERS), random.integers(2, 9)))
            font = ImageFont.truetype(fonts[random.integers(len(fonts))], int(random.integers(*sizes)))
            draw.text((max(0, left), max(0, top)), word, fill=colour, font=font)
    return np.array(picture, np.float32)


def _write(image, cover, top, left, random):
    """Write a number into a picture, on a panel of one colour or on the picture itself."""
    high, wide = cover.shape
    if random.random() < 0.5:
        across, down = random.uniform(0.1, 0.4, 2) * high
        rows = slice(max(0, int(top - down)), int(top + high + down))
        columns = slice(max(0, int(left - across)), int(left + wide + across))
        opacity = random.uniform(0.6, 1)
        image[rows, columns] += np.float32(opacity) * (_colour(random) - image[rows, columns])
    behind = image[top : top + high, left : left + wide]
    brightness = behind.mean(axis=(0, 1)) @ _LUMA
    while True:
        colour = _colour(random)
        if abs(colour @ _LUMA - brightness) >= _LEAST_CONTRAST:
            break
    behind += cover[..., None] * (colour - behind)


def _colour(random):
    return random.uniform(0, 255, 3).astype(np.float32)


_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
