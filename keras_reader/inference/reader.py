"""Reading images with a trained reader of any format.

This module imports neither TensorFlow nor Keras.
"""

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from keras_reader.alphabet import up_to_end
from keras_reader.config import ReaderConfig
from keras_reader.errors import InputError
from keras_reader.images import as_grey
from keras_reader.inference.text_search import TextSearch
from keras_reader.metadata import output_shapes

# A batch ends at either limit: sixty-four photographs at once would fill the memory.
BATCH_IMAGES = 64
BATCH_PIXELS = 1 << 24

# How far rounding takes a probability or a mask out of [0, 1].
_SLACK = 1e-3


@dataclass(frozen=True)
class Reading:
    """What a reader gives for one image.

    Attributes:
        text: the characters read, without the terminator.
        confidence: probability in [0, 1] that the whole text is right, its length included.
        character_confidence: float32 `(characters,)` in [0, 1]: probability of each character.
        masks: float32 `(characters, height, width)` in [0, 1], at the reader's own image size: the mask that each
            character was read through.
        end_confidence: probability in [0, 1] of the terminator; `None` if no decoding step gave it.
        end_mask: float32 `(height, width)` in [0, 1]: the mask that the terminator was read through; `None` if no
            decoding step gave it.
        probabilities: float32 `(decoding steps, classes)` in [0, 1]: the probability of every class at each
            decoding step; the last class is the terminator. Steps after the terminator have no meaning. Empty if the
            probabilities were not kept.
        alternatives: the most probable texts and their probabilities in [0, 1], best first; `text` is the first of
            them. Empty unless they were asked for, or if no allowed text has a probability above 0.
        allowed_probability: where texts are restricted, the probability in [0, 1] of all allowed texts together;
            else `None`. `confidence` divided by it is the probability that the text is right, given that the true
            text is one of the allowed ones.
    """

    text: str
    confidence: float
    character_confidence: np.ndarray
    masks: np.ndarray
    end_confidence: float | None
    end_mask: np.ndarray | None
    probabilities: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    alternatives: tuple[tuple[str, float], ...] = ()
    allowed_probability: float | None = None


