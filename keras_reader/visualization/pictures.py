"""Chooses images, reads them, and writes pictures of the readings."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from keras_reader.config import ReaderConfig
from keras_reader.data.example import Example
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.errors import InputError
from keras_reader.images import as_grey, resize
from keras_reader.inference.read_example import ReadExample, read_examples
from keras_reader.inference.reader import Reader
from keras_reader.progress import with_progress
from keras_reader.visualization.animation import animate, mosaic
from keras_reader.visualization.contact_sheet import contact_sheet
from keras_reader.visualization.media_files import check_format, write_animation, write_png
from keras_reader.visualization.style import percent

MOST_IMAGES = 10_000  # the search for mistakes ends after this many images
_BATCH = 64


def read_files(reader: Reader, paths: Iterable[str | Path]) -> list[ReadExample]:
    """Read image files of any size. The examples hold the images at the reader's own size.

    Raises:
        InputError: if a file cannot be read.
    """
    examples = read_examples(reader, (Example(image=as_grey(path), source=str(path)) for path in paths))
    return [at_reader_size(example, reader.config) for example in examples]


def at_reader_size(example: ReadExample, config: ReaderConfig) -> ReadExample:
    """A copy of the example with its image resized to the reader's own size, as the reader resizes it."""
    image = resize(example.image, config.image_size, config.resize)
    return replace(example, image=np.rint(image * 255).astype(np.uint8))


def find_mistakes(
    reader: Reader, words: SyntheticWords, count: int, most: int = MOST_IMAGES
) -> tuple[list[ReadExample], int]:
    """Search synthetic words for mistakes, and show the progress.

    Args:
        reader: the reader.
        words: the words.
        count: number of mistakes to find.
        most: number of words after which the search ends.

    Returns:
        At most `count` examples, and the number of words that were searched.
    """
    mistakes = []
    batches = (words.examples(range(start, min(start + _BATCH, most))) for start in range(0, most, _BATCH))
    examples = read_examples(reader, itertools.chain.from_iterable(batches), _BATCH)
    for searched, example in enumerate(with_progress(examples, most, "searched"), 1):
        if not example.right:
            mistakes.append(example)
            if len(mistakes) == count:
                return mistakes, searched
    return mistakes, most


def make_folder(folder: str | Path, format: str) -> Path:
    """Make a folder and check that animations of this format can be written, before any long work.

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
    examples: Sequence[ReadExample],
    folder: str | Path,
    format: str = "gif",
    decoding_steps: int | None = None,
    with_mosaic: bool = False,
) -> list[Path]:
    """Write `vis_0.gif`, `vis_1.gif`, ... and the contact sheets `vis_0.png`, ...

    Files with these names are replaced; other files stay.

    Args:
        examples: at least one image with its reading; see `keras_reader.visualization.animation`.
        folder: the folder to write to; it is made if it does not exist.
        format: format of the animations, `"gif"`, `"webp"` or `"mp4"`.
        decoding_steps: the reader's decoding steps, so that the animations of all words have the same size.
        with_mosaic: whether to write all examples as one animation too, `mosaic.gif`.

    Returns:
        The paths of all files written.

    Raises:
        InputError: if a file cannot be written.
    """
    folder = make_folder(folder, format)
    paths = []
    for i, example in enumerate(with_progress(examples, len(examples), "drawn")):
        paths += [folder / f"vis_{i}.{format}", folder / f"vis_{i}.png"]
        write_animation(animate(example, decoding_steps), paths[-2])
        write_png(contact_sheet(example), paths[-1])
    if with_mosaic:
        paths.append(folder / f"mosaic.{format}")
        write_animation(mosaic(examples), paths[-1])
    return paths


def describe(example: ReadExample) -> str:
    """Describe a reading: `TASK: KQX PRED: KQX (99.1%)` if the true text is known, `IMAGE: source PRED: ...` if not."""
    start = f"IMAGE: {example.source}" if example.text is None else f"TASK: {example.text}"
    return f"{start} PRED: {example.reading.text} ({percent(example.reading.confidence)})"
