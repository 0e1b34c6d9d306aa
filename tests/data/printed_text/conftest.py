"""Families of fonts that every machine with Liberation has, on both sides of the split."""

from pathlib import Path

import pytest

from keras_reader.data.printed_text.font_families import find_families
from keras_reader.data.printed_text.font_sides import held_out
from keras_reader.data.string_models import PRINT_ALPHABET
from keras_reader.data.tasks import ARIAL
from keras_reader.data.text_rendering import find_family


def a_group(is_held_out):
    """A name of a group on one side of the split."""
    return next(name for name in map(str, range(1000)) if held_out(name) == is_held_out)


@pytest.fixture(scope="session")
def liberation():
    """The families of Liberation, as they are found."""
    path = find_family(*ARIAL)
    if path is None or "Liberation" not in path:
        pytest.skip("Liberation is not installed: apt-get install fonts-liberation")
    folder = Path(path).parent
    return find_families(tuple(sorted(map(str, folder.glob("Liberation*.ttf")))), PRINT_ALPHABET)


@pytest.fixture(scope="session")
def families(liberation):
    """Those of Liberation under names that no list has; the monospaced ones are held out."""
    return tuple(f._replace(name=f"Our {f.name}", group=a_group("Mono" in f.name)) for f in liberation)
