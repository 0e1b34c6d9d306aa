"""The JavaScript modules of the page, one by one or joined into one script."""

import base64
import hashlib
import importlib.resources
import re
from importlib.resources.abc import Traversable

from keras_reader.errors import CommandError

STATIC: Traversable = importlib.resources.files(__package__ or __name__) / "static"

# The modules use one form of import only, at the start of a line: import { a, b } from "./other.js";
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let) )", re.MULTILINE)
_NAME = re.compile(r"^(?:export )?(?:async )?(?:function\*?|class|const|let) (\w+)", re.MULTILINE)


def read_static(name: str) -> str:
    """A text file of the page, by its path under `static/`."""
    return (STATIC / name).read_text(encoding="utf-8")


def modules_of(entry: str) -> list[str]:
    """Names of the module `entry` and all that it imports. Each comes after the modules that it imports."""
    order: list[str] = []

    def visit(name):
        if name not in order:
            for imported in _IMPORT.findall(read_static(f"js/{name}")):
                visit(imported)
            order.append(name)

    visit(entry)
    return order


def joined(entry: str) -> str:
    """Join the module `entry` and all that it imports into one script, which imports nothing.

    The modules then share one scope, so two of them must not declare the same name at their top level.

    Raises:
        CommandError: if two modules declare the same name, or a module has another form of import or export.
    """
    parts, owners = [], {}
    for name in modules_of(entry):
        source = read_static(f"js/{name}")
        for declared in _NAME.findall(source):
            if owners.setdefault(declared, name) != name:
                raise CommandError(f"{owners[declared]} and {name} both declare {declared}: rename one")
        source = _EXPORT.sub("", _IMPORT.sub("", source))
        if left := re.search(r"^(?:import|export)\b.*", source, re.MULTILINE):
            raise CommandError(f"{name} cannot be joined with other modules: {left[0]}")
        parts.append(source)
    return "\n".join(parts)


def source_hash(text: str) -> str:
    """The name of an inline script or style in a Content-Security-Policy. `text` is what is between its tags."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii") + "'"
