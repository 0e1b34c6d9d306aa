"""Every command of the guide own_images.md works, in its order, from composed handwriting to animations."""

import csv
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from keras_reader.cli.main import COMMANDS, main
from tests.helpers import ROOT

GUIDE = ROOT / "docs" / "guides" / "own_images.md"
# What the test changes in the commands: fewer pictures, and training that is much too short to be any good.
FEWER_PICTURES = ["48"]
SHORT_TRAINING = ["--steps", "4", "--validations", "1", "--batch-size", "8"]


def commands():
    """The command lines of the guide's blocks, as lists of words."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


def run(words, capsys):
    """Run a command line of the guide in the current folder, and give what it printed."""
    if words[:2] == ["python", "docs/guides/handwritten_numbers.py"]:
        script = [sys.executable, ROOT / words[1], *words[2:], *FEWER_PICTURES]
        return subprocess.run(script, check=True, capture_output=True, text=True).stdout
    # In this process, which imports TensorFlow once: `python train.py` is the same as `keras-reader train`.
    name = words[1].removesuffix(".py")
    assert words[0] == ("python" if words[1].endswith(".py") else "keras-reader") and name in COMMANDS
    short = SHORT_TRAINING if name == "train" and "--preview-augmentation" not in words else []
    main([name, *words[2:], *short])
    return capsys.readouterr().out


@pytest.mark.slow
def test_the_commands_of_the_guide_work_in_their_order(tmp_path, monkeypatch, capsys):
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    printed = {" ".join(words): run(words, capsys) for words in commands()}

    def of(start):
        (text,) = [text for line, text in printed.items() if line.startswith(start)]
        return text

    with (tmp_path / "numbers" / "train" / "labels.csv").open(newline="") as file:
        labels = [row["text"] for row in csv.DictReader(file)]
    assert len(labels) == 48 and all(re.fullmatch(r"[0-9]{1,4}", label) for label in labels)
    assert "characters at that size" in of("keras-reader check")
    assert of("keras-reader read").count("\n") == 16
    assert "weight arrays" in of("python train.py --data numbers/validation/labels.csv --from")
    for path in (
        "check.png",
        "augmented.png",
        "report.html",
        "mistakes/misread.csv",
        "runs/numbers/reader.keras",
        "runs/numbers/reader.onnx",
        "runs/numbers/saved_model/saved_model.pb",
        "runs/numbers-2/reader.keras",
        "runs/numbers-mixed/reader.keras",
        *(f"seen/vis_{i}.{suffix}" for i in range(4) for suffix in ("gif", "png")),
    ):
        assert (tmp_path / path).stat().st_size > 0, path


def test_the_script_of_the_guide_writes_colour_pictures_that_are_wider_for_longer_numbers(tmp_path):
    pytest.importorskip("sklearn")
    script = [sys.executable, ROOT / "docs" / "guides" / "handwritten_numbers.py", tmp_path / "numbers", "60"]
    run = subprocess.run(script, check=True, capture_output=True, text=True)
    assert run.stdout == f"{tmp_path / 'numbers'}: 60 pictures to train on, 20 to validate on\n"
    for part, count in (("train", 60), ("validation", 20)):
        folder = tmp_path / "numbers" / part
        with (folder / "labels.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["image"] for row in rows] == [f"{i:04}.png" for i in range(count)]
        widths = {}
        for row in rows:
            with Image.open(folder / row["image"]) as image:
                assert image.mode == "RGB"
                widths.setdefault(len(row["text"]), []).append(image.width)
        medians = [np.median(widths[length]) for length in sorted(widths)]
        assert sorted(widths) == [1, 2, 3, 4] and medians == sorted(medians)
