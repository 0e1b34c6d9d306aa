"""`check_dataset` finds what is wrong with labelled images, all of it, and names the lines."""

import csv
import os
import unicodedata

import numpy as np
import pytest
from PIL import Image

from keras_reader.data.dataset_check import ERROR, NOTE, OK, WARNING, check_dataset
from keras_reader.errors import InputError


def picture(seed, size=(12, 20)):
    return np.random.default_rng(seed).integers(0, 256, size).astype(np.uint8)


@pytest.fixture
def write(tmp_path):
    """Writes a CSV and pictures, each of its own content unless `pictures` says otherwise."""

    def run(rows, name="labels.csv", pictures=None):
        for i, (image, *_) in enumerate(rows):
            path = tmp_path / image
            if image and not path.exists():
                Image.fromarray(picture(f"{name}{i}".encode()[0] * 1000 + i)).save(path)
        for image, pixels in (pictures or {}).items():
            Image.fromarray(pixels).save(tmp_path / image)
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("image", "text"), *rows])
        return tmp_path / name

    return run


def found(check):
    return {finding.check: finding for finding in check.findings}


def problems(check):
    return {finding.check: finding.status for finding in check.findings if finding.status not in (OK, NOTE)}


def enough(count=120):
    return [(f"{i}.png", "AB12"[i % 4] * 2) for i in range(count)]


def test_good_data_have_no_findings(write):
    check = check_dataset(write(enough()), alphabet="AB12", max_length=2)
    assert {finding.status for finding in check.findings} == {OK}
    assert not check.fails
    assert len(check.training) == 120


def test_everything_wrong_is_found_in_one_go(write, tmp_path):
    path = write([*enough(), ("none.png", "A"), ("broken.png", "A"), ("cut.png", "A"), ("x.png", "AXY"), ("y.png", "")])
    (tmp_path / "broken.png").write_text("no image")
    (tmp_path / "cut.png").write_bytes((tmp_path / "0.png").read_bytes()[:60])
    (tmp_path / "none.png").unlink()
    check = check_dataset(path, alphabet="AB12", max_length=2)
    table = found(check)
    assert table["missing files"][:3] == (ERROR, "missing files", "1: labels.csv, line 122")
    assert table["missing files"].places == (
        f"{path}, line 122: {tmp_path / 'none.png'}: no such file: paths are relative to the CSV",
    )
    assert table["broken images"].result == "2: labels.csv, lines 123, 124"
    assert "broken.png: not an image that can be read" in table["broken images"].places[0]
    assert table["unknown characters"].places == (f'{path}, line 125: "AXY" has X Y',)
    assert table["texts of more than 2 characters"].places == (f'{path}, line 125: "AXY" has 3 characters',)
    assert table["empty texts"][:3] == (NOTE, "empty texts", "1: labels.csv, line 126")
    assert check.fails
    assert len(check.training) == 122


def test_any_character_and_any_length_is_right_where_none_is_given(write):
    assert not {"unknown characters", "texts of more than 2 characters"} & set(found(check_dataset(write(enough()))))


def test_the_same_picture_with_different_labels_is_found_whatever_the_file(write, tmp_path):
    rows = [*enough(), ("a.png", "A"), ("a.bmp", "B"), ("b.png", "2"), ("b.png", "2")]
    path = write(rows, pictures={"a.png": picture(1), "a.bmp": picture(1)})
    check = check_dataset(path)
    assert problems(check) == {"the same picture with different labels": WARNING}
    table = found(check)
    assert table["the same picture with different labels"].places == ('labels.csv, line 122 "A", line 123 "B"',)
    assert table["the same picture again"].places == ('labels.csv, line 124 "2", line 125 "2"',)


def test_pictures_of_the_same_bytes_but_another_shape_are_not_the_same(write):
    flat = np.arange(240, dtype=np.uint8)
    rows = [*enough(), ("a.png", "A"), ("b.png", "B")]
    path = write(rows, pictures={"a.png": flat.reshape(12, 20), "b.png": flat.reshape(20, 12)})
    assert problems(check_dataset(path)) == {}


def test_pictures_on_both_sides_are_an_error_and_characters_on_one_are_found(write):
    training = write([*enough(), ("a.png", "A")], pictures={"a.png": picture(1)})
    validation = write([("v.png", "A"), ("w.png", "BÜ")], "more.csv", {"v.png": picture(1)})
    check = check_dataset(training, validation)
    table = found(check)
    assert table["pictures to train and to validate on"] == (
        ERROR,
        "pictures to train and to validate on",
        "1 of the pictures are also trained on: take them out of one of the two files",
        ('labels.csv, line 122 "A" and more.csv, line 2 "A"',),
    )
    assert check.fails
    assert table["characters to validate on only"].places == (f'{validation}, line 3: "BÜ" has Ü',)
    assert table["texts to train and to validate on"].result.startswith("1 of 2 images")
    assert (len(check.training), len(check.validation)) == (121, 2)


