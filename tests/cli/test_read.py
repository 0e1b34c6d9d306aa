"""`python -m keras_reader read` as its users run it."""

import csv
import io
import json
import os
import subprocess
import sys
import types

import numpy as np
import onnx
import pytest
from PIL import Image

import keras_reader as kr
from keras_reader.cli.given_images import find_images
from keras_reader.export.onnx_file import save_onnx
from keras_reader.inference.reader import BATCH_IMAGES
from keras_reader.metadata import metadata
from tests.helpers import ROOT

CONFIG = kr.ReaderConfig(alphabet="AB", max_length=2, image_size=(8, 8))

# The first pixel of a row says how much of "AB" is read, the second the confidence in percent. The first
# character's mask covers 2 of 8 columns and 4 of 8 rows, the second's 1 of 8 columns and all rows.
GRAPH = """
<ir_version: 9, opset_import: ["": 18]>
reader (uint8[batch, height, width] image) => (
    int32[batch, 3] ids, float[batch] confidence, float[batch, 3] character_confidence, float[batch, 3, 8, 8] masks,
    float[batch, 3, 3] probabilities
) {
    zero = Constant <value_ints = [0]> ()
    one = Constant <value_ints = [1]> ()
    two = Constant <value_ints = [2]> ()
    row = Slice (image, zero, one, one)
    first = Slice (row, zero, one, two)
    second = Slice (row, one, two, two)
    axes = Constant <value_ints = [1, 2]> ()
    count_uint8 = Squeeze (first, axes)
    percent_uint8 = Squeeze (second, axes)
    count = Cast <to = 6> (count_uint8)
    percent = Cast <to = 1> (percent_uint8)
    hundred = Constant <value_float = 100.0> ()
    confidence = Div (percent, hundred)
    steps_int64 = Constant <value_ints = [0, 1, 2]> ()
    steps = Cast <to = 6> (steps_int64)
    count_column = Unsqueeze (count, one)
    is_read = Less (steps, count_column)
    end_int64 = Constant <value_ints = [2]> ()
    end = Cast <to = 6> (end_int64)
    ids = Where (is_read, steps, end)
    sure = Constant <value_floats = [0.5, 0.25, 1.0]> ()
    batch_size = Shape <start = 0, end = 1> (image)
    three = Constant <value_ints = [3]> ()
    by_steps = Concat <axis = 0> (batch_size, three)
    character_confidence = Expand (sure, by_steps)
    side = Constant <value_ints = [3, 8, 8]> ()
    by_mask = Concat <axis = 0> (batch_size, side)
    masks = Expand (mask, by_mask)
    classes = Constant <value_ints = [3, 3]> ()
    by_classes = Concat <axis = 0> (batch_size, classes)
    even = Constant <value_float = 0.25> ()
    probabilities = Expand (even, by_classes)
}
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("reader") / "reader.onnx"
    mask = np.zeros((3, 8, 8), np.float32)
    mask[0, 2:6, 5:7] = 1
    mask[1, :, 3] = 0.5
    mask[2] = 1
    proto = onnx.parser.parse_model(GRAPH)
    proto.graph.initializer.append(onnx.numpy_helper.from_array(mask, "mask"))
    save_onnx(proto, metadata(CONFIG), path)
    return path


@pytest.fixture
def read(model, tmp_path):
    """Runs the command in a folder of its own."""

    def run(*arguments, stdin=None):
        command = [sys.executable, "-m", "keras_reader", "read", *map(os.fspath, arguments), "--model", str(model)]
        environment = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8:strict"}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, input=stdin, capture_output=True, encoding="utf-8"
        )

    return run


def save(path, count, percent, size=(3, 4), **options):
    path.parent.mkdir(exist_ok=True)
    pixels = np.zeros(size, np.uint8)
    pixels[0, :2] = count, percent
    Image.fromarray(pixels).save(path, **options)
    return path


def test_stdin_that_is_no_list_of_paths_is_told_once_in_one_line(monkeypatch):
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(b"a.png\n\0\0[x]*\nb.png\n")))
    errors = []
    assert list(find_images(["-"], errors.append)) == ["a.png"]
    assert [str(error) for error in errors] == ["-: not a list of paths: give one path a line, and an image as a file"]


def test_hidden_files_of_a_folder_are_left_out(tmp_path):
    for name in ("a.png", "._a.png", ".trash/b.png", "sub/c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert list(find_images([str(tmp_path)], pytest.fail)) == [str(tmp_path / "a.png"), str(tmp_path / "sub" / "c.png")]


def test_each_image_gets_a_line_of_path_text_and_confidence(read, tmp_path):
    save(tmp_path / "a.png", 2, 75)
    save(tmp_path / "b.png", 0, 99, size=(7, 9))
    done = read("b.png", "a.png")
    assert (done.returncode, done.stdout, done.stderr) == (0, "b.png\t\t0.9900\na.png\tAB\t0.7500\n", "")


def test_a_broken_image_does_not_spoil_its_batch_and_the_order_is_kept(read, tmp_path):
    expected, names = [], []
    for i in range(2 * BATCH_IMAGES + 10):
        names.append(f"{i}.png")
        save(tmp_path / names[-1], i % 3, i % 100, size=(2 + i % 2, 5))
        expected.append(f"{i}.png\t{'AB'[: i % 3]}\t{i % 100 / 100:.4f}")
    for i, content in [(0, b""), (5, b"no image"), (70, (tmp_path / "71.png").read_bytes()[:40])]:
        (tmp_path / names[i]).write_bytes(content)
        expected[i] = None
    done = read(*names)
    assert done.returncode == 2
    assert done.stdout.splitlines() == [line for line in expected if line]
    errors = done.stderr.splitlines()
    assert [error.split(":")[:2] for error in errors] == [["error", f" {i}.png"] for i in (0, 5, 70)]


def test_what_is_missing_is_reported_and_the_rest_is_read(read, tmp_path):
    save(tmp_path / "a.png", 1, 50)
    (tmp_path / "empty").mkdir()
    done = read("none.png", "empty", "*.jpg", "a.png")
    assert (done.returncode, done.stdout) == (2, "a.png\tA\t0.5000\n")
    none, empty, pattern = done.stderr.splitlines()
    assert none == "error: none.png: cannot be read (No such file or directory)"
    assert empty.startswith("error: empty: no images in this folder")
    assert pattern.startswith("error: *.jpg: no file matches this pattern")


def test_a_folder_means_its_images_and_those_of_its_folders(read, tmp_path):
    for name in ("in/c.png", "in/sub/b.JPEG", "in/a.bmp"):
        save(tmp_path / name, 0, 0)
    (tmp_path / "in" / "notes.txt").write_text("no image")
    done = read("in")
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["in/a.bmp", "in/c.png", "in/sub/b.JPEG"]
    assert done.returncode == 0


def test_a_pattern_that_no_shell_expanded_is_expanded(read, tmp_path):
    for name in ("x2.png", "x1.png", "y1.png", "in/x3.png"):
        save(tmp_path / name, 0, 0)
    names = [line.split("\t")[0] for line in read("x*.png", "**/x3.*", tmp_path / "y?.png").stdout.splitlines()]
    assert names == ["x1.png", "x2.png", "in/x3.png", str(tmp_path / "y1.png")]


def test_a_file_that_is_named_like_a_pattern_is_that_file(read, tmp_path):
    save(tmp_path / "a[1].png", 1, 10)
    save(tmp_path / "a1.png", 2, 20)
    assert read("a[1].png").stdout == "a[1].png\tA\t0.1000\n"


def test_a_list_on_stdin_names_files_folders_and_patterns(read, tmp_path):
    for name in ("a b.png", "in/c.png", "x1.png", "last.png"):
        save(tmp_path / name, 1, 10)
    done = read("-", "last.png", stdin="a b.png\r\n\nin\nnone.png\nx*.png")
    names = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert names == ["a b.png", "in/c.png", "x1.png", "last.png"]
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_an_empty_list_gives_nothing(read):
    done = read("-", stdin="")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_readings_come_while_the_list_goes_on(model, tmp_path):
    save(tmp_path / "a.png", 2, 75)
    command = [sys.executable, "-m", "keras_reader", "read", "-", "--model", str(model)]
    with subprocess.Popen(
        command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdin.write("a.png\n" * BATCH_IMAGES)
        process.stdin.flush()
        assert [process.stdout.readline() for _ in range(BATCH_IMAGES)] == ["a.png\tAB\t0.7500\n"] * BATCH_IMAGES
        rest, _ = process.communicate("a.png\n")
    assert (process.returncode, rest) == (0, "a.png\tAB\t0.7500\n")


def test_json_gives_confidences_and_boxes_in_the_images_own_pixels(read, tmp_path):
    save(tmp_path / "ä.png", 2, 75, size=(16, 24))
    done = read("ä.png", "--json")
    assert '"image": "ä.png"' in done.stdout
    assert json.loads(done.stdout) == {
        "image": "ä.png",
        "width": 24,
        "height": 16,
        "text": "AB",
        "confidence": 0.75,
        "character_confidence": [0.5, 0.25],
        "character_boxes": [[15, 2, 21, 14], [9, 0, 12, 16]],
    }


def test_boxes_of_a_rotated_photograph_are_those_of_the_image_the_right_way_up(read, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    save(tmp_path / "a.png", 0, 0, size=(16, 24), exif=exif)
    (line,) = read("a.png", "--json").stdout.splitlines()
    assert (json.loads(line)["width"], json.loads(line)["height"]) == (16, 24)


def test_csv_has_a_header_and_quotes_what_must_be_quoted(read, tmp_path):
    save(tmp_path / 'a,"b".png', 2, 75)
    rows = list(csv.reader(io.StringIO(read('a,"b".png', "--csv").stdout)))
    assert rows == [["image", "text", "confidence"], ['a,"b".png', "AB", "0.7500"]]


def test_a_reading_below_the_least_confidence_has_no_text_but_shows_what_was_read(read, tmp_path):
    save(tmp_path / "a.png", 2, 79)
    save(tmp_path / "b.png", 1, 80)
    lines = read("a.png", "b.png", "--min-confidence", "0.8")
    assert (lines.returncode, lines.stdout) == (0, "a.png\t\t0.7900\tAB\nb.png\tA\t0.8000\t\n")
    table = read("a.png", "b.png", "--min-confidence", "0.8", "--csv").stdout
    assert table == "image,text,confidence,rejected_text\na.png,,0.7900,AB\nb.png,A,0.8000,\n"
    objects = [
        json.loads(line) for line in read("a.png", "b.png", "--min-confidence", "0.8", "--json").stdout.split("\n")[:2]
    ]
    assert [(values["text"], values["rejected_text"]) for values in objects] == [(None, "AB"), ("A", None)]


# Every class has probability 0.25 at every decoding step.
def test_restricted_readings_come_with_their_alternatives_in_every_form(read, tmp_path):
    save(tmp_path / "a.png", 2, 75)
    options = ["a.png", "--allow", "BX", "--top", "3"]
    assert read(*options).stdout == "a.png\t\t0.2500\tB\t0.0625\tBB\t0.0156\n"
    table = read(*options, "--pattern", "re:.+", "--csv", "--min-confidence", "0.5").stdout
    header = "image,text,confidence,text_2,confidence_2,text_3,confidence_3,rejected_text"
    assert table == f"{header}\na.png,,0.0625,BB,0.0156,BBB,0.0156,B\n"
    values = json.loads(read("a.png", "--pattern", r"?\A", "--top", "9", "--json").stdout)
    assert (values["text"], values["confidence"], values["allowed_probability"]) == ("AA", 0.015625, 0.03125)
    assert values["alternatives"] == [{"text": text, "probability": 0.015625} for text in ("AA", "BA")]
    assert len(values["character_boxes"]) == 2
    assert "alternatives" not in json.loads(read("a.png", "--pattern", r"?\A", "--json").stdout)


def test_fewer_texts_than_asked_for_leave_fields_empty(read, tmp_path):
    save(tmp_path / "a.png", 2, 75)
    assert read("a.png", "--pattern", "A", "--top", "3", "--csv").stdout.splitlines()[1] == "a.png,A,0.0625,B,0.0625,,"


def test_a_path_that_is_not_utf_8_goes_out_as_it_came_in(model, tmp_path):
    name = b"\xff.png"
    save(tmp_path / "a.png", 1, 50).rename(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    command = [sys.executable, "-m", "keras_reader", "read", name, "--model", str(model)]
    environment = {"PYTHONPATH": str(ROOT)}
    lines = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True)
    assert lines.stdout == name + b"\tA\t0.5000\n", lines.stderr
    objects = subprocess.run([*command, "--json"], cwd=tmp_path, env=environment, capture_output=True)
    assert os.fsencode(json.loads(objects.stdout.decode())["image"]) == name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a.png", "--min-confidence", "1.5"], "--min-confidence must be from 0 to 1, got 1.5"),
        (["a.png", "--min-confidence", "nan"], "--min-confidence must be from 0 to 1, got nan"),
        (["a.png", "--top", "0"], "top must be a whole number from 1 to 100, got 0"),
        (["a.png", "--pattern", "AAA-9999"], "pattern 'AAA-9999': no text that this reader can give matches"),
        (["a.png", "--pattern", "re:(A"], "pattern 're:(A': not a regular expression"),
        (
            ["a.png", "--allow", "-ab"],
            "read --help; a value that begins with - is given with =",
        ),
        (["a.png", "--allow=-ab"], "allow '-ab': this reader knows none of these characters"),
        (["a.png", "--allow", "abc"], "allow 'abc': this reader knows none of these characters"),
        (["a.png", "--json", "--csv"], "argument --csv: not allowed with argument --json"),
        ([], "the following arguments are required: IMAGE"),
        (["a.png", "--model", "none.onnx"], "none.onnx: no such file"),
    ],
)
def test_wrong_options_are_told_in_one_line_with_exit_code_2(arguments, message, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "keras_reader", "read", "--model", "letters", *arguments],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("error: ") and message in done.stderr
