"""Measures whether a reader knows when it is wrong: calibration, rejection, and images without text.

    python -m benchmarks.calibration                # the reader letters, which ships with the package
    python -m benchmarks.calibration READER --write docs/results

Prints a page about fresh images of the synthetic task. `--write docs/results` writes it as calibration.md, with the
pictures reliability.png and rejection.png.
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
from keras_reader.pretrained import LETTERS
from keras_reader.progress import with_progress

REJECTED = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)


class Confidences(NamedTuple):
    """Confidences of readings or characters, and whether these are right: two arrays of the same length."""

    confidence: np.ndarray
    right: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reader", nargs="?", type=Path, metavar="READER", help="default: letters")
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--observer-images", type=int, default=20_000, help="number of images for the ideal observer")
    parser.add_argument("--images-without-text", type=int, default=2000, help="number of images of each kind")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write calibration.md and its pictures there")
    args = parser.parse_args()

    reader = kr.load(args.reader or LETTERS)
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
        f"For {args.reader or 'the reader `letters`'}, on {args.images:,} fresh images of the "
        f"default words. Written by `{command} --images {args.images} --write docs/results`; "
        f"{describe('numpy', 'pillow')}.",
        *_calibration(whole, characters),
        *_rejection(subsets),
        *_without_text(reader, words, args.images_without_text),
    ]
    publish(parts, args.write and args.write / "calibration.md")


def left_after_rejecting(share_rejected: float, answers: Confidences) -> float:
    """The share of the mistakes that is left when the least confident readings are rejected.

    Args:
        share_rejected: share of all readings to reject, in [0, 1].
        answers: the readings. The result is 0 if none of them is a mistake.
    """
    order = np.argsort(answers.confidence, kind="stable")
    kept = order[round(share_rejected * len(order)) :]
    return (~answers.right[kept]).sum() / max((~answers.right).sum(), 1)


def noise_floor(confidence: np.ndarray, rounds: int = 20, seed: int = 0) -> float:
    """The expected calibration error of a perfectly calibrated reader on as many images, which is due to chance.

    Its readings are right at random, with the probability that is their confidence.
    """
    random = np.random.default_rng(seed)
    errors = [
        expected_calibration_error(confidence, random.random(len(confidence)) < confidence) for _ in range(rounds)
    ]
    return float(np.mean(errors))


def _read(reader, words, count):
    """Confidences of whole words, of characters, of words with O and Q as one letter, and of words without O and Q."""
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
        "A reader is calibrated if eight in ten of its readings with a confidence of 0.8 are right. The expected "
        f"calibration error is the mean difference between confidence and accuracy over {BINS} bins of equal width "
        "(Guo et al., 2017). The last column is the error that a perfectly calibrated reader would show by chance.",
        table(("", "read", "right", "mean confidence", "calibration error", "of a perfect reader"), rows),
        "![Share of right readings against confidence, and the number of readings](reliability.png)",
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
        "The share of the mistakes that is left when the least confident readings are rejected, for example to be read "
        "by a person. The share in brackets would be left if only mistakes were rejected: at an error rate of 2 %, "
        "rejecting 1 % cannot leave less than half. The ideal observer knows the probability of each letter exactly "
        "and shows what is possible: if noise makes an O or a Q a guess, half of the guesses are right. Words without "
        "O and Q show how well the reader knows its other mistakes.",
        table(header, rows),
        "![Mistakes left and words misread, against the share of readings rejected](rejection.png)",
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
        f"{count:,} images of each kind. *Believed* is the share of images in which letters are read with a "
        "confidence of 0.9 or more.",
        table(("image", "read as empty", "confidence, 5 %", "median", "95 %", "believed"), rows),
        "The reason lies in the training. 2 % of the training images have no text (`--negatives`; "
        "`keras_reader/data/negatives.py`): grey of one level, gradients, random pixels and random fields, under noise "
        "of any strength. Their label is the empty string. Strokes, digits, small letters and larger capitals occur "
        "neither in these images nor in words. The reader has no class for them, so it reads them as letters or as the "
        "end, and nothing in its training sets the confidence. A reader for images that show such things has to be "
        "trained on them.",
    ]


if __name__ == "__main__":
    with command_errors():
        main()
