"""An example's own picture, in its colours, and the masks on it."""

import math

import numpy as np
from PIL import Image, ImageDraw

from keras_reader.images import fit
from keras_reader.inference.read_example import ReadExample
from keras_reader.visualization.overlay import overlay
from keras_reader.visualization.parts import DecodingStep, decoding_steps_of
from keras_reader.visualization.style import BOX, TRACK

# A mask that reaches into the margin around a fitted picture is shown there from this value on.
SEEN_MARGIN = 0.1


class ShownPicture:
    """An example's own picture in the size that it is drawn in.

    A picture that is small is enlarged by a whole number, pixel by pixel; one that is large is shrunk, antialiased.
    Where a mask lies in the margin beside the picture, which a reader sees when the ratio of the sides is not its own,
    so much of the margin is shown, in the mean colour of the picture's border.

    Args:
        example: what to show.
        height: a picture is enlarged until it is so high, in pixels, if `largest` allows.
        largest: `(height, width)` in pixels that it must not exceed.
        style: how masks are laid over it, one of `keras_reader.visualization.overlay.MASK_STYLES`.

    Attributes:
        bare: uint8 `(height, width, 3)`: the picture without a mask.
        is_shrunk: whether it has fewer pixels than the example's picture.
        boxes: the example's boxes in pixels of `bare`, float64 `(characters, 4)`; `None` where it has none.

    Raises:
        InputError: if the example's file can no longer be read.
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
        # Every pixel's middle, in pixels of the example's picture.
        self._places = [
            (np.arange(-before, pixels + after) + 0.5) * side / pixels
            for before, after, pixels, side in zip((top, left), (bottom, right), shown, size, strict=True)
        ]
        self._fit = size, example.resize
        self.bare = np.empty((top + shown[0] + bottom, left + shown[1] + right, 3), np.uint8)
        self.bare[:] = _border_colour(picture)
        self.bare[top : top + shown[0], left : left + shown[1]] = resized
        self.boxes = None
        if example.boxes is not None:
            y, x = (pixels / side for pixels, side in zip(shown, size, strict=True))
            self.boxes = np.asarray(example.boxes) * [x, y, x, y] + [left, top, left, top]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.bare.shape[:2]

    def under(self, mask: np.ndarray | None) -> np.ndarray:
        """The picture under a mask of the reader's own size, `(height, width)` in [0, 1]; `None` for the bare picture.

        Returns:
            uint8 of the shape of `bare`.
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
    """Draw a picture, and the example's boxes, under the mask of a step; `None` for the bare picture."""
    shown = Image.fromarray(picture.under(None if step is None else step.mask))
    if picture.boxes is not None:
        draw = ImageDraw.Draw(shown)
        for x0, y0, x1, y1 in np.rint(picture.boxes).astype(int).tolist():
            draw.rectangle((x0 - 1, y0 - 1, x1, y1), outline=BOX)
    # A white picture would have no edge on white paper.
    outer = (left - 1, top - 1, left + shown.width, top + shown.height)
    ImageDraw.Draw(frame).rectangle(outer, outline=TRACK)
    frame.paste(shown, (left, top))


def _seen_margins(example, size):
    """Pixels above and below, left and right of the picture that a mask reaches to, in pixels of the picture."""
    masks = [step.mask for step in decoding_steps_of(example.reading)]
    if not masks:
        return (0, 0), (0, 0)
    seen = np.max(masks, axis=0) >= SEEN_MARGIN
    margins = []
    for axis, side, other in zip(fit(size, seen.shape, example.resize), size, (1, 0), strict=True):
        reached = np.flatnonzero(seen.any(axis=other))
        first, last = (axis.to_picture(place) for place in (reached[0], reached[-1] + 1)) if len(reached) else (0, side)
        # One that reaches less than a pixel of the reader beyond the edge ends with the picture.
        slack = axis.scale[0] / axis.scale[1]
        margins.append(tuple(math.ceil(past) if past >= slack else 0 for past in (-first, last - side)))
    return margins


def _border_colour(picture):
    sides = picture[0], picture[-1], picture[:, 0], picture[:, -1]
    return np.rint(np.mean([side.mean(axis=0) for side in sides], axis=0)).astype(np.uint8)
