"""From a reader to pictures of how it reads: which images, and which files."""

import sys
import time
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
from keras_reader.visualization.animation import animate, mosaic
from keras_reader.visualization.contact_sheet import contact_sheet
from keras_reader.visualization.media_files import check_format, write_animation, write_png
from keras_reader.visualization.style import percent

MOST_IMAGES = 10_000  # looked through for mistakes before it is given up
_BATCH = 64
_SECONDS_OF_SILENCE = 5


def read_files(reader: Reader, paths: Iterable[str | Path]) -> list[ReadExample]:
    """Read image files of any size. The examples show them as the reader saw them, at its own size.

    Raises:
        InputError: if a file cannot be read.
    """
    examples = read_examples(reader, (Example(image=as_grey(path), source=str(path)) for path in paths))
    return [at_reader_size(example, reader.config) for example in examples]


def at_reader_size(example: ReadExample, config: ReaderConfig) -> ReadExample:
    """The example with its image in the reader's own size, fitted as the reader fits it."""
    image = resize(example.image, config.image_size, config.resize)
    return replace(example, image=np.rint(image * 255).astype(np.uint8))


def find_mistakes(
    reader: Reader, words: SyntheticWords, count: int, most: int = MOST_IMAGES
) -> tuple[list[ReadExample], int]:
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
        for index, example in zip(indices, read_examples(reader, words.examples(indices)), strict=True):
            if not example.right:
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
    examples: Sequence[ReadExample],
    folder: str | Path,
    format: str = "gif",
    decoding_steps: int | None = None,
    with_mosaic: bool = False,
) -> list[Path]:
    """Write `vis_0.gif`, `vis_1.gif`, ... and the contact sheets `vis_0.png`, ...

    Files of these names are replaced, others stay.

    Args:
        examples: what to draw, at least one; see `keras_reader.visualization.animation`.
        folder: where to; it is made if it does not exist.
        format: format of the animations, `"gif"`, `"webp"` or `"mp4"`.
        decoding_steps: the reader's decoding steps, so that the animations of all words have the same size.
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
        write_animation(animate(example, decoding_steps), paths[-2])
        write_png(contact_sheet(example), paths[-1])
    if with_mosaic:
        paths.append(folder / f"mosaic.{format}")
        write_animation(mosaic(examples), paths[-1])
    return paths


def describe(example: ReadExample) -> str:
    """One line on an example: `TASK: KQX PRED: KQX (99.1%)` where the truth is known, else `IMAGE: source ...`."""
    start = f"IMAGE: {example.source}" if example.text is None else f"TASK: {example.text}"
    return f"{start} PRED: {example.reading.text} ({percent(example.reading.confidence)})"
