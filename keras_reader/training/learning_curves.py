"""Learning curves as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from keras_reader.atomic_files import replacing

_TITLES = {
    "loss": "loss",
    "whole_word_accuracy": "words misread (1 - whole-word accuracy)",
    "character_error_rate": "character error rate",
}
_AXES = {"seconds": "seconds of training", "step": "training steps"}


def draw_curves(
    runs: Mapping[str, Sequence[Mapping[str, float]]],
    path: str | Path,
    log_time: bool = False,
    least_misread: float | None = None,
) -> None:
    """Draw loss, share of misread words and CER of one or more runs, against seconds and against steps.

    The vertical axes are logarithmic: the way from 90 % to 99 % of the words is as long as that from 99 % to
    99.9 %. A value of zero has no place on them and leaves a gap. Lines are validation; dots are
    training, averaged over the epoch in which the reader still learned.

    Args:
        runs: the rows of `log.csv` by the name of the run.
        path: the PNG file to write.
        log_time: whether seconds and steps are logarithmic, too: for runs of very different lengths.
        least_misread: share of the words that an ideal observer misreads, in (0, 1), to be drawn as a line.
    """
    figure = Figure(figsize=(11, 6.2), layout="constrained")
    grid = figure.subplots(len(_AXES), len(_TITLES), sharex="row", sharey="col", squeeze=False)
    for row, (across, label) in zip(grid, _AXES.items(), strict=True):
        for axes, name in zip(row, _TITLES, strict=True):
            for number, (run, epochs) in enumerate(runs.items()):
                x = [epoch[across] for epoch in epochs]
                validation, training = ([_value(epoch, column) for epoch in epochs] for column in ("val_" + name, name))
                axes.plot(x, validation, color=f"C{number}", label=f"{run}, validation")
                axes.plot(x, training, ".", color=f"C{number}", alpha=0.5, label=f"{run}, training")
            axes.set_yscale("log", nonpositive="mask")
            _number(axes.yaxis, "{:g}" if name == "loss" else "{:.3g} %", 1 if name == "loss" else 100)
            if log_time:
                axes.set_xscale("log")
                first, last = axes.get_xlim()
                _number(axes.xaxis, "{:,.0f}", marks=(1, 3) if last < 500 * first else (1,))
            axes.set_xlabel(label)
            axes.grid(alpha=0.3)
            axes.spines[["top", "right"]].set_visible(False)
    for axes, title in zip(grid[0], _TITLES.values(), strict=True):
        axes.set_title(title, fontsize="medium")
    if least_misread:
        for axes in grid[:, list(_TITLES).index("whole_word_accuracy")]:
            axes.axhline(least_misread, color="0.4", linestyle="--", linewidth=1)
            axes.annotate(
                "an ideal observer",
                (1, least_misread),
                (0, 3),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                ha="right",
                color="0.4",
                fontsize="small",
            )
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4, frameon=False)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110)


def _number(axis, form, factor=1, marks=(1, 2, 5)):
    """Write plain numbers beside a logarithmic axis: 1, 2, 5, 10 ..., times a factor."""
    axis.set_major_locator(LogLocator(subs=marks))
    axis.set_major_formatter(FuncFormatter(lambda value, _: form.format(factor * value)))
    axis.set_minor_formatter(NullFormatter())


def _value(epoch, column):
    return 1 - epoch[column] if column.endswith("whole_word_accuracy") else epoch[column]
