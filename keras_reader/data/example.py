"""An image with its true text."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_reader.images import open_colour


@dataclass(frozen=True, kw_only=True, eq=False)
class Example:
    """An image and what is known about it.

    Attributes:
        image: `(height, width)`, uint8 in [0, 255]. Synthetic words with `clip=False` are float32, unbounded. `(0, 0)`
            if the pixels were not kept.
        text: the true text; `None` if it is not known.
        boxes: int32 `(characters, 4)`: left, top, right, bottom of each true character in pixels of `image`; right
            and bottom are exclusive. `None` if they are not known.
        full_size: `(height, width)` in pixels of the image file, if `image` may be a shrunk version of it.
        source: where the image comes from, for a person: the path of a file, or the number of a synthetic word.
        path: the file that `image` was read from, which has its colours; `None` if there is none.
    """

    image: np.ndarray
    text: str | None = None
    boxes: np.ndarray | None = None
    full_size: tuple[int, int] | None = None
    source: str = ""
    path: Path | None = None

    @property
    def true_text(self) -> str:
        """The true text.

        Raises:
            ValueError: if it is not known.
        """
        if self.text is None:
            raise ValueError(f"{self.source}: the true text is not known")
        return self.text

    def colours(self) -> np.ndarray:
        """The picture in its own colours, for a person: uint8 `(height, width, 3)` in [0, 255].

        It is opened from `path` each time, because a copy in memory takes three times as much as `image`. It is grey if
        there is no file.

        Raises:
            InputError: if the file can no longer be read.
        """
        if self.path is not None:
            return open_colour(self.path)
        grey = np.rint(self.image).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)


def drawn_examples(batch: Callable, indices: Iterable[int], kind: str) -> list[Example]:
    """Drawn images as examples.

    Args:
        batch: gives the images, texts and boxes of indices.
        indices: the images to draw.
        kind: what they are called in `source`, before their index.
    """
    indices = list(indices)
    return [
        Example(image=image, text=text, boxes=boxes, source=f"{kind} image {index:,}")
        for image, text, boxes, index in zip(*batch(indices), indices, strict=True)
    ]
