"""Labelled images: a CSV of file names and texts."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from keras_reader.alphabet import Alphabet, characters_in_words, unseen_characters
from keras_reader.data.example import Example
from keras_reader.data.label_rows import LabelRow, read_label_rows
from keras_reader.errors import InputError
from keras_reader.images import open_grey


@dataclass(frozen=True)
class LabelledImages:
    """Image files with their texts, in the order of the CSV.

    Attributes:
        csv_path: the CSV.
        paths: the file of each image.
        texts: the text of each image.
        lines: the line of each image in the CSV. The header is line 1.
        laid_out: the text of each image with `"\\n"` between the lines of the picture; `texts` have a space there.
            Without them, each text is one line.
    """

    csv_path: Path
    paths: tuple[Path, ...]
    texts: tuple[str, ...]
    lines: tuple[int, ...]
    # It tells nothing of what is trained on that `texts` do not tell.
    laid_out: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if not self.laid_out:
            object.__setattr__(self, "laid_out", self.texts)

    @classmethod
    def of_rows(cls, rows: Sequence[LabelRow]) -> "LabelledImages":
        """The images of the rows of a CSV; at least one."""
        columns = ([getattr(row, name) for row in rows] for name in ("path", "text", "line", "laid_out"))
        return cls(rows[0].csv_path, *map(tuple, columns))

    def __len__(self) -> int:
        return len(self.paths)

    def subset(self, indices) -> "LabelledImages":
        """The images with the given indices, in that order."""
        every = (self.paths, self.texts, self.lines, self.laid_out)
        chosen = [tuple(values[i] for i in indices) for values in every]
        return LabelledImages(self.csv_path, *chosen)

    def joined(self, other: "LabelledImages") -> "LabelledImages":
        """These images and others; the CSV is that of these."""
        return LabelledImages(
            self.csv_path,
            self.paths + other.paths,
            self.texts + other.texts,
            self.lines + other.lines,
            self.laid_out + other.laid_out,
        )

    def check(self, alphabet: Alphabet, max_length: int) -> None:
        """Check that a reader can give every text.

        Raises:
            InputError: if a text is too long or has an unknown character. It names the file and the line.
        """
        for text, line in zip(self.texts, self.lines, strict=True):
            try:
                alphabet.check(text, max_length)
            except InputError as error:
                raise InputError(f"{self.csv_path}, line {line}: {error}") from None

    def unreadable(self, alphabet: Alphabet, max_length: int) -> list[int]:
        """Indices of the images whose text a reader cannot give: it is too long or has an unknown character."""
        return [i for i, text in enumerate(self.texts) if not alphabet.can_spell(text, max_length)]

    def examples(self) -> Iterator[Example]:
        """The images with their texts. Each image is opened when it is needed.

        Raises:
            InputError: if an image cannot be read. It names the CSV, the line and the file.
        """
        for path, text, line in zip(self.paths, self.texts, self.lines, strict=True):
            try:
                image = open_grey(path)
            except InputError as error:
                raise InputError(f"{self.csv_path}, line {line}: {error}") from None
            yield Example(image=image, text=text, source=str(path), path=path)


def load_labelled(
    csv_path: str | Path, alphabet: Alphabet | None = None, max_length: int | None = None
) -> LabelledImages:
    """Read a CSV with the header `image,text`, in any case, with commas, semicolons or tabs.

    Paths are relative to the CSV, with slashes or backslashes. Other columns are ignored. Texts are normalised to NFC,
    and a line break in a text becomes a space. The images are not opened yet.

    Args:
        csv_path: the CSV.
        alphabet: the characters that a text may have; `None` for any.
        max_length: the most characters that a text may have; `None` for any number.

    Raises:
        InputError: if the CSV cannot be read, a column is missing, there are no rows, an image file is missing, or a
            text is too long or has an unknown character. It names the file and the line.
    """
    csv_path = Path(csv_path)
    rows, problems = read_label_rows(csv_path)
    for problem in problems:
        if problem.kind == "encoding":
            raise InputError(f"{csv_path}, line {problem.line}: not UTF-8: save the CSV as UTF-8")
        if problem.kind in ("line", "fields"):
            raise InputError(f"{csv_path}, line {problem.line}: {problem.detail}")
    if not rows:
        raise InputError(f"{csv_path}: no rows below the header: add a line for each image")
    for row in rows:
        if not os.path.exists(row.path):  # noqa: PTH110 - a path that is too long does not exist either
            raise InputError(f"{csv_path}, line {row.line}: {row.path}: no such file: paths are relative to the CSV")
        unseen = unseen_characters(row.text)
        if unseen:
            raise InputError(
                f"{csv_path}, line {row.line}: the text has {characters_in_words(unseen)}, which cannot be part of a "
                "line of text: take it out"
            )
    labelled = LabelledImages.of_rows(rows)
    if alphabet is not None:
        labelled.check(alphabet, max(map(len, labelled.texts)) if max_length is None else max_length)
    return labelled


def load_readable(csv_path: str | Path, alphabet: Alphabet, max_length: int) -> tuple[LabelledImages, list[int]]:
    """Labelled images that a finished reader is shown, and the indices of those whose text it cannot give.

    Such a text counts as misread: a plate with a character that no training image showed is a mistake as any other, and
    so is a label with a slip of the pen.

    Args:
        csv_path: the CSV; see `load_labelled`.
        alphabet: the characters that the reader knows.
        max_length: the most characters that it gives.

    Raises:
        InputError: if the images cannot be loaded, or the reader can give none of the texts.
    """
    labelled = load_labelled(csv_path)
    unreadable = labelled.unreadable(alphabet, max_length)
    if len(unreadable) == len(labelled):
        try:
            labelled.check(alphabet, max_length)
        except InputError as error:
            raise InputError(f"{error}; nor can this reader give another of the texts: choose another reader") from None
    return labelled, unreadable
