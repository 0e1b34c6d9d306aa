"""What else is printed beside the letters: pieces of other lines and characters, shadows and outlines."""

import numpy as np

from keras_reader.data.printed_text.line import Line


def with_neighbours(ink, line: Line, margins, draw, pixels: int, of_ink: bool):
    """Add a piece of the line above or below, or of the characters before or after, where the crop ends.

    What is seen of another line is less than half of it, and of another character less than a sixth of an em, so that
    no character can be read that the text does not have. The pieces are cut from the text itself: rows of it, moved
    sideways, or the edge of its widest character.

    Args:
        ink: uint8 `(height, width)`, the line's, as it was inked.
        line: the line.
        margins: what the crop leaves around the text in pixels: left, top, right, bottom.
        draw: gives uniform numbers in [0, 1).
        pixels: size of the font.
        of_ink: whether the margins are to be those around all ink, not around the text.

    Returns:
        The ink with the pieces, the line in it, and the margins.
    """
    height, width = ink.shape
    side, amount, gap, moved = draw(), draw(), draw(), draw()
    margins = list(margins)
    if side < 0.9:
        above = side < 0.45
        seen = max(1, min(int((0.08 + 0.22 * amount) * pixels), height // 3))
        space = int((0.1 + 0.3 * gap) * pixels) + 1
        piece = np.roll(ink[-seen:] if above else ink[:seen], int(moved * width), axis=1)
        blank = np.zeros((space, width), np.uint8)
        ink = np.concatenate([piece, blank, ink] if above else [ink, blank, piece])
        margins[1 if above else 3] = 0 if of_ink else seen + space
        left, top = 0, (seen + space if above else 0)
    else:
        before = side < 0.95
        seen = max(1, min(int((0.04 + 0.12 * amount) * pixels), width // 3))
        space = int((0.45 + 0.5 * gap) * pixels)
        columns = line.boxes[:, [0, 2]].astype(int)
        first, last = max(columns, key=lambda span: (span[1] - span[0]) * ink[:, span[0] : span[1]].any())
        seen = min(seen, (last - first + 2) // 3)
        piece = ink[:, last - seen : last] if before else ink[:, first : first + seen]
        blank = np.zeros((height, space), np.uint8)
        ink = np.concatenate([piece, blank, ink] if before else [ink, blank, piece], axis=1)
        margins[0 if before else 2] = 0 if of_ink else seen + space
        left, top = (seen + space if before else 0), 0
    boxes = line.boxes + np.array((left, top, left, top))
    return ink, Line(ink, boxes, line.top + top, line.bottom + top, line.baseline + top), margins


def shifted(cover: np.ndarray, down: int, right: int) -> np.ndarray:
    """A coverage moved down and to the right, float32 of its own size."""
    moved = np.zeros_like(cover)
    moved[down:, right:] = cover[:-down, :-right]
    return moved


def outline(cover: np.ndarray) -> np.ndarray:
    """A coverage that has grown by a pixel on every side, float32 of its own size."""
    grown = cover.copy()
    for one, other in ((np.s_[1:], np.s_[:-1]), (np.s_[:, 1:], np.s_[:, :-1])):
        before = grown.copy()
        np.maximum(grown[one], before[other], out=grown[one])
        np.maximum(grown[other], before[one], out=grown[other])
    return grown
