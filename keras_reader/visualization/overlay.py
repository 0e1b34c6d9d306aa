"""Lays a mask over an image."""

import numpy as np


def overlay(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Lay a mask over an image in blue.

    The image stays grey where the mask is 0. Where the mask is 1, black becomes blue and white becomes sky blue, so
    that the image can still be seen. In between, the blue is as strong as the mask to the power of 0.7, which makes
    faint masks visible on black. The mask is not scaled to its own maximum, so a faint mask looks faint.

    Args:
        image: uint8 `(height, width)` in [0, 255].
        mask: `(height, width)` in [0, 1].

    Returns:
        uint8 `(height, width, 3)`, red, green and blue in [0, 255].
    """
    grey, blueness = image.astype(np.float32), mask**0.7
    colour = grey * (1 - 0.6 * blueness), grey * (1 - 0.3 * blueness), grey + 0.65 * blueness * (255 - grey)
    return np.rint(np.stack(colour, axis=-1)).astype(np.uint8)
