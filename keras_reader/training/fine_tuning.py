"""Starts a reader from the weights of another one."""

from typing import NamedTuple

import keras
import numpy as np

from keras_reader.alphabet import characters_in_words
from keras_reader.errors import InputError
from keras_reader.models.reader_model import ReaderModel


class Kept(NamedTuple):
    """What a reader took over from another one.

    Attributes:
        arrays: number of weight arrays that were taken over whole.
        partly: number of arrays of which the rows of the shared characters were taken over.
        all: number of arrays of the reader.
        characters: the characters that both readers know.
        dropped: the characters that the other one knows, and this one does not.
    """

    arrays: int
    partly: int
    all: int
    characters: str
    dropped: str

    def describe(self, alphabet: str) -> str:
        """One line, for a person; `alphabet` is that of the new reader."""
        shared = f"{len(self.characters)} of {len(alphabet)} characters"
        fresh = self.all - self.arrays - self.partly
        line = f"{self.arrays} of {self.all} weight arrays as they are"
        if self.partly:
            line += f", {self.partly} for the {shared} that both know"
        line += f"; {fresh} do not fit and start anew" if fresh else ""
        if self.dropped:
            line += f"; it knew {characters_in_words(self.dropped, 40)}, too (--alphabet keeps them)"
        return line


def take_over(model: ReaderModel, source: ReaderModel) -> Kept:
    """Copy what fits of another reader's weights: all arrays of equal shape, and the rows of shared characters.

    The alphabets, longest texts and image sizes may differ. The terminator is shared by all readers.

    Args:
        model: the reader to start; it is changed.
        source: the reader to start from.

    Raises:
        InputError: if the readers' networks differ.
    """
    ours, theirs = model.config, source.config
    if (ours.preset, ours.filters, ours.units) != (theirs.preset, theirs.filters, theirs.units):
        raise InputError(
            f"a reader of preset {theirs.preset} with {theirs.filters} filters and {theirs.units} units cannot start "
            f"one of preset {ours.preset} with {ours.filters} and {ours.units}: leave out --preset"
        )
    new, old = ours.characters, theirs.characters
    shared = [c for c in new.characters if c in old.characters]
    to = [*map(new.characters.index, shared), new.terminator]
    of = [*map(old.characters.index, shared), old.terminator]
    same_classes = new.characters == old.characters
    arrays = partly = 0
    for variable, other in _pairs(model, source):
        value = keras.ops.convert_to_numpy(other)
        by_class = None if same_classes else _by_class(variable, model)
        if by_class is not None:
            mixed = np.array(keras.ops.convert_to_numpy(variable))
            by_class(mixed, new.classes)[..., to] = by_class(value, old.classes)[..., of]
            variable.assign(mixed)
            partly += 1
        elif tuple(variable.shape) == value.shape:
            variable.assign(value)
            arrays += 1
    dropped = "".join(c for c in old.characters if c not in shared)
    return Kept(arrays, partly, len(model.variables), "".join(shared), dropped)


def _pairs(model, source):
    """The variables that stand for the same in both readers."""
    pairs = list(zip(model.recurrent_attention.variables, source.recurrent_attention.variables, strict=True))
    ours, theirs = model.language_model, source.language_model
    if ours is not None and theirs is not None and ours.units == theirs.units:
        pairs += zip(ours.variables, theirs.variables, strict=True)
    return pairs


def _by_class(variable, model):
    """A view of the variable's array whose last axis is the classes, as a function of the array and their number.

    `None` if none of its axes is.
    """
    language_model = model.language_model
    classifiers = [model.recurrent_attention.cell.character]
    if language_model is not None:
        classifiers.append(language_model.correction)
        if variable.path == language_model.evidence.kernel.path:
            # Its rows are for the probability of each class, and then for its logarithm.
            return lambda array, classes: np.moveaxis(array.reshape(2, classes, -1), 1, -1)
    if any(variable.path == own.path for layer in classifiers for own in layer.variables):
        return lambda array, classes: array
    return None
