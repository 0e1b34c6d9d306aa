"""What starting from another reader is worth is measured on images that are drawn alike for both."""

import csv
import json
import types

import numpy as np
import pytest
from PIL import Image

from benchmarks import fine_tuning
from benchmarks.fine_tuning import NOTHING, READER, DataSet, Result, share_right, worth, write_drawn
from keras_reader.card import file_checksum
from keras_reader.data.labelled_images import load_labelled


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    for part, count in (("train", 20), ("test", 4)):
        with (folder / f"{part}.csv").open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("image", "text"))
            for i in range(count):
                Image.fromarray(np.full((8, 12), i, np.uint8)).save(folder / f"{part}{i}.png")
                rows.writerow((f"{part}{i}.png", f"{i % 10}{i // 10}"))
    return folder


def test_a_larger_number_of_images_includes_those_of_a_smaller_one(folder, tmp_path):
    training = load_labelled(folder / "train.csv")
    drawn = {}
    for images, seed in ((5, 0), (12, 0), (5, 1)):
        write_drawn(training, images, seed, tmp_path / "drawn.csv")
        labelled = load_labelled(tmp_path / "drawn.csv")
        truth = dict(zip(map(str, training.paths), training.texts, strict=True))
        assert all(truth[str(path)] == text for path, text in zip(labelled.paths, labelled.texts, strict=True))
        drawn[images, seed] = set(labelled.paths)
    assert len(drawn[5, 0]) == 5 and drawn[5, 0] < drawn[12, 0] != drawn[5, 1]


def test_the_share_of_whole_words_is_that_of_the_test_images(folder):
    test = load_labelled(folder / "test.csv")
    texts = iter(["00", "10", "2", "30"])

    class Fake:
        def read(self, images):
            return (types.SimpleNamespace(text=next(texts)) for _ in images)

    assert share_right(Fake(), test) == 0.75


def keep_results(folder, work, start, settings):
    for images in (5, 10, 20):
        for seed in (0, 1):
            for origin, gained in ((NOTHING, 0.0), (READER, 0.2 if images < 20 else 0.002)):
                right = 0.1 * seed + 0.01 * images + gained
                result = Result(
                    "2026-01-02", images, seed, origin, "small", right, 12.0, [(10, right / 2), (20, right)]
                )
                place = work / folder.name / f"{images}_{seed}_{origin.replace(' ', '_')}"
                place.mkdir(parents=True)
                kept = settings | {"from": file_checksum(start) if origin == READER else None}
                (place / "result.json").write_text(json.dumps({"settings": kept, **result._asdict()}))


def test_finished_trainings_are_not_repeated_and_the_page_compares_seed_with_seed(folder, tmp_path, golden, capsys):
    keep_results(folder, tmp_path / "work", golden / "reader.keras", {"steps": None})
    command = ["--data", folder, "--from", golden / "reader.keras", "--work", tmp_path / "work", "--write", tmp_path]
    fine_tuning.main([*map(str, command), "--images", "5", "10", "all", "--seeds", "2"])
    page = capsys.readouterr().out
    assert page == (tmp_path / "fine_tuning.md").read_text().replace("\r\n", "\n")
    (row,) = [line for line in page.splitlines() if line.startswith("| 10 ")]
    assert "15.0 % (10.0 to 20.0)" in row and "35.0 % (30.0 to 40.0)" in row and "+20.0" in row
    assert "`set`: it gains 1 point or more with 5, 10 images; the most with 5, +20.0 points." in page
    assert "trained on 2026-01-02." in page
    with Image.open(tmp_path / "fine_tuning" / "set.png") as picture:
        assert picture.width > 3 * 200


def test_a_page_grows_from_the_results_of_an_earlier_one(folder, tmp_path, golden, capsys):
    keep_results(folder, tmp_path / "work", golden / "reader.keras", {"steps": None})
    command = ["--data", folder, "--from", golden / "reader.keras", "--write", tmp_path, "--seeds", "2"]
    command = list(map(str, command))
    fine_tuning.main([*command, "--work", str(tmp_path / "work"), "--images", "5", "10"])
    page = capsys.readouterr().out
    kept = tmp_path / "fine_tuning" / "results.json"
    rows = json.loads(kept.read_text())
    assert len(rows) == 8 and {row["data"] for row in rows} == {"set"}
    fine_tuning.main([*command, "--work", str(tmp_path / "none"), "--known", str(kept), "--images", "5", "10"])
    assert capsys.readouterr().out == page and not (tmp_path / "none").exists()
    # A page of fewer rows loses none of what is known.
    fine_tuning.main([*command, "--work", str(tmp_path / "none"), "--known", str(kept), "--images", "5"])
    assert json.loads(kept.read_text()) == rows
    kept.write_text('[{"data": "set"}]')
    with pytest.raises(SystemExit) as end:
        fine_tuning.main([*command, "--known", str(kept), "--images", "5"])
    assert end.value.code == 2 and "not the results.json" in capsys.readouterr().err


def test_results_of_another_reader_or_of_other_steps_are_refused(folder, tmp_path, golden, capsys):
    keep_results(folder, tmp_path / "work", golden / "reader.keras", {"steps": 7})
    command = ["--data", folder, "--from", golden / "reader.keras", "--work", tmp_path / "work", "--images", "5"]
    with pytest.raises(SystemExit) as end:
        fine_tuning.main(list(map(str, command)))
    assert end.value.code == 2
    assert "of another reader or other --steps" in capsys.readouterr().err


def test_what_it_costs_to_start_from_the_reader_is_told_too(folder):
    training, test = (load_labelled(folder / f"{part}.csv") for part in ("train", "test"))
    results = [
        Result("2026-01-02", images, 0, origin, "small", right, 1.0, [])
        for images, rights in {5: (0.5, 0.3), 10: (0.5, 0.505)}.items()
        for origin, right in zip((NOTHING, READER), rights, strict=True)
    ]
    said = worth([DataSet("set", training, test, [5, 10], 0.1, results)])
    assert said == (
        "`set`: it gains 1 point or more with none of these numbers of images, and costs 1 point or more with 5; the "
        "most with 10, +0.5 points."
    )


def test_more_images_than_there_are_is_an_error(folder, golden, capsys):
    with pytest.raises(SystemExit) as end:
        fine_tuning.main(["--data", str(folder), "--from", str(golden / "reader.keras"), "--images", "50"])
    assert end.value.code == 2
    assert "has 20 images, --images asks for 50" in capsys.readouterr().err
