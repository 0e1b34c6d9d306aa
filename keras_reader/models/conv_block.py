"""A convolution with pooling, batch normalisation and ReLU."""

import keras
from keras import layers, ops

from keras_reader.models.recurrent_attention import PACKAGE


@keras.saving.register_keras_serializable(package=PACKAGE)
class ConvBlock(keras.layers.Layer):
    """Padding with zeros, convolution, maximum over squares, batch normalisation, ReLU.

    Pooling comes before normalisation and ReLU, which then cost a quarter and, being monotonic, give
    the same. The kernel is kept as a matrix, `(size * size * channels, filters)`, because the optimizer that
    trains it, Muon, takes matrices only.

    Args:
        filters: number of output channels.
        size: height and width of the kernel.
        stride: pixels from one position of the kernel to the next, in both directions.
        pool: height and width of the squares that a maximum is taken over; 1 for none.

    Call arguments:
        x: float32 `(batch, height, width, channels)`.
        training: whether batch statistics are used and updated.

    Returns:
        float32 `(batch, height // (stride * pool), width // (stride * pool), filters)`, at least 0.
    """

    def __init__(self, filters, size, stride=1, pool=1, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.size = size
        self.stride = stride
        self.pool = pool
        self.normalization = layers.BatchNormalization(momentum=0.9, name="normalization")

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(self.size * self.size * input_shape[-1], self.filters), initializer="he_uniform", name="kernel"
        )
        self.normalization.build(self.compute_output_shape(input_shape))
        self.built = True

    def call(self, x, training=None):
        kernel = ops.reshape(self.kernel, (self.size, self.size, -1, self.filters))
        x = ops.conv(x, kernel, strides=self.stride, padding="same", data_format="channels_last")
        if self.pool > 1:
            square = (self.pool, self.pool)
            x = ops.max_pool(x, square, strides=square, data_format="channels_last")
        return ops.relu(self.normalization(x, training=training))

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        shrink = self.stride * self.pool
        return (batch, height // shrink, width // shrink, self.filters)

    def get_config(self):
        own = {"filters": self.filters, "size": self.size, "stride": self.stride, "pool": self.pool}
        return {**super().get_config(), **own}
