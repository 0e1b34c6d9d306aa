"""What a reader knows of its mistakes: confidences of printed text, and of images without text."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

import keras_reader as kr
from benchmarks.common.images_without_text import drawings, images_of_nothing, pieces_of_photographs, textures
from benchmarks.common.markdown_page import share, table
from benchmarks.common.printed_crops import Printed
from benchmarks.common.temperatures import TEMPERATURES, confidences
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.errors import InputError
from keras_reader.evaluation.calibration import expected_calibration_error
from keras_reader.images import as_grey

BELIEVED = 0.9
MOST_BELIEVED = 0.01  # of images without text


class WithoutText(NamedTuple):
    """What a reader made of images of one kind without text.

    Attributes:
        kind: the kind, for a person.
        images: number of images.
        empty: number of those that it reads as empty.
        believed: number of those that it is sure to show text.
        at_temperatures: the same at each of `TEMPERATURES`.
    """

    kind: str
    images: int
    empty: int
    believed: int
    at_temperatures: tuple[int, ...]


def read_without_text(reader: kr.Reader, count: int, folder: Path | None) -> Iterator[WithoutText]:
    """Read images without text, `count` of each kind, pieces of the photographs of a folder among them.

    Without a folder, they are those of scikit-learn, if it is installed.

    Raises:
        InputError: if the folder has no photographs.
    """
    size = reader.config.image_size
    kinds = [*images_of_nothing(SyntheticWords(image_size=size, split="test"), count)]
    kinds.append(("textures: stripes, checks, dots", textures(size, count)))
    kinds += drawings(size, count)
    photographs = _photographs(folder)
    if photographs:
        kinds.append((f"pieces of {len(photographs)} photographs", pieces_of_photographs(photographs, size, count)))
    for name, images in kinds:
        readings = list(reader.read(images, 250))
        texts = [reading for reading in readings if reading.text != ""]
        believed = sum(reading.confidence >= BELIEVED for reading in texts)
        at = np.array([confidences(reading) for reading in texts]).reshape(-1, len(TEMPERATURES)) >= BELIEVED
        yield WithoutText(name, count, len(readings) - len(texts), believed, tuple(at.sum(axis=0).tolist()))


def _photographs(folder: Path | None) -> list[np.ndarray]:
    if folder is not None:
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
        if not found:
            raise InputError(f"{folder}: no photographs: give a folder with .jpg or .png files")
        return [as_grey(path) for path in found]
    try:
        from sklearn.datasets import load_sample_images
    except ModuleNotFoundError:
        return []
    return [as_grey(image) for image in load_sample_images().images]


def what_it_knows_of_its_mistakes(
    printed: Sequence[Printed], trained: Sequence[Printed], nothing: Sequence[WithoutText]
) -> Iterator[str]:
    """The section on confidences.

    Args:
        printed: crops in fonts that are set aside.
        trained: others in the fonts that were trained on.
        nothing: images without text.
    """
    confidence = np.array([row.confidence for row in printed])
    right = np.array([row.text == row.read for row in printed])
    sure = confidence >= BELIEVED
    yield "## What it knows of its mistakes"
    yield (
        f"Expected calibration error on fonts set aside: {expected_calibration_error(confidence, right):.4f}. With a "
        f"confidence of {BELIEVED:g} or more it reads {share(sure.sum(), len(sure))} of the crops, and "
        f"{share(right[sure].sum(), sure.sum())} of these are right. {nothing[0].images:,} images of each kind without "
        f"text; *believed* is the share that is read as a text with a confidence of {BELIEVED:g} or more."
    )
    yield table(
        ("image", "read as empty", "believed"),
        [(kind.kind, share(kind.empty, kind.images), share(kind.believed, kind.images)) for kind in nothing],
    )
    if not any("photographs" in kind.kind for kind in nothing):
        yield "No photographs were read: scikit-learn is not installed, and --photographs was not given."
    yield from _temperatures(printed, trained, nothing)


def _temperatures(
    printed: Sequence[Printed], trained: Sequence[Printed], nothing: Sequence[WithoutText]
) -> Iterator[str]:
    """What other temperatures would do. One that suits text makes the reader believe strokes, too."""
    sides = [
        (np.array([row.confidences for row in crops]), np.array([row.text == row.read for row in crops]))
        for crops in (trained, printed)
    ]
    rows = []
    for i, factor in enumerate(TEMPERATURES):
        own, aside = (expected_calibration_error(confidence[:, i], right) for confidence, right in sides)
        believed = [kind.at_temperatures[i] / kind.images for kind in nothing]
        rows.append((factor, own, aside, float(np.mean(believed)), max(believed)))
    yield (
        "What another temperature would do; the first column is a factor of the reader's own. A lower one raises all "
        "confidences, those of images without text, too: a single stroke does look like a 1 or a dash."
    )
    yield table(
        (
            "temperature",
            "calibration error, fonts trained on",
            "fonts set aside",
            "believed without text",
            "worst kind",
        ),
        [
            (f"{f:g}", f"{own:.4f}", f"{aside:.4f}", share(mean, 1), share(most, 1))
            for f, own, aside, mean, most in rows
        ],
    )
    allowed = [row for row in rows if row[-1] <= MOST_BELIEVED]
    if allowed:
        best = min(allowed, key=lambda row: row[1])[0]
        yield (
            f"Of those that believe at most {100 * MOST_BELIEVED:g} % of every kind of images without text, {best:g} "
            "has the least error on fonts that it was trained on."
        )
