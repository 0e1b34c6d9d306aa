"""Which families of fonts are read as print: those whose characters look like the same characters of other families."""

import string
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageFont

from keras_reader.data.printed_text.font_families import Family

CHARACTERS = string.ascii_letters + string.digits
_SIDE, _SIZE = 14, 48
_NEIGHBOURS, _AGREEING = 5, 2
_REFERENCES = 330
# Characters that differ in nothing but their size, or not even in that.
_SAME = {c: c.upper() for c in "csvwxzukpy"} | {c: "0" for c in "oO0"} | {c: "1" for c in "Il1"}


def legibility(families: Sequence[Family]) -> list[float]:
    """The share of each family's letters and digits that are recognized by their neighbours in other groups.

    The first font of a family stands for it. A character is recognized if two of the five most alike glyphs in other
    groups are the same character. A glyph is compared by its ink, stretched to a square, its proportions, and where it
    stands on the line.
    """
    glyphs, kinds, owners = [], [], []
    for number, family in enumerate(families):
        file = family.files[0]
        font = ImageFont.truetype(file.path, _SIZE, layout_engine=ImageFont.Layout.BASIC)
        _, capital_top, capital_height = _ink(font, "H")
        baseline = capital_top + capital_height
        for character in CHARACTERS:
            if character not in file.missing:
                picture, top, height = _ink(font, character)
                glyphs.append(_features(picture, (baseline - top - height) / capital_height, height / capital_height))
                kinds.append(_SAME.get(character, character))
                owners.append(number)
    features, kinds, owners = np.stack(glyphs), np.array(kinds), np.array(owners)
    groups = np.array([family.group for family in families])[owners]
    chosen = np.isin(owners, _references(families))
    references, lengths = features[chosen], (features[chosen] ** 2).sum(axis=1)
    recognized = np.zeros(len(features), bool)
    for start in range(0, len(features), 1000):
        part = slice(start, start + 1000)
        distance = lengths - 2 * features[part] @ references.T
        distance[groups[part, None] == groups[chosen]] = np.inf
        nearest = np.argpartition(distance, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS]
        recognized[part] = (kinds[chosen][nearest] == kinds[part, None]).sum(axis=1) >= _AGREEING
    return [float(recognized[owners == number].mean()) for number in range(len(families))]


def _references(families):
    """One family of each of some groups, at random."""
    chosen: dict[str, int] = {}
    for number in np.random.default_rng(0).permutation(len(families)).tolist():
        chosen.setdefault(families[number].group, number)
    return list(chosen.values())[:_REFERENCES]


def _ink(font, character):
    """A character's ink, its top and its height."""
    mask, (_, top) = font.getmask2(character, mode="L")
    box = mask.getbbox()
    picture = Image.Image()._new(mask.crop(box))
    return picture, top + box[1], picture.height


def _features(picture, above_baseline, height):
    levels = np.asarray(picture.resize((_SIDE, _SIDE), Image.Resampling.BOX), np.float32).ravel()
    levels -= levels.mean()
    longest = max(picture.size)
    proportions = (picture.width / longest, picture.height / longest, height, above_baseline)
    return np.concatenate([4 * levels / max(np.linalg.norm(levels), 1), 3 * np.array(proportions, np.float32)])
