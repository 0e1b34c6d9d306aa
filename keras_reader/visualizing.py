"""From a reader to pictures of how it reads: which images, and which files."""

import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from keras_reader.drawing import (
    Example,
    animate,
    check_format,
    contact_sheet,
    mosaic,
    percent,
    write_animation,
    write_png,
)
from keras_reader.errors import InputError
from keras_reader.reading import Reader, as_grey
from keras_reader.resize import resize
from keras_reader.synthetic import SyntheticWords

MOST_IMAGES = 10_000  # looked through for mistakes before it is given up

_BATCH = 64
_SECONDS_OF_SILENCE = 5


def read_images(reader: Reader, paths: Iterable[str | Path]) -> list[Example]:
    """Read image files of any size. The examples show them as the reader saw them, at its own size.

    Raises:
        InputError: if a file cannot be read.
    """
    images = [as_grey(path) for path in paths]
    shown = [np.rint(resize(image, reader.config.image_size) * 255).astype(np.uint8) for image in images]
    return [Example(*pair) for pair in zip(shown, reader.read(images), strict=True)]


def read_synthetic(reader: Reader, words: SyntheticWords, indices: Iterable[int]) -> list[Example]:
    """Read the synthetic words of the given indices. The examples have their texts and boxes."""
    images, texts, boxes = words.batch(indices)
    return [Example(*parts) for parts in zip(images, reader.read(images), texts, boxes, strict=True)]


def find_mistakes(
    reader: Reader, words: SyntheticWords, count: int, most: int = MOST_IMAGES
) -> tuple[list[Example], int]:
    """Look through synthetic words for those that are misread.

    Long searches say on stderr how far they are.

    Args:
        reader: the reader.
        words: the words.
        count: number of mistakes to find.
        most: number of words after which the search ends, whatever was found.

    Returns:
        At most `count` examples, and the number of words looked at for them.
    """
    mistakes = []
    spoke = time.monotonic()
    for start in range(0, most, _BATCH):
        indices = range(start, min(start + _BATCH, most))
        for index, example in zip(indices, read_synthetic(reader, words, indices), strict=True):
            if example.reading.text != example.text:
                mistakes.append(example)
                if len(mistakes) == count:
                    return mistakes, index + 1
        if time.monotonic() - spoke > _SECONDS_OF_SILENCE:
            spoke = time.monotonic()
            print(f"looked at {indices.stop} of at most {most} images, mistakes: {len(mistakes)}", file=sys.stderr)
    return mistakes, most


def make_folder(folder: str | Path, format: str) -> Path:
    """Make sure, before any long work, that animations of this format can be written to this folder.

    Raises:
        InputError: if the folder cannot be made or the format cannot be written.
    """
    folder = Path(folder)
    check_format(format)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}): choose another folder with --out") from None
    return folder


def write_pictures(
    examples: Sequence[Example],
    folder: str | Path,
    format: str = "gif",
    steps: int | None = None,
    with_mosaic: bool = False,
) -> list[Path]:
    """Write `vis_0.gif`, `vis_1.gif`, ... and the contact sheets `vis_0.png`, ...

    Files of these names are replaced, others stay.

    Args:
        examples: what to draw, at least one; see `keras_reader.drawing`.
        folder: where to; it is made if it does not exist.
        format: format of the animations, `"gif"`, `"webp"` or `"mp4"`.
        steps: the reader's steps, so that the animations of all words have the same size.
        with_mosaic: also write all examples as one animation, `mosaic.gif`.

    Returns:
        The paths of all files written.

    Raises:
        InputError: if a file cannot be written.
    """
    folder = make_folder(folder, format)
    paths = []
    for i, example in enumerate(examples):
        paths += [folder / f"vis_{i}.{format}", folder / f"vis_{i}.png"]
        write_animation(animate(example, steps), paths[-2])
        write_png(contact_sheet(example), paths[-1])
    if with_mosaic:
        paths.append(folder / f"mosaic.{format}")
        write_animation(mosaic(examples), paths[-1])
    return paths


def describe(example: Example, source: str | Path | None = None) -> str:
    """One line on an example: `TASK: KQX PRED: KQX (99.1%)` where the truth is known, else `IMAGE: source ...`."""
    start = f"IMAGE: {source}" if example.text is None else f"TASK: {example.text}"
    return f"{start} PRED: {example.reading.text} ({percent(example.reading.confidence)})"
