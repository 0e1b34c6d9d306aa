"""`keras-reader evaluate` as its users run it."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from PIL import Image

import keras_reader as kr
from keras_reader.cli.main import main
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.data.text_rendering import find_family
from tests.helpers import ROOT

MASKS = ["pointing", "mass", "mass_in_columns", "mass_in_rows", "offset", "distance", "order"]


def evaluate(*arguments):
    command = [sys.executable, "-m", "keras_reader", "evaluate", "letters", *map(str, arguments)]
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
    task, *lines = evaluate("--count", 40).splitlines()
    assert task == "images: --task letters, synthetic words"
    assert lines[0].split(maxsplit=2) == ["images", "40", "images read"]
    for label in ("pointing", "mass in box", "order", "sufficiency", "necessity", "offset"):
        assert sum(line.startswith(f"mask {label} ") for line in lines) == 1


def test_json_holds_every_figure():
    figures = json.loads(evaluate("--count", 40, "--json"))
    assert (figures["task"], figures["images"]) == ("letters", 40)
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
    command = [sys.executable, "-m", "keras_reader", "read", "--model", "letters", "--csv", *rows]
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


@pytest.fixture(scope="module")
def mislabelled(tmp_path_factory):
    """Twenty words that the shipped reader reads, but two have wrong labels, and one is mixed with another word."""
    folder = tmp_path_factory.mktemp("words")
    words = SyntheticWords(min_length=2, split="test")
    rows = []
    for i, example in enumerate(words.examples(range(20))):
        Image.fromarray(example.image).save(folder / f"{i}.png")
        rows.append((f"{i}.png", example.text))
    rows[3], rows[8] = ("3.png", "QQQQ"), ("8.png", "A")
    unsure = (words.example(12).image.astype(float) + words.example(28).image) / 2
    Image.fromarray(np.rint(unsure).astype(np.uint8)).save(folder / "12.png")
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("image", "text"), *rows])
    return folder


def test_labels_that_a_sure_reading_contradicts_are_suspected(mislabelled):
    output = evaluate("--data", mislabelled / "labels.csv")
    suspects = output.split("2 labels that may be wrong", 1)[1].splitlines()
    assert suspects[1].split() == ["line", "image", "label", "read", "confidence"]
    assert sorted(int(line.split()[0]) for line in suspects[2:4]) == [5, 10]
    assert "3 misread: give --out FOLDER" in output
    figures = json.loads(evaluate("--data", mislabelled / "labels.csv", "--json"))
    assert sorted(suspect["text"] for suspect in figures["suspect_labels"]) == ["A", "QQQQ"]
    everything = json.loads(evaluate("--data", mislabelled / "labels.csv", "--json", "--suspect-confidence", "0"))
    assert len(everything["suspect_labels"]) == 3


def test_misread_images_are_listed_and_drawn_the_surest_first(mislabelled, tmp_path):
    out = tmp_path / "misread"
    out.mkdir()
    (out / "misread_009.png").write_text("of an earlier run")
    output = evaluate("--data", mislabelled / "labels.csv", "--out", out, "--show-mistakes", 2)
    assert output.endswith(f"{out / 'misread.csv'}: 3 misread images, pictures of 2 on 1 page\n")
    with (out / "misread.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["line"] for row in rows[:2]) == ["10", "5"] and rows[2]["line"] == "14"
    assert [row["suspect"] for row in rows] == ["yes", "yes", "no"]
    assert [row["picture"] for row in rows] == ["misread_001.png", "misread_001.png", ""]
    assert all(row["text"] != row["read"] and int(row["edits"]) > 0 for row in rows)
    confidences = [float(row["confidence"]) for row in rows]
    assert confidences == sorted(confidences, reverse=True)
    assert sorted(path.name for path in out.iterdir()) == ["misread.csv", "misread_001.png"]
    with Image.open(out / "misread_001.png") as page:
        assert page.height > 2 * 150


def test_restricted_readings_are_evaluated(mislabelled):
    labels = mislabelled / "labels.csv"
    free = json.loads(evaluate("--data", labels, "--json"))
    assert free["whole_word_accuracy"] == 0.85
    same = json.loads(evaluate("--data", labels, "--json", "--pattern", "re:[A-Z]*"))
    assert same["whole_word_accuracy"] == 0.85
    output = evaluate("--data", labels, "--pattern", "re:Q*")
    assert output.split("whole-word accuracy", 1)[1].split()[0] == "0.00%"
    assert "19 labels that are not among the allowed texts count as misread" in output


def test_a_label_that_the_reader_cannot_give_counts_as_misread_and_is_named(mislabelled, tmp_path):
    """Its character was in no training image, or is a slip of the pen: all other rows are read as before."""
    rows = list(csv.reader((mislabelled / "labels.csv").open()))
    rows[1][1], rows[2][1] = rows[1][1].lower(), "ABCDE"
    with (mislabelled / "beyond.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    before, after = (
        json.loads(evaluate("--data", mislabelled / name, "--json")) for name in ("labels.csv", "beyond.csv")
    )
    assert (before["unreadable_labels"], after["unreadable_labels"]) == ([], [2, 3])
    assert after["whole_word_accuracy"] == pytest.approx(before["whole_word_accuracy"] - 2 / 20)
    output = evaluate("--data", mislabelled / "beyond.csv", "--out", tmp_path / "misread", "--pattern", "re:[A-Z]*")
    told = "2 labels that this reader cannot give count as misread, and may be wrong: characters that it does not know"
    unknown = ", ".join(map(repr, sorted(set(rows[1][1]))))
    assert f"{told} ({unknown}) or more than 4 characters: lines 2, 3" in output
    assert "not among the allowed texts" not in output
    with (tmp_path / "misread" / "misread.csv").open(encoding="utf-8") as file:
        assert {"2", "3"} <= {row["line"] for row in csv.DictReader(file)}
    assert "texts that this reader cannot give" in report(mislabelled / "beyond.csv", tmp_path / "report.html")


def report(labels, page):
    main(["report", "letters", "--data", str(labels), "--out", str(page)])
    return page.read_text(encoding="utf-8")


def test_a_reader_that_can_give_none_of_the_labels_is_the_wrong_one(labels):
    labels.write_text(labels.read_text().replace("AB", "12"))
    command = [sys.executable, "-m", "keras_reader", "evaluate", "letters", "--data", str(labels)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "labels.csv, line 2: '12' has '12', which is not in the alphabet" in done.stderr
    assert done.stderr.endswith("nor can this reader give another of the texts: choose another reader\n")


def test_fonts_that_are_named_are_all_read_and_those_of_the_training_are_said():
    path = find_family("Liberation Sans")
    if path is None:
        pytest.skip("Liberation is not installed: apt-get install fonts-liberation")
    command = [sys.executable, "-m", "keras_reader", "evaluate", "print", "--task", "print", "--count", "20"]
    done = subprocess.run([*command, "--font", str(Path(path).parent)], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    fonts, images = done.stdout.splitlines()[:2]
    assert re.fullmatch(r"fonts: all \d families of --font; the reader print was trained on .*Liberation Sans.*", fonts)
    assert images.split(maxsplit=2) == ["images", "20", "images read"]


def test_nothing_is_claimed_about_a_font_that_nobody_knows(tmp_path):
    path = find_family("Liberation Sans")
    if path is None:
        pytest.skip("Liberation is not installed: apt-get install fonts-liberation")
    with TTFont(path) as font:
        for number in (1, 16):
            font["name"].setName("Our Own", number, 3, 1, 0x409)
        font.save(tmp_path / "own.ttf")
    command = [sys.executable, "-m", "keras_reader", "evaluate", "print", "--count", "20", "--font"]
    done = subprocess.run([*command, str(tmp_path / "own.ttf")], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:2] == [
        "images: --task print, printed text in 1 fonts of 1 families",
        "fonts: 1 family of --font; none is on the list of those that the reader print was trained on",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "folder"], "--out is for the misread images of --data"),
        (["--suspect-confidence", "2"], "--suspect-confidence must be from 0 to 1"),
        (["--show-mistakes", "0"], "--show-mistakes must be at least 1"),
        (["--pattern", "99999"], "no text that this reader can give matches"),
    ],
)
def test_wrong_options_are_told_in_one_line_with_exit_code_2(arguments, message):
    command = [sys.executable, "-m", "keras_reader", "evaluate", "letters", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert message in done.stderr


def test_without_its_language_model_a_reader_is_evaluated_on_what_its_masks_alone_show(tmp_path, capsys):
    words = SyntheticWords(alphabet="O0I1S5", image_size=(32, 96), font_size=(20, 20), intensity=255, noise=0.02)
    lines = ["image,text"]
    for i, example in enumerate(words.examples(range(30))):
        Image.fromarray(example.image).save(tmp_path / f"{i}.png")
        lines.append(f"{i}.png,{example.text}")
    (tmp_path / "labels.csv").write_text("\n".join(lines))

    def texts(*options):
        main(["evaluate", "print", "--data", str(tmp_path / "labels.csv"), *options, "--show-mistakes", "30"])
        return capsys.readouterr().out

    reader = kr.load("print")
    paths = [tmp_path / f"{i}.png" for i in range(30)]
    with_it, alone = (
        sum(reading.text == line.split(",")[1] for reading, line in zip(each.read(paths), lines[1:], strict=True))
        for each in (reader, reader.without_language_model())
    )
    assert with_it != alone
    assert f"{100 * with_it / 30:.2f}%" in texts()
    assert f"{100 * alone / 30:.2f}%" in texts("--no-language-model")
