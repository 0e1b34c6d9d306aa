"""What the characters of a text say about each other."""

import keras
from keras import layers, ops

from keras_reader.models.recurrent_attention import PACKAGE

BLOCKS = 3
REACH = 5  # decoding steps that one convolution sees
DEPTH = 8.0  # nats below which a class is ruled out, whatever the text


@keras.saving.register_keras_serializable(package=PACKAGE)
class LanguageModel(keras.layers.Layer):
    """Reads again what the glimpses say, with the whole text in view.

    Some characters cannot be told by their shape: 0 and O, l and I, or s and S in a font that draws them alike. A
    glimpse sees one window, so it leaves them open, and the characters beside it decide. This layer is given the
    probabilities that each glimpse gives each class, and nothing else of the image; residual convolutions over the
    decoding steps correct them. No gradient flows back into the glimpses, so that they learn to see, not to guess.

    It starts as the identity.

    Args:
        classes: number of classes, the terminator included.
        units: channels of the convolutions.

    Call arguments:
        logits: float32 `(batch, decoding_steps, classes)`: what each glimpse says.

    Returns:
        float32 `(batch, decoding_steps, classes)`: logits that take the text into account.

    References:
        A language model that sees probabilities instead of features, both ways, and gives no gradient back: Fang et
        al., "Read Like Humans: Autonomous, Bidirectional and Iterative Language Modeling for Scene Text Recognition"
        (2021).
    """

    def __init__(self, classes, units, **kwargs):
        super().__init__(**kwargs)
        self.classes = classes
        self.units = units
        self.evidence = layers.Dense(units, activation="relu", name="evidence")
        self.blocks = [
            layers.Conv1D(units, REACH, padding="same", activation="relu", name=f"block_{i}") for i in range(BLOCKS)
        ]
        self.correction = layers.Dense(classes, kernel_initializer="zeros", name="correction")

    def build(self, logits_shape):
        batch, steps, classes = logits_shape
        self.evidence.build((batch, steps, 2 * classes))
        for block in self.blocks:
            block.build((batch, steps, self.units))
        self.correction.build((batch, steps, self.units))
        self.built = True

    def call(self, logits):
        logits = ops.stop_gradient(ops.cast(logits, "float32"))
        log_probabilities = ops.log_softmax(logits, axis=-1)
        # The probabilities tell the likely classes apart, their logarithms those that are unlikely, but possible.
        possible = ops.maximum(log_probabilities, -DEPTH) / DEPTH + 1
        x = self.evidence(ops.concatenate([ops.exp(log_probabilities), possible], axis=-1))
        for block in self.blocks:
            x = x + block(x)
        return logits + ops.cast(self.correction(x), "float32")

    def compute_output_shape(self, logits_shape):
        return tuple(logits_shape)

    def get_config(self):
        return {**super().get_config(), "classes": self.classes, "units": self.units}