def test_two_csvs_of_the_same_name_are_told_apart_by_their_folders(write, tmp_path):
    training = write([*enough(), ("a.png", "A")], pictures={"a.png": picture(1)})
    (tmp_path / "more").mkdir()
    Image.fromarray(picture(1)).save(tmp_path / "more" / "b.png")
    validation = tmp_path / "more" / "labels.csv"
    validation.write_text("image,text\nb.png,A\n")
    table = found(check_dataset(training, validation))
    assert table["rows"].result == f"121 in {training}, 1 in {validation}"
    assert table["pictures to train and to validate on"].places == (
        f'{training}, line 122 "A" and {validation}, line 2 "A"',
    )


def test_the_same_csv_on_both_sides_is_refused(write):
    path = write(enough())
    with pytest.raises(InputError, match="the same file to train and to validate on"):
        check_dataset(path, path)


def test_rare_characters_are_named_with_their_lines(write):
    check = check_dataset(write([*enough(), ("a.png", "QQA"), ("b.png", "Q"), *[(f"z{i}.png", "Z") for i in range(5)]]))
    assert problems(check) == {"characters seen fewer than 5 times": WARNING}
    assert found(check)["characters seen fewer than 5 times"].places == ("Q: 3 times, in lines 122, 123",)


def test_labels_that_are_not_nfc_are_normalised_and_said(write):
    decomposed = unicodedata.normalize("NFD", "É")
    check = check_dataset(write([*enough(), *[(f"e{i}.png", decomposed) for i in range(5)]]), alphabet="AB12É")
    assert problems(check) == {}
    assert found(check)["labels that are not NFC"].places[0].endswith('line 122: "EU+0301" is normalised')
    assert check.labelled().texts[-1] == "É"


def test_space_and_invisible_characters_in_labels_are_found(write):
    rows = [*enough(), *[(f"{k}{i}.png", text) for i in range(5) for k, text in enumerate((" A", "B\u200b1", "1\n2"))]]
    table = found(check_dataset(write(rows)))
    assert len(table["space around labels"].places) == 5
    assert table["invisible characters"].places[0].endswith('"BU+200B1" has U+200B')
    assert len(table["invisible characters"].places) == 5


def test_a_no_break_space_is_found_and_told_from_a_space(write):
    table = found(check_dataset(write([*enough(), ("0.png", "9\N{NO-BREAK SPACE}kg")])))
    assert table["invisible characters"].places[0].endswith('"9U+00A0kg" has U+00A0')
    table = found(check_dataset(write([*enough(), ("0.png", "9\x07")])))
    assert table["control characters"].status == ERROR


def test_a_picture_of_one_level_is_found(write):
    path = write([*enough(), ("flat.png", "A")], pictures={"flat.png": np.full((9, 9), 255, np.uint8)})
    assert found(check_dataset(path))["pictures of one level"].result == "1: labels.csv, line 122"


def levels(darkest, brightest):
    return np.linspace(darkest, brightest, 240).reshape(12, 20).astype(np.uint8)


def test_pictures_of_very_low_contrast_are_found_and_those_that_are_only_faint_are_not(write, tmp_path):
    rows = [*enough(), ("dim.png", "A"), ("pale.png", "A"), ("faint.png", "A"), ("empty.png", "")]
    pictures = {"dim.png": levels(0, 15), "pale.png": levels(220, 250), "faint.png": levels(200, 232)}
    path = write(rows, pictures={**pictures, "empty.png": levels(5, 15)})
    check = check_dataset(path)
    assert problems(check) == {"pictures of very low contrast": WARNING}
    finding = found(check)["pictures of very low contrast"]
    assert finding.result.startswith("2: labels.csv, lines 122, 123: the reader sees brightness, no colours; stretch ")
    assert finding.places[0] == (f"{path}, line 122: dim.png: 15 of 255 levels from its darkest pixel to its brightest")


def test_a_16_bit_picture_of_12_bit_values_has_very_low_contrast(write):
    values = np.linspace(0, 4095, 240).reshape(12, 20).astype(np.uint16)
    path = write(
        [*enough(), ("deep.png", "A"), ("full.png", "A")], pictures={"deep.png": values, "full.png": values * 16}
    )
    assert found(check_dataset(path))["pictures of very low contrast"].places == (
        f"{path}, line 122: deep.png: 15 of 255 levels from its darkest pixel to its brightest",
    )


def smooth(seed):
    """A picture that a JPEG can hold, unlike noise."""
    small = Image.fromarray(picture(seed, (6, 10)))
    return np.asarray(small.resize((60, 36), Image.Resampling.BICUBIC))


