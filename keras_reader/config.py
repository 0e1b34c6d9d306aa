"""What a reader is: everything needed to build it, and to use what it was exported to."""

import dataclasses
import functools
import math
import string
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from keras_reader.alphabet import Alphabet
from keras_reader.errors import InputError, RangeError
from keras_reader.images import RESIZES
from keras_reader.limits import LAYER_WIDTH, check_reader


class EncoderBlock(NamedTuple):
    """One block of the encoder of a `WindowAttentionCell`: a convolution, a maximum, batch normalization, ReLU.

    Attributes:
        filters: number of output channels.
        kernel: height and width of the kernel in pixels of the block's input. It is odd where the stride is 1 and even
            where the stride is 2, so that a window is centered on its cell.
        stride: pixels from one position of the kernel to the next.
        pool: height and width of the squares that a maximum is taken over; 1 for none.
    """

    filters: int
    kernel: int
    stride: int = 1
    pool: int = 1


def receptive_field(encoder: tuple[EncoderBlock, ...]) -> tuple[int, int]:
    """What one cell of the encoder's grid sees of the image.

    Returns:
        The side of its window, and the distance from one cell's window to the next one's, in pixels.
    """
    side, stride = 1, 1
    for block in encoder:
        side += (block.kernel - 1) * stride
        stride *= block.stride
        side += (block.pool - 1) * stride
        stride *= block.pool
    return side, stride


@dataclass(frozen=True)
class Preset:
    """What a preset's name stands for. Hardly any other code knows these names.

    Attributes:
        cell: what happens inside a decoding step: `"image"`, the original's `DeepReaderCell`, or `"window"`,
            `WindowAttentionCell`.
        encoder: the convolutions that the reader reads from. Those of the original's network are fixed in its cell.
        filters, units: what a `ReaderConfig` takes where it leaves them open. `filters` replaces the filters of the
            last block of the encoder.
        character_height: lowest and highest height in pixels of the characters that the preset is made for.
        training: the defaults of `keras_reader.training.options.TrainingOptions`.
    """

    cell: str
    encoder: tuple[EncoderBlock, ...]
    filters: int
    units: int
    character_height: tuple[int, int]
    training: Mapping[str, float | str]


# Of all presets whose cell is a `WindowAttentionCell`.
_WINDOW_TRAINING: Mapping[str, float | str] = MappingProxyType(
    {"training_steps": 8000, "batch_size": 64, "learning_rate": 1e-2, "optimizer": "muon", "negatives": 0.02}
)

PRESETS = MappingProxyType(
    {
        # The original's sizes, and what it trained with. Its three 3x3 convolutions see 7 pixels, and smear its mask
        # by as much.
        "deep_reader": Preset(
            cell="image",
            encoder=(EncoderBlock(16, 3), EncoderBlock(16, 3), EncoderBlock(16, 3)),
            filters=16,
            units=256,
            character_height=(6, 12),
            training={
                "training_steps": 10_000,
                "batch_size": 32,
                "learning_rate": 1e-3,
                "optimizer": "adam",
                "schedule": "plateau",
                "clip_norm": 0.0,
                "average": "all",
                "validations": 100,
                "validation_images": 1024,
            },
        ),
        "small": Preset(
            cell="window",
            # A stroke of small print is a pixel wide: the first convolution looks at every pixel.
            encoder=(EncoderBlock(32, 7, pool=2), EncoderBlock(96, 3, pool=2), EncoderBlock(128, 1)),
            filters=128,
            units=64,
            character_height=(6, 12),
            training=_WINDOW_TRAINING,
        ),
        "base": Preset(
            cell="window",
            encoder=(
                EncoderBlock(32, 6, stride=2),
                EncoderBlock(48, 3, pool=2),
                EncoderBlock(96, 3),
                EncoderBlock(128, 3),
            ),
            filters=128,
            units=64,
            character_height=(12, 32),
            training=_WINDOW_TRAINING,
        ),
    }
)
DEFAULT_PRESET = "small"


