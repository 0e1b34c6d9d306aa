"""`keras-reader evaluate` as its users run it."""

import csv
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from keras_reader.data.synthetic_words import SyntheticWords
from tests.helpers import ROOT

MASKS = ["pointing", "mass", "mass_in_columns", "mass_in_rows", "offset", "distance", "order"]


def evaluate(*arguments):
    command = [sys.executable, "-m", "keras_reader", "evaluate", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture
def labels(tmp_path):
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "text"])
        for i in range(3):
            Image.fromarray(np.full((40, 40), 40 * i, np.uint8)).save(tmp_path / f"{i}.png")
            writer.writerow([f"{i}.png", "AB"])
    return tmp_path / "labels.csv"


def test_a_line_a_figure_with_its_meaning():
    lines = evaluate("--count", 40).splitlines()
    assert lines[0].split(maxsplit=2) == ["images", "40", "images read"]
    for label in ("pointing", "mass in box", "order", "sufficiency", "necessity", "offset"):
        assert sum(line.startswith(f"mask {label} ") for line in lines) == 1


def test_json_holds_every_figure():
    figures = json.loads(evaluate("--count", 40, "--json"))
    assert figures["images"] == 40
    assert None not in figures.values()
    assert 0.9 <= figures["pointing"] <= 1
    assert len(figures["offset"]) == 2


def test_labelled_images_are_read_as_read_reads_them(tmp_path):
    """The same files give `evaluate --data` and `read` the same texts, whatever their size and kind."""
    words = SyntheticWords(image_size=(57, 71), font_size=(14, 26), intensity=230, split="test")
    rows = []
    for i, example in enumerate(words.examples(range(24))):
        name = f"{i}.{['png', 'jpg', 'webp'][i % 3]}"
        Image.fromarray(example.image).convert(["L", "RGB"][i % 2]).save(tmp_path / name)
        rows.append(name)
    command = [sys.executable, "-m", "keras_reader", "read", "--csv", *rows]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    read = [row["text"] for row in csv.DictReader(done.stdout.splitlines())]
    assert len(set(read)) > 12
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("image", "text"), *zip(rows, read, strict=True)])
    assert json.loads(evaluate("--data", tmp_path / "labels.csv", "--json"))["whole_word_accuracy"] == 1


def test_labelled_images_have_no_figures_that_take_boxes(labels):
    figures = json.loads(evaluate("--data", labels, "--json"))
    assert figures["images"] == 3
    assert [figures[name] for name in [*MASKS, "sufficiency", "necessity"]] == [None] * 9
