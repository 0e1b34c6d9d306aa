"""The page of a report: what it says and what it shows."""

import base64
import dataclasses
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from keras_reader.cli.report import analyse, with_alignment
from keras_reader.visualization.overlay import overlay
from keras_reader.visualization.page.modules import source_hash
from keras_reader.visualization.report.page import Report, report_page
from tests.helpers.reports import Page, example, log_rows, report

NASTY = "<&\"'>é"


class Element(HTMLParser):
    """The HTML of the first element of a kind in a page."""

    def __init__(self, html, tag):
        super().__init__()
        self.html, self.tag, self.start, self.found, self.depth = html, tag, None, None, 0
        self.lines = [0, *(match.end() for match in re.finditer("\n", html))]
        self.feed(html)

    def place(self):
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def handle_starttag(self, tag, attrs):
        if tag == self.tag:
            self.start = self.place() if self.start is None else self.start
            self.depth += 1

    def handle_endtag(self, tag):
        if tag == self.tag:
            self.depth -= 1
            if self.depth == 0 and self.found is None:
                self.found = self.html[self.start : self.place()] + f"</{tag}>"


def article(shown):
    """What a page shows of one reading."""
    return Element(report_page(report(mistakes=with_alignment([shown]), typical=[])), "article").found


def pictures(html):
    return [
        (image["alt"], Image.open(io.BytesIO(base64.b64decode(image["src"].removeprefix("data:image/png;base64,")))))
        for image in Page(html).all("img")
    ]


def test_a_strip_shows_the_image_and_each_step_under_its_mask():
    shown = example("AB", "AC")
    bare, *steps = pictures(article(shown))
    assert bare[0] == "The image of AB"
    assert np.array_equal(np.asarray(bare[1]), shown.image)
    assert [alt.split(",")[0] for alt, _ in steps] == [
        "Step 1: the mask through which A was read",
        "Step 2: the mask through which C was read",
        "Step 3: the mask through which end was read",
    ]
    for (_, picture), mask in zip(steps, [*shown.reading.masks, shown.reading.end_mask], strict=True):
        expected = overlay(np.repeat(shown.image[..., None], 3, axis=2), mask, "dim").astype(int)
        # One palette for all pictures of the strip, of which each colour is rounded to evenly spaced levels.
        assert np.abs(np.asarray(picture.convert("RGB")) - expected).max() <= 32


def test_a_strip_marks_what_is_wrong_and_where_the_characters_are():
    boxes = np.array([[0, 0, 5, 4], [5, 4, 10, 8]])
    page = Page(article(example("AB", "AC", boxes, source="scan.png")))
    assert "".join(page.texts).startswith("ABread asACconfidence 50.0%scan.png")
    assert len(page.all("mark")) == 2
    assert [figure.get("class") for figure in page.all("figure")] == [None, None, "wrong", None]
    outlines = [outline["style"] for outline in page.all("i")]
    assert outlines[:2] == [
        "left:0.00%;top:0.00%;width:50.00%;height:50.00%",
        "left:50.00%;top:50.00%;width:50.00%;height:50.00%",
    ]
    assert len(outlines) == 2 * 3  # on each step, not on the bare image


@pytest.mark.parametrize(
    ("text", "read", "ended", "expected"),
    [
        ("AB", "AB", True, "ABread right"),
        ("AB", "A", True, "ABread asA"),
        ("", "A", True, "(no text)read asA"),
        ("A", "", True, "Aread as(no text)"),
        ("A", "AA", False, "Aread asAA"),
        ("A B", "A B", True, "A\u2423Bread right"),
        ("A B", "A\tB", True, "A\u2423Bread asA[U+0009]B"),
    ],
)
def test_what_was_read_is_told_in_words(text, read, ended, expected):
    page = Page(article(example(text, read, ended=ended)))
    assert page.text.startswith(expected + "confidence")
    assert ("No decoding step gave the end of the text." in page.text) == (not ended)


