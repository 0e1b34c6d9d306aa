"""The progress display of all long work. It is quiet if stderr is not a terminal."""

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from tqdm import tqdm

Item = TypeVar("Item")


def progress_bar(total: int, what: str, unit: str = "images", done: int = 0) -> "tqdm":
    """A progress bar on stderr, which disappears when it is closed.

    Args:
        total: number of items.
        what: what is done with them, in a word or two.
        unit: the name of the items.
        done: number of items that are done already.
    """
    from tqdm import tqdm

    return tqdm(total=total, desc=what, unit=f" {unit}", initial=done, disable=not sys.stderr.isatty(), leave=False)


def with_progress(items: Iterable[Item], total: int, what: str, unit: str = "images") -> Iterator[Item]:
    """Yield the items, and show how many are done. The other arguments are those of `progress_bar`."""
    with progress_bar(total, what, unit) as bar:
        for item in items:
            yield item
            bar.update()
