"""What the characters of a text say about each other."""

import keras
import numpy as np
from keras import layers, ops

from keras_reader.models.mask_centres import mask_centres
from keras_reader.models.recurrent_attention import PACKAGE

BLOCKS = 4
REACH = 5  # decoding steps that one convolution sees
DEPTH = 8.0  # nats below which a class is ruled out, whatever the text


@keras.saving.register_keras_serializable(package=PACKAGE)
class LanguageModel(keras.layers.Layer):
    """Reads again what the glimpses say, with the whole text in view.

    Some characters cannot be told by their shape: 0 and O, l and I, or s and S in a font that draws them alike. A
    glimpse sees one window, so it leaves them open, and the characters beside it decide: by what they are, and by
    their size and place, which tell s from S. This layer is given the probabilities that each glimpse gives each class,
    the glimpses themselves and where they lie, and nothing else of the image; residual convolutions over the decoding
    steps correct the probabilities. No gradient flows back into the glimpses, so that they learn to see, not to guess.

    It starts as the identity.

    Args:
        classes: number of classes, the terminator included.
        units: channels of the convolutions.

    Call arguments:
        logits: float32 `(batch, decoding_steps, classes)`: what each glimpse says.
        glimpses: float32 `(batch, decoding_steps, features)`: what each glimpse is.
        masks: float32 `(batch, decoding_steps, height, width)` in [0, 1]: where each glimpse lies.

    Returns:
        float32 `(batch, decoding_steps, classes)`: logits that take the text into account.

    References:
        A language model that works both ways and gives no gradient back, and what is seen joined with it: Fang et al.,
        "Read Like Humans: Autonomous, Bidirectional and Iterative Language Modeling for Scene Text Recognition" (2021).
    """

    def __init__(self, classes, units, **kwargs):
        super().__init__(**kwargs)
        self.classes = classes
        self.units = units
        self.evidence = layers.Dense(units, name="evidence")
        self.sight = layers.Dense(units, use_bias=False, name="sight")
        self.place = layers.Dense(units, use_bias=False, name="place")
        self.blocks = [
            layers.Conv1D(units, REACH, padding="same", activation="relu", name=f"block_{i}") for i in range(BLOCKS)
        ]
        self.normalizations = [layers.LayerNormalization(name=f"normalization_{i}") for i in range(BLOCKS)]
        self.correction = layers.Dense(classes, kernel_initializer="zeros", name="correction")

    def build(self, logits_shape, glimpses_shape, masks_shape):
        batch, steps, classes = logits_shape
        self.evidence.build((batch, steps, 2 * classes))
        self.sight.build(glimpses_shape)
        self.place.build((batch, steps, 4))
        for layer in (*self.blocks, *self.normalizations):
            layer.build((batch, steps, self.units))
        self.correction.build((batch, steps, self.units))
        self.built = True

    def call(self, logits, glimpses, masks):
        logits, glimpses, masks = (ops.stop_gradient(ops.cast(x, "float32")) for x in (logits, glimpses, masks))
        log_probabilities = ops.log_softmax(logits, axis=-1)
        # The probabilities tell the likely classes apart, their logarithms those that are unlikely, but possible.
        possible = ops.maximum(log_probabilities, -DEPTH) / DEPTH + 1
        evidence = ops.concatenate([ops.exp(log_probabilities), possible], axis=-1)
        x = ops.relu(self.evidence(evidence) + self.sight(glimpses) + self.place(_places(masks)))
        for block, normalization in zip(self.blocks, self.normalizations, strict=True):
            x = x + block(normalization(x))
        return logits + ops.cast(self.correction(x), "float32")

    def compute_output_shape(self, logits_shape, glimpses_shape, masks_shape):
        return tuple(logits_shape)

    def get_config(self):
        return {**super().get_config(), "classes": self.classes, "units": self.units}


def _places(masks):
    """Where each glimpse lies, from the middle of the image and from the glimpse before it, in halves of its height.

    Returns:
        float32 `(batch, decoding_steps, 4)`: x and y of the one, x and y of the other.
    """
    _, _, height, width = masks.shape
    centres = (mask_centres(masks) - np.array([width / 2, height / 2], np.float32)) / (height / 2)
    moves = ops.concatenate([ops.zeros_like(centres[:, :1]), centres[:, 1:] - centres[:, :-1]], axis=1)
    return ops.concatenate([centres, moves], axis=-1)
