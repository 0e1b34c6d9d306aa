"""What the tests of reports share."""

import csv
import os
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np

from keras_reader.cli.report import analyse, with_alignment
from keras_reader.inference.read_example import ReadExample
from keras_reader.inference.reader import Reading
from keras_reader.visualization.report.page import Report
from tests.helpers import ROOT

EMPTY_ELEMENTS = {"meta", "img"}


class Page(HTMLParser):
    """What is in a page; fails on an end tag without its start, and on an element that is not closed."""

    def __init__(self, html):
        super().__init__()
        self.open, self.elements, self.texts = [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY_ELEMENTS:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        # Line breaks between elements are the template's.
        if data.strip() or "\n" not in data:
            self.texts.append(data.strip("\n"))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self):
        return "".join(self.texts)


def reading(text, confidence=0.5, size=(8, 10), ended=True):
    masks = np.zeros((len(text) + 1, *size), np.float32)
    for step, mask in enumerate(masks):
        mask[2:5, step : step + 3] = 1
    sure = np.full(len(text), 0.75, np.float32)
    return Reading(text, confidence, sure, masks[:-1], 0.875 if ended else None, masks[-1] if ended else None)


def example(text, read, boxes=None, ended=True, source="image 1", confidence=0.5):
    image = np.random.default_rng(0).integers(0, 256, (8, 10)).astype(np.uint8)
    read = reading(read, confidence, ended=ended)
    return ReadExample(image=image, text=text, boxes=boxes, source=source, reading=read)


def report(**changes):
    values = {
        "name": "reader.onnx",
        "model": [("preset", "small")],
        "images": [("images", "2 words")],
        "metrics": [("whole-word accuracy", "50.00%", "texts read without any mistake")],
        **analyse([example("AB", "AB", confidence=0.9), example("AB", "AC", confidence=0.8)]),
        "mistakes": with_alignment([example("AB", "AC", np.array([[0, 0, 5, 4], [5, 4, 10, 8]]))]),
        "unsure": [],
        "typical": with_alignment([example("AB", "AB", source="image 0")]),
        "mask_style": "dim",
        "log": None,
        "log_source": "run/log.csv",
        "date": "2026-01-02",
        "command": "keras-reader report",
    }
    return Report(**{**values, **changes})


def log_rows(count=4, **columns):
    names = ("loss", "whole_word_accuracy", "character_error_rate")
    rows = []
    for k in range(count):
        row = {"epoch": k, "step": 100 * (k + 1), "images": 6400 * (k + 1), "seconds": 2.5 * (k + 1)}
        row |= {prefix + name: 0.5 ** (k + 1) for name in names for prefix in ("", "val_")}
        rows.append(row | {name: values[k] for name, values in columns.items()})
    return rows


def write_log(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def run_report(*arguments, cwd, absent=()):
    code = f"""
import runpy, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {list(absent)}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
runpy.run_module("keras_reader", run_name="__main__", alter_sys=True)
"""
    command = [sys.executable, "-c", code, "report", *map(os.fspath, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
