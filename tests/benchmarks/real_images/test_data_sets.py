"""One division of the images for all methods."""

import shutil

import pytest
from PIL import Image

from benchmarks.real_images.data_sets import hold_out, load_folder, median_size, runs_of, write_csv
from keras_reader.errors import InputError

TEXTS = [f"{i:02}" for i in range(40)] + ["777"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("data") / "numbers")


def make_folder(folder, texts=TEXTS, test=("11", "22"), size=(20, 10)):
    folder.mkdir()
    for part, part_texts in (("train", texts), ("test", test)):
        rows = ["image,text"]
        for i, text in enumerate(part_texts):
            name = f"{part}_{i}.png"
            level = int(text, 36) + 128 * (part == "test")
            Image.new("L", size, level % 256).save(folder / name)
            rows.append(f"{name},{text}")
        (folder / f"{part}.csv").write_text("\n".join(rows), encoding="utf-8")
    (folder / "SOURCE.txt").write_text("drawn by\na test\n")
    return folder


def test_a_folder_has_its_name_source_and_both_parts(folder):
    data = load_folder(folder)
    assert (data.name, data.source) == ("numbers", "drawn by a test")
    assert [item.text for item in data.train] == TEXTS
    assert [item.text for item in data.test] == ["11", "22"]
    assert median_size(data.train) == (10, 20)


def test_what_is_trained_on_is_no_test(tmp_path):
    folder = make_folder(tmp_path / "numbers")
    shutil.copy(folder / "train_3.png", folder / "test_1.png")
    data = load_folder(folder)
    assert [item.text for item in data.test] == ["11"] and data.left_out == 1
    assert [item.text for item in data.train] == TEXTS


def test_the_same_tenth_is_set_aside_for_the_same_seed(folder):
    (first,) = runs_of(load_folder(folder), None, [3])
    (again,) = runs_of(load_folder(folder), None, [3])
    (other,) = runs_of(load_folder(folder), None, [4])
    assert first == again
    assert first.digest() == again.digest() != other.digest()
    assert len(first.validation) == 4
    assert sorted([*first.fit, *first.validation]) == sorted(load_folder(folder).train)


def test_characters_and_lengths_that_only_one_image_has_stay_among_those_trained_on(folder):
    for run in runs_of(load_folder(folder), None, range(10)):
        assert run.alphabet == "0123456789"
        assert run.max_length == 3


def test_the_same_picture_is_never_on_both_sides(tmp_path):
    data = load_folder(make_folder(tmp_path / "twins", TEXTS + TEXTS))
    for seed in range(5):
        fit, validation = hold_out(data.train, seed)
        assert {item.path.read_bytes() for item in fit}.isdisjoint(item.path.read_bytes() for item in validation)
        assert len(validation) == 8


def test_every_image_is_tested_in_one_fold_and_never_trained_on_there(folder):
    data = load_folder(folder)
    runs = list(runs_of(data, 5, [0]))
    assert [run.name for run in runs] == [f"fold-{k}-seed-0" for k in range(1, 6)]
    assert sorted(item for run in runs for item in run.test) == sorted([*data.train, *data.test])
    for run in runs:
        assert set(run.test).isdisjoint([*run.fit, *run.validation])


def test_csvs_are_found_from_where_they_lie(folder, tmp_path):
    data = load_folder(folder)
    write_csv(tmp_path / "deep" / "train.csv", data.train[:1])
    header, row = (tmp_path / "deep" / "train.csv").read_text().splitlines()
    assert header == "image,text"
    assert (tmp_path / "deep" / row.split(",")[0]).resolve() == data.train[0].path


@pytest.mark.parametrize(
    ("content", "message"),
    [("image,text\nnone.png,1\n", "line 2: .*no such file"), ("image,label\na.png,1\n", "line 2: needs the columns")],
)
def test_what_is_wrong_with_a_csv_is_said_with_its_line(folder, tmp_path, content, message):
    (tmp_path / "train.csv").write_text(content)
    (tmp_path / "test.csv").write_text(content)
    with pytest.raises(InputError, match=message):
        load_folder(tmp_path)


def test_too_few_images_are_refused(tmp_path):
    data = load_folder(make_folder(tmp_path / "two", ["1", "2"]))
    with pytest.raises(InputError, match="2 images are too few"):
        list(runs_of(data, None, [0]))
    with pytest.raises(InputError, match="cannot be cut in 9 folds"):
        list(runs_of(data, 9, [0]))
