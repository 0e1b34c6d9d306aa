"""Curves of trainings from nothing and from another reader."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from keras_reader.atomic_files import replacing

if TYPE_CHECKING:
    from benchmarks.fine_tuning import Result


def draw_curves(results: "Sequence[Result]", path: Path) -> None:
    """Draw the share of test words by the number of images, and for each number the validations of each seed.

    Args:
        results: the trainings.
        path: the PNG file to write.
    """
    numbers = sorted({result.images for result in results})
    starts = sorted({result.start for result in results})
    figure = Figure(figsize=(3.2 * (len(numbers) + 1), 3.6), layout="constrained")
    first, *others = figure.subplots(1, len(numbers) + 1, sharey=True, squeeze=False)[0]
    for number, start in enumerate(starts):
        of_start = [result for result in results if result.start == start]
        means = [np.mean([result.right for result in of_start if result.images == n]) for n in numbers]
        first.plot(numbers, 100 * np.array(means), color=f"C{number}", label=start)
        points = [(result.images, 100 * result.right) for result in of_start]
        first.plot(*zip(*points, strict=True), ".", color=f"C{number}", alpha=0.5)
        for axes, images in zip(others, numbers, strict=True):
            for result in of_start:
                if result.images == images:
                    steps, shares = zip(*result.curve, strict=True)
                    axes.plot(steps, 100 * np.array(shares), color=f"C{number}", alpha=0.7, linewidth=1)
    first.set_title("test words", fontsize="medium")
    first.set_xlabel("labelled images")
    first.set_ylabel("whole words read right, %")
    for axes, images in zip(others, numbers, strict=True):
        axes.set_title(f"validation, {images} images", fontsize="medium")
        axes.set_xlabel("training steps")
    for axes in (first, *others):
        axes.set_ylim(0, 101)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(*first.get_legend_handles_labels(), loc="outside upper center", ncols=2, frameon=False)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110)
