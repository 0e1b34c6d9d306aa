"""Whole-word accuracy and character error rate, decoded as a user would read."""

import keras
from keras import ops

from keras_reader.models.losses import valid_steps
from keras_reader.models.recurrent_attention import PACKAGE


class _ReadingMetric(keras.metrics.Mean):
    """A mean of something that compares the true class indices with the read ones."""

    def __init__(self, terminator, name, **kwargs):
        super().__init__(name=name, **kwargs)
        self.terminator = terminator

    def get_config(self):
        return {**super().get_config(), "terminator": self.terminator}

    def _true_and_read(self, y_true, y_pred):
        return ops.cast(y_true, "int32"), ops.cast(ops.argmax(y_pred, axis=-1), "int32")


@keras.saving.register_keras_serializable(package=PACKAGE)
class WholeWordAccuracy(_ReadingMetric):
    """Share of the words that are read without any mistake, terminator included.

    Args:
        terminator: class index of the terminator.

    Call arguments: as `MaskedCrossEntropy`.
    """

    def __init__(self, terminator, name="whole_word_accuracy", **kwargs):
        super().__init__(terminator, name, **kwargs)

    def update_state(self, y_true, y_pred, sample_weight=None):
        true, read = self._true_and_read(y_true, y_pred)
        ignored = ops.equal(valid_steps(true, self.terminator), 0)
        right = ops.all(ops.logical_or(ops.equal(true, read), ignored), axis=1)
        return super().update_state(ops.cast(right, "float32"), sample_weight=sample_weight)


@keras.saving.register_keras_serializable(package=PACKAGE)
class CharacterErrorRate(_ReadingMetric):
    """Levenshtein distance between the true and the read texts over the number of true characters.

    Both texts end before their first terminator. Words without characters count in the distance only.

    Args:
        terminator: class index of the terminator.

    Call arguments: as `MaskedCrossEntropy`.
    """

    def __init__(self, terminator, name="character_error_rate", **kwargs):
        super().__init__(terminator, name, **kwargs)

    def update_state(self, y_true, y_pred, sample_weight=None):
        true, read = self._true_and_read(y_true, y_pred)
        length = ops.cast(ops.sum(self._characters(true), axis=1), "float32")
        distance = self._distance(true, read)
        # Mean divides a weighted sum by the sum of the weights: here by the number of characters.
        if sample_weight is not None:
            sample_weight = ops.cast(sample_weight, "float32")
            length, distance = length * sample_weight, distance * sample_weight
        self.total.assign_add(ops.sum(distance))
        self.count.assign_add(ops.sum(length))

    def _characters(self, ids):
        ended = ops.cumsum(ops.cast(ops.equal(ids, self.terminator), "int32"), axis=1)
        return ops.cast(ops.equal(ended, 0), "int32")

    def _distance(self, true, read):
        """Levenshtein distance of each pair: float32 `(batch,)`.

        The table is filled a row at a time (Wagner and Fischer, 1974); within a row, the insertions
        that each cell waits for are a running minimum, here the minimum over a triangle.
        """
        steps = true.shape[1]
        column = ops.arange(steps + 1, dtype="float32")
        triangle = ops.where(ops.expand_dims(column, 0) > ops.expand_dims(column, 1), 1e9, 0.0)
        row = ops.broadcast_to(column, (ops.shape(true)[0], steps + 1))
        rows = [row]
        for i in range(steps):
            different = ops.cast(ops.not_equal(true[:, i : i + 1], read), "float32")
            best = ops.minimum(row[:, :-1] + different, row[:, 1:] + 1)
            best = ops.concatenate([row[:, :1] + 1, best], axis=1) - column
            row = ops.min(ops.expand_dims(best, 1) + triangle, axis=2) + column
            rows.append(row)
        table = ops.stack(rows, axis=1)
        at_true = ops.one_hot(ops.sum(self._characters(true), axis=1), steps + 1)
        at_read = ops.one_hot(ops.sum(self._characters(read), axis=1), steps + 1)
        return ops.sum(table * ops.expand_dims(at_true, 2) * ops.expand_dims(at_read, 1), axis=(1, 2))
