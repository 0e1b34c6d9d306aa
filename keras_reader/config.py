"""What a reader is: everything needed to build it, and to use what it was exported to."""

import dataclasses
import string
from dataclasses import dataclass

from keras_reader.alphabet import Alphabet
from keras_reader.errors import InputError

# What each preset takes for the sizes that a `ReaderConfig` leaves open.
PRESET_SIZES = {
    "seed": {"filters": 16, "units": 256},
    "small": {"filters": 128, "units": 64},
}


@dataclass(frozen=True)
class ReaderConfig:
    """Configuration of a reader. It travels inside the `.keras` file and every exported artifact.

    Args:
        preset: `"small"` or `"seed"`.
        alphabet: the characters that can be read; the terminator is added to them.
        max_length: length of the longest text in characters; a reader takes `max_length + 1` steps.
        image_size: `(height, width)` in pixels that images are resized to.
        filters: channels of the convolutional encoder: `seed` has them in each of its three
            convolutions, `small` in what it knows of a cell. `None` for the preset's own.
        units: units of the LSTM. `None` for the preset's own.

    Raises:
        InputError: if a value is out of its range.
    """

    preset: str = "small"
    alphabet: str = string.ascii_uppercase
    max_length: int = 4
    image_size: tuple[int, int] = (40, 40)
    filters: int | None = None
    units: int | None = None

    def __post_init__(self) -> None:
        if self.preset not in PRESET_SIZES:
            raise InputError(f"there is no preset {self.preset!r}: choose from {', '.join(sorted(PRESET_SIZES))}")
        Alphabet(self.alphabet)
        for name, size in PRESET_SIZES[self.preset].items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, size)
        for name in ("max_length", "filters", "units"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise InputError(f"{name} must be a whole number of at least 1, got {value!r}")
        sides = tuple(self.image_size)
        if len(sides) != 2 or not all(isinstance(side, int) and side >= 8 for side in sides):
            raise InputError(f"image_size must be (height, width), each at least 8 pixels, got {self.image_size!r}")
        object.__setattr__(self, "image_size", sides)

    @property
    def steps(self) -> int:
        """Number of steps of the recurrence: the longest text and its terminator."""
        return self.max_length + 1

    @property
    def characters(self) -> Alphabet:
        """The alphabet with its class numbers."""
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
        return cls(**{**values, "image_size": tuple(values.get("image_size", cls.image_size))})
