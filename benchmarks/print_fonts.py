"""The fonts that teach the reader `print`: installs them, judges them, and lists them with their licences.

    python -m benchmarks.print_fonts                      # print what to install
    python -m benchmarks.print_fonts --install            # install it, as root, on Debian
    python -m benchmarks.print_fonts --write docs/results # list every family that is used
    python -m benchmarks.print_fonts --judge              # find the families that are not read as print
    python -m benchmarks.print_fonts --look-alikes        # find those that look like one that `print` was trained on
    python -m benchmarks.print_fonts --trained-on         # after a training of `print`: its families

None of the fonts is part of the project.
"""

import argparse
import re
import subprocess
from collections import Counter
from pathlib import Path

from benchmarks.common.font_licences import UNKNOWN, debian_packages, licence
from benchmarks.common.legible_fonts import legibility
from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, table
from benchmarks.common.print_rate import print_rate
from benchmarks.common.twin_fonts import ALIKE, GLYPHS, twins
from keras_reader.atomic_files import replacing
from keras_reader.cli.common import command_errors
from keras_reader.data.printed_text import font_families
from keras_reader.data.printed_text.font_families import find_families, on_side
from keras_reader.data.printed_text.font_sides import NEITHER, TEST, TRAIN, left_out, look_alikes, trained_on
from keras_reader.data.string_models import PRINT_ALPHABET

PACKAGES = Path(__file__).with_name("print_font_packages.txt")
LEFT_OUT, LOOK_ALIKES, TRAINED_ON = (
    Path(font_families.__file__).with_name(name) for name in ("left_out.txt", "look_alikes.txt", "trained_on.txt")
)
LEAST_LEGIBLE = 0.75
# Segments of displays look like no other font; `font_families` says which of their characters are used.
JUDGED_APART = "DSEG"

