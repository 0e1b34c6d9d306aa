"""The picture of an example in its own colours, and masks on it."""

import math

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from keras_reader.images import fit
from keras_reader.inference.read_example import ReadExample
from keras_reader.visualization.overlay import overlay
from keras_reader.visualization.parts import DecodingStep, decoding_steps_of
from keras_reader.visualization.style import BOX, TRACK

# The margin around a fitted picture is shown as far as a mask in it reaches this value.
SEEN_MARGIN = 0.1


class ShownPicture:
    """An example's own picture at the size at which it is drawn.

    A small picture is enlarged by a whole number, pixel by pixel. A large one is shrunk, antialiased. If the picture
    does not have the reader's ratio of sides, the reader sees a margin beside it, and a mask may lie there. As much of
    the margin as masks reach is then shown, in the mean colour of the picture's border, with a line at the border.

    Args:
        example: the image and its reading.
        height: height in pixels to which a small picture is enlarged, if `largest` allows it.
        largest: largest `(height, width)` in pixels.
        style: how masks are shown, one of `keras_reader.visualization.overlay.MASK_STYLES`.

    Attributes:
        bare: uint8 `(height, width, 3)`: the picture without a mask.
        is_shrunk: whether the picture is smaller than the example's.
        boxes: the example's boxes in pixels of `bare`, float64 `(characters, 4)`; `None` if it has none.

    Raises:
        InputError: if the file of the example can no longer be read.
    """

    def __init__(self, example: ReadExample, height: int, largest: tuple[int, int], style: str):
        picture = example.colours()
        size = picture.shape[:2]
        self._style = style
        margins = _seen_margins(example, size)
        whole = [side + sum(margin) for side, margin in zip(size, margins, strict=True)]
        enlarged = min(math.ceil(height / size[0]), *(most // side for most, side in zip(largest, whole, strict=True)))
        self.is_shrunk = enlarged < 1
        scale = min(most / side for most, side in zip(largest, whole, strict=True)) if self.is_shrunk else enlarged
        shown = [max(1, round(side * scale)) for side in size]
        resampling = Image.Resampling.LANCZOS if self.is_shrunk else Image.Resampling.NEAREST
        resized = np.asarray(Image.fromarray(picture).resize((shown[1], shown[0]), resampling, reducing_gap=3))
        (top, bottom), (left, right) = [[round(side * scale) for side in margin] for margin in margins]
        # The centre of each row and column, in pixels of the example's picture.
        self._places = [
            (np.arange(-before, pixels + after) + 0.5) * side / pixels
            for before, after, pixels, side in zip((top, left), (bottom, right), shown, size, strict=True)
        ]
        self._fit = size, example.resize
        self.bare = np.empty((top + shown[0] + bottom, left + shown[1] + right, 3), np.uint8)
        self.bare[:] = _border_colour(picture)
        self.bare[top : top + shown[0], left : left + shown[1]] = resized
        self._draw_border(top, left, *resized.shape[:2])
        self.boxes = None
        if example.boxes is not None:
            y, x = (pixels / side for pixels, side in zip(shown, size, strict=True))
            self.boxes = np.asarray(example.boxes) * [x, y, x, y] + [left, top, left, top]

    def _draw_border(self, top, left, height, width):
        """Draw a line in the margin, just outside the picture."""
        inside = np.zeros(self.size, bool)
        inside[top : top + height, left : left + width] = True
        around = np.zeros(self.size, bool)
        around[max(0, top - 1) : top + height + 1, max(0, left - 1) : left + width + 1] = True
        self.bare[around & ~inside] = ImageColor.getrgb(TRACK)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.bare.shape[:2]

    def under(self, mask: np.ndarray | None) -> np.ndarray:
        """The picture under a mask, or the bare picture if the mask is `None`.

        Args:
            mask: `(height, width)` in [0, 1], at the reader's own image size.

        Returns:
            uint8 `(height, width, 3)`, of the shape of `bare`.
        """
        if mask is None:
            return self.bare
        size, resize = self._fit
        rows, columns = (
            axis.from_picture(places).astype(int).clip(0, axis.size_out - 1)
            for axis, places in zip(fit(size, mask.shape, resize), self._places, strict=True)
        )
        return overlay(self.bare, mask[np.ix_(rows, columns)], self._style)


def paste_picture(frame: Image.Image, picture: ShownPicture, step: DecodingStep | None, left: int, top: int) -> None:
    """Draw a picture and its boxes under the mask of a step, or the bare picture if `step` is `None`."""
    shown = Image.fromarray(picture.under(None if step is None else step.mask))
    if picture.boxes is not None:
        draw = ImageDraw.Draw(shown)
        for x0, y0, x1, y1 in np.rint(picture.boxes).astype(int).tolist():
            draw.rectangle((x0 - 1, y0 - 1, x1, y1), outline=BOX)
    # Without an outline, a white picture would have no visible edge.
    outer = (left - 1, top - 1, left + shown.width, top + shown.height)
    ImageDraw.Draw(frame).rectangle(outer, outline=TRACK)
    frame.paste(shown, (left, top))


def _seen_margins(example, size):
    """How far masks reach beyond the picture, in its own pixels: above and below, left and right."""
    masks = [step.mask for step in decoding_steps_of(example.reading)]
    if not masks:
        return (0, 0), (0, 0)
    seen = np.max(masks, axis=0) >= SEEN_MARGIN
    margins = []
    for axis, side, other in zip(fit(size, seen.shape, example.resize), size, (1, 0), strict=True):
        reached = np.flatnonzero(seen.any(axis=other))
        first, last = (axis.to_picture(place) for place in (reached[0], reached[-1] + 1)) if len(reached) else (0, side)
        # Less than a pixel of the reader is no margin: the edge of the picture may lie inside that pixel.
        slack = axis.scale[0] / axis.scale[1]
        margins.append(tuple(math.ceil(past) if past >= slack else 0 for past in (-first, last - side)))
    return margins


def _border_colour(picture):
    sides = picture[0], picture[-1], picture[:, 0], picture[:, -1]
    return np.rint(np.mean([side.mean(axis=0) for side in sides], axis=0)).astype(np.uint8)
