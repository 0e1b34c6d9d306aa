"""The geometry of charts. A template draws them as inline SVG.

The page's style sheet sets the colours of the kinds `axis`, `grid`, `label`, `line`, `dot`, `training`, `whisker` and
`diagonal`, in light and dark.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

WIDTH, HEIGHT = 340, 250
LEFT, RIGHT, TOP, BOTTOM = 58, 20, 10, 46  # margins around the plot, in pixels


class Stroke(NamedTuple):
    """A line of some kind, with its path in SVG notation."""

    kind: str
    path: str


class Label(NamedTuple):
    """A text at a place in pixels."""

    text: str
    x: str
    y: str
    anchor: str
    kind: str = ""
    transform: str = ""


class Dot(NamedTuple):
    """A dot at a place in pixels, with the hint that a mouse over it shows."""

    kind: str
    x: str
    y: str
    hint: str


@dataclass(frozen=True)
class Chart:
    """A chart of `width` x `height` pixels, with a description for people who do not see it."""

    description: str
    lines: list[Stroke]
    labels: list[Label]
    dots: list[Dot]
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True)
class Axis:
    """One axis of a chart.

    Attributes:
        label: the quantity with its unit.
        low, high: ends of the axis.
        ticks: values of the ticks, from `low` to `high`.
        write: a function that formats the value of a tick.
        log: whether the axis is logarithmic; both ends are then above 0.
    """

    label: str
    low: float
    high: float
    ticks: Sequence[float]
    write: Callable[[float], str]
    log: bool = False

    def place(self, value: float) -> float:
        """The position of a value on the axis: 0 at `low`, 1 at `high`."""
        low, high, value = map(math.log, (self.low, self.high, value)) if self.log else (self.low, self.high, value)
        return (value - low) / (high - low)


def linear_axis(label: str, high: float, write: Callable[[float], str]) -> Axis:
    """An axis from 0 to `high`, which is above 0, with up to six round ticks."""
    step = next(step for step in _round_numbers(high / 1000, high) if high / step < 6)
    return Axis(label, 0, high, [k * step for k in range(math.floor(high / step * (1 + 1e-9)) + 1)], write)


def log_axis(label: str, values: Sequence[float], write: Callable[[float], str]) -> Axis:
    """A logarithmic axis between round numbers that enclose the values, which are all above 0."""
    steps = list(_round_numbers(min(values) / 10, max(values) * 10))
    low = max(step for step in steps if step <= min(values) * (1 + 1e-9))
    high = min(step for step in steps if step >= max(values) * (1 - 1e-9) and step > low)
    ticks = [step for step in steps if low <= step <= high]
    if len(ticks) > 7:
        ticks = [tick for tick in ticks if math.isclose(tick, 10.0 ** round(math.log10(tick)))]
    return Axis(label, low, high, ticks, write, log=True)


def reliability_diagram(bins: Sequence[Any]) -> Chart:
    """Share of right readings against confidence, with 95 % intervals. A calibrated reader lies on the diagonal.

    Args:
        bins: `keras_reader.evaluation.calibration.Bin`s.
    """
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
    x = Axis("confidence", 0, 1, ticks, "{:.0%}".format)
    y = Axis("share read right", 0, 1, ticks, "{:.0%}".format)
    lines = [Stroke("diagonal", _path([_point(x, y, 0, 0), _point(x, y, 1, 1)]))]
    dots = []
    for part in bins:
        lines.append(Stroke("whisker", _path([_point(x, y, part.confidence, end) for end in part.interval])))
        hint = f"confidence {part.confidence:.1%} on average: {part.right:,} of {part.images:,} right"
        dots.append(_dot("dot", _point(x, y, part.confidence, part.right / part.images), hint))
    return _chart("Reliability diagram: share read right against confidence", x, y, lines, dots)


def learning_curve(rows: Sequence[Mapping[str, float]], name: str, label: str, percent: bool = False) -> Chart | None:
    """A column of `log.csv` against training steps: validation as a line, training as dots.

    The vertical axis is logarithmic, as in the run's own picture. A value of 0 leaves a gap. Accuracy is shown as its
    complement, the share of misread words.

    Args:
        rows: the rows of the log.
        name: the column of the training images; `val_` and the name is that of the validation images.
        label: the label of the axis.
        percent: whether the values are shares, shown in percent.

    Returns:
        The chart; `None` if no value is above 0.
    """

    def points(column):
        return [(row["step"], 1 - row[column] if name.endswith("accuracy") else row[column]) for row in rows]

    validation, training = points("val_" + name), points(name)
    shown = [value for _, value in validation + training if value > 0]
    if not shown:
        return None
    x = linear_axis("training steps", max(row["step"] for row in rows), "{:,.0f}".format)
    y = log_axis(label, shown, (lambda share: f"{share * 100:.3g}%") if percent else "{:.3g}".format)
    dots = [
        _dot("dot training", _point(x, y, step, value), f"training, step {step:,}: {y.write(value)}")
        for step, value in training
        if value > 0
    ]
    line = Stroke("line", _path([_point(x, y, step, value) if value > 0 else None for step, value in validation]))
    return _chart(f"Learning curve: {label} against training steps", x, y, [line], dots)


def _round_numbers(low, high):
    """1, 2 and 5 times the powers of ten, from about `low` to about `high`."""
    for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
        for digit in (1, 2, 5):
            yield digit * 10.0**power


def _chart(description, x, y, lines, dots):
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    frame, labels = [], []
    for tick in y.ticks:
        _, level = _point(x, y, x.low, tick)
        frame.append(Stroke("grid", _path([(LEFT, level), (right, level)])))
        labels.append(_label(y.write(tick), LEFT - 6, level + 3.5, "end"))
    for tick in x.ticks:
        across, _ = _point(x, y, tick, y.low)
        frame.append(Stroke("axis", _path([(across, bottom), (across, bottom + 4)])))
        labels.append(_label(x.write(tick), across, bottom + 16, "middle"))
    frame.append(Stroke("axis", _path([(LEFT, TOP), (LEFT, bottom), (right, bottom)])))
    labels.append(_label(x.label, (LEFT + right) / 2, HEIGHT - 8, "middle", "label"))
    middle = (TOP + bottom) / 2
    labels.append(_label(y.label, 13, middle, "middle", "label", f"rotate(-90 13 {middle:g})"))
    return Chart(description, frame + lines, labels, dots)


def _point(x, y, x_value, y_value):
    across = LEFT + x.place(x_value) * (WIDTH - LEFT - RIGHT)
    return across, HEIGHT - BOTTOM - y.place(y_value) * (HEIGHT - TOP - BOTTOM)


def _path(points):
    """A line through points. `None` instead of a point leaves a gap."""
    commands, pen = [], "M"
    for point in points:
        if point:
            # A line of length 0 with round ends is a dot, so that a point between two gaps is visible.
            commands.append(f"{pen}{point[0]:.1f} {point[1]:.1f}" + ("h0" if pen == "M" else ""))
        pen = "L" if point else "M"
    return "".join(commands)


def _dot(kind, point, hint):
    return Dot(kind, f"{point[0]:.1f}", f"{point[1]:.1f}", hint)


def _label(text, x, y, *rest):
    return Label(text, f"{x:.1f}", f"{y:.1f}", *rest)
