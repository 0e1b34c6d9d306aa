"""The user's own images: a CSV of file names and texts."""

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np

from keras_reader.alphabet import Alphabet
from keras_reader.errors import InputError
from keras_reader.images import open_grey
from keras_reader.resize import resize


class LabelledImages(NamedTuple):
    """Images with their texts, in the order of the CSV.

    Attributes:
        images: float32 `(images, height, width)` in [0, 1].
        texts: the text of each image.
        paths: the file of each image.
    """

    images: np.ndarray
    texts: list[str]
    paths: list[Path]

    def subset(self, indices) -> "LabelledImages":
        """The images of the given indices, in their order."""
        return LabelledImages(self.images[indices], [self.texts[i] for i in indices], [self.paths[i] for i in indices])


def load_labelled(
    csv_path: str | Path, alphabet: Alphabet, max_length: int, image_size: tuple[int, int]
) -> LabelledImages:
    """Read a CSV with the header `image,text` and its images, resized to `image_size`.

    Paths are relative to the CSV. Further columns are ignored.

    Raises:
        InputError: naming the file and line, if the CSV or an image cannot be read, a column is
            missing, there are no rows, or a text is too long or has an unknown character.
    """
    csv_path = Path(csv_path)
    images, texts, paths = [], [], []
    for line, image, text in _rows(csv_path):
        where = f"{csv_path}, line {line}"
        try:
            alphabet.encode(text, max_length + 1)
            path = csv_path.parent / image
            images.append(resize(open_grey(path), image_size))
        except InputError as error:
            raise InputError(f"{where}: {error}") from None
        texts.append(text)
        paths.append(path)
    if not texts:
        raise InputError(f"{csv_path}: no rows below the header: add a line for each image")
    return LabelledImages(np.stack(images), texts, paths)


def _rows(path):
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [name for name in ("image", "text") if name not in (reader.fieldnames or [])]
            if missing:
                raise InputError(f"{path}, line 1: no column {' or '.join(missing)}: the header must be image,text")
            for row in reader:
                if not row["image"] or row["text"] is None:
                    raise InputError(f"{path}, line {reader.line_num}: a row needs an image and a text")
                yield reader.line_num, row["image"], row["text"]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8: save the CSV as UTF-8") from None
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num + 1}: not a CSV line ({error})") from None
