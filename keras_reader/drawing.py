"""Drawing what a reader read and where it looked: animations, contact sheets, mosaics.

Only NumPy, Pillow and, for MP4, imageio are needed here.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from keras_reader.errors import InputError
from keras_reader.files import replacing
from keras_reader.reading import Reading

FRAME_MILLISECONDS = 670  # about 1.5 frames a second; GIF counts in hundredths of a second
LAST_FRAME_MILLISECONDS = 2000
FORMATS = ("gif", "webp", "mp4")

ANIMATION_HEIGHT = 240  # a picture of an animation is at least so many pixels high
SHEET_HEIGHT = 160  # one of a contact sheet
SHEET_WIDTH = 1600
MOSAIC_WIDTH = 1120

PAPER, INK, FAINT, TRACK = "#ffffff", "#202020", "#707070", "#d8d8d8"
BLUE, LIGHT_BLUE = "#1d4ed8", "#dbeafe"
RIGHT, WRONG = "#15803d", "#c81e1e"
BOX = "#ff9f0a"

PADDING = 16
SLOT_WIDTH, SLOT_HEIGHT = 48, 80
FOOTER_HEIGHT = 52


class Example(NamedTuple):
    """An image, what was read from it, and the truth where it is known.

    Attributes:
        image: uint8 `(height, width)` in [0, 255], at the reader's own size.
        reading: what the reader gave for it.
        text: the true text, or `None`.
        boxes: int `(characters, 4)`: left, top, right, bottom of each true character in pixels, right and
            bottom exclusive; or `None`.
    """

    image: np.ndarray
    reading: Reading
    text: str | None = None
    boxes: np.ndarray | None = None


class _Step(NamedTuple):
    label: str
    confidence: float
    mask: np.ndarray


def animate(example: Example, steps: int | None = None) -> list[Image.Image]:
    """The frames of one reading.

    First the bare image, then one frame a character, then one for the terminator if the reader gave it. Each
    shows the image under the mask of its step and, in a panel beside it, what has been read so far; wide
    images have the panel below. The last frame also shows the confidence of the whole text and, where the
    truth is known, whether it is right.

    Args:
        example: what to draw. Its boxes, if it has any, are drawn as thin outlines.
        steps: number of characters and terminator to leave room for, so that animations of different
            words can have the same size; `None` for those of this reading.

    Returns:
        RGB images of one size, whose pictures are at least 240 pixels high.
    """
    height, width = example.image.shape
    return _animate(example, steps, math.ceil(ANIMATION_HEIGHT / height), beside=width <= 1.5 * height)


def mosaic(examples: Sequence[Example]) -> list[Image.Image]:
    """The frames of several readings in a grid, all at the same step; those that are over show their last frame.

    Args:
        examples: what to draw, at least one, with images of one size. Wide images are enlarged less than by
            `animate`, to keep the whole narrow enough for a page.

    Returns:
        RGB images of one size, as many as the longest reading has.
    """
    height, width = examples[0].image.shape
    scale = min(math.ceil(ANIMATION_HEIGHT / height), max(1, MOSAIC_WIDTH // 2 // width))
    steps = max(len(_steps(example.reading)) for example in examples)
    tiles = [_animate(example, steps, scale, beside=False) for example in examples]
    width, height = tiles[0][0].size
    columns = _columns(len(tiles), width, height)
    frames = []
    for k in range(max(map(len, tiles))):
        frame = Image.new("RGB", (columns * width, math.ceil(len(tiles) / columns) * height), PAPER)
        for i, tile in enumerate(tiles):
            frame.paste(tile[min(k, len(tile) - 1)], (i % columns * width, i // columns * height))
        frames.append(frame)
    return frames


def contact_sheet(example: Example) -> Image.Image:
    """The bare image and all steps of a reading side by side, each with its character and confidence below it.

    What would be more than 1600 pixels wide goes on in the next row.

    Returns:
        An RGB image; each picture in it is at least 160 pixels high.
    """
    steps = _steps(example.reading)
    scale = math.ceil(SHEET_HEIGHT / example.image.shape[0])
    height, width = (side * scale for side in example.image.shape)
    tile_width, tile_height = max(width, SLOT_WIDTH) + PADDING, height + SLOT_HEIGHT + PADDING
    columns = max(1, min(len(steps) + 1, (SHEET_WIDTH - PADDING) // tile_width))
    # The verdict needs its room even where there is one step only.
    sheet_width = max(columns * tile_width, 320) + PADDING
    rows = math.ceil((len(steps) + 1) / columns)
    sheet = Image.new("RGB", (sheet_width, PADDING + FOOTER_HEIGHT + rows * tile_height), PAPER)
    draw = ImageDraw.Draw(sheet)
    _draw_verdict(draw, example, PADDING, PADDING // 2, sheet_width - 2 * PADDING)
    for i, step in enumerate([None, *steps]):
        centre = PADDING + i % columns * tile_width + (tile_width - PADDING) // 2
        top = PADDING + FOOTER_HEIGHT + i // columns * tile_height
        _paste_picture(sheet, example, step, scale, centre - width // 2, top)
        if step is None:
            _draw_text(draw, (centre, top + height + 26), "image", 15, FAINT, "mm", tile_width)
        else:
            _draw_slot(draw, centre - SLOT_WIDTH // 2, top + height, step)
    return sheet


def overlay(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Lay a mask over an image in blue.

    Where the mask is 0 the image stays grey as it is; where it is 1 black becomes blue and white sky blue, so
    that the image can still be seen. In between, the blue is as strong as the mask to the power of 0.7, which
    shows faint masks on black too. The mask is never scaled to its own largest value: a faint one looks faint.

    Args:
        image: uint8 `(height, width)` in [0, 255].
        mask: `(height, width)` in [0, 1].

    Returns:
        uint8 `(height, width, 3)`, red, green and blue in [0, 255].
    """
    grey, blueness = image.astype(np.float32), mask**0.7
    colour = grey * (1 - 0.6 * blueness), grey * (1 - 0.3 * blueness), grey + 0.65 * blueness * (255 - grey)
    return np.rint(np.stack(colour, axis=-1)).astype(np.uint8)


