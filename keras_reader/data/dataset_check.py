"""What is wrong with labelled images, found before an hour of training is spent on them."""

import hashlib
import os
import statistics
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from keras_reader.alphabet import UNSEEN, unseen_characters
from keras_reader.data.holdout import also_trained_on, content_digest, describe_leak
from keras_reader.data.label_rows import LabelRow, lines_in_words, read_label_rows
from keras_reader.data.labelled_images import LabelledImages
from keras_reader.data.near_copies import LabelledThumbnail, near_copies, thumbnail
from keras_reader.errors import InputError
from keras_reader.image_files import open_picture, read_image_file

RARE = 5  # a character that is seen less often than this is hardly learnt
FEW_IMAGES = 100
LONG_TEXT = 25  # characters, more than a reader is made for
# Levels from the darkest to the brightest pixel. Scans of faint receipts and photographs of plates have 50 and more;
# 16-bit pictures whose values end at 4,095 have 15.
LEAST_CONTRAST = 32

OK, NOTE, WARNING, ERROR = "ok", "note", "warning", "error"


class Finding(NamedTuple):
    """The result of one check: a row of the table.

    Attributes:
        status: `OK`; `NOTE`, worth knowing; `WARNING`, training goes on and its reader may be the worse for it;
            `ERROR`, training would fail.
        check: what was looked for.
        result: what was found, in a line.
        places: each place where it was found, with file and line.
    """

    status: str
    check: str
    result: str
    places: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class CheckedImage:
    """A row whose image can be read.

    Attributes:
        row: the row.
        size: `(height, width)` of the image in pixels, the right way up.
        content: digest of its size and grey levels: equal for equal pictures, whatever their files.
        contrast: from its darkest to its brightest level, in [0, 255].
        thumbnail: a small copy of it; see `keras_reader.data.near_copies.thumbnail`.
    """

    row: LabelRow
    size: tuple[int, int]
    content: bytes
    contrast: int
    thumbnail: np.ndarray

    @property
    def small(self) -> LabelledThumbnail:
        """A small copy of it with its label."""
        height, width = self.size
        return LabelledThumbnail(self.thumbnail, width / height, self.row.text)

    @property
    def is_legible(self) -> bool:
        """Whether it has a label, and more than one level."""
        return bool(self.row.text) and self.contrast > 0


@dataclass
class DatasetCheck:
    """Labelled images, looked through.

    Attributes:
        training, validation: the images that can be read.
        findings: the table.
    """

    training: list[CheckedImage] = field(default_factory=list)
    validation: list[CheckedImage] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def fails(self) -> bool:
        """Whether training would fail."""
        return any(finding.status == ERROR for finding in self.findings)

    def labelled(self) -> LabelledImages:
        """The images that can be read, those to train on first, with their NFC labels; at least one."""
        return LabelledImages.of_rows([image.row for image in self.training + self.validation])


def check_dataset(
    csv_path: str | Path,
    validation_path: str | Path | None = None,
    alphabet: str | None = None,
    max_length: int | None = None,
    progress: Callable[[Sequence[LabelRow]], Iterable[LabelRow]] = lambda rows: rows,
) -> DatasetCheck:
    """Look through labelled images, and go on past every problem.

    Args:
        csv_path: the CSV of the images to train on.
        validation_path: the CSV of those to validate on; `None` if they are held out of the first.
        alphabet: the characters that a label may have; `None` for any.
        max_length: the most characters that a label may have; `None` for any number.
        progress: is given the rows and gives them back while their images are opened.

    Returns:
        The images that can be read, and a finding for each check.

    Raises:
        InputError: if a CSV cannot be read at all, lacks a column, or is given twice.
    """
    paths = [Path(path) for path in (csv_path, validation_path) if path is not None]
    if len({path.resolve() for path in paths}) < len(paths):
        raise InputError(f"{paths[1]}: the same file to train and to validate on: give another one, or none")
    read = [read_label_rows(path) for path in paths]
    rows = [row for rows, _ in read for row in rows]
    problems = [(path, problem) for path, (_, found) in zip(paths, read, strict=True) for problem in found]
    check = DatasetCheck()
    add = check.findings.append

    names = _short_names(paths)
    counts = ", ".join(f"{len(rows):,} in {names[path]}" for path, (rows, _) in zip(paths, read, strict=True))
    empty = tuple(f"{path}: no rows below the header" for path, (rows, _) in zip(paths, read, strict=True) if not rows)
    add(Finding(ERROR if empty else OK, "rows", counts, empty))
    for kind, name, status in (
        ("encoding", "lines that are not UTF-8", ERROR),
        ("line", "lines that are no row", ERROR),
        ("fields", "rows of too many fields", ERROR),
    ):
        found = [(path, problem.line, problem.detail) for path, problem in problems if problem.kind == kind]
        add(_finding(status, name, found))

    images, missing, broken = _open_all(rows, progress)
    check.training = [image for image in images if image.row.csv_path == paths[0]]
    check.validation = [image for image in images if image.row.csv_path != paths[0]]
    add(_finding(ERROR, "missing files", missing))
    add(_finding(ERROR, "broken images", broken))
    check.findings += _contrast_findings(images)
    check.findings += _label_findings(rows, alphabet, max_length)
    check.findings += _character_findings(check)
    check.findings += _content_findings(check)
    if images:
        check.findings += [_sizes(images)]
    if len(check.training) < FEW_IMAGES or not _is_enough(check):
        status = WARNING if _is_enough(check) else ERROR
        one = ", all of them one picture" if status == ERROR and len(check.training) > 1 else ""
        add(Finding(status, "few images", f"{len(check.training)} to train on{one}: a few hundred read much better"))
    return check


