"""Charts of how time and memory grow, for `benchmarks.growth`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from keras_reader.atomic_files import replacing
from keras_reader.visualization.style import BLUE, BOX, FAINT, TEXT, TRACK


def draw_growth(
    axes_of: Mapping[str, Sequence[tuple[float, float, float, float]]], unit: str, expected: str, path: Path
) -> None:
    """Draw one panel for each thing that grows, both scales logarithmic, so that a power is a straight line.

    Args:
        axes_of: by the label of the axis, the points: size, value when reading, value when training, and what the value
            should grow with.
        unit: what the values are.
        expected: what they should grow with; drawn on the scale of the last point of training.
        path: the PNG file to write.
    """
    figure = Figure(figsize=(11, 6.4), layout="constrained", facecolor="white")
    panels = figure.subplots(2, 2).flat
    for panel, (label, points) in zip(panels, axes_of.items(), strict=True):
        sizes, reading, training, terms = zip(*points, strict=True)
        panel.plot(sizes, training, "o-", color=BLUE, linewidth=2, markersize=6, label="a training step")
        panel.plot(sizes, reading, "s-", color=BOX, linewidth=2, markersize=6, label="reading")
        scaled = [training[-1] * term / terms[-1] for term in terms]
        panel.plot(sizes, scaled, "--", color=FAINT, linewidth=1.5, label=f"{expected}, scaled to the last point")
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.set_xticks(sizes, [f"{size:,}" for size in sizes])
        panel.minorticks_off()
        panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        panel.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
        panel.set_xlabel(label, color=TEXT)
        panel.set_ylabel(unit, color=TEXT)
        panel.grid(color=TRACK, linewidth=0.8)
        panel.spines[["top", "right"]].set_visible(False)
    handles, labels = panel.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110, format="png")
