"""The recurrent attention layer and what happens inside one of its steps."""

import keras

PACKAGE = "keras_reader"


@keras.saving.register_keras_serializable(package=PACKAGE)
class RecurrentAttention(keras.layers.Layer):
    """Reads an image in a fixed number of decoding steps, looking through a mask at each.

    The layer runs the recurrence; its cell says what a step does, as `keras.layers.RNN` and its cells
    share the work. The steps are unrolled, so that the exported graph has no loop.

    Args:
        cell: an `DeepReaderCell` or a `WindowAttentionCell` (or any layer with their `encode`,
            `initial_state`, `step` and `outputs`).
        decoding_steps: number of rounds, at least 1; a word of n characters takes n + 1.

    Call arguments:
        image: float32 `(batch, height, width, 1)` in [0, 1].
        attention: the attention to hold instead of the layer's own, float32 `(batch, decoding_steps, ...)`, each step's
            in the form that the cell's `step` takes; `None` to let the layer look where it likes.
        training: whether batch statistics are used and updated, and what else the cell does in training only.

    Returns:
        A dict of `logits`, float32 `(batch, decoding_steps, classes)`; `masks`, float32
        `(batch, decoding_steps, height, width)` in [0, 1], where `masks[:, t]` is what step t looked through; and
        `glimpses`, float32 `(batch, decoding_steps, features)`, what the logits of each step were read from.

    Example:

    ```python
    layer = RecurrentAttention(WindowAttentionCell(classes=27), decoding_steps=5)
    layer(keras.ops.zeros((2, 40, 40, 1)))["logits"].shape  # (2, 5, 27)
    ```

    References:
        The loop of glimpse, LSTM and next mask is that of deep_reader (2018); recurrent attention over
        an image goes back to Mnih et al., "Recurrent Models of Visual Attention" (2014).
    """

    def __init__(self, cell, decoding_steps, **kwargs):
        super().__init__(**kwargs)
        if decoding_steps < 1:
            raise ValueError(f"decoding_steps must be at least 1, got {decoding_steps}")
        self.cell = cell
        self.decoding_steps = decoding_steps

    def build(self, image_shape):
        self.cell.build(image_shape)
        self.built = True

    def call(self, image, attention=None, training=None):
        # As in batch normalization: a layer that is not trained does what it does when it reads.
        training = training and self.trainable
        encoded = self.cell.encode(image, training=training)
        state = self.cell.initial_state(encoded)
        steps = []
        for t in range(self.decoding_steps):
            held = None if attention is None else attention[:, t]
            step, state = self.cell.step(encoded, state, held, training=training)
            steps.append(step)
        logits, masks, glimpses = self.cell.outputs(encoded, steps, training=training)
        return {"logits": logits, "masks": masks, "glimpses": glimpses}

    def compute_output_shape(self, image_shape):
        batch, height, width, _ = image_shape
        return {
            "logits": (batch, self.decoding_steps, self.cell.classes),
            "masks": (batch, self.decoding_steps, height, width),
            "glimpses": (batch, self.decoding_steps, self.cell.glimpse_size),
        }

    def get_config(self):
        return {
            **super().get_config(),
            "cell": keras.saving.serialize_keras_object(self.cell),
            "decoding_steps": self.decoding_steps,
        }

    @classmethod
    def from_config(cls, config):
        config = {**config, "cell": keras.saving.deserialize_keras_object(config["cell"])}
        return cls(**config)