@dataclass(frozen=True)
class ReaderConfig:
    """Configuration of a reader. It travels inside the `.keras` file and every exported artifact.

    Args:
        preset: one of `PRESETS`.
        alphabet: the characters that can be read; the terminator is added to them.
        max_length: length of the longest text in characters; a reader takes `max_length + 1` decoding steps.
        image_size: `(height, width)` in pixels that images are resized to.
        resize: how images are fitted into `image_size`: `"pad"` keeps the ratio of their sides, `"stretch"` does not;
            see `keras_reader.images.resize`.
        temperature: what the logits are divided by before they become probabilities, above 0. It makes the
            confidences right on validation images (Guo et al., "On Calibration of Modern Neural Networks", 2017).
        filters: channels of the convolutional encoder: of each of its convolutions in the original's network, of
            the features of a cell in the others. `None` for the preset's own.
        units: units of the LSTM. `None` for the preset's own.
        language_units: units of the `LanguageModel` that decides what the glimpses leave open; 0 for none.

    Raises:
        InputError: if a value is out of its range.
    """

    preset: str = DEFAULT_PRESET
    alphabet: str = string.ascii_uppercase
    max_length: int = 4
    image_size: tuple[int, int] = (40, 40)
    resize: str = "pad"
    temperature: float = 1.0
    filters: int | None = None
    units: int | None = None
    language_units: int = 0

    def __post_init__(self) -> None:
        if self.preset not in PRESETS:
            raise InputError(f"there is no preset {self.preset!r}: choose from {', '.join(sorted(PRESETS))}")
        Alphabet(self.alphabet)
        for name in ("filters", "units"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, getattr(PRESETS[self.preset], name))
        for name in ("max_length", "filters", "units"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise RangeError(name, f"be a whole number of at least 1, got {value!r}")
        units = self.language_units
        if not isinstance(units, int) or isinstance(units, bool) or not 0 <= units <= LAYER_WIDTH:
            raise RangeError("language_units", f"be a whole number from 0 to {LAYER_WIDTH:,}, got {units!r}")
        sides = tuple(self.image_size) if isinstance(self.image_size, tuple | list) else ()
        if len(sides) != 2 or not all(isinstance(side, int) and side >= 8 for side in sides):
            raise RangeError("image_size", f"be (height, width), each at least 8 pixels, got {self.image_size!r}")
        object.__setattr__(self, "image_size", sides)
        has_pixel_weights = PRESETS[self.preset].cell == "image"
        check_reader(self.alphabet, self.max_length, sides, *self.channels, has_pixel_weights)
        if self.resize not in RESIZES:
            raise RangeError("resize", f"be one of {', '.join(RESIZES)}, got {self.resize!r}")
        if not (isinstance(self.temperature, int | float) and 0 < self.temperature < math.inf):
            raise RangeError("temperature", f"be above 0, got {self.temperature!r}")

    @property
    def decoding_steps(self) -> int:
        """Number of rounds of the recurrence: the longest text and its terminator."""
        return self.max_length + 1

    @property
    def channels(self) -> tuple[int, int]:
        """`filters` and `units`, the preset's own where they were left open."""
        assert self.filters is not None and self.units is not None, "__post_init__ sets them"
        return self.filters, self.units

    @property
    def window(self) -> tuple[int, int]:
        """Height and width in pixels of what one value that the reader reads from sees of the image."""
        side, _ = receptive_field(PRESETS[self.preset].encoder)
        return side, side

    @functools.cached_property
    def characters(self) -> Alphabet:
        """The alphabet with its class indices."""
        return Alphabet(self.alphabet)

    def to_dict(self) -> dict:
        """The configuration as plain values, for JSON."""
        return {**dataclasses.asdict(self), "image_size": list(self.image_size)}

    @classmethod
    def from_dict(cls, values: dict) -> "ReaderConfig":
        """The configuration that `to_dict` gave.

        Raises:
            InputError: if `values` is not such a configuration.
        """
        names = {field.name for field in dataclasses.fields(cls)}
        if not isinstance(values, dict) or set(values) - names:
            raise InputError(f"not a reader's configuration: {values!r}")
        return cls(**values)
