"""Learning curves as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from keras_reader.files import replacing

# Column of the log, title of its plot, and whether small values matter most.
_PLOTS = (
    ("loss", "loss", True),
    ("whole_word_accuracy", "words misread", True),
    ("character_error_rate", "character error rate", True),
)


def draw_curves(runs: Mapping[str, Sequence[Mapping[str, float]]], path: str | Path) -> None:
    """Draw loss, share of misread words and CER of one or more runs, against seconds and against steps.

    The share of misread words, 1 - whole-word accuracy, and the others are drawn on logarithmic axes:
    the way from 99 % to 99.9 % is as long as that from 90 % to 99 %. Lines are validation, dots training
    (an average over the epoch, while the reader still learned).

    Args:
        runs: the rows of `log.csv` by the name of the run.
        path: the PNG file to write.
    """
    figure = Figure(figsize=(11, 6.2), layout="constrained")
    axes = figure.subplots(2, len(_PLOTS), sharey="col")
    for (name, title), column in zip([(n, t) for n, t, _ in _PLOTS], axes.T, strict=True):
        for across, axis in zip(("seconds", "step"), column, strict=True):
            for number, (run, rows) in enumerate(runs.items()):
                for prefix, style in (
                    ("val_", {"label": run}),
                    ("", {"linestyle": "none", "marker": ".", "alpha": 0.5}),
                ):
                    values = [row[prefix + name] for row in rows]
                    if name == "whole_word_accuracy":
                        values = [1 - value for value in values]
                    axis.plot([row[across] for row in rows], values, color=f"C{number}", **style)
            axis.set_yscale("log")
            axis.set_xlabel("seconds of training" if across == "seconds" else "training steps")
            axis.grid(alpha=0.3, which="both")
        column[0].set_title(title)
    axes[0, 0].legend()
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110)
