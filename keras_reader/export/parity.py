"""Parity: compares exported artifacts with the Keras model."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from keras_reader.alphabet import up_to_end
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.errors import ExportError, first_line
from keras_reader.inference.reader import Reader
from keras_reader.metadata import TOLERANCE, output_shapes


def check_parity(reference: Reader, artifacts: Sequence[Reader]) -> dict[str, float]:
    """Compare readers on 256 images: synthetic words and noise, in several sizes from 1x1.

    Decoding steps after the terminator are not compared. They have no meaning, and rounding errors decide where the
    attention goes when no letter is left.

    Args:
        reference: the reader to compare with.
        artifacts: the readers to compare. If one also gives `text`, the text is compared with the ids.

    Returns:
        The largest absolute difference of confidences, probabilities and masks, by the `source` of the artifact.

    Raises:
        ExportError: if an artifact fails, has another configuration or reads another character, or if another output
            differs by more than `TOLERANCE` or is not finite.
    """
    for artifact in artifacts:
        if artifact.config != reference.config:
            raise ExportError(f"{artifact.source}: has another configuration than the Keras model")
    largest = {artifact.source: 0.0 for artifact in artifacts}
    for images in _parity_images(reference.config):
        expected = reference.run(images)
        for artifact in artifacts:
            with failing(artifact.source, f"does not run on images of {images.shape[1]}x{images.shape[2]} pixels"):
                got = artifact.run(images)
            difference = _difference(reference.config, expected, got, artifact.source)
            largest[artifact.source] = max(largest[artifact.source], difference)
    return largest


def _difference(config, expected, got, source):
    counts = up_to_end(expected["ids"], config.characters.terminator)
    if not np.array_equal(got["ids"][counts], expected["ids"][counts]):
        raise ExportError(f"{source}: reads other characters than the Keras model")
    if "text" in got and got["text"].tolist() != [config.characters.decode(ids).encode() for ids in expected["ids"]]:
        raise ExportError(f"{source}: gives a text that does not match its ids")
    largest = 0.0
    for name in output_shapes(config).keys() - {"ids"}:
        chosen = ... if name == "confidence" else counts
        difference = float(np.max(np.abs(got[name][chosen] - expected[name][chosen])))
        # NaN is neither more nor less than any number; written like this, it fails too.
        if not difference <= TOLERANCE:
            raise ExportError(f"{source}: {name} differs from the Keras model's by {difference:.2g}")
        largest = max(largest, difference)
    return largest


def _parity_images(config) -> Iterator[np.ndarray]:
    height, width = config.image_size
    room = (max(height, 40), max(width, 40, 16 * config.max_length))
    words = {"alphabet": config.alphabet, "max_length": config.max_length, "split": "test"}
    yield SyntheticWords(**words, image_size=room).batch(range(96))[0]
    room = (2 * room[0] + 1, 2 * room[1] + 1)
    yield SyntheticWords(**words, image_size=room, font_size=(12, 24), intensity=220).batch(range(32))[0]
    random = np.random.default_rng(0)
    sizes = {
        (height, width): 64,
        (3 * height, 2 * width + 7): 16,
        (height // 2, 5 * width): 16,
        (1, 1): 16,
        (1, 3 * width): 8,
        (600, 1000): 8,
    }
    for size, count in sizes.items():
        yield random.integers(0, 256, (count, *size), dtype=np.uint8)


@contextmanager
def failing(name, what):
    """Turn every error into an ExportError. Those of TensorFlow, tf2onnx and onnxruntime have no common base class."""
    try:
        yield
    except ExportError:
        raise
    except Exception as error:
        raise ExportError(f"{name}: {what} ({first_line(error)})") from error
