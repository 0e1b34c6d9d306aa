"""The rows of a CSV of labelled images, read on past whatever is wrong with some of them."""

import csv
import io
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

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
        text: the label, normalised to NFC; a line break between lines becomes a space.
        as_written: the label as it stands in the CSV.
        laid_out: the label, normalised to NFC, with `"\\n"` between the lines of the picture.
    """

    csv_path: Path
    line: int
    path: Path
    text: str
    as_written: str

    @property
    def laid_out(self) -> str:
        return _normalized(self.as_written, "\n")


class RowProblem(NamedTuple):
    """What is wrong with a line of the CSV.

    Attributes:
        kind: `"encoding"`, `"line"`, a line that is no row of an image and a text, or `"fields"`, a row that has
            something in more fields than the header has.
        line: the line.
        detail: what is wrong, for a person.
    """

    kind: str
    line: int
    detail: str


def lines_in_words(lines: Sequence[int], most: int = 5) -> str:
    """Lines of a CSV as a person is told them: `line 3`, or `lines 2, 5, ...` with at most so many numbers."""
    numbers = ", ".join(map(str, lines[:most])) + ", ..." * (len(lines) > most)
    return f"{'line' if len(set(lines)) == 1 else 'lines'} {numbers}"


def read_label_rows(csv_path: str | Path) -> tuple[list[LabelRow], list[RowProblem]]:
    """Read all rows that can be read, and what is wrong with the others.

    The header decides what stands between fields: commas, semicolons or tabs. If it has blanks behind them, so may the
    rows. Case and blanks around its names do not matter. Lines that are not UTF-8 are read as Windows-1252, so that
    their images can still be looked at. A backslash in a path is taken for a slash if there is no such file otherwise,
    and a name for the same one in another form of Unicode. Rows without anything in them are left out, and so is a line
    `sep=;` above the header.

    Raises:
        InputError: if the file cannot be read, or does not have one column `image` and one column `text`.
    """
    csv_path = Path(csv_path)
    content = read_regular(csv_path, CSV_BYTES, "a CSV of labels")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        form = "UTF-32" if content[2:4] == b"\0\0" else "UTF-16"
        raise InputError(f"{csv_path}: {form}, not UTF-8: save the CSV as UTF-8")
    text, problems = _decode(content.removeprefix(b"\xef\xbb\xbf"))
    form = _form(csv_path, text)
    lines = csv.reader(io.StringIO(text, newline=""), strict=True, **form.dialect)
    _header(lines)
    rows = []
    while True:
        began = lines.line_num + 1
        try:
            fields = next(lines)
        except StopIteration:
            return rows, problems
        except csv.Error as error:
            if str(error) == "unexpected end of data":
                problems.append(RowProblem("line", began, "a quote that begins in this row is never closed"))
            else:
                problems.append(RowProblem("line", lines.line_num, f"not a CSV line ({error})"))
            continue
        # Spreadsheets write rows of delimiters alone for cells that were emptied.
        if not any(map(str.strip, fields)):
            continue
        if len(fields) <= max(form.image, form.text) or not fields[form.image]:
            problems.append(RowProblem("line", lines.line_num, "a row needs an image and a text"))
            continue
        if any(map(str.strip, fields[form.columns :])):
            delimiter = _DELIMITERS[form.dialect["delimiter"]]
            detail = (
                f"{len(fields)} fields under {form.columns} names: a text with a {delimiter} needs quotes around it"
            )
            problems.append(RowProblem("fields", lines.line_num, detail))
        written = fields[form.text]
        path = _found(csv_path.parent, fields[form.image])
        rows.append(LabelRow(csv_path, lines.line_num, path, normalized_text(written), written))


# What may stand between fields, and what it is called. Spreadsheets write semicolons where the comma is for decimals.
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}


class _Form(NamedTuple):
    """How a CSV is written, and the places of its columns."""

    dialect: dict[str, Any]
    columns: int
    image: int
    text: int


def _form(csv_path, text):
    """What the header says: the delimiter is the one that gives both columns."""
    failures = []
    for delimiter in _DELIMITERS:
        try:
            raw, header = (_first_row(text, delimiter=delimiter, skipinitialspace=skip) for skip in (False, True))
        except csv.Error as error:
            failures.append((2, f"not a CSV line ({error})"))
            continue
        names = [name.strip().casefold() for name in header]
        counts = {name: names.count(name) for name in ("image", "text")}
        missing = [name for name, count in counts.items() if not count]
        if missing:
            reason = f"no column {' or '.join(missing)}: the header must be image,text"
            failures.append((len(missing), reason))
            continue
        several = [f"{count} columns {name}" for name, count in counts.items() if count > 1]
        if several:
            raise InputError(f"{csv_path}, line 1: {' and '.join(several)}: there must be one")
        image, text_column = names.index("image"), names.index("text")
        has_blanks = any(raw[column].startswith(" ") for column in (image, text_column))
        return _Form({"delimiter": delimiter, "skipinitialspace": has_blanks}, len(names), image, text_column)
    _, reason = min(failures, key=lambda failure: failure[0])  # of the delimiter that comes closest
    raise InputError(f"{csv_path}, line 1: {reason}")


def _first_row(text, **dialect):
    return _header(csv.reader(io.StringIO(text, newline=""), strict=True, **dialect))


def _header(lines):
    """The first row, but for empty ones and one that tells a spreadsheet what stands between fields, `sep=;`."""
    return next((row for row in lines if any(map(str.strip, row)) and not row[0].lower().startswith("sep=")), [])


def _found(folder, name):
    """The path of an image. One that was written on Windows has backslashes; of a folder that was on macOS, the names
    may have their accents apart from the letters, and the CSV not."""
    written = folder / name
    # Most are found so. A path that is too long does not exist either.
    if os.path.exists(written):  # noqa: PTH110
        return written
    for slashed in (name, name.replace("\\", "/")):
        for form in (slashed, unicodedata.normalize("NFC", slashed), unicodedata.normalize("NFD", slashed)):
            if os.path.exists(folder / form):  # noqa: PTH110
                return folder / form
    return written


def normalized_text(text: str) -> str:
    """A text in the form that readers are trained on: Unicode's NFC, and a space for each line break between lines."""
    return _normalized(text, " ")


def _normalized(text, line_break):
    first, *others = re.split(r"[\r\n]+", text)
    if others:
        *between, last = others
        # A cell of a spreadsheet may begin or end with a line break that nobody sees.
        lines = [first.rstrip(), *map(str.strip, between), last.lstrip()]
        text = line_break.join(filter(None, lines))
    return unicodedata.normalize("NFC", text)


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