def _is_enough(check):
    """Whether there is something to train on besides what is validated on, as training wants it."""
    if check.validation:
        return bool(check.training)
    return len({image.content for image in check.training}) > 1


def _open_all(rows, progress):
    """Open the image of each row once; files of the same bytes are decoded once."""
    images, missing, broken = [], [], []
    decoded = {}
    for row in progress(rows):
        if not os.path.exists(row.path):  # noqa: PTH110 - a path that is too long does not exist either
            missing.append((row.csv_path, row.line, f"{row.path}: no such file: paths are relative to the CSV"))
            continue
        try:
            file = hashlib.blake2b(read_image_file(row.path)).digest()
            if file not in decoded:
                pixels, size = open_picture(row.path)
                contrast = int(pixels.max()) - int(pixels.min())
                decoded[file] = size, content_digest(pixels), contrast, thumbnail(pixels)
        except InputError as error:
            broken.append(_place(row, str(error).removeprefix(f"{row.path}: ")))
        except OSError as error:
            broken.append(_place(row, f"cannot be read ({error.strerror})"))
        else:
            images.append(CheckedImage(row, *decoded[file]))
    return images, missing, broken


def _contrast_findings(images):
    flat, faint = [], []
    for image in images:
        if image.row.text and image.contrast == 0:
            flat.append(_place(image.row, ""))
        elif image.row.text and image.contrast < LEAST_CONTRAST:
            faint.append(_place(image.row, f"{image.contrast} of 255 levels from its darkest pixel to its brightest"))
    finding = _finding(WARNING, "pictures of very low contrast", faint)
    if faint:
        advice = "the reader sees brightness, no colours; stretch the levels, in a 16-bit file up to 65,535"
        finding = finding._replace(result=f"{finding.result}: {advice}")
    return [_finding(WARNING, "pictures of one level", flat), finding]


def _label_findings(rows, alphabet, max_length):
    findings = []
    if alphabet is not None:
        known = set(unicodedata.normalize("NFC", alphabet))
        unknown = [(row, sorted(set(row.text) - known)) for row in rows]
        places = [_label(row, f"has {_shown(characters)}") for row, characters in unknown if characters]
        findings.append(_finding(ERROR, "unknown characters", places))
    if max_length is not None:
        places = [_label(row, f"has {len(row.text)} characters") for row in rows if len(row.text) > max_length]
        findings.append(_finding(ERROR, f"texts of more than {max_length} characters", places))
    long = [_label(row, f"has {len(row.text)} characters") for row in rows if len(row.text) > LONG_TEXT]
    findings.append(_finding(WARNING, f"long texts, of more than {LONG_TEXT} characters", long))
    if len(rows) > 1 and len({row.text for row in rows}) == 1:
        findings.append(Finding(WARNING, "texts", "all are the same: the reader learns to say it, whatever it sees"))
    findings.append(_finding(NOTE, "empty texts", [_place(row, "") for row in rows if not row.text]))
    places = [_label(row, "is normalised") for row in rows if not unicodedata.is_normalized("NFC", row.as_written)]
    findings.append(_finding(NOTE, "labels that are not NFC", places))
    places = [_label(row, "begins or ends with space") for row in rows if row.text != row.text.strip()]
    findings.append(_finding(WARNING, "space around labels", places))
    control, hidden = [], []
    for row in rows:
        unseen = unseen_characters(row.text)
        others = sorted(set(filter(_is_hidden, row.text)).difference(unseen))
        for places, characters in ((control, unseen), (hidden, others)):
            if characters:
                places.append(_label(row, f"has {_shown(characters)}"))
    findings.append(_finding(ERROR, "control characters", control))
    findings.append(_finding(WARNING, "invisible characters", hidden))
    return findings


def _is_hidden(character):
    """Whether a person cannot tell from what is shown that it is there, or that it is no usual space.

    So it is with format characters (zero-width space, soft hyphen), private ones, the no-break space of spreadsheets
    and pages of the web, and with all that no line of text can have.
    """
    return unicodedata.category(character) in (*UNSEEN, "Cf", "Co", "Zs") and character != " "