def test_the_page_is_whole_and_fetches_nothing():
    html = report_page(report(log=log_rows(4)))
    page = Page(html)
    assert html.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert {tag for tag, _ in page.elements}.isdisjoint({"link", "iframe", "object", "embed", "base", "form"})
    # The one script is named by its checksum, so that no other runs.
    (script,) = re.findall(r"<script(.*?)>(.*?)</script>", html, re.DOTALL)
    assert script[0] == ' type="module"'
    policy = f"default-src 'none'; script-src {source_hash(script[1])}; img-src data:; style-src 'unsafe-inline'"
    assert page.all("meta")[1]["content"] == policy
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    for _, attributes in page.elements:
        assert attributes.get("src", "data:image/png;base64,").startswith("data:image/png;base64,")
        if "href" in attributes:
            assert attributes["href"][0] == "#" and attributes["href"][1:] in ids
        assert "url(" not in attributes.get("style", "")
    assert "url(" not in html and "@import" not in html and "http:" not in html and "https:" not in html
    assert all(image["alt"] for image in page.all("img"))
    assert len(page.all("img")) == 2 * 4
    assert len(page.all("svg")) == 1 + 3


def test_the_page_says_what_the_report_holds():
    text = Page(report_page(report(log=log_rows(4)))).text
    for part in (
        "Report on reader.onnx",
        "50.00% of 2 images were read without any mistake (95% interval 9.45% to 90.55%). Misread: 1.",
        "texts read without any mistake",
        "(nothing read as a character): 1.",
        "BC1100.0%50.00%",  # B read as C, once, all of the mistakes, one of two true B
        "400 training steps on 25,600 images in 10 s of training, from run/log.csv. At the end 6.25%",
        "Made on 2026-01-02 by keras-reader report",
    ):
        assert part in text, part


def test_a_page_without_mistakes_without_a_log_or_without_right_readings_says_so():
    right, wrong = analyse([example("A", "A")]), analyse([example("A", "B")])
    text = Page(report_page(report(**right, mistakes=[]))).text
    assert "Every image was read right." in text
    assert "There was no mistake." in text
    assert "There are no learning curves, because the reader's folder has no log.csv of a training." in text
    assert "No reading was right." in Page(report_page(report(**wrong, typical=[]))).text


def test_the_same_report_is_the_same_page():
    assert report_page(report(log=log_rows())) == report_page(report(log=log_rows()))


def test_characters_that_mean_something_in_html_are_shown_as_they_are():
    shown = with_alignment([example(NASTY[:4], NASTY[2:], source=f"{NASTY}.png")])
    figures = analyse([example(NASTY[:4], NASTY[2:]), example("<", "&")])
    page = Page(report_page(report(**figures, name=f"</title>{NASTY}", model=[("alphabet", NASTY)], mistakes=shown)))
    assert page.text.count(NASTY) == 2 + 1 + 1  # title and heading, alphabet, file name
    assert any(image["alt"] == f"The image of {NASTY[:4]}" for image in page.all("img"))


@pytest.mark.slow
def test_every_field_of_a_report_is_on_the_page():
    changes = {
        "name": "changed",
        "model": [("changed", "small")],
        "images": [("changed", "2 words")],
        "metrics": [("changed", "50.00%", "texts read without any mistake")],
        **analyse([example("XYZ", "XYZ", confidence=0.1), *[example("X", "Y", confidence=0.1)] * 2]),
        "mistakes": with_alignment([example("A", "B", source="changed")]),
        "unsure": with_alignment([example("A", "A", source="changed")]),
        "typical": with_alignment([example("A", "A", source="changed")]),
        "mask_style": "blue",
        "log": log_rows(1),
        "log_source": "changed",
        "date": "changed",
        "command": "changed",
    }
    assert set(changes) == {field.name for field in dataclasses.fields(Report)}
    before = report(log=log_rows(2), mistakes=[], typical=[])
    changes["right"] = 0
    for name, value in changes.items():
        assert report_page(dataclasses.replace(before, **{name: value})) != report_page(before), name
