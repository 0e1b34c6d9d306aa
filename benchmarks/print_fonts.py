"""The fonts that teach the reader `print`: installs them, judges them, and lists them with their licences.

    python -m benchmarks.print_fonts                      # print what to install
    python -m benchmarks.print_fonts --install            # install it, as root, on Debian
    python -m benchmarks.print_fonts --write docs/results # list every family that is used
    python -m benchmarks.print_fonts --judge              # find the families that are not read as print

None of the fonts is part of the project.
"""

import argparse
import subprocess
from collections import Counter
from pathlib import Path

from benchmarks.common.font_licences import debian_packages, licence
from benchmarks.common.legible_fonts import legibility
from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, table
from keras_reader.atomic_files import replacing
from keras_reader.cli.common import command_errors
from keras_reader.data.printed_text import font_families
from keras_reader.data.printed_text.font_families import find_families
from keras_reader.data.string_models import PRINT_ALPHABET

PACKAGES = Path(__file__).with_name("print_font_packages.txt")
LEFT_OUT = Path(font_families.__file__).with_name("left_out.txt")
LEAST_LEGIBLE = 0.75
# Segments of displays look like no other font; `font_families` says which of their characters are used.
JUDGED_APART = "DSEG"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--install", action="store_true", help="install Debian's packages with apt-get")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write print_fonts.md into this folder")
    parser.add_argument("--judge", action="store_true", help=f"write {LEFT_OUT.name} of the package anew")
    args = parser.parse_args()

    if args.install:
        subprocess.run(_command(), check=True)
    if args.judge:
        _judge()
    if args.write:
        publish(_page(), args.write / "print_fonts.md")
    if not (args.install or args.judge or args.write):
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
    with replacing(LEFT_OUT) as path:
        path.write_text(head + "".join(f"{name}\t{share:.2f}\n" for name, share in rows), encoding="utf-8")
    print(f"{LEFT_OUT}: {len(rows)} of {len(families)} families are not read as print")


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
        split = "held out" if family.held_out else "train"
        rows.append((family.name, files, package_of.get(first, "-"), name, split, f"`{missing}`" if missing else "-"))
    full = sum(any(not file.missing for file in family.files) for family in families)
    but_euro = sum(any(not set(file.missing) - set("€£") for file in family.files) for family in families)
    held = sum(family.held_out for family in families)
    groups = len({family.group for family in families})
    return [
        "# Fonts of the reader print",
        f"The fonts that `print` is trained and tested on, found in the system's folders. {len(families):,} families "
        f"of {groups:,} designs, {len(paths):,} files; {full:,} families have all {len(PRINT_ALPHABET)} characters, "
        f"{but_euro:,} all but the euro or the pound sign. {held:,} families are held out: a hash of the name of the "
        "design decides, so that families of the same design are on the same side. No font is part of the project: "
        "`python -m benchmarks.print_fonts --install` installs them from Debian's packages "
        f"(`benchmarks/print_font_packages.txt`). {len(font_families.left_out()):,} families are left out, since they "
        "are not read as print (`--judge`). Written by `python -m benchmarks.print_fonts --write docs/results`; "
        f"{describe('pillow')}.",
        "![Sixty crops of printed text and what they say](print.png)",
        "`python train.py --task print --preview-augmentation docs/results/print.png` draws these crops. "
        "A text is drawn in fonts that have all its characters. Where a font has capitals in place of lower-case "
        "letters, these count as missing.",
        table(("licence", "families"), licences.most_common()),
        _narrow_table(("family", "files", "Debian package", "licence", "split", "lacks"), rows),
    ]


def _narrow_table(header, rows):
    """A table without the spaces that would line its columns up: they would be most of the page."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    with command_errors():
        main()
