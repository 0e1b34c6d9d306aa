"""What every artifact does around the reader: any image size in, decoded numbers out."""

import keras
import numpy as np
from keras import ops

from keras_reader.models.losses import valid_steps
from keras_reader.models.recurrent_attention import PACKAGE


def _axis_weights(size_in, size_out, numerator, denominator):
    """As `keras_reader.images.resize_weights` and `covered`, for sizes that are known only when the graph runs.

    Twice the distances times the denominator are whole numbers, which float32 holds exactly, where it would round the
    positions of pixels far from the edge.
    """
    pixels_in = size_in
    size_in, numerator, denominator = (ops.cast(value, "float32") for value in (size_in, numerator, denominator))
    pixel = ops.arange(size_out, dtype="float32")
    ends = (2 * pixel + 1 - size_out) * numerator + size_in * denominator
    positions = (2 * ops.cast(ops.arange(pixels_in), "float32") + 1) * denominator
    distance = ops.abs(positions - ops.expand_dims(ends, 1))
    weights = ops.maximum(1.0 - distance / (2 * ops.maximum(numerator, denominator)), 0.0)
    weights = weights / ops.maximum(ops.sum(weights, axis=1, keepdims=True), float(np.finfo(np.float32).tiny))
    half = size_in * denominator / numerator / 2
    pixel = pixel - size_out / 2
    covered = ops.clip(ops.minimum(pixel + 1, half) - ops.maximum(pixel, -half), 0.0, 1.0)
    return weights * ops.expand_dims(covered, 1), covered


@keras.saving.register_keras_serializable(package=PACKAGE)
class FitImage(keras.layers.Layer):
    """Fits images of any size into the reader's own, antialiased: `keras_reader.images.resize` inside the graph.

    Args:
        height, width: size of the images that come out, in pixels.
        how: `"pad"` keeps the ratio of the sides and fills the margin with the mean level of the image's border;
            `"stretch"` does not keep it.

    Call arguments:
        image: uint8 `(batch, height_in, width_in)` in [0, 255].

    Returns:
        float32 `(batch, height, width, 1)` in [0, 1].
    """

    def __init__(self, height, width, how="pad", **kwargs):
        super().__init__(**kwargs)
        self.height = height
        self.width = width
        self.how = how
        self.built = True

    def call(self, image):
        shape = ops.shape(image)
        rows, columns = (shape[1], self.height), (shape[2], self.width)
        if self.how == "pad":
            is_high = ops.cast(ops.greater_equal(shape[1] * self.width, shape[2] * self.height), "int32")
            scale = tuple(is_high * a + (1 - is_high) * b for a, b in zip(rows, columns, strict=True))
            rows_scale = columns_scale = scale
        else:
            rows_scale, columns_scale = rows, columns
        rows, rows_covered = _axis_weights(*rows, *rows_scale)
        columns, columns_covered = _axis_weights(*columns, *columns_scale)
        image = ops.cast(image, "float32") / 255
        edges = (image[:, :1], image[:, -1:], image[:, :, :1], image[:, :, -1:])
        level = sum(ops.mean(edge, axis=(1, 2), keepdims=True) for edge in edges) / 4
        # The level goes into the margin alone: elsewhere, no pixel may depend on those at the border.
        margin = 1 - ops.expand_dims(rows_covered, 1) * columns_covered
        image = ops.matmul(ops.matmul(rows, image), ops.transpose(columns)) + level * margin
        return ops.expand_dims(image, -1)

    def compute_output_shape(self, image_shape):
        return (image_shape[0], self.height, self.width, 1)

    def get_config(self):
        return {**super().get_config(), "height": self.height, "width": self.width, "how": self.how}


@keras.saving.register_keras_serializable(package=PACKAGE)
class Decode(keras.layers.Layer):
    """Logits to what a user reads: class indices and probabilities.

    Args:
        terminator: class index of the terminator.
        temperature: what the logits are divided by, above 0.

    Call arguments:
        logits: float32 `(batch, decoding_steps, classes)`.

    Returns:
        A dict of

        - `ids`, int32 `(batch, decoding_steps)`: the likeliest class of each step, those after the first
          terminator included, though they mean nothing;
        - `character_confidence`, float32 `(batch, decoding_steps)` in [0, 1]: the probability of that class;
        - `confidence`, float32 `(batch,)` in [0, 1]: the probability that the whole word is right, the
          product of `character_confidence` up to and including the first terminator;
        - `probabilities`, float32 `(batch, decoding_steps, classes)` in [0, 1]: the probability of every class at each
          decoding step.
    """

    def __init__(self, terminator, temperature=1.0, **kwargs):
        super().__init__(**kwargs)
        self.terminator = terminator
        self.temperature = temperature
        self.built = True

    def call(self, logits):
        # argmax becomes operators that ONNX lacks; top_k does not.
        probabilities = ops.softmax(logits / self.temperature, axis=-1)
        probability, ids = ops.top_k(probabilities, 1)
        probability, ids = ops.squeeze(probability, -1), ops.cast(ops.squeeze(ids, -1), "int32")
        counts = ops.equal(valid_steps(ids, self.terminator), 1)
        return {
            "ids": ids,
            "character_confidence": probability,
            "confidence": ops.prod(ops.where(counts, probability, 1.0), axis=1),
            "probabilities": probabilities,
        }

    def compute_output_shape(self, logits_shape):
        batch, steps, _ = logits_shape
        return {
            "ids": (batch, steps),
            "character_confidence": (batch, steps),
            "confidence": (batch,),
            "probabilities": tuple(logits_shape),
        }

    def get_config(self):
        return {**super().get_config(), "terminator": self.terminator, "temperature": self.temperature}


def decoding_model(reader) -> keras.Model:
    """The reader with its logits decoded.

    Args:
        reader: a `ReaderModel`.

    Returns:
        A model from `image`, float32 `(batch, H, W, 1)` in [0, 1] at the reader's own size, to a dict of
        `ids`, `confidence`, `character_confidence`, `probabilities` (see `Decode`) and `masks`, float32
        `(batch, decoding_steps, H, W)` in [0, 1]. If the reader has a language model, also `seen`: the probabilities
        before it, each from what its mask shows alone.
    """
    image = keras.Input((*reader.config.image_size, 1), name="image")
    output = reader(image)
    terminator, temperature = reader.config.characters.terminator, reader.config.temperature
    outputs = {**Decode(terminator, temperature, name="decode")(output["logits"]), "masks": output["masks"]}
    if "seen" in output:
        outputs["seen"] = Decode(terminator, temperature, name="decode_seen")(output["seen"])["probabilities"]
    return keras.Model(image, outputs, name="decoding")


def serving_model(reader) -> keras.Model:
    """The model that is exported, and that `Reader` runs for a `.keras` file.

    Args:
        reader: a `ReaderModel`.

    Returns:
        As `decoding_model`, but from `image`, uint8 `(batch, height, width)` in [0, 255], of any size.
    """
    image = keras.Input((None, None), dtype="uint8", name="image")
    height, width = reader.config.image_size
    resized = FitImage(height, width, reader.config.resize, name="resize")(image)
    return keras.Model(image, decoding_model(reader)(resized), name="keras_reader")
