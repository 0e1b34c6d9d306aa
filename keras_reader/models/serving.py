"""What every artifact does around the reader: any image size in, decoded numbers out."""

import keras
from keras import ops

from keras_reader.models.losses import valid_steps
from keras_reader.models.recurrent_attention import PACKAGE


def _resize_axis_weights(size_in, size_out):
    """As `keras_reader.images.triangle_weights`, for a size that is known only when the graph runs.

    Distances are multiplied by `2 * size_out` and divided at the end only: they are whole numbers then, which
    float32 holds exactly, where it rounds the positions of pixels far from the edge.
    """
    pixels = ops.cast(size_in, "float32")
    centres = (2 * ops.arange(size_out, dtype="float32") + 1) * pixels
    positions = (2 * ops.cast(ops.arange(size_in), "float32") + 1) * size_out
    distance = ops.abs(positions - ops.expand_dims(centres, 1)) / (2 * ops.maximum(pixels, size_out))
    weights = ops.maximum(1.0 - distance, 0.0)
    return weights / ops.sum(weights, axis=1, keepdims=True)


@keras.saving.register_keras_serializable(package=PACKAGE)
class AntialiasedResize(keras.layers.Layer):
    """Images of any size to the reader's own, antialiased.

    Two matrix products with the weights of `keras_reader.images`, computed from the size that comes
    in: the only antialiased resizing that runs on every backend and converts to ONNX.

    Args:
        height, width: size of the images that come out, in pixels.

    Call arguments:
        image: uint8 `(batch, height_in, width_in)` in [0, 255].

    Returns:
        float32 `(batch, height, width, 1)` in [0, 1].
    """

    def __init__(self, height, width, **kwargs):
        super().__init__(**kwargs)
        self.height = height
        self.width = width
        self.built = True

    def call(self, image):
        shape = ops.shape(image)
        rows = _resize_axis_weights(shape[1], self.height)
        columns = _resize_axis_weights(shape[2], self.width)
        image = ops.cast(image, "float32") / 255
        image = ops.matmul(ops.matmul(rows, image), ops.transpose(columns))
        return ops.expand_dims(image, -1)

    def compute_output_shape(self, image_shape):
        return (image_shape[0], self.height, self.width, 1)

    def get_config(self):
        return {**super().get_config(), "height": self.height, "width": self.width}


@keras.saving.register_keras_serializable(package=PACKAGE)
class Decode(keras.layers.Layer):
    """Logits to what a user reads: class indices and probabilities.

    Args:
        terminator: class index of the terminator.

    Call arguments:
        logits: float32 `(batch, steps, classes)`.

    Returns:
        A dict of

        - `ids`, int32 `(batch, steps)`: the likeliest class of each step, those after the first
          terminator included, though they mean nothing;
        - `character_confidence`, float32 `(batch, steps)` in [0, 1]: the probability of that class;
        - `confidence`, float32 `(batch,)` in [0, 1]: the probability that the whole word is right, the
          product of `character_confidence` up to and including the first terminator.
    """

    def __init__(self, terminator, **kwargs):
        super().__init__(**kwargs)
        self.terminator = terminator
        self.built = True

    def call(self, logits):
        # argmax becomes operators that ONNX lacks; top_k does not.
        probability, ids = ops.top_k(ops.softmax(logits, axis=-1), 1)
        probability, ids = ops.squeeze(probability, -1), ops.cast(ops.squeeze(ids, -1), "int32")
        counts = ops.equal(valid_steps(ids, self.terminator), 1)
        return {
            "ids": ids,
            "character_confidence": probability,
            "confidence": ops.prod(ops.where(counts, probability, 1.0), axis=1),
        }

    def compute_output_shape(self, logits_shape):
        batch, steps, _ = logits_shape
        return {"ids": (batch, steps), "character_confidence": (batch, steps), "confidence": (batch,)}

    def get_config(self):
        return {**super().get_config(), "terminator": self.terminator}


def decoding_model(reader) -> keras.Model:
    """The reader with its logits decoded.

    Args:
        reader: a `ReaderModel`.

    Returns:
        A model from `image`, float32 `(batch, H, W, 1)` in [0, 1] at the reader's own size, to a dict of
        `ids`, `confidence`, `character_confidence` (see `Decode`) and `masks`, float32
        `(batch, steps, H, W)` in [0, 1].
    """
    image = keras.Input((*reader.config.image_size, 1), name="image")
    output = reader(image)
    decoded = Decode(reader.config.characters.terminator, name="decode")(output["logits"])
    return keras.Model(image, {**decoded, "masks": output["masks"]}, name="decoding")


def serving_model(reader) -> keras.Model:
    """The model that is exported, and that `Reader` runs for a `.keras` file.

    Args:
        reader: a `ReaderModel`.

    Returns:
        As `decoding_model`, but from `image`, uint8 `(batch, height, width)` in [0, 255], of any size.
    """
    image = keras.Input((None, None), dtype="uint8", name="image")
    resized = AntialiasedResize(*reader.config.image_size, name="resize")(image)
    return keras.Model(image, decoding_model(reader)(resized), name="keras_reader")
