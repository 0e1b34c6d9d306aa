"""Tables of what was read of printed crops: by size, kind of text, degradation and kind of font."""

import statistics
from collections.abc import Iterator, Sequence

from benchmarks.common.font_kinds import KINDS, font_kinds
from benchmarks.common.look_alikes import but_for_look_alikes
from benchmarks.common.markdown_page import table
from benchmarks.common.printed_crops import Printed, size_class
from benchmarks.common.tally import Tally, tallies, tally

SET_ASIDE = "fonts set aside"
WORST = 5  # families that are named
LARGE = 20  # pixels of the capitals' height in the reader's image


def large_crops(printed: Sequence[Printed]) -> tuple[list[Printed], list[Printed]]:
    """The large crops that are not degraded, and those that are."""
    large = [row for row in printed if row.height >= LARGE]
    return [r for r in large if r.degradation == "none"], [r for r in large if r.degradation != "none"]


def on_fonts(printed: Sequence[Printed]) -> Iterator[str]:
    """The section on fonts that are set aside: tables by size and by kind of text, and the families."""
    families = len({row.family for row in printed})
    degradations = list(dict.fromkeys(row.degradation for row in sorted(printed, key=_order)))
    yield "## Fonts set aside"
    yield (
        f"{len(printed):,} crops in {families} families of fonts, none of which was trained on. The size is the height "
        "of the font's capitals in pixels of the reader's image. In brackets the character error rate."
    )
    for title, key in (("size", lambda row: size_class(row.height)), ("kind of text", lambda row: row.kind)):
        keys = sorted({key(row) for row in printed})
        rows = []
        for value in [*keys, "all"]:
            of_value = [row for row in printed if value == "all" or key(row) == value]
            groups = [[row for row in of_value if row.degradation == d] for d in degradations]
            cells = [tally((row.text, row.read) for row in group) for group in [*groups, of_value]]
            rows.append((value[1] if isinstance(value, tuple) else value, *map(_cell, cells)))
        yield table((title, *(f"degradation: {d}" for d in degradations), "all"), rows)
    clean, _ = large_crops(printed)
    shapes = tally((but_for_look_alikes(row.text), but_for_look_alikes(row.read)) for row in clean)
    yield (
        f"Of the {len(clean):,} crops of {LARGE} px and more that are not degraded, {100 * shapes.accuracy:.2f} % read "
        "right if upper and lower case, 0 and O, and 1, I and l count as the same, since many fonts draw them alike; "
        "the rest are other mistakes."
    )
    yield from _by_family(printed)


def _by_family(printed):
    """What is read of the crops of each family that are not degraded strongly, the best first."""
    read = tallies((row.family, row.text, row.read) for row in printed if row.degradation != "strong")
    ordered = sorted(read.items(), key=lambda item: (-item[1].accuracy, item[0].lower()))
    if not ordered:
        return
    middle = statistics.median(counted.accuracy for _, counted in ordered)
    worst = ordered[-WORST:]
    yield (
        f"Of the crops that are not degraded strongly, it reads {100 * middle:.1f} % in the family in the middle, and "
        f"least in {', '.join(f'{family} ({100 * counted.accuracy:.0f} %)' for family, counted in reversed(worst))}."
    )
    rows = table(("family", "not degraded strongly"), [(family, _cell(counted)) for family, counted in ordered])
    yield f"<details><summary>All families</summary>\n\n{rows}\n\n</details>"


def on_kinds_of_fonts(printed: Sequence[Printed], trained: Sequence[Printed]) -> Iterator[str]:
    """The section by kind of font: crops in fonts that are set aside, beside those in fonts that were trained on."""
    yield "### By kind of font"
    yield (
        f"The same crops, and {len(trained):,} others with other texts in the fonts that it was trained on, of all "
        "sizes and degradations. The name of a font and the widths of its letters say of which kinds it is, and it can "
        "be of several. Displays of segments are on one side only, since all that Debian has are of one origin."
    )
    rows = []
    for kind in (*KINDS, "all"):
        groups = [[r for r in side if kind == "all" or kind in font_kinds(r.font)] for side in (printed, trained)]
        rows.append((kind, *(_cell(tally((r.text, r.read) for r in group)) for group in groups)))
    yield table(("kind of font", SET_ASIDE, "fonts that it was trained on"), rows)


def _order(row):
    return {"none": 0, "light": 1, "strong": 2}.get(row.degradation, 3)


def _cell(counted: Tally) -> str:
    return f"{counted} ({counted.character_errors})" if counted.words else "-"