def test_pictures_that_are_nearly_one_of_the_same_text_that_is_trained_on_are_found(write, tmp_path):
    training = write([*enough(), ("a.png", "A"), ("b.png", "B")], pictures={"a.png": smooth(1), "b.png": smooth(2)})
    rows = [("jpeg.jpg", "A"), ("other.png", "A"), ("text.jpg", "1"), ("b.bmp", "B")]
    for name, seed in (("jpeg.jpg", 1), ("text.jpg", 2)):
        Image.fromarray(smooth(seed)).save(tmp_path / name, quality=75)
    validation = write(rows, "more.csv", {"other.png": smooth(3), "b.bmp": smooth(2)})
    table = found(check_dataset(training, validation))
    assert table["nearly the same to train and to validate on"] == (
        WARNING,
        "nearly the same to train and to validate on",
        "1: more.csv, line 2",
        (f"{validation}, line 2: jpeg.jpg: is nearly {tmp_path / 'a.png'} in line 122 of {training}",),
    )
    assert table["pictures to train and to validate on"].places == (
        'labels.csv, line 123 "B" and more.csv, line 5 "B"',
    )


def test_one_picture_many_times_cannot_be_divided_into_those_to_train_and_to_validate_on(write):
    same = picture(1)
    path = write(enough(), pictures={f"{i}.png": same for i in range(120)})
    check = check_dataset(path)
    assert check.fails
    assert found(check)["few images"].result.startswith("120 to train on, all of them one picture")


def test_a_path_that_is_too_long_is_a_missing_file(write, tmp_path):
    path = write(enough())
    path.write_text(path.read_text() + "a" * 300 + ".png,A\n")
    assert found(check_dataset(path))["missing files"].result == "1: labels.csv, line 122"


def test_what_is_no_file_is_told_and_never_waited_for(write, tmp_path):
    path = write(enough())
    os.mkfifo(tmp_path / "pipe.png")
    path.write_text(path.read_text() + "pipe.png,A\n")
    result = found(check_dataset(path))["broken images"]
    assert result.result == "1: labels.csv, line 122" and "a FIFO, not a file" in result.places[0]


def test_sizes_are_smallest_median_and_largest(write):
    path = write(enough(), pictures={"0.png": picture(0, (5, 10)), "1.png": picture(1, (40, 30))})
    result = found(check_dataset(path))["size of the pictures"].result
    assert result.startswith("5x10 smallest, 12x20 median, 40x30 largest (height x width); 0.75 to 2 times as wide")


def test_the_size_of_a_picture_that_is_shrunk_as_it_is_opened_is_its_own(write):
    path = write(enough(), pictures={"0.png": np.repeat(picture(0, (8, 1)), 5000, axis=1)})
    assert "8x5000 largest" in found(check_dataset(path))["size of the pictures"].result


def test_few_images_are_said(write):
    assert problems(check_dataset(write(enough(40)))) == {"few images": WARNING}


def test_texts_that_are_all_the_same_or_long_are_said(write):
    assert problems(check_dataset(write([(f"{i}.png", "AB") for i in range(120)]))) == {"texts": WARNING}
    long = [*enough(), ("long.png", "AB12" * 7)]
    assert problems(check_dataset(write(long, "long.csv"))) == {"long texts, of more than 25 characters": WARNING}


def test_one_image_is_enough_only_beside_others_to_validate_on(write):
    one, more = write([("a.png", "AAAAA")]), write([("b.png", "A")], "more.csv")
    assert problems(check_dataset(one)) == {"few images": ERROR}
    assert problems(check_dataset(one, more)) == {"few images": WARNING}


def test_no_rows_are_an_error(write):
    check = check_dataset(write([]))
    assert check.fails and found(check)["rows"].places[0].endswith("labels.csv: no rows below the header")


def test_lines_that_are_not_utf_8_or_no_rows_are_named_and_the_others_checked(write, tmp_path):
    path = write(enough())
    lines = path.read_bytes() + b'e.png,caf\xe9\n\nonly.png\n"a"b.png,A\nnone.png,A\n1.png,A,3\n'
    path.write_bytes(lines)
    check = check_dataset(path)
    table = found(check)
    assert table["lines that are not UTF-8"].places == (f"{path}, line 122: not UTF-8 (as Windows-1252: e.png,café)",)
    assert [place.split(": ")[0] for place in table["lines that are no row"].places] == [
        f"{path}, line 124",
        f"{path}, line 125",
    ]
    assert table["missing files"].result == "2: labels.csv, lines 122, 126"
    assert table["rows of too many fields"].places[0].startswith(f"{path}, line 127: 3 fields under 2 names")
    assert check.fails


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no column image or text"),
        (b"file;label\n", "line 1: no column image or text: the header must be image,text"),
        ("image,text\n".encode("utf-16"), "UTF-16, not UTF-8"),
    ],
)
def test_a_file_that_is_no_such_csv_is_refused(tmp_path, content, message):
    (tmp_path / "labels.csv").write_bytes(content)
    with pytest.raises(InputError, match=message):
        check_dataset(tmp_path / "labels.csv")


def test_a_missing_csv_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"none\.csv: cannot be read \(No such file"):
        check_dataset(tmp_path / "none.csv")
