"""Learning curves as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from keras_reader.files import replacing

_TITLES = {
    "loss": "loss",
    "whole_word_accuracy": "words misread (1 - whole-word accuracy)",
    "character_error_rate": "character error rate",
}
_AXES = {"seconds": "seconds of training", "step": "training steps"}


def draw_curves(runs: Mapping[str, Sequence[Mapping[str, float]]], path: str | Path) -> None:
    """Draw loss, share of misread words and CER of one or more runs, against seconds and against steps.

    The axes are logarithmic: the way from 90 % to 99 % of the words is as long as that from 99 % to
    99.9 %. A value of zero has no place on them and leaves a gap. Lines are validation; dots are
    training, averaged over the epoch in which the reader still learned.

    Args:
        runs: the rows of `log.csv` by the name of the run.
        path: the PNG file to write.
    """
    figure = Figure(figsize=(12, 6.5), layout="constrained")
    grid = figure.subplots(len(_AXES), len(_TITLES), sharey="col", squeeze=False)
    for row, (across, label) in zip(grid, _AXES.items(), strict=True):
        for axes, (name, title) in zip(row, _TITLES.items(), strict=True):
            for number, (run, epochs) in enumerate(runs.items()):
                x = [epoch[across] for epoch in epochs]
                color = f"C{number}"
                axes.plot(
                    x, [_value(epoch, "val_" + name) for epoch in epochs], color=color, label=f"{run}, validation"
                )
                axes.plot(
                    x, [_value(epoch, name) for epoch in epochs], ".", color=color, alpha=0.5, label=f"{run}, training"
                )
            axes.set_yscale("log", nonpositive="mask")
            axes.set_xlabel(label)
            axes.grid(alpha=0.3, which="both")
            axes.set_title(title, fontsize="medium")
    grid[0, 0].legend(fontsize="small")
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110)


def _value(epoch, column):
    return 1 - epoch[column] if column.endswith("whole_word_accuracy") else epoch[column]
