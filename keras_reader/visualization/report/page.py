"""A reader's report: one HTML page that opens from disk, with everything in it."""

import importlib.resources
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keras_reader.evaluation.calibration import confidence_bins, wilson_interval
from keras_reader.evaluation.error_analysis import by_length, confusions, rejections
from keras_reader.inference.read_example import ReadExample
from keras_reader.visualization.report.charts import learning_curve, reliability_diagram
from keras_reader.visualization.report.filmstrip import chip, reading_article
from keras_reader.visualization.report.markup import Markup, element, join

MOST_CONFUSIONS = 15
REJECTED_SHARES = (0, 0.005, 0.01, 0.02, 0.05, 0.1)

# Nothing is fetched, nothing is run: what the page needs is in it.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class Report:
    """What a report says.

    Attributes:
        name: short name of the reader, for the title.
        model: facts about the reader, as pairs of a label and a value.
        images: facts about the images that it read.
        metrics: figures: label, value, and what it means.
        examples: all read examples, at least one, without their pixels.
        mistakes: the worst mistakes.
        unsure: right readings of low confidence.
        typical: typical right readings.
        log: the rows of the training's `log.csv`; `None` if there is none.
        log_source: where the log is.
        date: when the report was made.
        command: the command that made it.
    """

    name: str
    model: Sequence[tuple[str, str]]
    images: Sequence[tuple[str, str]]
    metrics: Sequence[tuple[str, str, str]]
    examples: Sequence[ReadExample]
    mistakes: Sequence[ReadExample]
    unsure: Sequence[ReadExample]
    typical: Sequence[ReadExample]
    log: Sequence[Mapping[str, float]] | None
    log_source: str
    date: str
    command: str


def report_page(report: Report) -> str:
    """The report as an HTML document of its own: no scripts, no fonts, nothing that is fetched."""
    style = importlib.resources.files(__package__).joinpath("report.css").read_text(encoding="utf-8")
    title = f"Report on {report.name}"
    sections = [
        ("metrics", "Metrics", _metrics(report)),
        ("confidence", "Can its confidence be believed?", _confidence(report.examples)),
        ("confusions", "What is taken for what", _confusions(report.examples)),
        ("curves", "How it was trained", _curves(report.log, report.log_source)),
        ("mistakes", "The worst mistakes", _mistakes(report)),
        ("right", "Right readings, to compare", _right(report)),
    ]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Markup(style)),
    )
    header = element(
        "header",
        element("h1", title),
        _lead(report.examples),
        element("nav", *[element("a", heading, href=f"#{key}") for key, heading, _ in sections], aria_label="Sections"),
    )
    main = element(
        "main",
        element("div", _facts("The reader", report.model), _facts("What it read", report.images), class_="columns"),
        *[element("section", element("h2", heading), content, id=key) for key, heading, content in sections],
    )
    footer = element("footer", f"Made on {report.date} by ", element("code", report.command))
    page = element("html", head, element("body", header, main, footer), lang="en")
    return "<!DOCTYPE html>\n" + page + "\n"


def _lead(examples):
    right, total = sum(example.right for example in examples), len(examples)
    low, high = wilson_interval(right, total)
    return element(
        "p",
        element("strong", f"{right / total:.2%}"),
        f" of {total:,} images are read without any mistake (95% interval {low:.2%} to {high:.2%}). "
        f"Misread: {total - right:,}.",
        class_="lead",
    )


def _facts(caption, facts):
    rows = [element("tr", element("th", label, scope="row"), element("td", value)) for label, value in facts]
    return element("table", element("caption", caption), element("tbody", *rows), class_="facts")


def _metrics(report):
    rows = [
        element("tr", element("th", label, scope="row"), element("td", value, class_="value"), element("td", meaning))
        for label, value, meaning in report.metrics
    ]
    lengths = by_length(report.examples)
    most = max(1 - right / images for _, images, right in lengths) or 1
    by_lengths = [
        [str(length), f"{images:,}", f"{right:,}", f"{1 - right / images:.2%}", _bar((1 - right / images) / most)]
        for length, images, right in lengths
    ]
    return join(
        element("table", element("tbody", *rows), class_="metrics"),
        _table("By length of the text", ["characters", "images", "read right", "misread", ""], by_lengths, text=1),
    )


