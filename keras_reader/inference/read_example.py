"""An image with its truth and its reading."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np

from keras_reader.data.example import Example
from keras_reader.errors import InputError
from keras_reader.inference.reader import BATCH_IMAGES, Reader, Reading, in_batches

Given = TypeVar("Given")


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadExample(Example):
    """An `Example` and what a reader gave for it.

    Attributes:
        reading: what was read.
        resize: how `image` was fitted into the size of the masks: `ReaderConfig.resize`.
    """

    reading: Reading
    resize: str = "pad"

    @property
    def right(self) -> bool:
        """Whether the text was read without any mistake."""
        return self.text == self.reading.text

    def without_pixels(self) -> "ReadExample":
        """A copy without image, boxes, masks and probabilities, which take most of the memory.

        The masks become empty arrays, `(characters, 0, 0)`.
        """
        masks, probabilities = np.zeros((len(self.reading.masks), 0, 0), np.float32), np.zeros((0, 0), np.float32)
        reading = replace(self.reading, masks=masks, end_mask=None, probabilities=probabilities)
        return replace(self, image=np.zeros((0, 0), np.uint8), boxes=None, reading=reading)


def read_examples(reader: Reader, examples: Iterable[Example], batch_size: int = BATCH_IMAGES) -> Iterator[ReadExample]:
    """Read examples in batches. They are yielded in order, one batch at a time.

    Every labelled or synthetic image reaches a reader through this function, so that evaluation measures what
    `Reader.read` gives for the same files.

    Args:
        reader: the reader.
        examples: examples whose image is uint8 `(height, width)` of any size.
        batch_size: number of images in a batch; large images come in smaller batches.
    """
    for batch in in_batches(examples, batch_size, image_of=lambda example: example.image):
        readings = reader.read_batch([example.image for example in batch])
        for example, reading in zip(batch, readings, strict=True):
            known = {field.name: getattr(example, field.name) for field in fields(Example)}
            yield ReadExample(**known, reading=reading, resize=reader.config.resize)


def read_in_place(
    reader: Reader, items: Iterable[Example | InputError], given: Callable[[ReadExample], Given]
) -> list[Given | InputError]:
    """Read the examples among the items; an error in place of an example stays where it is.

    Args:
        reader: the reader.
        items: examples, and errors of those that could not be opened.
        given: what to keep of an example that was read; masks and pixels of all would take much memory.
    """
    results, places = [], []

    def examples():
        for item in items:
            if isinstance(item, InputError):
                results.append(item)
                continue
            places.append(len(results))
            results.append(None)
            yield item

    for place, example in enumerate(read_examples(reader, examples())):
        results[places[place]] = given(example)
    return results
