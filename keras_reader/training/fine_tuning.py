"""Starts a reader from the weights of another one."""

from typing import NamedTuple

import keras
import numpy as np

from keras_reader.errors import InputError
from keras_reader.models.reader_model import ReaderModel


class Kept(NamedTuple):
    """What a reader took over from another one.

    Attributes:
        arrays: number of weight arrays that were taken over whole.
        partly: number of arrays of which the rows of the shared characters were taken over.
        all: number of arrays of the reader.
        characters: the characters that both readers know.
    """

    arrays: int
    partly: int
    all: int
    characters: str

    def describe(self, alphabet: str) -> str:
        """One line, for a person; `alphabet` is that of the new reader."""
        shared = f"{len(self.characters)} of {len(alphabet)} characters"
        fresh = self.all - self.arrays - self.partly
        line = f"{self.arrays} of {self.all} weight arrays as they are, {self.partly} for the {shared} that both know"
        return line + (f"; {fresh} do not fit and start anew" if fresh else "")


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
    classifier = {variable.path for variable in model.recurrent_attention.cell.character.variables}
    arrays = partly = 0
    for variable, other in zip(model.variables, source.variables, strict=True):
        value = keras.ops.convert_to_numpy(other)
        if variable.path in classifier and not same_classes:
            mixed = np.array(keras.ops.convert_to_numpy(variable))
            mixed[..., to] = value[..., of]
            variable.assign(mixed)
            partly += 1
        elif tuple(variable.shape) == value.shape:
            variable.assign(value)
            arrays += 1
    return Kept(arrays, partly, len(model.variables), "".join(shared))
