"""Chooses images, reads them, and writes pictures of the readings."""

import itertools
from collections.abc import Iterable
from pathlib import Path

from keras_reader.data.example import Example
from keras_reader.errors import InputError
from keras_reader.inference.read_example import ReadExample, read_examples
from keras_reader.inference.reader import Reader
from keras_reader.progress import with_progress
from keras_reader.visualization.animation import animate, mosaic
from keras_reader.visualization.contact_sheet import contact_sheet
from keras_reader.visualization.media_files import check_format, write_animation, write_png
from keras_reader.visualization.overlay import DEFAULT_STYLE
from keras_reader.visualization.strip import strip
from keras_reader.visualization.style import percent

MOST_IMAGES = 10_000  # the search for mistakes ends after this many synthetic words
# The format that adds what the original drew to animations of this format.
STRIP, WITH_STRIP = "strip", "gif"


def find_mistakes(reader: Reader, examples: Iterable[Example], count: int, most: int) -> tuple[list[ReadExample], int]:
    """Search examples for mistakes, and show the progress.

    Args:
        reader: the reader.
        examples: images with their true texts.
        count: number of mistakes to find.
        most: number of examples after which the search ends.

    Returns:
        At most `count` examples, and the number of examples that were searched.
    """
    mistakes, searched = [], 0
    for example in with_progress(read_examples(reader, itertools.islice(examples, most)), most, "searched"):
        searched += 1
        if not example.right:
            mistakes.append(example)
            if len(mistakes) == count:
                break
    return mistakes, searched


def make_picture_folder(folder: str | Path, format: str) -> Path:
    """Make a folder and check that pictures of this format can be written, before any long work.

    Raises:
        InputError: if the folder cannot be made or the format cannot be written.
    """
    folder = Path(folder)
    if format != STRIP:
        check_format(format, more=(STRIP,))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}): choose another folder with --out") from None
    return folder


def write_pictures(
    examples: Iterable[ReadExample],
    folder: str | Path,
    format: str = "gif",
    decoding_steps: int | None = None,
    with_mosaic: bool = False,
    style: str = DEFAULT_STYLE,
) -> list[Path]:
    """Write `vis_0.gif`, `vis_1.gif`, ... and the contact sheets `vis_0.png`, ...

    Files with these names are replaced; other files stay.

    Args:
        examples: images with their readings; see `keras_reader.visualization.animation`. They are drawn as they come,
            and not kept unless there is a mosaic.
        folder: the folder to write to; it is made if it does not exist.
        format: format of the animations, `"gif"`, `"webp"` or `"mp4"`; or `"strip"`, GIF animations and beside them
            what the original drew, `vis_0_strip.png`, ...
        decoding_steps: the reader's decoding steps, so that the animations of all words have the same size.
        with_mosaic: whether to write all examples as one animation too, `mosaic.gif`, or of another `format`.
        style: how masks are shown, one of `keras_reader.visualization.overlay.MASK_STYLES`.

    Returns:
        The paths of all files written.

    Raises:
        InputError: if a file cannot be written, or the file of an example can no longer be read.
    """
    folder = make_picture_folder(folder, format)
    with_strip, format = format == STRIP, WITH_STRIP if format == STRIP else format
    paths, kept = [], []
    for i, example in enumerate(examples):
        paths += [folder / f"vis_{i}.{format}", folder / f"vis_{i}.png"]
        write_animation(animate(example, decoding_steps, style), paths[-2])
        write_png(contact_sheet(example, style=style), paths[-1])
        if with_strip:
            paths.append(folder / f"vis_{i}_strip.png")
            write_png(strip(example), paths[-1])
        if with_mosaic:
            kept.append(example)
    if kept:
        paths.append(folder / f"mosaic.{format}")
        write_animation(mosaic(kept, style), paths[-1])
    return paths


def describe(example: ReadExample) -> str:
    """Describe a reading: `IMAGE: a.png TASK: KQX PRED: KQX (99.1%)`, without what the example does not have."""
    parts = [] if example.path is None else [f"IMAGE: {example.source}"]
    parts += [] if example.text is None else [f"TASK: {example.text}"]
    return " ".join([*parts, f"PRED: {example.reading.text} ({percent(example.reading.confidence)})"])