class Reader:
    """A trained reader, made by `load`.

    Args:
        config: the reader's configuration.
        run: a function that takes uint8 images `(batch, height, width)` in [0, 255] and returns the outputs of the
            exported artifacts: `ids`, `confidence`, `character_confidence`, `masks` and `probabilities`; and `seen`
            if the reader has a language model.
        source: the file that the reader comes from.
        search: finds the text of a reading, and its alternatives, in the probabilities; `None` to take the likeliest
            class of each decoding step, `ids`.
        run_many: a function that takes a list of such batches of images, each of another size, and returns a list of
            what `run` gives for each; `None` to run one after the other.
    """

    def __init__(
        self,
        config: ReaderConfig,
        run: Callable[[np.ndarray], dict[str, np.ndarray]],
        source: str,
        search: TextSearch | None = None,
        run_many: Callable[[Sequence[np.ndarray]], list[dict[str, np.ndarray]]] | None = None,
    ):
        self.config = config
        self.source = source
        self._search = search
        self._run_many = run_many or (lambda batches: [run(batch) for batch in batches])

    def searching(self, allow: str | None = None, pattern: str | None = None, top: int | None = None) -> "Reader":
        """A reader of the same file that gives the most probable text, of all or of the allowed ones.

        `confidence` stays the probability of the text among all texts, allowed or not: where nothing allowed looks
        like the image, it is low. Without `allow` and `pattern`, the text differs from that of this reader only where
        that one's confidence is below 0.5. Where no allowed text has a probability above 0, the reading is empty,
        its confidence is 0 and it has no alternatives.

        Args:
            allow: the only characters that a text may have, such as `"0123456789"`.
            pattern: what the whole text must match: a template such as `"AAA-9999"`, or `"re:"` and a regular
                expression, see `keras_reader.inference.pattern.compile_pattern`.
            top: number of texts that `alternatives` holds, from 1 to 100; `None` for none.

        Raises:
            InputError: if the pattern cannot be compiled, no text of this reader is allowed, or `top` is out of its
                range.
        """
        reader = copy.copy(self)
        reader._search = TextSearch(self.config, allow, pattern, top)
        return reader

    def without_language_model(self) -> "Reader":
        """A reader of the same file that reads every character from what its mask shows alone.

        It is this reader itself if it has no language model.
        """
        if not self.config.language_units:
            return self
        terminator = self.config.characters.terminator

        def as_seen(outputs):
            seen = outputs["seen"]
            ids = seen.argmax(axis=-1).astype(np.int32)
            probability = seen.max(axis=-1)
            return {
                **outputs,
                "ids": ids,
                "character_confidence": probability,
                "confidence": np.where(up_to_end(ids, terminator), probability, 1).prod(axis=1),
                "probabilities": seen,
            }

        reader = copy.copy(self)
        reader._run_many = lambda batches: [as_seen(outputs) for outputs in self._run_many(batches)]
        return reader

    def allows(self, text: str) -> bool:
        """Whether a text of at most `max_length` characters is one of those that this reader is restricted to."""
        return self._search is None or self._search.allows(text)

    def run(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """The artifact's own outputs for a batch of images of one size.

        Args:
            images: uint8 `(batch, height, width)` in [0, 255], of any size from 1x1; the batch may be
                empty.

        Returns:
            A dict of

            - `ids`, int32 `(batch, decoding_steps)`;
            - `confidence`, float32 `(batch,)`;
            - `character_confidence`, float32 `(batch, decoding_steps)`;
            - `masks`, float32 `(batch, decoding_steps, H, W)` at the reader's own size;
            - `probabilities`, float32 `(batch, decoding_steps, classes)`;
            - `seen`, of the same type and shape, from readers with a language model: the probabilities before it, each
              from what its mask shows alone.

        Raises:
            InputError: if the images have another type or shape. The artifacts themselves refuse the same images. Use
                `read` for colour images.
        """
        (outputs,) = self.run_many([images])
        return outputs

    def run_many(self, batches: Sequence[np.ndarray]) -> list[dict[str, np.ndarray]]:
        """The artifact's own outputs for several batches, each of images of one size, as `run` gives them for each.

        An `.onnx` file is run for several batches at the same time, if there are as many as cores.

        Raises:
            InputError: as `run`.
        """
        batches = [_grey_batch(images) for images in batches]
        outputs = self._run_many(batches)
        return [self._checked(given, len(images)) for given, images in zip(outputs, batches, strict=True)]

    def _checked(self, outputs, images):
        """What was given, if it is what a reader gives: a damaged file may give anything."""
        largest_id = self.config.characters.classes - 1
        for name, shape in output_shapes(self.config).items():
            values = outputs.get(name)
            if values is None or values.shape != (images, *shape):
                raise InputError(f"{self.source}: damaged: gives no {name} of the right shape: export the reader again")
            least, most = (0, largest_id) if name == "ids" else (-_SLACK, 1 + _SLACK)
            # So written that NaN, which is neither more nor less than anything, fails too.
            if values.size and not (values.min() >= least and values.max() <= most):
                raise InputError(f"{self.source}: damaged: gives {name} out of range: export the reader again")
        return outputs

    def read(
        self,
        images,
        batch_size: int = BATCH_IMAGES,
        *,
        allow: str | None = None,
        pattern: str | None = None,
        top: int | None = None,
    ) -> Iterator[Reading]:
        """Read one image or many. Readings are yielded in the order of the images, one batch at a time.

        Args:
            images: one image or an iterable of images; an image is a path, the bytes of an image file,
                a Pillow image, or an array: `(height, width)` grey or `(height, width, 3)` colour,
                uint8 in [0, 255] or floating-point in [0, 1]. An array `(images, height, width)` or
                `(images, height, width, 3)` holds many images. An array of three dimensions whose last is 1, 3 or 4
                is one image.
            batch_size: number of images in a batch; large images come in smaller batches.
            allow, pattern, top: restrict the texts and ask for alternatives, see `searching`.

        Raises:
            InputError: if an image cannot be read, or what `searching` raises.
        """
        if batch_size < 1:
            raise InputError(f"batch_size must be at least 1, got {batch_size}")
        reader = self if (allow, pattern, top) == (None, None, None) else self.searching(allow, pattern, top)
        for batch in in_batches(map(as_grey, _one_or_many(images)), batch_size):
            yield from reader.read_batch(batch)

    def read_one(
        self, image, *, allow: str | None = None, pattern: str | None = None, top: int | None = None
    ) -> Reading:
        """Read one image of any kind that `read` accepts, with the same options."""
        return next(self.read([as_grey(image)], allow=allow, pattern=pattern, top=top))

    def read_batch(self, images: Sequence[np.ndarray]) -> list[Reading]:
        """Read grey images, uint8 `(height, width)`, of any sizes. Those of one size are a batch, see `run_many`."""
        # Images are grouped by size, but the readings keep the order of the images.
        by_shape = {}
        for i, image in enumerate(images):
            by_shape.setdefault(image.shape, []).append(i)
        readings: list = [None] * len(images)
        batches = [np.stack([images[i] for i in indices]) for indices in by_shape.values()]
        for indices, outputs in zip(by_shape.values(), self.run_many(batches), strict=True):
            for row, i in enumerate(indices):
                readings[i] = self._reading({name: array[row] for name, array in outputs.items()})
        return readings

    def _reading(self, output):
        if self._search is not None:
            return self._found(output, self._search)
        alphabet = self.config.characters
        text = alphabet.decode(output["ids"])
        n = len(text)
        ended = n < len(output["ids"])
        return Reading(
            text=text,
            confidence=float(output["confidence"]),
            character_confidence=output["character_confidence"][:n],
            masks=output["masks"][:n],
            end_confidence=float(output["character_confidence"][n]) if ended else None,
            end_mask=output["masks"][n] if ended else None,
            probabilities=output["probabilities"],
        )

    def _found(self, output, search):
        """The reading whose text a search finds; its masks are those of the same decoding steps."""
        probabilities, masks = output["probabilities"], output["masks"]
        found = search.best(probabilities)
        best = found[0] if found else None
        ids = best.ids if best else ()
        n = len(ids)
        ended = best is not None and n < len(probabilities)
        decode = self.config.characters.decode
        return Reading(
            text=decode(ids),
            confidence=best.probability if best else 0.0,
            character_confidence=probabilities[np.arange(n), np.array(ids, int)],
            masks=masks[:n],
            end_confidence=float(probabilities[n, -1]) if ended else None,
            end_mask=masks[n] if ended else None,
            probabilities=probabilities,
            alternatives=tuple((decode(text.ids), text.probability) for text in found) if search.gives_all else (),
            allowed_probability=search.allowed_probability(probabilities) if search.is_restricted else None,
        )


def _grey_batch(images) -> np.ndarray:
    """Images as an array, if they are what an artifact takes."""
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim != 3 or 0 in images.shape[1:]:
        raise InputError(
            f"a batch of images must be grey, uint8 (batch, height, width), got {images.dtype} {images.shape}: use "
            "Reader.read for other kinds of images"
        )
    return images


def _one_or_many(images) -> Iterable:
    if isinstance(images, (str, Path, bytes, Image.Image)):
        return [images]
    if isinstance(images, np.ndarray) and (images.ndim == 2 or (images.ndim == 3 and images.shape[2] in (1, 2, 3, 4))):
        return [images]
    return images


def in_batches(items: Iterable, batch_size: int, image_of: Callable = lambda item: item) -> Iterator[list]:
    """Group items into batches of at most `batch_size` images and about `BATCH_PIXELS` pixels.

    Args:
        items: the items; each is taken from the iterable only when its batch needs it.
        batch_size: largest number of items in a batch, at least 1.
        image_of: a function that returns the image, `(height, width)`, of an item.
    """
    batch, pixels = [], 0
    for item in items:
        batch.append(item)
        pixels += image_of(item).size
        if len(batch) == batch_size or pixels >= BATCH_PIXELS:
            yield batch
            batch, pixels = [], 0
    if batch:
        yield batch
