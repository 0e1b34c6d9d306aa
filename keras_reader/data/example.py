"""An image with its true text."""

from dataclasses import dataclass

import numpy as np


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
    """

    image: np.ndarray
    text: str | None = None
    boxes: np.ndarray | None = None
    full_size: tuple[int, int] | None = None
    source: str = ""

    @property
    def true_text(self) -> str:
        """The true text.

        Raises:
            ValueError: if it is not known.
        """
        if self.text is None:
            raise ValueError(f"{self.source}: the true text is not known")
        return self.text
