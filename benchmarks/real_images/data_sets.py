"""Folders of labelled images, and how they are divided: one division for all methods."""

import csv
import hashlib
import json
import os
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from keras_reader.data.holdout import also_trained_on, content_digest
from keras_reader.errors import InputError
from keras_reader.images import open_grey

HELD_OUT = 0.1  # share of the training images that every method validates on


class Labelled(NamedTuple):
    """An image file and its text, normalised to NFC."""

    path: Path
    text: str


@dataclass(frozen=True)
class DataSet:
    """A folder of images with `train.csv` and `test.csv` (header `image,text`, paths relative to the folder).

    Attributes:
        name: the folder's name.
        source: what its SOURCE.txt says of where the images come from; empty if there is none.
        train: the images to train on.
        test: the images that are read once, at the end.
        left_out: number of images of `test.csv` that are not among them, since they are trained on, too.
    """

    name: str
    source: str
    train: tuple[Labelled, ...]
    test: tuple[Labelled, ...]
    left_out: int


@dataclass(frozen=True)
class Run:
    """What one training gets.

    Attributes:
        name: `split`, or `fold-1` and so on, and the seed.
        seed: of the held-out images, and of each method's training.
        fit: the images that weights are trained on.
        validation: the images that every method chooses its best weights with.
        test: the images that are read once, at the end.
    """

    name: str
    seed: int
    fit: tuple[Labelled, ...]
    validation: tuple[Labelled, ...]
    test: tuple[Labelled, ...]

    @property
    def alphabet(self) -> str:
        """The characters of the texts to learn from, in the order of Unicode."""
        return "".join(sorted(set("".join(text for _, text in self.fit))))

    @property
    def max_length(self) -> int:
        """Length of the longest text to learn from."""
        return max(len(text) for _, text in self.fit)

    def digest(self) -> str:
        """A checksum of the names and texts, and of who gets which."""
        parts = [[(item.path.name, item.text) for item in part] for part in (self.fit, self.validation, self.test)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def load_folder(folder: Path) -> DataSet:
    """Read a folder.

    Raises:
        InputError: naming file and line, if a CSV cannot be read, a text is empty, or an image is missing or broken.
    """
    source = folder / "SOURCE.txt"
    train, test = (tuple(_rows(folder / name)) for name in ("train.csv", "test.csv"))
    shared = set(also_trained_on(*([content_digest(open_grey(item.path)) for item in part] for part in (train, test))))
    return DataSet(
        name=folder.resolve().name,
        source=" ".join(source.read_text(encoding="utf-8").split()) if source.is_file() else "",
        train=train,
        test=tuple(item for i, item in enumerate(test) if i not in shared),
        left_out=len(shared),
    )


def _rows(path: Path) -> Iterator[Labelled]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            for row in reader:
                image, text = row.get("image"), row.get("text")
                if not image or not text:
                    raise InputError(f"{path}, line {reader.line_num}: needs the columns image and text, both filled")
                if not (path.parent / image).is_file():
                    raise InputError(f"{path}, line {reader.line_num}: {path.parent / image}: no such file")
                yield Labelled((path.parent / image).resolve(), unicodedata.normalize("NFC", text))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None


def runs_of(data: DataSet, folds: int | None, seeds: Sequence[int]) -> Iterator[Run]:
    """The trainings of a data set.

    Args:
        data: the images.
        folds: `None` for the data set's own split; or in how many parts train and test together are cut, by the
            first seed, each of which is the test part once.
        seeds: one run each.

    Raises:
        InputError: if there are too few images.
    """
    if folds is None:
        parts = [("split", data.train, data.test)]
    else:
        everything = [*data.train, *data.test]
        if not 2 <= folds <= len(everything):
            raise InputError(f"{data.name}: {len(everything)} images cannot be cut in {folds} folds: take 2 or more")
        order = np.random.default_rng(seeds[0]).permutation(len(everything))
        parts = []
        for fold in range(folds):
            held = set(order[fold::folds].tolist())
            train = tuple(item for i, item in enumerate(everything) if i not in held)
            parts.append((f"fold-{fold + 1}", train, tuple(everything[i] for i in sorted(held))))
    for name, train, test in parts:
        for seed in seeds:
            fit, validation = hold_out(train, seed)
            yield Run(f"{name}-seed-{seed}", seed, fit, validation, test)


def hold_out(train: Sequence[Labelled], seed: int) -> tuple[tuple[Labelled, ...], tuple[Labelled, ...]]:
    """Set a tenth aside for validation, chosen by the seed.

    Files of the same content stay on one side. A file is not set aside if no other has one of its characters, or a text
    as long: what a method can read must show in what it is trained on.

    Returns:
        The images to fit weights to and those set aside, in their order.

    Raises:
        InputError: if there are too few images.
    """
    groups: dict[str, list[int]] = {}
    for i, item in enumerate(train):
        groups.setdefault(hashlib.sha256(item.path.read_bytes()).hexdigest(), []).append(i)
    left = Counter(character for item in train for character in item.text)
    longest = max((len(item.text) for item in train), default=0)
    as_long = sum(len(item.text) == longest for item in train)
    members = list(groups.values())
    held: set[int] = set()
    for g in np.random.default_rng(seed).permutation(len(members)):
        texts = [train[i].text for i in members[g]]
        characters = Counter("".join(texts))
        long = sum(len(text) == longest for text in texts)
        wanted = len(held) + len(texts) <= max(1, round(HELD_OUT * len(train)))
        if wanted and as_long > long and all(left[c] > n for c, n in characters.items()):
            held.update(members[g])
            left -= characters
            as_long -= long
    if not held or len(held) == len(train):
        raise InputError(f"{len(train)} images are too few to set some aside for validation")
    fit = tuple(item for i, item in enumerate(train) if i not in held)
    return fit, tuple(train[i] for i in sorted(held))


def write_csv(path: Path, items: Sequence[Labelled], header: tuple[str, str] = ("image", "text")) -> None:
    """Write a CSV of images and texts; paths are relative to it, as every method wants them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows((os.path.relpath(item.path, path.parent.resolve()), item.text) for item in items)


def median_size(items: Sequence[Labelled]) -> tuple[float, float]:
    """Median height, and that height times the median of width over height: the usual image, in pixels."""
    sizes = []
    for item in items:
        with Image.open(item.path) as image:
            sizes.append(image.size[::-1])
    heights, widths = np.array(sizes, float).T
    height = float(np.median(heights))
    return height, height * float(np.median(widths / heights))
