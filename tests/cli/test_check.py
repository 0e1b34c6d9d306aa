"""`keras-reader check` as its users run it."""

import csv

import numpy as np
import pytest
from PIL import Image

from keras_reader.cli import train
from keras_reader.cli.common import CommandParser
from keras_reader.cli.main import main
from keras_reader.cli.planning import plan
from keras_reader.data.labelled_images import load_labelled
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.data.text_rendering import render_text


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    """Runs the command in a folder of its own; gives its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = 0
        try:
            main(["check", *map(str, arguments)])
        except SystemExit as end:
            code = end.code
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def labels(tmp_path):
    """120 drawn words in a CSV."""
    words = SyntheticWords(image_size=(40, 80), alphabet="AB12", min_length=2, max_length=4, font_size=(20, 22))
    rows = [("image", "text")]
    for i, example in enumerate(words.examples(range(120))):
        Image.fromarray(example.image).save(tmp_path / f"{i}.png")
        rows.append((f"{i}.png", example.text))
    return write(tmp_path / "labels.csv", rows)


def write(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def statuses(output):
    return {line.split("  ")[0].strip() for line in output.split("\n\n")[0].splitlines()}


@pytest.mark.slow
def test_good_data_end_with_0_a_table_and_a_picture(check, labels, tmp_path):
    code, output, errors = check(labels)
    assert (code, errors) == (0, "")
    assert statuses(output) == {"ok"}
    assert "4 characters: 12AB" in output
    with Image.open(tmp_path / "check.png") as picture:
        assert picture.width > 500
    assert output.endswith("check.png: texts as the network will see them\n")


def test_the_network_can_be_set(check, labels):
    options = ["--image-size", 24, 60, "--alphabet", "AB12xyz", "--max-length", 9, "--resize", "stretch"]
    code, output, _ = check(labels, *options, "--out", "a.png")
    assert code == 0
    for row in ("24x60 pixels (height x width) (given)", "9 characters (given)", "7 characters: AB12xyz (given)"):
        assert row in output


def test_the_network_is_that_which_training_takes_that_of_the_reader_it_starts_from_too(check, labels, tmp_path):
    with (tmp_path / "labels.csv").open() as file:
        _, *rows = csv.reader(file)
    for name, _ in rows:  # characters of half the size, which `small` would be derived for
        with Image.open(tmp_path / name) as image:
            image.resize((40, 20)).save(tmp_path / name)
    for options, preset in (([], "base"), (["--from", "none"], "small"), (["--from", "letters"], "small")):
        _, output, _ = check(labels, *options)
        given = CommandParser()
        train.add_options(given)
        args = given.parse_args(["--data", str(labels), *options])
        planned = plan(load_labelled(labels), len(rows), args.start, train.given_config(args))
        assert planned.config.preset == preset
        table = output.split("\n\n")[0]
        for name, value, source in planned.settings:
            assert any(line.split()[1:] == f"{name} {value} ({source})".split() for line in table.splitlines()), name


def test_the_space_of_an_alphabet_is_named(check, labels):
    code, output, _ = check(labels, "--alphabet", " AB12")
    assert code == 0
    assert "5 characters: AB12 and space (given)" in output


def test_what_training_would_fail_at_ends_with_2_and_all_of_it_is_named(check, labels, tmp_path):
    with labels.open("a") as file:
        file.write("none.png,A\n3.png,AX\n4.png,ABABAB\n")
    code, output, errors = check(labels, "--alphabet", "AB12", "--max-length", 4)
    assert code == 2
    failures = "missing files, unknown characters, texts of more than 4 characters"
    assert errors == f"error: {labels}: training would fail: {failures}\n"
    for place in (
        f"line 122: {tmp_path / 'none.png'}: no such file",
        'line 123: "AX" has X',
        'line 124: "ABABAB" has 6 characters',
    ):
        assert place in output
    assert (tmp_path / "check.png").exists()


def test_warnings_end_with_0(check, labels):
    with labels.open("a") as file:
        file.write("3.png,Q\n")
    code, output, _ = check(labels)
    assert code == 0
    assert statuses(output) == {"ok", "warning"}
    assert "the same picture with different labels\n  labels.csv, line 5" in output


def test_leaks_into_the_images_to_validate_on_are_named_and_end_with_2(check, labels, tmp_path):
    more = write(tmp_path / "more.csv", [("image", "text"), ("7.png", "A")])
    code, output, errors = check(labels, "--validation-data", more)
    assert code == 2
    assert "pictures to train and to validate on\n  labels.csv, line 9" in output
    assert errors == f"error: {labels}: training would fail: pictures to train and to validate on\n"


def test_a_network_that_does_not_fit_into_memory_ends_with_2_as_training_does(check, labels):
    code, output, errors = check(labels, "--image-size", 4000, 4000)
    assert (code, errors.count("\n")) == (2, 1)
    assert "4000x4000 pixels" in errors and "missing files" in output


def test_labels_that_no_alphabet_can_have_end_with_the_table_that_names_them(check, labels):
    with labels.open("a") as file:
        file.write("3.png,A\tB\n")
    code, output, errors = check(labels)
    assert (code, errors.count("\n")) == (2, 1)
    assert "cannot be part of a line of text" in errors
    assert '"AU+0009B" has U+0009' in output


@pytest.mark.slow
def test_pictures_of_two_lines_of_text_are_not_called_too_small_or_too_large(check, tmp_path):
    rows = [("image", "text")]
    for i, (first, second) in enumerate(zip(range(1000, 1060), range(5179, 5239), strict=True)):
        image = np.zeros((70, 100), np.uint8)
        for top, text in ((8, f"{first}"), (40, f"{second}")):
            levels = render_text(text, None, 28).levels
            image[top : top + levels.shape[0], 10 : 10 + levels.shape[1]] = levels
        Image.fromarray(image).save(tmp_path / f"{i}.png")
        rows.append((f"{i}.png", f"{first}\n{second}"))
    code, output, _ = check(write(tmp_path / "labels.csv", rows))
    assert code == 0
    assert "ok       characters at that size" in output and "fits the window" in output
    assert "base, window" in output and "too small" not in output


def test_fewer_places_can_be_named(check, labels):
    with labels.open("a") as file:
        file.writelines(f"none{i}.png,A\n" for i in range(12))
    code, output, _ = check(labels, "--show", 3)
    assert output.count("no such file") == 3
    assert "... and 9 more: --show 12 names all" in output
    assert code == 2


def test_no_image_that_can_be_read_gives_a_table_without_a_picture(check, tmp_path):
    code, output, errors = check(write(tmp_path / "labels.csv", [("image", "text"), ("none.png", "A")]))
    assert code == 2
    assert "missing files" in output and "missing files" in errors
    assert not (tmp_path / "check.png").exists()


def test_labels_without_any_character_cannot_be_trained_on(check, labels, tmp_path):
    write(labels, [("image", "text"), *[(f"{i}.png", "") for i in range(120)]])
    code, output, errors = check(labels)
    assert code == 2 and "alphabet" in errors and "no label has a character" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.csv"], "none.csv: cannot be read"),
        (["labels.csv", "--image-size", "4", "4"], "--image-size must be"),
        (["labels.csv", "--preset", "huge"], "there is no preset 'huge'"),
        (["labels.csv", "--resize", "cut"], "resize must be one of"),
        (["labels.csv", "--out", "no/check.png"], "there is no folder no"),
        (["labels.csv", "--out", "check.txt"], "must be the name of a .png file"),
        (["labels.csv", "--show", "-1"], "--show must be at least 0"),
        ([], "the following arguments are required: CSV"),
    ],
)
def test_wrong_options_are_told_in_one_line_with_exit_code_2(check, labels, arguments, message):
    code, _, errors = check(*arguments)
    assert (code, errors.count("\n")) == (2, 1)
    assert errors.startswith("error: ") and message in errors


def test_the_picture_shows_the_images_at_the_networks_size_enlarged_and_as_they_are(check, labels, tmp_path):
    check(labels, "--image-size", 40, 80, "--resize", "stretch")
    with Image.open(tmp_path / "check.png") as picture:
        sheet = np.asarray(picture.convert("L"))
    images = [np.asarray(Image.open(tmp_path / f"{i}.png")) for i in range(120)]
    large, small = sheet[64 : 64 + 120 : 3, 16 : 16 + 240 : 3], sheet[64 + 124 : 64 + 164, 16 + 160 : 16 + 240]
    np.testing.assert_array_equal(large, small)
    assert any((image == large).all() for image in images)
