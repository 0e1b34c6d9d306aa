"""Reliability diagrams and rejection curves, for `benchmarks.calibration`."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from keras_reader.atomic_files import replacing
from keras_reader.evaluation.calibration import BINS, confidence_bins, wilson_interval

BLUE, GREY, ORANGE, GREEN = "#1d4ed8", "#707070", "#c2570c", "#15803d"
MOST_REJECTED = 0.1


def draw_reliability(answers, path: Path) -> None:
    """Draw the share of right readings against confidence, with a histogram of the confidences.

    Args:
        answers: confidence `(readings,)` in [0, 1] and right, bool `(readings,)`, by name.
        path: the PNG file to write.
    """
    figure = Figure(figsize=(10, 6.2), layout="constrained")
    grid = figure.subplots(2, len(answers), sharex=True, height_ratios=(3, 1), squeeze=False)
    for (name, (confidence, right)), (above, below) in zip(answers.items(), grid.T, strict=True):
        bins = confidence_bins(confidence, right)
        counts = np.array([part.images for part in bins])
        means = [np.array(values) for values in zip(*((b.confidence, b.right / b.images) for b in bins), strict=True)]
        low, high = np.array([wilson_interval(part.right, part.images) for part in bins]).T
        above.plot((0, 1), (0, 1), "--", color=GREY, label="perfectly calibrated")
        errors = np.maximum((means[1] - low, high - means[1]), 0)  # rounding can make them negative
        above.errorbar(*means, yerr=errors, fmt="o", color=BLUE, markersize=5, label="share right, 95 % interval")
        above.set(title=name, ylabel="share right", ylim=(0, 1.02), xlim=(0, 1))
        above.legend(loc="lower right", frameon=False)
        above.grid(alpha=0.3)
        below.bar([part.low for part in bins], counts, 1 / BINS, align="edge", color=BLUE, alpha=0.5, edgecolor="white")
        below.set(xlabel="confidence", ylabel=f"{name} read", yscale="log", ylim=(0.8, 100 * counts.max()))
        for part in bins:
            x, y = (part.low + part.high) / 2, 1.3 * part.images
            below.text(x, y, f"{part.images:,}", rotation=90, ha="center", va="bottom", fontsize=8)
        for axes in (above, below):
            axes.spines[["top", "right"]].set_visible(False)
    _save(figure, path)


def draw_rejection(subsets, path: Path) -> None:
    """Draw the share of mistakes left, and the share of words misread, against the share of readings rejected.

    Args:
        subsets: confidence and right by name, as in `draw_reliability`.
        path: the PNG file to write.
    """
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, misread = figure.subplots(1, 2)
    for color, (name, (confidence, right)) in zip((BLUE, ORANGE, GREEN, GREY), subsets.items(), strict=True):
        count, mistakes = len(right), (~right).sum()
        if not mistakes:
            continue
        order = np.argsort(confidence, kind="stable")
        rejected = np.arange(round(MOST_REJECTED * count) + 1)
        remaining = mistakes - np.concatenate([[0], np.cumsum(~right[order])])[rejected]
        best = np.maximum(mistakes - rejected, 0)
        for axes, whole in ((left, mistakes), (misread, count - rejected)):
            axes.plot(100 * rejected / count, 100 * remaining / whole, color=color, label=name)
            axes.plot(100 * rejected / count, 100 * best / whole, "--", color=color, linewidth=1, alpha=0.7)
    left.plot([], [], "--", color="black", linewidth=1, label="best possible of each")
    left.legend(frameon=False)
    left.set(title="mistakes that are left", ylabel="% of all mistakes", ylim=(0, 102))
    misread.set(title="misread, of the words not rejected", ylabel="% of these words", ylim=(0, None))
    for axes in (left, misread):
        axes.set(xlabel="% of the readings rejected, least confident first", xlim=(0, 100 * MOST_REJECTED))
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    _save(figure, path)


def _save(figure, path):
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110, format="png")
