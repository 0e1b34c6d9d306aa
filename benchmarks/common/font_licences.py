"""Where an installed font comes from, and its licence."""

import gzip
import re
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

# What a text of a licence says, and the name that it goes by. The first that is found counts.
_LICENCES = (
    (r"open ?font li[cs]en[cs]e|\bOFL\b|scripts\.sil\.org", "SIL OFL"),
    (r"GUST[- ]Font|GUST font licen[cs]e", "GUST Font License"),
    (r"ParaType Ltd grants you", "ParaType"),
    (r"without derivatives or alteration", "free of charge, no derivatives"),
    (r"apache", "Apache 2.0"),
    (r"ubuntu font licen[cs]e|UFL", "Ubuntu Font Licence"),
    (r"IPA[ _]font[ _]license", "IPA"),
    (r"affero|AGPL", "AGPL"),
    (r"lesser general public|LGPL", "LGPL"),
    (r"general public licen[cs]e|\bGPL", "GPL"),
    (r"latex project public|LPPL", "LPPL"),
    (r"bitstream vera", "Bitstream Vera"),
    (r"creative commons zero|CC0|public[- ]domain|unlicense", "public domain"),
    (r"creative ?commons|\bCC[- ]BY", "Creative Commons"),
    (r"\bMIT\b|\bX11\b|expat|permission is hereby granted, free of charge", "MIT"),
    (r"\bBSD\b|redistribution and use in source and binary forms", "BSD"),
    (r"artistic", "Artistic"),
    (r"freeware|free ?font|free for", "freeware, see the package"),
)
# What TeX's catalogue calls licences, by how it begins.
_OF_TEX = {
    "ofl": "SIL OFL",
    "gfl": "GUST Font License",
    "gfsl": "GUST Font License",
    "apache": "Apache 2.0",
    "agpl": "AGPL",
    "lgpl": "LGPL",
    "gpl": "GPL",
    "fdl": "GFDL",
    "lppl": "LPPL",
    "pd": "public domain",
    "cc0": "public domain",
    "mit": "MIT",
    "x11": "MIT",
    "bsd": "BSD",
    "artistic": "Artistic",
    "other-free": "another free licence",
}
_CC_PARTS = (("attribution", "BY"), ("non-?commercial", "NC"), ("no-?deriv", "ND"), ("share-?alike", "SA"))
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


UNKNOWN = "unknown"


def licence(path: str, package: str | None) -> str:
    """The name of a font's licence: by its own name table, else by what its package says of it, else `UNKNOWN`.

    Several names are all those of its TeX package, which says no more.
    """
    stated = named(_of_file(path))
    if stated is None and package:
        stated = _of_tex(path, package) if package.startswith("texlive") else named(_of_package(package))
    return stated or UNKNOWN


def named(text: str) -> str | None:
    """The name of the licence that a text states; `None` if it states none of those known."""
    name = next((name for pattern, name in _LICENCES if re.search(pattern, text, re.IGNORECASE)), None)
    return _creative_commons(text) if name == "Creative Commons" else name


def _creative_commons(text):
    """The exact variant, as far as the text says it: CC BY-NC-SA 4.0."""
    short = re.search(r"(?:licenses/|\bCC[- ])(BY(?:-(?:NC|ND|SA))*)(?:[/ -]v?(\d\.\d))?", text, re.IGNORECASE)
    if short:
        kind, version = short[1].upper(), short[2]
    else:
        kind = "-".join(part for words, part in _CC_PARTS if re.search(words, text, re.IGNORECASE))
        found = re.search(r"\b(\d\.\d)\b", text[re.search("creative ?commons", text, re.IGNORECASE).start() :])
        version = found and found[1]
    return " ".join(filter(None, ("CC" if kind else "Creative Commons", kind, version)))


def _of_tex(path, package):
    inside = path.partition("/texmf-dist/")[2]
    terms = _tex_folders(package).get(str(Path("texmf-dist", inside).parent), "").split()
    names = (next((name for start, name in _OF_TEX.items() if term.startswith(start)), None) for term in terms)
    return ", ".join(dict.fromkeys(name or term for name, term in zip(names, terms, strict=True)))


@cache
def _tex_folders(package):
    """The licences of the folders of a Debian package of TeX's, in the words of TeX's catalogue."""
    path = Path("/usr/share/doc") / package / "Licenses.gz"
    folders, terms = {}, ""
    if path.is_file():
        for line in gzip.decompress(path.read_bytes()).decode("utf-8", "replace").splitlines():
            if line.startswith("texmf-dist/"):
                folders[line.rpartition("/")[0]] = terms
            else:
                terms = line.partition(": ")[2]
    return folders


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
    # Of a machine-readable one, the licence of all files comes first.
    stated = re.findall(r"^License:[ \t]*(\S.*)$", text, re.MULTILINE)
    return stated[0] if stated and named(stated[0]) else text
