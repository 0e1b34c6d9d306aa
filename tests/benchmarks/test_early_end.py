"""The page on trainings that end early is made of finished trainings."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from benchmarks import early_end


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    with (folder / "train.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("image", "text"))
        for i in range(20):
            Image.fromarray(np.full((8, 12), i, np.uint8)).save(folder / f"{i}.png")
            rows.writerow((f"{i}.png", f"{i % 10}"))
    return folder


@pytest.fixture
def command(folder, tmp_path):
    """The command, whose trainings are finished."""
    for seed in (0, 1):
        for ending, steps in ((early_end.WHOLE, 400), (early_end.EARLY, 200)):
            place = tmp_path / "work" / "set" / f"{seed}{ending[1:]}"
            place.mkdir(parents=True)
            result = {"images": 5, "right": 0.5 + 0.1 * seed, "steps": steps, "seconds": steps / 4}
            (place / "result.json").write_text(json.dumps(result))
    return [*map(str, ("--data", folder, "--work", tmp_path / "work", "--write", tmp_path, "--images"))]


def test_finished_trainings_are_not_repeated_and_the_page_compares_them(command, tmp_path, capsys):
    early_end.main([*command, "5"])
    page = capsys.readouterr().out
    assert page == (tmp_path / "early_end.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith("| set, 15 others")]
    assert row.count("55.0 % (50.0, 60.0)") == 2
    assert "400, 100 s; 400, 100 s" in row and "200, 50 s; 200, 50 s" in row
    assert row.split("|")[-2].strip() == "0.50"


@pytest.mark.parametrize(("images", "message"), [("20", "give fewer --images"), ("6", "of 5 images: choose another")])
def test_what_does_not_fit_is_an_error(command, images, message, capsys):
    with pytest.raises(SystemExit) as end:
        early_end.main([*command, images])
    assert end.value.code == 2 and message in capsys.readouterr().err
