"""Where an installed font comes from, and its licence."""

import re
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

# What a text of a licence says, and the name that it goes by. The first that is found counts.
_LICENCES = (
    (r"open font li[cs]en[cs]e|\bOFL\b|scripts\.sil\.org", "SIL OFL"),
    (r"GUST[- ]Font|GUST font licen[cs]e", "GUST Font License"),
    (r"apache", "Apache 2.0"),
    (r"ubuntu font licen[cs]e|UFL", "Ubuntu Font Licence"),
    (r"IPA font license", "IPA"),
    (r"affero|AGPL", "AGPL"),
    (r"lesser general public|LGPL", "LGPL"),
    (r"general public licen[cs]e|\bGPL", "GPL"),
    (r"latex project public|LPPL", "LPPL"),
    (r"bitstream vera", "Bitstream Vera"),
    (r"creative commons zero|CC0|public[- ]domain|unlicense", "public domain"),
    (r"creative commons|CC[- ]BY", "Creative Commons"),
    (r"\bMIT\b|expat|permission is hereby granted, free of charge", "MIT"),
    (r"\bBSD\b", "BSD"),
    (r"artistic", "Artistic"),
    (r"freeware|free ?font|free for", "freeware, see the package"),
)
_LICENCE, _LICENCE_URL, _COPYRIGHT = 13, 14, 0


def debian_packages(paths: Iterable[str]) -> dict[str, str]:
    """The Debian package of each file that belongs to one."""
    paths = list(paths)
    found = {}
    for start in range(0, len(paths), 500):
        command = ["dpkg", "-S", *paths[start : start + 500]]
        # It says of files of no package that it does not know them, and fails then.
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        for line in result.stdout.splitlines():
            package, _, path = line.partition(": ")
            found[path] = package.split(":")[0].split(",")[0]
    return found


def licence(path: str, package: str | None) -> str:
    """The name of a font's licence: by its own name table, else by its package's copyright file."""
    own = _of_file(path)
    return named(own) or (named(_of_package(package)) if package else None) or "see the package"


def named(text: str) -> str | None:
    """The name of the licence that a text states; `None` if it states none of those known."""
    return next((name for pattern, name in _LICENCES if re.search(pattern, text, re.IGNORECASE)), None)


def _of_file(path):
    from fontTools.ttLib import TTFont, TTLibError  # comes with matplotlib

    try:
        table = TTFont(path, fontNumber=0, lazy=True)["name"]
    except (TTLibError, KeyError):
        return ""
    return "\n".join(str(table.getDebugName(number) or "") for number in (_LICENCE, _LICENCE_URL, _COPYRIGHT))


@cache
def _of_package(package):
    path = Path("/usr/share/doc") / package / "copyright"
    if not path.is_file():
        return ""
    text = path.read_text(encoding="utf-8", errors="replace")
    # Of a machine-readable one, the licence of all files comes first. TeX's packages have fonts of many licences.
    stated = re.findall(r"^License:[ \t]*(\S.*)$", text, re.MULTILINE)
    if package.startswith("texlive"):
        return ""
    return stated[0] if stated and named(stated[0]) else text
