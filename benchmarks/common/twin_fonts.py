"""Families of fonts that look like others: forks, other names and other widths of the same design."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFont

from keras_reader.data.printed_text.font_families import Family

# Two fonts look alike if so many of the pixels agree when each of these glyphs is stretched to a square. Of the
# families in Debian, forks and widths of one design agree in at least 95 %, other designs in at most 94 %.
GLYPHS = "ARGaegt248QS"
ALIKE = 0.945
# Drawn so large, stems are hardly moved by hinting.
_SIDE, _SIZE = 24, 144
# Capitals and digits, which fonts of small capitals have too.
_FEWEST_GLYPHS = 8


class Twin(NamedTuple):
    """The family of which one font is most like one of another family.

    Attributes:
        name: its name.
        agreement: the share of pixels that agree, from 0 to 1.
    """

    name: str
    agreement: float


def twins(families: Sequence[Family], others: Sequence[Family]) -> list[Twin]:
    """For each family, the one of the others that looks most like it. All files are compared."""
    owners, pictures, known = _glyphs(others)
    found = []
    for family in families:
        best = Twin("", 0)
        _, own_pictures, own_known = _glyphs([family])
        for picture, has in zip(own_pictures, own_known, strict=True):
            both = known & has
            agreement = ((pictures == picture).mean(axis=2) * both).sum(axis=1) / np.maximum(both.sum(axis=1), 1)
            agreement[both.sum(axis=1) < _FEWEST_GLYPHS] = 0
            most = int(agreement.argmax())
            if agreement[most] > best.agreement:
                best = Twin(owners[most], float(agreement[most]))
        found.append(best)
    return found


def _glyphs(families):
    """Of all files: the family, the glyphs bool `(glyphs, pixels)`, and which of them the file has."""
    owners, pictures, known = [], [], []
    for family in families:
        for file in family.files:
            font = ImageFont.truetype(file.path, _SIZE, layout_engine=ImageFont.Layout.BASIC)
            drawn = [None if character in file.missing else _ink(font, character) for character in GLYPHS]
            owners.append(family.name)
            pictures.append([np.zeros(_SIDE**2, bool) if ink is None else _square(ink) for ink in drawn])
            known.append([ink is not None for ink in drawn])
    return owners, np.array(pictures), np.array(known)


def _ink(font, character):
    mask = font.getmask(character, mode="L")
    box = mask.getbbox()
    return box and Image.Image()._new(mask.crop(box))


def _square(ink):
    return np.asarray(ink.resize((_SIDE, _SIDE), Image.Resampling.BOX)).ravel() > 127
