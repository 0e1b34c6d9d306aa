"""Folders and CSVs of labelled crops, as far as a reader could read them: what a benchmark of trained readers reads."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from keras_reader.config import ReaderConfig
from keras_reader.data.labelled_images import LabelledImages, load_labelled
from keras_reader.errors import InputError
from keras_reader.images import open_colour


class Crops(NamedTuple):
    """Images with their texts.

    Attributes:
        name: of the folder, or of the CSV's folder.
        source: where they come from, as the folder says; empty if it does not.
        images: in their own colours, RGB.
        texts: their true texts.
        left_out: number of images whose text the reader cannot give: another character, or too long.
        chosen_on: images and texts of another part, to choose the modes of other readers on; may be empty.
        plain: for each image, whether it is large and not degraded; empty if that is not known.
    """

    name: str
    source: str
    images: list[Image.Image]
    texts: list[str]
    left_out: int
    chosen_on: tuple[list[Image.Image], list[str]]
    plain: Sequence[bool] = ()

    @property
    def alphabet(self) -> str:
        """The characters of the texts."""
        return "".join(sorted(set("".join(self.texts))))


def load_crops(path: Path, config: ReaderConfig, most: int, choosing: int) -> Crops:
    """Read the test part of a folder, or a CSV.

    Args:
        path: a folder with `test.csv` and maybe `train.csv` and `SOURCE.txt`, or a CSV with the header `image,text`.
        config: of the reader that is to read them.
        most: number of images to read at most, evenly spread.
        choosing: number of images of `train.csv` to choose the modes of other readers on.

    Raises:
        InputError: if a CSV or an image cannot be read.
    """
    folder = path if path.is_dir() else path.parent
    everything = load_labelled(path / "test.csv" if path.is_dir() else path)
    readable = _readable(everything, config)
    source, training = folder / "SOURCE.txt", folder / "train.csv"
    chosen_on = ([], [])
    if path.is_dir() and training.is_file():
        chosen_on = _opened(_readable(load_labelled(training), config), choosing)
    images, texts = _opened(readable, most)
    return Crops(
        name=folder.resolve().name,
        source=" ".join(source.read_text(encoding="utf-8").split()) if source.is_file() else "",
        images=images,
        texts=texts,
        left_out=len(everything) - len(readable),
        chosen_on=chosen_on,
    )


def _readable(labelled: LabelledImages, config: ReaderConfig) -> LabelledImages:
    known = set(config.alphabet)
    indices = [i for i, text in enumerate(labelled.texts) if len(text) <= config.max_length and known.issuperset(text)]
    return labelled.subset(indices) if indices else LabelledImages(labelled.csv_path, (), (), ())


def _opened(labelled: LabelledImages, most: int) -> tuple[list[Image.Image], list[str]]:
    spread: Sequence[int] = range(len(labelled))
    if len(labelled) > most:
        spread = [i * len(labelled) // most for i in range(most)]
    images = []
    for i in spread:
        try:
            images.append(Image.fromarray(open_colour(labelled.paths[i])))
        except InputError as error:
            raise InputError(f"{labelled.csv_path}, line {labelled.lines[i]}: {error}") from None
    return images, [labelled.texts[i] for i in spread]
