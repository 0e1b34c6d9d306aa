"""A step of the `deep_reader` preset: the original deep_reader's recurrence."""

import keras
from keras import initializers, layers, ops

from keras_reader.models.recurrent_attention import PACKAGE


@keras.saving.register_keras_serializable(package=PACKAGE)
class DeepReaderCell(keras.layers.Layer):
    """One step of the original: mask the image, look at all of it, give the next mask.

    The glimpse is the image times the mask (all ones in the first step); three 3x3 'valid'
    convolutions with ReLU and an LSTM see it whole; one dense layer with a sigmoid gives the next
    step's mask, a value a pixel, and another the class logits.

    Args:
        classes: number of classes, the terminator included.
        filters: filters of each convolution.
        units: units of the LSTM.

    References:
        deep_reader (2018, MIT licence), the PyTorch program that this is a port of.
    """

    def __init__(self, classes, filters=16, units=256, **kwargs):
        super().__init__(**kwargs)
        self.classes = classes
        self.filters = filters
        self.units = units
        self.convolutions = [
            layers.Conv2D(
                filters,
                3,
                activation="relu",
                data_format="channels_last",
                name=f"convolution_{i}",
                **_initializers(9 * channels),
            )
            for i, channels in enumerate((1, filters, filters))
        ]
        self.lstm = layers.LSTMCell(
            units,
            unit_forget_bias=False,
            recurrent_initializer=_uniform(units),
            name="lstm",
            **_initializers(units),
        )
        self.character = layers.Dense(classes, name="character", **_initializers(units))

    @property
    def glimpse_size(self):
        """Length of what the logits are read from."""
        return self.units

    def build(self, image_shape):
        _, height, width, _ = image_shape
        self.next_mask = layers.Dense(
            height * width, activation="sigmoid", name="next_mask", **_initializers(self.units)
        )
        shape = image_shape
        for convolution in self.convolutions:
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
        self.lstm.build((None, shape[1] * shape[2] * shape[3]))
        self.next_mask.build((None, self.units))
        self.character.build((None, self.units))
        self.image_size = (height, width)
        self.built = True

    def encode(self, image, training=None):
        """What all steps share: the image itself, float32 `(batch, height, width, 1)`."""
        return image

    def initial_state(self, image):
        """A mask of ones and the LSTM at rest."""
        mask = ops.ones_like(image)
        rest = ops.zeros_like(image[:, :1, 0, 0]) * ops.zeros((1, self.units), image.dtype)
        return mask, rest, rest

    def step(self, image, state, mask=None, training=None):
        """Look through the state's mask, or through `mask`, float32 `(batch, height, width)`, if given.

        Returns:
            Logits `(batch, classes)`, the mask looked through, `(batch, height, width)`, and what the LSTM made of the
            glimpse, `(batch, units)`, which `outputs` takes; and the next state.
        """
        next_mask, h, c = state
        mask = next_mask if mask is None else ops.expand_dims(mask, -1)
        x = image * mask
        for convolution in self.convolutions:
            x = convolution(x)
        _, (h, c) = self.lstm(ops.reshape(x, (-1, x.shape[1] * x.shape[2] * x.shape[3])), [h, c])
        next_mask = ops.reshape(self.next_mask(h), (-1, *self.image_size, 1))
        return (self.character(h), ops.squeeze(mask, -1), h), (next_mask, h, c)

    def outputs(self, image, steps, training=None):
        """What all steps gave.

        Returns:
            Logits `(batch, decoding_steps, classes)`, masks `(batch, decoding_steps, height, width)` in [0, 1], and
            what the logits were read from, `(batch, decoding_steps, units)`.
        """
        # In float32, whatever the layers compute in.
        return tuple(ops.cast(ops.stack(values, axis=1), "float32") for values in zip(*steps, strict=True))

    def get_config(self):
        return {**super().get_config(), "classes": self.classes, "filters": self.filters, "units": self.units}


def _initializers(inputs):
    return {"kernel_initializer": _uniform(inputs), "bias_initializer": _uniform(inputs)}


def _uniform(inputs):
    """Uniform in +-1/sqrt(inputs)."""
    limit = inputs**-0.5
    return initializers.RandomUniform(-limit, limit)