def write_animation(frames: Sequence[Image.Image], path: str | Path) -> None:
    """Write frames as an animation that is easy to follow: 1.5 frames a second, the last one for two seconds.

    GIF and WebP repeat for ever. WebP is lossless; GIF has 256 colours for all frames together, see
    `shared_palette`. The file appears under its name only when it is complete.

    Args:
        frames: RGB images of one size.
        path: where to; its suffix is the format, one of `FORMATS`.

    Raises:
        InputError: if the format is unknown, MP4 is asked for without imageio-ffmpeg, or `path` cannot be written.
    """
    path = Path(path)
    format = path.suffix.removeprefix(".")
    check_format(format)
    durations = [FRAME_MILLISECONDS] * (len(frames) - 1) + [LAST_FRAME_MILLISECONDS]
    with _writing(path) as temporary:
        if format == "mp4":
            _write_mp4(frames, durations, temporary)
            return
        if format == "gif":
            frames, options = shared_palette(frames), {"optimize": False}
        else:
            options = {"lossless": True}
        frames[0].save(temporary, save_all=True, append_images=frames[1:], duration=durations, loop=0, **options)


def check_format(format: str) -> None:
    """Raise an `InputError` if an animation of this format cannot be written."""
    if format not in FORMATS:
        raise InputError(f"animations cannot be written as {format!r}: choose from {', '.join(FORMATS)}")
    if format == "mp4" and not (find_spec("imageio") and find_spec("imageio_ffmpeg")):
        raise InputError("writing MP4 takes imageio-ffmpeg: pip install imageio imageio-ffmpeg")


def write_png(image: Image.Image, path: str | Path) -> None:
    """Write an image as PNG. The file appears under its name only when it is complete.

    Raises:
        InputError: if `path` cannot be written.
    """
    with _writing(path) as temporary:
        image.save(temporary, format="PNG")


