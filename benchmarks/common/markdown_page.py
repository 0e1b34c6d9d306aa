"""Markdown pages that benchmarks print and write."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from keras_reader.atomic_files import replacing


def table(header: Sequence[str], rows: Iterable[Sequence]) -> str:
    """A table whose columns line up in a terminal too. All columns but the first are right-aligned."""
    lines = [list(map(str, row)) for row in (header, *rows)]
    widths = [max(3, *map(len, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [
        [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        for row in (lines[0], rule, *lines[1:])
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def publish(parts: Iterable[str], path: Path | None) -> None:
    """Print the paragraphs and tables of a page, and write them to `path` unless it is `None`."""
    parts = list(parts)
    print(_text(parts), end="")
    if path:
        write_page(parts, path)


def write_page(parts: Iterable[str], path: Path) -> None:
    """Write the paragraphs and tables of a page to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_text(_text(parts), encoding="utf-8")


def _text(parts):
    return "\n\n".join(parts) + "\n"


def share(part: float, whole: float) -> str:
    """`part` of `whole` in percent with two decimals, or a dash if `whole` is 0."""
    return f"{100 * part / whole:.2f} %" if whole else "-"


def with_error(rate: float, count: int) -> str:
    """A share in [0, 1] that was measured on `count` cases, in percent with its standard error."""
    return f"{share(rate, 1)} +- {share((rate * (1 - rate) / count) ** 0.5, 1)}"