# Families of one design with another one of which fewer pixels agree: a much narrower width, another grid of pixels,
# letters that were drawn again. Found by looking at the pairs below the limit.
LOOK_ALIKE_TO_THE_EYE = {
    "NanumGothic": "NanumBarunGothic",
    "NanumGothicCoding": "NanumBarunGothic",
    "QTChanceryType": "TeX Gyre Chorus",
    "Roadgeek 2014 Series B": "Roadgeek 2014 Series C",
    "Spleen 12x24": "Spleen 32x64",
}
_SPLITS = {TRAIN: "train", TEST: "held out"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--install", action="store_true", help="install Debian's packages with apt-get")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write print_fonts.md into this folder")
    parser.add_argument("--judge", action="store_true", help=f"write {LEFT_OUT.name} of the package anew")
    parser.add_argument("--look-alikes", action="store_true", help=f"write {LOOK_ALIKES.name} of the package anew")
    parser.add_argument("--trained-on", action="store_true", help=f"write {TRAINED_ON.name} of the package anew")
    args = parser.parse_args()

    if args.install:
        subprocess.run(_command(), check=True)
    if args.judge:
        _judge()
    if args.trained_on:
        _list_trained_on()
    if args.look_alikes:
        _find_look_alikes()
    if args.write:
        publish(_page(), args.write / "print_fonts.md")
    if not (args.install or args.judge or args.trained_on or args.look_alikes or args.write):
        print(" ".join(_command()))


def packages() -> list[str]:
    """The names of Debian's packages of fonts, in the order of the list."""
    lines = (line.partition("#")[0].strip() for line in PACKAGES.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def _command():
    return ["apt-get", "install", "--yes", "--no-install-recommends", *packages()]


def _judge():
    families = [f for f in find_families((), PRINT_ALPHABET, judged=False) if not f.name.startswith(JUDGED_APART)]
    shares = legibility(families)
    rows = sorted((f.name, share) for f, share in zip(families, shares, strict=True) if share < LEAST_LEGIBLE)
    head = (
        "# Families that are not read as print, written by python -m benchmarks.print_fonts --judge: of the letters\n"
        f"# and digits of their first font, fewer than {LEAST_LEGIBLE:.0%} look most like the same character in other\n"
        "# families. The second column is this share.\n"
    )
    _write_list(LEFT_OUT, head, [f"{name}\t{share:.2f}" for name, share in rows])
    print(f"{LEFT_OUT}: {len(rows)} of {len(families)} families are not read as print")


def _list_trained_on():
    names = sorted(family.name for family in on_side(find_families((), PRINT_ALPHABET), TRAIN))
    head = "# The families that print was trained on, written by python -m benchmarks.print_fonts --trained-on.\n"
    _write_list(TRAINED_ON, head, names)
    trained_on.cache_clear()
    print(f"{TRAINED_ON}: {len(names)} families")


def _find_look_alikes():
    """Compare the families that are not trained on with those that are. What is not installed stays on the list."""
    families = find_families((), PRINT_ALPHABET)
    others = [family for family in families if family.side != TRAIN]
    known = dict(line.split("\t", 1) for line in LOOK_ALIKES.read_text(encoding="utf-8").splitlines() if line[0] != "#")
    rows = {name: rest for name, rest in known.items() if name not in {family.name for family in others}}
    trained = [family for family in families if family.name in trained_on()]
    for family, twin in zip(others, twins(others, trained), strict=True):
        if twin.agreement >= ALIKE:
            rows[family.name] = f"{twin.name}\t{twin.agreement:.3f}"
        elif family.name in LOOK_ALIKE_TO_THE_EYE:
            rows[family.name] = f"{LOOK_ALIKE_TO_THE_EYE[family.name]}\tby eye"
        elif twin.agreement > ALIKE - 0.05:
            print(f"look at them: {family.name} and {twin.name}, of which {twin.agreement:.1%} of the pixels agree")
    head = (
        "# Families that look like one that print was trained on, which the second column names. They are neither\n"
        "# trained on nor tested with. The third column is the share of pixels that agree, of twelve glyphs stretched\n"
        "# to squares. Written by python -m benchmarks.print_fonts --look-alikes.\n"
    )
    _write_list(LOOK_ALIKES, head, [f"{name}\t{rest}" for name, rest in sorted(rows.items())])
    look_alikes.cache_clear()
    print(f"{LOOK_ALIKES}: {len(rows)} of {len(others)} families that are not trained on look like one that is")


def _write_list(place, head, lines):
    with replacing(place) as path:
        path.write_text(head + "".join(f"{line}\n" for line in lines), encoding="utf-8")


def _page():
    families = find_families((), PRINT_ALPHABET)
    paths = [file.path for family in families for file in family.files]
    package_of = debian_packages(paths)
    rows, licences = [], Counter()
    for family in families:
        first = family.files[0].path
        name = licence(first, package_of.get(first))
        licences[name] += 1
        missing = min((file.missing for file in family.files), key=len)
        files = ", ".join(Path(file.path).name for file in family.files)
        split = _SPLITS.get(family.side) or f"neither, like {look_alikes()[family.name]}"
        rows.append((family.name, files, package_of.get(first, "-"), name, split, f"`{missing}`" if missing else "-"))
    full = sum(any(not file.missing for file in family.files) for family in families)
    but_euro = sum(any(not set(file.missing) - set("€£") for file in family.files) for family in families)
    sides = Counter(family.side for family in families)
    groups = len({family.group for family in families})
    return [
        "# Fonts of the reader print",
        f"The fonts that `print` is trained and tested on, found in the system's folders. {len(families):,} families "
        f"of {groups:,} designs, {len(paths):,} files; {full:,} families have all {len(PRINT_ALPHABET)} characters, "
        f"{but_euro:,} all but the euro or the pound sign. No font is part of the project: "
        "`python -m benchmarks.print_fonts --install` installs them from Debian's packages "
        f"(`benchmarks/print_font_packages.txt`). {len(left_out()):,} families are left out, since they "
        "are not read as print (`--judge`). Written by `python -m benchmarks.print_fonts --write docs/results`; "
        f"{describe('pillow')}.",
        f"`print` is trained on {sides[TRAIN]:,} of these families, and tested on {sides[TEST]:,} that are held out: a "
        "hash of the name of the design decides, so that families known to be of one design are on the same side. "
        f"{sides[NEITHER]:,} more would be held out, but look like a family of training under another name, as forks, "
        "widths and redrawn letters do. They are neither trained on nor tested with (`--look-alikes`: the pixels of "
        f"{len(GLYPHS)} glyphs, each stretched to a square, are compared; they look alike if {ALIKE:.1%} agree. Pairs "
        f"near this limit were looked at, and {len(LOOK_ALIKE_TO_THE_EYE)} families are left out by eye). "
        "`trained_on.txt` and `look_alikes.txt` in `keras_reader/data/printed_text` list both, so that a family is on "
        "the same side whatever else is installed.",
        "![Sixty crops of printed text and what they say](print.png)",
        "`python train.py --task print --preview-augmentation docs/results/print.png` draws these crops. "
        "A text is drawn in fonts that have all its characters. Where a font has capitals in place of lower-case "
        "letters, these count as missing.",
        f"{print_rate().sentence()} (`python -m benchmarks.drawing_rate --task print`)",
        "The licence is what the first file of a family says, or else its Debian package. Several are those of its TeX "
        f"package, which does not say which of its files each is for. Unknown: {licences[UNKNOWN]:,}. "
        f"{_restricted(rows)}",
        table(("licence", "families"), licences.most_common()),
        _narrow_table(("family", "files", "Debian package", "licence", "split", "lacks"), rows),
    ]


def _restricted(rows):
    """A sentence on the licences that forbid something."""
    found = [f"{row[0]} ({row[3]})" for row in rows if re.search(r"\b(NC|ND)\b|no derivatives", row[3])]
    return f"Not for commerce, or not to be changed: {', '.join(found)}." if found else ""


def _narrow_table(header, rows):
    """A table without the spaces that would line its columns up: they would be most of the page."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    with command_errors():
        main()