def shared_palette(frames: Sequence[Image.Image]) -> list[Image.Image]:
    """Reduce frames to one palette of at most 255 colours, without dithering.

    Each of red, green and blue is rounded to evenly spaced levels that include 0 and 255, as many as possible.
    So a pixel's error is bounded whatever colours are rare (median cut, by contrast, moves single letters'
    pixels by 30 levels and more), grey stays grey, and an area of one colour stays so in every frame.

    Args:
        frames: RGB images.

    Returns:
        Palette images with the same palette. One index stays free, which lets GIF leave out what did not change.
    """
    cube = (256, 256, 256)
    arrays = [np.moveaxis(np.asarray(frame), -1, 0) for frame in frames]
    used = np.zeros(cube, bool)
    for array in arrays:
        used[tuple(array)] = True
    colours = np.stack(np.nonzero(used))
    for spacing in range(1, 256):
        intervals = 255 // spacing
        rounded = np.rint(np.rint(np.arange(256) * intervals / 255) * 255 / intervals).astype(np.uint8)
        palette = np.unique(np.ravel_multi_index(rounded[colours], cube))
        if len(palette) <= 255:
            break
    index = np.zeros(cube, np.uint8)
    index.flat[palette] = np.arange(len(palette))
    reduced = [Image.fromarray(index[tuple(rounded[array])]) for array in arrays]
    for image in reduced:
        image.putpalette(np.stack(np.unravel_index(palette, cube), axis=-1).astype(np.uint8).tobytes())
    return reduced


def percent(probability: float) -> str:
    """A probability in percent, rounded down, so that only certainty is 100%."""
    tenths = math.floor(probability * 1000)
    return "100%" if tenths >= 1000 else f"{tenths / 10:.1f}%"


@lru_cache(maxsize=4096)
def label(character: str) -> str:
    """What stands for a character in pictures: itself, or its code point if Pillow's font lacks it."""
    if character == " ":
        return "space"
    font = _font(32)
    glyph, missing = font.getmask(character), font.getmask("\U0010ffff")
    if glyph.getbbox() is None or (glyph.size == missing.size and bytes(glyph) == bytes(missing)):
        return f"U+{ord(character):04X}"
    return character


