"""An image with its truth."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, eq=False)
class Example:
    """An image and what is known of it.

    Attributes:
        image: `(height, width)`, uint8 in [0, 255] (float32, unbounded, where synthetic words are drawn with
            `clip=False`); `(0, 0)` where the pixels are not kept.
        text: the true text; `None` where it is not known.
        boxes: int32 `(characters, 4)`: left, top, right, bottom of each true character in pixels of `image`; right
            and bottom are exclusive. `None` where they are not known.
        full_size: `(height, width)` in pixels of the image file, of which `image` may be shrunk; `None` where `image`
            comes from no file.
        source: what the image is, for a person: a file's path, or which synthetic word.
    """

    image: np.ndarray
    text: str | None = None
    boxes: np.ndarray | None = None
    full_size: tuple[int, int] | None = None
    source: str = ""

    @property
    def true_text(self) -> str:
        """The true text, where it is known.

        Raises:
            ValueError: if it is not.
        """
        if self.text is None:
            raise ValueError(f"{self.source}: the true text is not known")
        return self.text
