"""The report on a reader: one HTML document that holds everything and opens from disk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keras_reader.errors import InputError
from keras_reader.inference.read_example import ReadExample
from keras_reader.visualization.overlay import MASK_MEANINGS
from keras_reader.visualization.page.modules import joined, source_hash
from keras_reader.visualization.report.charts import learning_curve, reliability_diagram
from keras_reader.visualization.report.reading_strip import reading_strip, visible_name

MOST_CONFUSIONS = 15
PLAYER = "report.js"


@dataclass(frozen=True)
class Report:
    """The content of a report. `keras_reader.evaluation` computes its figures.

    Attributes:
        name: short name of the reader, for the title.
        model: facts about the reader: pairs of a label and a value.
        images: facts about the images: pairs of a label and a value.
        metrics: the figures: label, value and meaning.
        total: number of images, at least 1.
        right: number of images read without any mistake.
        interval: the 95 % confidence interval of the share of right readings.
        lengths: rows of length of the true text, images, and images read right.
        rejections: pairs of a share of the readings and the `error_analysis.Rejection` of rejecting it.
        bins: the `calibration.Bin`s of the readings.
        confusions: the `error_analysis.Confusion`s, the most frequent first.
        mistakes: the worst mistakes, each with the alignment of its two texts, `edit_distance.align`.
        unsure: right readings of low confidence, in the same form.
        typical: typical right readings, in the same form.
        mask_style: how masks are shown, one of `keras_reader.visualization.overlay.MASK_STYLES`.
        log: the rows of the training's `log.csv`; `None` if there is none.
        log_source: where the log is.
        date: when the report was made.
        command: the command that made it.
    """

    name: str
    model: Sequence[tuple[str, str]]
    images: Sequence[tuple[str, str]]
    metrics: Sequence[tuple[str, str, str]]
    total: int
    right: int
    interval: tuple[float, float]
    lengths: Sequence[tuple[int, int, int]]
    rejections: Sequence[tuple[float, Any]]
    bins: Sequence[Any]
    confusions: Sequence[Any]
    mistakes: Sequence[tuple[ReadExample, list[tuple[str, str]]]]
    unsure: Sequence[tuple[ReadExample, list[tuple[str, str]]]]
    typical: Sequence[tuple[ReadExample, list[tuple[str, str]]]]
    mask_style: str
    log: Sequence[Mapping[str, float]] | None
    log_source: str
    date: str
    command: str


def check_jinja() -> None:
    """Raise an `InputError` if Jinja2 is not installed."""
    try:
        import jinja2  # noqa: F401
    except ModuleNotFoundError:
        raise InputError("a report needs Jinja2: pip install keras_reader[report]") from None


def report_page(report: Report) -> str:
    """The report as one HTML document that fetches nothing.

    It has one script, which plays the steps of a reading as the live page does. Everything else works without it.

    Raises:
        InputError: if Jinja2 is not installed.
    """
    check_jinja()
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__ or __name__),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["visible_name"] = visible_name
    curves = []
    if report.log:
        curves = [
            learning_curve(report.log, "whole_word_accuracy", "words misread", percent=True),
            learning_curve(report.log, "character_error_rate", "character error rate", percent=True),
            learning_curve(report.log, "loss", "loss"),
        ]
    shown, rest = report.confusions[:MOST_CONFUSIONS], report.confusions[MOST_CONFUSIONS:]
    script = "\n" + joined(PLAYER)
    return environment.get_template("page.html.jinja").render(
        script=script,
        checksum=source_hash(script),
        report=report,
        diagram=reliability_diagram(report.bins),
        curves=[curve for curve in curves if curve],
        confusions=shown,
        other_confusions=rest,
        confused=sum(confusion.count for confusion in report.confusions),
        mistakes=[reading_strip(*shown, report.mask_style) for shown in report.mistakes],
        unsure=[reading_strip(*shown, report.mask_style) for shown in report.unsure],
        typical=[reading_strip(*shown, report.mask_style) for shown in report.typical],
        mask_meaning=MASK_MEANINGS[report.mask_style],
        has_boxes=any(example.boxes is not None for example, _ in report.mistakes),
    )
