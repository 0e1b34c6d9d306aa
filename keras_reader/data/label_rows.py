"""The rows of a CSV of labelled images, read on past whatever is wrong with some of them."""

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from keras_reader.errors import InputError
from keras_reader.limits import CSV_BYTES
from keras_reader.regular_files import read_regular


@dataclass(frozen=True)
class LabelRow:
    """A row of the CSV.

    Attributes:
        csv_path: the CSV.
        line: the line that the row ends on, the header being line 1.
        path: the image file.
        text: the label, normalised to NFC; a line break in it becomes a space.
        as_written: the label as it stands in the CSV.
    """

    csv_path: Path
    line: int
    path: Path
    text: str
    as_written: str


class RowProblem(NamedTuple):
    """What is wrong with a line of the CSV.

    Attributes:
        kind: `"encoding"`, `"line"`, a line that is no row of an image and a text, or `"fields"`, a row of more fields
            than the header has.
        line: the line.
        detail: what is wrong, for a person.
    """

    kind: str
    line: int
    detail: str


def read_label_rows(csv_path: str | Path) -> tuple[list[LabelRow], list[RowProblem]]:
    """Read all rows that can be read, and what is wrong with the others.

    Lines that are not UTF-8 are read as Windows-1252, so that their images can still be looked at.

    Raises:
        InputError: if the file cannot be read or has no columns `image` and `text`.
    """
    csv_path = Path(csv_path)
    content = read_regular(csv_path, CSV_BYTES, "a CSV of labels")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{csv_path}: UTF-16, not UTF-8: save the CSV as UTF-8")
    text, problems = _decode(content.removeprefix(b"\xef\xbb\xbf"))
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(lines, [])
    except csv.Error as error:
        raise InputError(f"{csv_path}, line 1: not a CSV line ({error})") from None
    missing = [name for name in ("image", "text") if name not in header]
    if missing:
        raise InputError(f"{csv_path}, line 1: no column {' or '.join(missing)}: the header must be image,text")
    rows = []
    while True:
        try:
            fields = next(lines)
        except StopIteration:
            return rows, problems
        except csv.Error as error:
            problems.append(RowProblem("line", lines.line_num, f"not a CSV line ({error})"))
            continue
        if not fields:
            continue
        values = dict(zip(header, fields, strict=False))
        if not values.get("image") or "text" not in values:
            problems.append(RowProblem("line", lines.line_num, "a row needs an image and a text"))
            continue
        if len(fields) > len(header):
            detail = f"{len(fields)} fields under {len(header)} names: a text with a comma needs quotes around it"
            problems.append(RowProblem("fields", lines.line_num, detail))
        written = values["text"]
        path = csv_path.parent / values["image"]
        rows.append(LabelRow(csv_path, lines.line_num, path, normalized_text(written), written))


def normalized_text(text: str) -> str:
    """A text in the form that readers are trained on: Unicode's NFC, and a space for each line break."""
    return unicodedata.normalize("NFC", re.sub(r"\s*[\r\n]+\s*", " ", text))


def _decode(content):
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    parts, problems = [], []
    for number, line in enumerate(content.split(b"\n"), 1):
        try:
            parts.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            parts.append(line.decode("cp1252", errors="replace"))
            problems.append(RowProblem("encoding", number, f"not UTF-8 (as Windows-1252: {parts[-1].strip()})"))
    return "\n".join(parts), problems