def _confidence(examples):
    kept = [
        [
            f"{share:.1%}" if share else "none",
            f"{left.least:.4f}",
            f"{left.mistakes:,}",
            f"{left.mistakes / left.kept:.2%}",
        ]
        for share, left in zip(REJECTED_SHARES, rejections(examples, REJECTED_SHARES), strict=True)
    ]
    bins = confidence_bins(
        [example.reading.confidence for example in examples], [example.right for example in examples]
    )
    figures = []
    for part in bins:
        low, high = wilson_interval(part.right, part.images)
        shares = (part.confidence, part.right / part.images)
        figures.append(
            [
                f"{part.low:.1%} to {part.high:.1%}",
                f"{part.images:,}",
                *[f"{share:.1%}" for share in shares],
                f"{low:.1%} to {high:.1%}",
            ]
        )
    diagram = element(
        "figure",
        reliability_diagram(bins),
        element(
            "figcaption",
            "A dot for each fifteenth of the scale that has readings, with its 95% interval. On the dashed line, "
            "confidence is what it says: the share that is right.",
            class_="faint",
        ),
    )
    rejected = _table(
        "When the least confident readings are rejected",
        ["rejected", "confidence from", "mistakes left", "of those kept"],
        kept,
    )
    return join(
        element("div", diagram, rejected, class_="columns"),
        element(
            "details",
            element("summary", "The figures of the diagram"),
            _table(None, ["confidence", "images", "on average", "read right", "95% interval"], figures, text=1),
        ),
    )


def _confusions(examples):
    found = confusions(examples)
    if not found:
        return element("p", "Nothing: there was no mistake.")
    total = sum(confusion.count for confusion in found)
    rows = [
        [
            chip(confusion.true) if confusion.true else "nothing",
            chip(confusion.read) if confusion.read else "nothing",
            f"{confusion.count:,}",
            f"{confusion.count / total:.1%}",
            f"{confusion.count / confusion.occurrences:.2%}" if confusion.true else "",
            _bar(confusion.count / found[0].count),
        ]
        for confusion in found[:MOST_CONFUSIONS]
    ]
    rest = found[MOST_CONFUSIONS:]
    tail = (
        f" The table has the {MOST_CONFUSIONS} most frequent kinds; {sum(other.count for other in rest):,} more "
        f"are of {len(rest):,} other kinds."
    )
    return join(
        element(
            "p",
            f"Characters misread, left out (read as nothing) or added (nothing read as one): {total:,}."
            + (tail if rest else ""),
        ),
        _table(None, ["true character", "read as", "times", "of all mistakes", "of this character", ""], rows, text=2),
    )


def _curves(log, source):
    if not log:
        return element("p", "There are no learning curves to show: no log.csv lies beside the reader.")
    last = log[-1]
    charts = [
        learning_curve(log, "whole_word_accuracy", "words misread", percent=True),
        learning_curve(log, "character_error_rate", "character error rate", percent=True),
        learning_curve(log, "loss", "loss"),
    ]
    return join(
        element(
            "p",
            f"{last['step']:,} training steps on {last['images']:,} images in {last['seconds']:,.0f} s, from ",
            element("code", source),
            f". At the end {last['val_whole_word_accuracy']:.2%} of the validation images were read right.",
        ),
        element("div", *[element("figure", chart) for chart in charts if chart], class_="charts"),
        element(
            "p",
            "Line: validation images, never trained on. Dots: training, averaged over an epoch in which the reader "
            "still learned. The vertical axes are logarithmic; a value of 0 leaves a gap.",
            class_="faint",
        ),
    )


def _mistakes(report):
    wrong = sum(not example.right for example in report.examples)
    if not wrong:
        return element("p", "There is none: every image was read right.")
    boxes = any(example.boxes is not None for example in report.mistakes)
    outlines = " Orange outlines are the true characters." if boxes else ""
    intro = (
        f"{len(report.mistakes):,} of {wrong:,} wrong readings, those of the highest confidence first. Each strip "
        "shows the image as the reader saw it, then a picture a step: blue is the mask, the part of the image that the "
        "character below it was read from, with the confidence in that character. The last step reads the end of "
        "the text." + outlines
    )
    return join(element("p", intro), *map(reading_article, report.mistakes))


def _right(report):
    parts = []
    for heading, readings in (("Right, but least confident", report.unsure), ("Typical", report.typical)):
        if readings:
            parts += [element("h3", heading), *map(reading_article, readings)]
    return join(*parts) if parts else element("p", "No reading was right.")


def _bar(share):
    return element("span", "", style=f"width:{share:.1%}")


def _table(caption, header, rows, text=0):
    """A table whose columns are numbers, but the first `text` and, where its heading is empty, the last: a bar."""

    def kind(column):
        return "bar" if header[column] == "" else "number" if column >= text else None

    headings = [element("th", name, scope="col", class_=kind(i)) for i, name in enumerate(header) if name]
    head = element("tr", *headings, *[element("td")] * header.count(""))
    body = [element("tr", *[element("td", cell, class_=kind(i)) for i, cell in enumerate(row)]) for row in rows]
    parts = [element("caption", caption)] if caption else []
    return element("div", element("table", *parts, element("thead", head), element("tbody", *body)), class_="wide")
