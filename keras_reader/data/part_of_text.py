"""A piece of a drawn text, as a mask shows it: all that is left of an image is what lies around one character."""

import numpy as np

# Sides of the piece, as shares of the image's height: about a window, to a window and the cells beside it.
_SIDES = (0.75, 1.25)
_MOST_OFF_CENTRE = 0.08  # of the character from the piece's centre, as a share of the image's height
_LEAST_SEEN = 0.5  # of the width of another character that is to be read, too


def part_of_text(
    random: np.random.Generator, image: np.ndarray, background: np.ndarray, text: str, boxes: np.ndarray
) -> tuple[np.ndarray, str, np.ndarray]:
    """Leave of an image a piece around one of its characters.

    The characters beside it are cut as a rule. Those of which at least half of the width is left are to be read, too:
    where only nearly whole ones were, a reader learned to pick one character of several, and picked wrong ones. A space
    at an end is not to be read, unless the piece was cut around it.

    Args:
        random: the source of random numbers.
        image: uint8 `(height, width)` in [0, 255].
        background: the same image without its text.
        text: its text, with at least one character.
        boxes: `(characters, 4)`, left, top, right and bottom of its characters in pixels.

    Returns:
        The image, uint8 of the same shape; its text; and the boxes of the characters that are left.
    """
    height, width = image.shape
    chosen = int(random.integers(len(text)))
    x, y = (boxes[chosen, :2] + boxes[chosen, 2:]) / 2 + height * _MOST_OFF_CENTRE * random.uniform(-1, 1, 2)
    across, down = height * random.uniform(*_SIDES, 2) / 2
    left, right = (int(np.clip(side, 0, width)) for side in (x - across, x + across))
    top, bottom = (int(np.clip(side, 0, height)) for side in (y - down, y + down))
    part = background.copy()
    part[top:bottom, left:right] = image[top:bottom, left:right]

    seen = np.minimum(boxes[:, 2], right) - np.maximum(boxes[:, 0], left)
    read = seen >= _LEAST_SEEN * (boxes[:, 2] - boxes[:, 0])
    read[chosen] = True
    kept = np.flatnonzero(read)
    while text[kept[0]] == " " and kept[0] != chosen:
        kept = kept[1:]
    while text[kept[-1]] == " " and kept[-1] != chosen:
        kept = kept[:-1]
    return part, "".join(text[i] for i in kept), boxes[kept]