def _character_findings(check):
    lines = defaultdict(list)
    for image in check.training:
        for character in image.row.text:
            lines[character].append(image.row.line)
    rare = sorted((len(found), character) for character, found in lines.items() if len(found) < RARE)
    places = []
    for count, character in rare:
        where = lines_in_words(sorted(set(lines[character])))
        times = "once" if count == 1 else f"{count} times"
        places.append(f"{_shown([character])}: {times}, in {where}")
    result = f"{len(rare):,}: {_shown([c for _, c in rare[:20]])}{' ...' * (len(rare) > 20)}" if rare else "none"
    status = WARNING if rare else OK
    findings = [Finding(status, f"characters seen fewer than {RARE} times", result, tuple(places))]
    if check.validation:
        new = [(image.row, sorted(set(image.row.text) - set(lines))) for image in check.validation]
        places = [_label(row, f"has {_shown(characters)}") for row, characters in new if characters]
        findings.append(_finding(WARNING, "characters to validate on only", places))
    return findings


def _content_findings(check):
    """Pictures that are there more than once, and pictures on both sides."""
    differing, same = [], []
    by_content = defaultdict(list)
    for image in check.training + check.validation:
        by_content[image.content].append(image.row)
    names = _short_names({row.csv_path for rows in by_content.values() for row in rows})
    for rows in by_content.values():
        if len({row.text for row in rows}) > 1:
            differing.append(_several(rows, names))
        elif len(rows) > 1:
            same.append(_several(rows, names))
    findings = [
        _grouped(WARNING, "the same picture with different labels", differing),
        _grouped(NOTE, "the same picture again", same),
    ]
    if check.validation:
        contents = [image.content for image in check.validation]
        shared = also_trained_on([image.content for image in check.training], contents)
        leaks = tuple(_several(by_content[content], names) for content in dict.fromkeys(contents[i] for i in shared))
        status, result = (ERROR, describe_leak(len(shared))) if shared else (OK, "none")
        findings.append(Finding(status, "pictures to train and to validate on", result, leaks))
        findings.append(_finding(WARNING, "nearly the same to train and to validate on", _near(check, set(shared))))
        texts = {image.row.text for image in check.training}
        seen = sum(image.row.text in texts for image in check.validation)
        result = f"{seen:,} of {len(check.validation):,} images to validate on have a text that is trained on"
        findings.append(Finding(NOTE if seen else OK, "texts to train and to validate on", result))
    return findings


def _near(check, shared):
    """Pictures to validate on that are nearly one to train on, but for those that are exactly one."""
    training = [image for image in check.training if image.is_legible]
    others = [image for i, image in enumerate(check.validation) if image.is_legible and i not in shared]
    pairs = near_copies(*([image.small for image in images] for images in (training, others)))
    rows = [(training[i].row, others[j].row) for i, j in pairs]
    return [_place(other, f"is nearly {row.path} in line {row.line} of {row.csv_path}") for row, other in rows]


def _sizes(images):
    by_area = sorted((image.size for image in images), key=lambda size: size[0] * size[1])
    height, width = (statistics.median(side) for side in zip(*by_area, strict=True))
    ratios = sorted(width / height for height, width in by_area)
    smallest, largest = by_area[0], by_area[-1]
    least, most = (f"{ratio:.2g}" for ratio in (ratios[0], ratios[-1]))
    result = (
        f"{smallest[0]}x{smallest[1]} smallest, {height:g}x{width:g} median, {largest[0]}x{largest[1]} largest "
        f"(height x width); {least if least == most else f'{least} to {most}'} times as wide as high"
    )
    return Finding(OK, "size of the pictures", result)


def _finding(status, check, places):
    """A finding of single rows: `places` are file, line and detail of each."""
    if not places:
        return Finding(OK, check, "none")
    by_file = defaultdict(list)
    for path, line, _ in places:
        by_file[path].append(line)
    names = _short_names(by_file)
    lines = "; ".join(f"{names[path]}, {lines_in_words(found)}" for path, found in by_file.items())
    texts = tuple(f"{path}, line {line}{': ' * bool(detail)}{detail}" for path, line, detail in places)
    return Finding(status, check, f"{len(places):,}: {lines}", texts)


def _grouped(status, check, groups):
    if not groups:
        return Finding(OK, check, "none")
    return Finding(status, check, f"{len(groups):,}: {groups[0]}{', ...' * (len(groups) > 1)}", tuple(groups))


def _short_names(paths):
    """The name of each file, or its path if another one has the same name."""
    counts = Counter(path.name for path in paths)
    return {path: path.name if counts[path.name] == 1 else str(path) for path in paths}


def _several(rows, names):
    """Rows of one picture in a line."""
    paths = dict.fromkeys(row.csv_path for row in rows)
    return " and ".join(f"{names[path]}, {_of_file(rows, path)}" for path in paths)


def _of_file(rows, path):
    return ", ".join(f"line {row.line} {_quoted(row.text)}" for row in rows if row.csv_path == path)


def _place(row, detail):
    return row.csv_path, row.line, f"{row.path.name}{': ' * bool(detail)}{detail}"


def _label(row, detail):
    return row.csv_path, row.line, f"{_quoted(row.as_written)} {detail}"


def _quoted(text):
    return '"' + "".join(_visible(character) for character in text) + '"'


def _shown(characters):
    return " ".join(_visible(character) if character != " " else "space" for character in characters)


def _visible(character):
    is_unclear = _is_hidden(character) or unicodedata.combining(character)
    return f"U+{ord(character):04X}" if is_unclear else character
