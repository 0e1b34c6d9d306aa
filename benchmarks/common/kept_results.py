"""The results that a page is made of, kept beside it, so that the page can grow."""

import json
from collections.abc import Iterable
from pathlib import Path

from keras_reader.atomic_files import replacing

KEPT = "results.json"


def write_results(rows: Iterable[dict], path: Path) -> None:
    """Write results as one JSON list, a line each."""
    with replacing(path) as temporary:
        temporary.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n", encoding="utf-8")
