"""A step of the presets `small` and `base`: what a character is, kept apart from where it is."""

import keras
import numpy as np
from keras import layers, ops

from keras_reader.config import PRESETS, EncoderBlock, receptive_field
from keras_reader.models.centering_loss import centering_loss
from keras_reader.models.conv_block import ConvBlock
from keras_reader.models.recurrent_attention import PACKAGE

SPREAD_COST = 0.005  # loss a nat of the attention's entropy
CENTRE_COST = 0.5  # loss a squared distance, in cells, of the attention's centre from the character's

# As a share of the strongest cell's: what lies below is not attended at all. Less in training, since a cell that is
# cut off learns nothing; but faint cells drag a mask's centre off a narrow letter, and add nothing to the reading.
LEAST_ATTENTION = 0.05
LEAST_ATTENTION_IN_TRAINING = 0.01


@keras.saving.register_keras_serializable(package=PACKAGE)
class WindowAttentionCell(keras.layers.Layer):
    """One step over a grid of cells, each of which sees one window of the image.

    - *What*: a convolutional encoder that runs once an image. The features of a cell see one window, about one
      character large, centered on the cell. A step's glimpse is the attention-weighted sum of these features, and the
      character, or the terminator, is classified from the glimpse alone.
    - *Where*: more convolutions on top see wider. With the cells' coordinates, the LSTM's state and the
      attention already spent (coverage) they score every cell; a softmax makes the scores attention.
      The LSTM is fed from these context features only.

    The mask is the attention spread over the windows: the mask of a pixel is the sum of the attention
    of all cells whose window contains it. Attention below 5 % of the strongest cell's (1 % in training) is
    cut to zero, so most masks are exactly zero nearly everywhere. With the attention as it is, no pixel with mask 0
    can change what was read at that step.

    An empty cell adds next to nothing to the glimpse, so that attention spread over many of them would
    do no harm to the reading, and say nothing to a person; and attention beside a narrow letter reads it
    as well as attention on it. Both have a price therefore: a small share of the attention's entropy and of its
    distance from the character's centre (see `centering_loss`) is added to the loss. Without them the masks lie
    beside the letters.

    Args:
        classes: number of classes, the terminator included.
        filters: channels of the features of a cell.
        units: units of the LSTM.
        encoder: the blocks of the encoder, which say how large a window is and how far apart the cells are: a sequence
            of `EncoderBlock`, or of sequences of its four numbers. `filters` replaces the filters of the last one.

    References:
        Additive attention: Bahdanau et al., "Neural Machine Translation by Jointly Learning to Align and
        Translate" (2014). Coverage: Tu et al., "Modeling Coverage for Neural Machine Translation" (2016).
    """

    def __init__(self, classes, filters=128, units=64, encoder=PRESETS["small"].encoder, **kwargs):
        super().__init__(**kwargs)
        self.classes = classes
        self.filters = filters
        self.units = units
        *blocks, last = (EncoderBlock(*block) for block in encoder)
        self.encoder = (*blocks, last._replace(filters=filters))
        self.window, self.stride = receptive_field(self.encoder)
        self.what = [
            ConvBlock(block.filters, block.kernel, stride=block.stride, pool=block.pool, name=f"block_{i}")
            for i, block in enumerate(self.encoder)
        ]
        self.where = [
            ConvBlock(32, 1, name="context_0"),
            ConvBlock(32, 3, name="context_1"),
            ConvBlock(32, 3, name="context_2"),
        ]
        self.key = layers.Dense(32, name="key")
        self.query = layers.Dense(32, use_bias=False, name="query")
        self.spent = layers.Dense(32, use_bias=False, name="spent")
        self.score = layers.Dense(1, use_bias=False, name="score")
        self.lstm = layers.LSTMCell(units, name="lstm")
        self.hidden = layers.Dense(filters, activation="relu", name="hidden")
        self.character = layers.Dense(classes, name="character")

    @property
    def glimpse_size(self):
        """Length of a glimpse."""
        return self.filters

    def build(self, image_shape):
        _, height, width, _ = image_shape
        self.rows, self.columns = -(-height // self.stride), -(-width // self.stride)
        self.cells = self.rows * self.columns
        self.row_windows = _windows(height, self.rows, self.window, self.stride)
        self.column_windows = _windows(width, self.columns, self.window, self.stride)
        self.coordinates = _coordinates(self.rows, self.columns)

        shape = (None, self.rows * self.stride, self.columns * self.stride, 1)
        for layer in (*self.what, *self.where):
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        context = shape[-1] + 2
        self.key.build((None, self.cells, context))
        self.query.build((None, self.units))
        self.spent.build((None, self.cells, 2))
        self.score.build((None, self.cells, self.key.units))
        self.lstm.build((None, context))
        self.hidden.build((None, self.filters))
        self.character.build((None, self.hidden.units))
        self.image_padding = [(0, 0), (0, -height % self.stride), (0, -width % self.stride), (0, 0)]
        self.built = True

    def encode(self, image, training=None):
        """What all steps share.

        Args:
            image: float32 `(batch, height, width, 1)` in [0, 1].

        Returns:
            The features of the cells, `(batch, cells, filters)`; their context with their coordinates,
            `(batch, cells, context)`; and the keys that the attention compares, `(batch, cells, 32)`.
        """
        x = ops.pad(image, self.image_padding)
        for layer in self.what:
            x = layer(x, training=training)
        features = ops.reshape(x, (-1, self.cells, self.filters))
        for layer in self.where:
            x = layer(x, training=training)
        context = ops.reshape(x, (-1, self.cells, x.shape[-1]))
        coordinates = ops.broadcast_to(self.coordinates, (ops.shape(context)[0], self.cells, 2))
        context = ops.concatenate([context, ops.cast(coordinates, context.dtype)], axis=-1)
        return features, context, self.key(context)

    def initial_state(self, encoded):
        """The LSTM at rest, no attention yet."""
        _, context, _ = encoded
        nothing = _exact(ops.zeros_like(context[:, :, 0]))
        rest = ops.zeros_like(context[:, 0, :1]) * ops.zeros((1, self.units), context.dtype)
        return rest, rest, nothing, nothing

    def step(self, encoded, state, attention=None, training=None):
        """Attend, read, and move on.

        Args:
            encoded: what `encode` gave.
            state: LSTM state, the last step's attention and the coverage, as the last step gave them.
            attention: float32 `(batch, rows, columns)`, the attention to hold; `None` for the cell's own.
            training: whether faint attention is kept.

        Returns:
            The attention, `(batch, cells)`, which `outputs` takes, and the next state.
        """
        _, context, keys = encoded
        h, c, last, coverage = state
        if attention is None:
            least = LEAST_ATTENTION_IN_TRAINING if training else LEAST_ATTENTION
            attention = self._attend(keys, h, last, coverage, least)
        else:
            attention = ops.reshape(attention, (-1, self.cells))
        _, (h, c) = self.lstm(ops.squeeze(ops.matmul(ops.expand_dims(attention, 1), context), 1), [h, c])
        return attention, (h, c, attention, coverage + attention)

    def outputs(self, encoded, attention, training=None):
        """What the steps read and looked through: all at once, since no step waits for what another one read.

        Args:
            encoded: what `encode` gave.
            attention: a list of what `step` gave.
            training: whether spread and off-centre attention add to the loss.

        Returns:
            Logits `(batch, decoding_steps, classes)`, masks `(batch, decoding_steps, height, width)`, and glimpses
            `(batch, decoding_steps, filters)`.
        """
        features, _, _ = encoded
        attention = ops.stack(attention, axis=1)
        glimpses = ops.matmul(attention, features)
        logits = self._read(glimpses)
        if training:
            # Only where to look is learned from it: what is read, and from which cell, is taken as it is.
            read, alone = (ops.stop_gradient(ops.softmax(x, axis=-1)) for x in (logits, self._read(features)))
            going_on = _going_on(read[..., -1])
            spread = -ops.sum(attention * ops.log(attention + 1e-9), axis=-1)
            self.add_loss(SPREAD_COST * ops.mean(going_on * spread))
            grid = ops.reshape(attention, (-1, *attention.shape[1:-1], self.rows, self.columns))
            off_centre = centering_loss(grid, read[..., :-1], alone[..., :-1])
            self.add_loss(CENTRE_COST * ops.mean(going_on * off_centre))
        return logits, self.mask(attention), _exact(glimpses)

    def _read(self, glimpse):
        return _exact(self.character(self.hidden(glimpse)))

    def _attend(self, keys, h, last, coverage, least):
        query = ops.expand_dims(self.query(h), 1)
        spent = self.spent(ops.stack([last, coverage], axis=-1))
        scores = ops.squeeze(self.score(ops.tanh(keys + query + spent)), -1)
        attention = ops.softmax(_exact(scores), axis=-1)
        strongest = ops.max(attention, axis=-1, keepdims=True)
        attention = ops.relu(attention - least * strongest)
        return attention / ops.sum(attention, axis=-1, keepdims=True)

    def mask(self, attention):
        """Spread attention, `(batch, ..., cells)`, over the windows: `(batch, ..., height, width)` in [0, 1]."""
        attention = ops.reshape(attention, (-1, *attention.shape[1:-1], self.rows, self.columns))
        return ops.matmul(ops.matmul(self.row_windows, attention), self.column_windows.T)

    def get_config(self):
        own = {"classes": self.classes, "filters": self.filters, "units": self.units}
        return {**super().get_config(), **own, "encoder": [list(block) for block in self.encoder]}


def _exact(x):
    """In float32, whatever the layers around compute in."""
    return ops.cast(x, "float32")


def _going_on(terminator):
    """How likely the text goes on up to each step, this one included: float32 `(batch, decoding_steps)`.

    What a reader looks at after the end of a text is not used and not taught. Had it a price, the reader would learn
    from there where to look within the text. It is a probability, and not `valid_steps` of the likeliest class, since
    a reader that has just begun to learn ends its texts anywhere.

    Args:
        terminator: float32 `(batch, decoding_steps)`, the probability that a step reads the terminator.
    """
    before = ops.cumprod(1 - terminator, axis=-1)[:, :-1]
    return ops.concatenate([ops.ones_like(terminator[:, :1]), before], axis=-1)


def _windows(pixels, cells, window, stride):
    """1 where a pixel lies in a cell's window: float32 `(pixels, cells)`."""
    first = np.arange(cells) * stride - (window - stride) // 2
    pixel = np.arange(pixels)[:, None]
    return ((pixel >= first) & (pixel < first + window)).astype(np.float32)


def _coordinates(rows, columns):
    """Row and column of the cells' centres in [-1, 1]: float32 `(1, cells, 2)`."""
    y, x = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    return np.stack([y, x], axis=-1).reshape(1, -1, 2).astype(np.float32)