class _Layout:
    """Where things are in a frame: the picture, and a panel of slots and a footer beside or below it."""

    def __init__(self, image, steps, scale, beside):
        height, width = (side * scale for side in image.shape)
        if beside:
            rows = max(1, (height - FOOTER_HEIGHT) // SLOT_HEIGHT)
            self.columns = max(5, math.ceil(steps / rows))
            self.panel = 2 * PADDING + width, PADDING
        else:
            self.columns = max(5, width // SLOT_WIDTH)
            self.panel = PADDING, 2 * PADDING + height
        self.panel_width = self.columns * SLOT_WIDTH
        self.footer = self.panel[0], self.panel[1] + math.ceil(steps / self.columns) * SLOT_HEIGHT
        self.size = (
            PADDING + max(PADDING + width, self.panel[0] + self.panel_width),
            PADDING + max(PADDING + height, self.footer[1] + FOOTER_HEIGHT),
        )

    def slot(self, k):
        return self.panel[0] + k % self.columns * SLOT_WIDTH, self.panel[1] + k // self.columns * SLOT_HEIGHT


def _animate(example, steps, scale, beside):
    done = _steps(example.reading)
    layout = _Layout(example.image, max(steps or 0, len(done)), scale, beside)
    return [_frame(example, done[:k], layout, scale, last=k == len(done)) for k in range(len(done) + 1)]


def _frame(example, done, layout, scale, last):
    frame = Image.new("RGB", layout.size, PAPER)
    draw = ImageDraw.Draw(frame)
    _paste_picture(frame, example, done[-1] if done else None, scale, PADDING, PADDING)
    for k, step in enumerate(done):
        _draw_slot(draw, *layout.slot(k), step, current=k == len(done) - 1)
    if last:
        _draw_verdict(draw, example, *layout.footer, layout.panel_width)
    else:
        left, top = layout.footer if done else layout.panel
        _draw_text(draw, (left, top + 8), f"step {len(done)}" if done else "image", 15, FAINT, "lt", layout.panel_width)
    return frame


def _steps(reading):
    steps = list(map(_Step, map(label, reading.text), reading.character_confidence, reading.masks))
    if reading.end_mask is not None:
        steps.append(_Step("end", reading.end_confidence, reading.end_mask))
    return steps


def _paste_picture(frame, example, step, scale, left, top):
    mask = np.zeros(example.image.shape, np.float32) if step is None else step.mask
    height, width = (side * scale for side in example.image.shape)
    picture = Image.fromarray(overlay(example.image, mask)).resize((width, height), Image.Resampling.NEAREST)
    if example.boxes is not None:
        draw = ImageDraw.Draw(picture)
        for x0, y0, x1, y1 in np.asarray(example.boxes) * scale:
            draw.rectangle((x0 - 1, y0 - 1, x1, y1), outline=BOX)
    # A white image would have no edge on white paper.
    ImageDraw.Draw(frame).rectangle((left - 1, top - 1, left + width, top + height), outline=TRACK)
    frame.paste(picture, (left, top))


def _draw_slot(draw, left, top, step, current=False):
    centre, inner = left + SLOT_WIDTH // 2, SLOT_WIDTH - 8
    if current:
        draw.rectangle((left + 1, top, left + SLOT_WIDTH - 2, top + SLOT_HEIGHT - 5), fill=LIGHT_BLUE)
    _draw_text(draw, (centre, top + 26), step.label, 34, BLUE if current else INK, "mm", inner)
    draw.rectangle((left + 4, top + 51, left + 3 + inner, top + 55), fill=TRACK)
    filled = round(inner * float(step.confidence))
    if filled:
        draw.rectangle((left + 4, top + 51, left + 3 + filled, top + 55), fill=BLUE if current else FAINT)
    _draw_text(draw, (centre, top + 66), percent(step.confidence), 12, BLUE if current else INK, "mm", inner)


def _draw_verdict(draw, example, left, top, width):
    reading = example.reading
    text = f"word confidence {percent(reading.confidence)}"
    if reading.end_mask is None:
        text += ", no end was read"
    _draw_text(draw, (left, top + 8), text, 17, INK, "lt", width)
    if example.text is None:
        return
    right = example.text == reading.text
    text = "right" if right else f"wrong, it is {_readable(example.text)}"
    _draw_text(draw, (left, top + 32), text, 17, RIGHT if right else WRONG, "lt", width)


def _readable(text):
    if not text:
        return "empty"
    if text == text.strip() and all(label(character) == character for character in text.replace(" ", "")):
        return text
    return " ".join(map(label, text))


def _draw_text(draw, position, text, size, colour, anchor, width):
    """Draw text, smaller where it would be wider than `width` pixels, cut where that does not help."""
    while size > 9 and _font(size).getlength(text) > width:
        size -= 1
    if _font(size).getlength(text) > width:
        text = text[:width]  # no character is narrower than a pixel
        while _font(size).getlength(text + "...") > width:
            text = text[:-1]
        text += "..."
    draw.text(position, text, fill=colour, font=_font(size), anchor=anchor)


@lru_cache(maxsize=64)
def _font(size):
    return ImageFont.load_default(size)


def _columns(tiles, width, height):
    """The number of columns whose grid comes closest to 4:3 among those narrow enough for a page."""

    def distance(columns):
        return abs(math.log(columns * width / (math.ceil(tiles / columns) * height) / (4 / 3)))

    return min(range(1, max(1, min(tiles, MOSAIC_WIDTH // width)) + 1), key=distance)


def _write_mp4(frames, durations, path):
    import imageio.v2 as imageio

    per_second = 30
    # H.264 with the subsampled colours that every player takes wants even sides.
    width, height = (side + side % 2 for side in frames[0].size)
    options = {"codec": "libx264", "pixelformat": "yuv420p", "macro_block_size": 2, "ffmpeg_params": ["-crf", "12"]}
    with imageio.get_writer(path, format="FFMPEG", fps=per_second, **options) as writer:
        for frame, duration in zip(frames, durations, strict=True):
            even = Image.new("RGB", (width, height), PAPER)
            even.paste(frame)
            for _ in range(round(duration / 1000 * per_second)):
                writer.append_data(np.asarray(even))


@contextmanager
def _writing(path) -> Iterator[Path]:
    try:
        with replacing(path) as temporary:
            yield temporary
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from None
