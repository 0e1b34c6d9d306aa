"""The user's own images: a CSV of file names and texts."""

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from keras_reader.alphabet import Alphabet
from keras_reader.data.example import Example
from keras_reader.errors import InputError
from keras_reader.images import open_grey
from keras_reader.regular_files import open_regular


@dataclass(frozen=True)
class LabelledImages:
    """Image files with their texts, in the order of the CSV.

    Attributes:
        csv_path: the CSV.
        paths: the file of each image.
        texts: the text of each image.
        lines: the line of each image in the CSV, the header being line 1.
    """

    csv_path: Path
    paths: tuple[Path, ...]
    texts: tuple[str, ...]
    lines: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.paths)

    def subset(self, indices) -> "LabelledImages":
        """The images of the given indices, in their order."""
        chosen = [tuple(values[i] for i in indices) for values in (self.paths, self.texts, self.lines)]
        return LabelledImages(self.csv_path, *chosen)

    def examples(self) -> Iterator[Example]:
        """The images with their texts, each opened when its turn comes.

        Raises:
            InputError: naming the CSV, the line and the file, if an image cannot be read.
        """
        for path, text, line in zip(self.paths, self.texts, self.lines, strict=True):
            try:
                image = open_grey(path)
            except InputError as error:
                raise InputError(f"{self.csv_path}, line {line}: {error}") from None
            yield Example(image=image, text=text, source=str(path))


def load_labelled(csv_path: str | Path, alphabet: Alphabet, max_length: int) -> LabelledImages:
    """Read a CSV with the header `image,text`.

    Paths are relative to the CSV. Further columns are ignored. The images are not opened yet.

    Raises:
        InputError: naming the file and line, if the CSV cannot be read, a column is missing, there are no rows, an
            image file is missing, or a text is too long or has an unknown character.
    """
    csv_path = Path(csv_path)
    paths, texts, lines = [], [], []
    for line, image, text in _rows(csv_path):
        try:
            alphabet.check(text, max_length)
        except InputError as error:
            raise InputError(f"{csv_path}, line {line}: {error}") from None
        path = csv_path.parent / image
        if not os.path.exists(path):  # noqa: PTH110 - a path that is too long is none, too
            raise InputError(f"{csv_path}, line {line}: {path}: no such file: paths are relative to the CSV")
        paths.append(path)
        texts.append(text)
        lines.append(line)
    if not texts:
        raise InputError(f"{csv_path}: no rows below the header: add a line for each image")
    return LabelledImages(csv_path, tuple(paths), tuple(texts), tuple(lines))


def _rows(path):
    try:
        with io.TextIOWrapper(open_regular(path), encoding="utf-8-sig", newline="") as file:
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
