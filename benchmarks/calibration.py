"""Whether a reader knows when it is wrong: calibration, rejection, and images without text.

    python -m benchmarks.calibration                # the reader that ships with the package
    python -m benchmarks.calibration READER --write docs/results

Prints a page on fresh images of the synthetic task; with `--write` it is docs/results/calibration.md, with the
pictures docs/reliability.png and docs/rejection.png.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np

import keras_reader as kr
from benchmarks.common.ideal_observer import IdealObserver, as_one_letter
from benchmarks.common.images_without_text import images_without_text
from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, share, table
from benchmarks.pictures.calibration import draw_rejection, draw_reliability
from keras_reader.cli.common import command_errors
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.evaluation.calibration import BINS, confidence_bins, expected_calibration_error
from keras_reader.evaluation.evaluate import read_words
from keras_reader.progress import with_progress

REJECTED = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)


class Confidences(NamedTuple):
    """Confidences of readings, or of characters, and whether these are right: arrays of one length."""

    confidence: np.ndarray
    right: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reader", nargs="?", type=Path, metavar="READER", help="default: the one that ships")
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--observer-images", type=int, default=20_000, help="that the ideal observer reads")
    parser.add_argument("--images-without-text", type=int, default=2000, help="of each kind")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write calibration.md and its pictures there")
    args = parser.parse_args()

    reader = kr.load(args.reader)
    words = SyntheticWords(image_size=reader.config.image_size, split="test")
    whole, characters, as_one, without = _read(reader, words, args.images)
    subsets = {
        "all words": whole,
        "O and Q as one letter": as_one,
        "words without O and Q": without,
        "ideal observer, all words": _observer(words, min(args.observer_images, args.images)),
    }
    if args.write:
        args.write.mkdir(parents=True, exist_ok=True)
        draw_reliability({"whole words": whole, "characters": characters}, args.write / "reliability.png")
        draw_rejection(subsets, args.write / "rejection.png")
    command = f"python -m benchmarks.calibration {args.reader or ''}".rstrip()
    parts = [
        "# Does the reader know when it is wrong?",
        f"Of {args.reader or 'the reader that ships with the package'}, on {args.images:,} fresh images of the "
        f"default words. Written by `{command} --images {args.images} --write docs/results`; "
        f"{describe('numpy', 'pillow')}.",
        *_calibration(whole, characters),
        *_rejection(subsets),
        *_without_text(reader, words, args.images_without_text),
    ]
    publish(parts, args.write and args.write / "calibration.md")


def left_after_rejecting(share_rejected: float, answers: Confidences) -> float:
    """Share of the mistakes that are left when the least confident readings are rejected.

    Args:
        share_rejected: share of all readings that is rejected, in [0, 1].
        answers: the readings; 0 where none of them is a mistake.
    """
    order = np.argsort(answers.confidence, kind="stable")
    kept = order[round(share_rejected * len(order)) :]
    return (~answers.right[kept]).sum() / max((~answers.right).sum(), 1)


def noise_floor(confidence: np.ndarray, rounds: int = 20, seed: int = 0) -> float:
    """The expected calibration error that a perfectly calibrated reader shows on so few images, by chance.

    Its readings are right or wrong as chance has it, with the probability that their confidence says.
    """
    random = np.random.default_rng(seed)
    errors = [
        expected_calibration_error(confidence, random.random(len(confidence)) < confidence) for _ in range(rounds)
    ]
    return float(np.mean(errors))


def _read(reader, words, count):
    """Confidences of whole words, characters, words with O and Q as one, and words without either."""
    whole, characters, as_one, without = [], [], [], []
    for example in with_progress(read_words(reader, words, count), count, "read"):
        reading, text, right = example.reading, example.text, example.right
        whole.append((reading.confidence, right))
        as_one.append((reading.confidence, as_one_letter(reading.text) == as_one_letter(text)))
        if not set(text) & set("OQ"):
            without.append((reading.confidence, right))
        true = text.ljust(len(reading.text))
        characters += zip(reading.character_confidence, map(str.__eq__, reading.text, true), strict=False)
    return (_confidences(answers) for answers in (whole, characters, as_one, without))


def _observer(words, count):
    observer, answers = IdealObserver(words), []
    for index in with_progress(range(count), count, "read by the ideal observer"):
        example = words.example(index)
        named = observer.read(example.image, example.text, example.boxes)
        answers.append((named.confidence, named.text == example.text))
    return _confidences(answers)


def _confidences(answers):
    confidence, right = np.array(answers, np.float64).T
    return Confidences(confidence, right.astype(bool))


def _calibration(whole, characters):
    rows = []
    for name, answers in (("whole words", whole), ("characters", characters)):
        error = expected_calibration_error(answers.confidence, answers.right)
        rows.append(
            (
                name,
                f"{len(answers.right):,}",
                f"{100 * answers.right.mean():.2f} %",
                f"{100 * answers.confidence.mean():.2f} %",
                f"{error:.4f}",
                f"{noise_floor(answers.confidence):.4f}",
            )
        )
    return [
        "## Calibration",
        "A reader is calibrated if, of all readings that it gives with a confidence of 0.8, eight in ten are right. "
        f"The expected calibration error is the mean difference between the two over {BINS} bins of equal width (Guo "
        "et al., 2017). A perfectly calibrated reader would show the last column, by chance.",
        table(("", "read", "right", "mean confidence", "calibration error", "of a perfect reader"), rows),
        "![Share that is right against confidence, with the number of readings below](reliability.png)",
        "Whole words by their confidence:",
        table(("confidence", "words", "mean confidence", "right"), _bins(whole)),
    ]


def _bins(answers):
    for part in confidence_bins(*answers):
        right = f"{100 * part.right / part.images:.1f} %"
        yield f"{part.low:.2f} to {part.high:.2f}", f"{part.images:,}", f"{100 * part.confidence:.1f} %", right


def _rejection(subsets):
    rates = {name: (~answers.right).mean() for name, answers in subsets.items()}
    header = ["rejected", *(f"{name} ({100 * rates[name]:.2f} % misread)" for name in subsets)]
    rows = []
    for rejected in REJECTED:
        row = [f"{100 * rejected:g} %"]
        for name, answers in subsets.items():
            left, best = left_after_rejecting(rejected, answers), max(0, rates[name] - rejected)
            row.append(f"{100 * left:.1f} % ({100 * best / max(rates[name], 1e-9):.1f} %)")
        rows.append(row)
    return [
        "## Rejection",
        "Share of the mistakes that are left when the least confident readings are rejected, for a person to read, "
        "say. In brackets what would be left if mistakes alone were rejected: at an error rate of 2 %, rejecting 1 % "
        "cannot leave less than half. The ideal observer, who knows the probability of each letter exactly, shows what "
        "can be had: where noise has made an O or a Q a guess, a guess at even odds is right half of the time. Words "
        "with neither show how well all other mistakes are known.",
        table(header, rows),
        "![Share of the mistakes left, and share of words misread, against the share rejected](rejection.png)",
    ]


def _without_text(reader, words, count):
    rows = []
    for name, images in images_without_text(words, count):
        readings = list(reader.read(images, 250))
        confidence = np.array([reading.confidence for reading in readings])
        empty = np.array([reading.text == "" for reading in readings])
        quantiles = (f"{np.quantile(confidence, q):.3f}" for q in (0.05, 0.5, 0.95))
        believed = (~empty & (confidence >= 0.9)).sum()
        rows.append((name, share(empty.sum(), count), *quantiles, share(believed, count)))
    return [
        "## Images without text",
        f"{count:,} images of each kind. *Believed* are those where letters are read with a confidence of 0.9 or more.",
        table(("image", "read as empty", "confidence, 5 %", "median", "95 %", "believed"), rows),
        "Why. One in fifty of the images that a reader is trained on shows no text (`--negatives`; "
        "keras_reader/negatives.py): grey of one level, gradients, random pixels and random fields, under noise of any "
        "strength, to be read as empty. What it has seen neither there nor in words (strokes, digits, letters of "
        "another size) it can only call a letter or the end: there is no class for anything else, and nothing in its "
        "training says how sure it may be of such things. A reader for images that show them has to be trained on "
        "them.",
    ]


if __name__ == "__main__":
    with command_errors():
        main()
