"""The masked loss: what comes after the terminator is not learned. And a loss for where to look, if that is known."""

import keras
from keras import ops

from keras_reader.models.mask_centres import mask_centres
from keras_reader.models.recurrent_attention import PACKAGE


def valid_steps(ids, terminator):
    """1 up to and including the first terminator of each word, 0 after it.

    Args:
        ids: integers `(batch, decoding_steps)`.
        terminator: class index of the terminator.

    Returns:
        float32 `(batch, decoding_steps)`. A word without a terminator is valid in all its steps.
    """
    ends = ops.cast(ops.equal(ids, terminator), "int32")
    return ops.cast(ops.equal(ops.cumsum(ends, axis=1) - ends, 0), "float32")


@keras.saving.register_keras_serializable(package=PACKAGE)
class MaskedCrossEntropy(keras.losses.Loss):
    """Cross-entropy of each word up to and including its terminator.

    Two averages can be taken of the same sum:

    - `"valid"`, which training uses, divides by the number of steps that count. The loss of a step is
      then worth the same whatever the lengths of the words beside it, so that one learning rate fits
      short and long words, and a longer `max_length` does not shrink the gradient.
    - `"all"` divides by all steps, those after the terminator too, as the original program does.

    Args:
        terminator: class index of the terminator.
        average: `"valid"` or `"all"`.

    Call arguments:
        y_true: integers `(batch, decoding_steps)`: class indices; the first terminator ends the word.
        y_pred: float32 `(batch, decoding_steps, classes)`: logits.

    Returns:
        A scalar (with the default reduction).
    """

    def __init__(self, terminator, average="valid", name="masked_cross_entropy", **kwargs):
        super().__init__(name=name, **kwargs)
        if average not in ("valid", "all"):
            raise ValueError(f"average must be 'valid' or 'all', got {average!r}")
        self.terminator = terminator
        self.average = average

    def call(self, y_true, y_pred):
        y_true = ops.cast(y_true, "int32")
        valid = valid_steps(y_true, self.terminator)
        # Padding after the terminator may hold any number, a negative one too.
        classes = ops.where(ops.equal(valid, 1), y_true, self.terminator)
        loss = keras.losses.sparse_categorical_crossentropy(classes, y_pred, from_logits=True) * valid
        return loss / ops.mean(valid) if self.average == "valid" else loss

    def get_config(self):
        return {**super().get_config(), "terminator": self.terminator, "average": self.average}


@keras.saving.register_keras_serializable(package=PACKAGE)
class PointingLoss(keras.losses.Loss):
    """How far each mask's centre of mass lies from the centre of the character that the step has to read.

    With d the distance in pixels, it is sqrt(d^2 + 1) - 1 (the pseudo-Huber loss), so that one step that looks at the
    wrong end of the image does not outweigh all others. It is averaged over the steps whose character's place is known.

    Text alone teaches a reader where to look, too; but where several characters lie in one window, it tells next to
    nothing about which of its cells is the best.

    Call arguments:
        y_true: float32 `(batch, decoding_steps, 2)`: x and y in pixels; NaN where it is not known.
        y_pred: float32 `(batch, decoding_steps, height, width)`: masks.

    Returns:
        A scalar (with the default reduction), in pixels.

    References:
        Liu et al., "Neural Machine Translation with Supervised Attention" (2016). For the attention that drifts off the
        characters of a text: Cheng et al., "Focusing Attention" (2017).
    """

    def __init__(self, name="pointing", **kwargs):
        super().__init__(name=name, **kwargs)

    def call(self, y_true, y_pred):
        known = ops.logical_not(ops.any(ops.isnan(y_true), axis=-1))
        # What is multiplied by zero must be a number, or its gradient is none.
        wanted = ops.where(ops.expand_dims(known, -1), y_true, 0.0)
        known = ops.cast(known, "float32")
        distance = ops.sum(ops.square(mask_centres(y_pred) - wanted), axis=-1)
        return (ops.sqrt(distance + 1) - 1) * known / (ops.mean(known) + 1e-6)
