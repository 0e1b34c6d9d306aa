"""What is drawn, and the command that draws it: synthetic words, mistakes, given images."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageColor

from keras_reader.config import ReaderConfig
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.inference.read_example import read_examples
from keras_reader.inference.reader import Reader
from keras_reader.visualization import pictures, style
from keras_reader.visualization.overlay import OUTLINE
from tests.helpers import ROOT


def shows_boxes(path):
    with Image.open(path) as image:
        colours = np.asarray(image.convert("RGB"))
    return bool((colours == ImageColor.getrgb(style.BOX)).all(axis=-1).any())


@pytest.fixture
def always_a():
    """A reader of A and B, two at most, that reads every image as A."""

    def run(images):
        batch = len(images)
        return {
            "ids": np.tile(np.array([0, 2, 2]), (batch, 1)),
            "confidence": np.full(batch, 0.75, np.float32),
            "character_confidence": np.full((batch, 3), 0.8, np.float32),
            "masks": np.full((batch, 3, 24, 32), 0.5, np.float32),
            "probabilities": np.full((batch, 3, 3), 1 / 3, np.float32),
        }

    return Reader(ReaderConfig(alphabet="AB", max_length=2, image_size=(24, 32)), run, "always A")


WORDS = SyntheticWords(alphabet="AB", max_length=2, image_size=(24, 32), split="test")


def test_synthetic_examples_carry_their_truth(always_a):
    examples = list(read_examples(always_a, WORDS.examples(range(8))))
    images, texts, _ = WORDS.batch(range(8))
    assert [e.text for e in examples] == texts
    assert [e.image.tobytes() for e in examples] == [image.tobytes() for image in images]
    assert all(len(e.boxes) == len(e.text) for e in examples)


def test_mistakes_are_the_first_ones_and_the_search_says_how_far_it_went(always_a):
    everything = list(read_examples(always_a, WORDS.examples(range(200))))
    expected = [e.text for e in everything if e.text != "A"][:5]
    found, looked_at = pictures.find_mistakes(always_a, WORDS.examples(range(200)), 5, most=200)
    assert [e.text for e in found] == expected
    assert [e.text for e in everything[:looked_at] if e.text != "A"] == expected
    assert found[-1].image.tobytes() == everything[looked_at - 1].image.tobytes()


def test_the_search_for_mistakes_ends(always_a):
    found, looked_at = pictures.find_mistakes(always_a, WORDS.examples(range(200)), 1000, most=100)
    assert looked_at == 100
    assert 0 < len(found) < 100


def test_files_of_earlier_runs_stay(always_a, tmp_path):
    examples = list(read_examples(always_a, WORDS.examples(range(3))))
    pictures.write_pictures(examples, tmp_path)
    written = pictures.write_pictures(examples[:1], tmp_path, with_mosaic=True)
    assert [path.name for path in written] == ["vis_0.gif", "vis_0.png", "mosaic.gif"]
    assert len(list(tmp_path.iterdir())) == 7


def test_strips_are_written_beside_the_animations(always_a, tmp_path):
    examples = list(read_examples(always_a, WORDS.examples(range(2))))
    written = pictures.write_pictures(examples, tmp_path, format="strip")
    names = [f"vis_{i}{suffix}" for i in range(2) for suffix in (".gif", ".png", "_strip.png")]
    assert [path.name for path in written] == names
    with Image.open(written[2]) as drawn:
        assert drawn.size == (2 * 32 * 5, 24 * 5)  # A, the end


@pytest.fixture(scope="module")
def tiny_reader(tmp_path_factory):
    from keras_reader.models.reader_model import build_reader

    path = tmp_path_factory.mktemp("reader") / "reader.keras"
    build_reader(ReaderConfig(alphabet="KQX", max_length=2, image_size=(24, 32), filters=4, units=4)).save(path)
    return path


def visualize(*arguments, cwd):
    command = [sys.executable, ROOT / "visualize.py", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_the_command_writes_eight_animations_and_contact_sheets_and_says_what_was_read(tiny_reader, tmp_path):
    run = visualize(tiny_reader, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    names = {f"vis_{i}.{suffix}" for i in range(8) for suffix in ("gif", "png")}
    assert {path.name for path in (tmp_path / "img").iterdir()} == names
    task, *lines = run.stdout.splitlines()
    assert task == "images: --task letters, synthetic words"
    assert all(re.fullmatch(r"TASK: [KQX]{1,2} PRED: [KQX]{0,3} \(\d+\.\d%\)", line) for line in lines[:8])
    assert lines[8:] == [f"wrote {Path('img/vis_0.gif')} ... {Path('img/vis_7.png')}"]


@pytest.mark.slow
def test_the_command_draws_mistakes_boxes_and_mosaics_in_other_formats(tiny_reader, tmp_path):
    options = ["--mistakes", "--boxes", "--mosaic", "--count", "2", "--format", "webp", "--out", "deep/pictures"]
    run = visualize(tiny_reader, *options, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert re.search(r"^2 of the first \d+ words are misread$", run.stdout, flags=re.MULTILINE)
    tasks = re.findall(r"TASK: (\w*) PRED: (\w*) ", run.stdout)
    assert len(tasks) == 2 and all(true != read for true, read in tasks)
    folder = tmp_path / "deep" / "pictures"
    assert {path.name for path in folder.iterdir()} == {
        "vis_0.webp", "vis_0.png", "vis_1.webp", "vis_1.png", "mosaic.webp",
    }  # fmt: skip
    assert all(shows_boxes(folder / name) for name in ("vis_0.webp", "mosaic.webp"))


@pytest.fixture
def scans(tmp_path):
    """A folder with two colour pictures of different sizes, and a CSV of their texts."""
    (tmp_path / "scans" / "deep").mkdir(parents=True)
    Image.new("RGB", (300, 200), "#c02040").save(tmp_path / "scans" / "a.png")
    Image.new("RGB", (90, 40), "#2040c0").save(tmp_path / "scans" / "deep" / "b.jpg")
    (tmp_path / "labels.csv").write_text("image,text\nscans/a.png,KQ\nscans/deep/b.jpg,X\n")
    return tmp_path / "scans"


@pytest.mark.slow
def test_the_command_draws_the_images_of_folders_and_patterns_in_their_own_colours_and_names_broken_ones(
    tiny_reader, scans, tmp_path
):
    (scans / "broken.png").write_text("no image")
    run = visualize(tiny_reader, "--images", "scans", "scans/*.png", "--mosaic", cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr.count("error: scans/broken.png: not an image that can be read") == 2
    names = re.findall(r"IMAGE: (\S+) PRED: [KQX]{0,3} \(", run.stdout)
    assert names == ["scans/a.png", "scans/deep/b.jpg", "scans/a.png"]
    names = {f"vis_{i}.{suffix}" for i in range(3) for suffix in ("gif", "png")}
    assert {path.name for path in (tmp_path / "img").iterdir()} == names | {"mosaic.gif"}
    with Image.open(tmp_path / "img" / "vis_0.gif") as frame:
        # At its own 300x200 pixels at least. A GIF rounds its colour.
        colours = np.asarray(frame.convert("RGB")).astype(int)
    assert (np.abs(colours - [0xC0, 0x20, 0x40]).max(axis=-1) <= 8).sum() >= 300 * 200


@pytest.mark.slow
def test_the_command_draws_labelled_images_with_a_verdict(tiny_reader, scans, tmp_path):
    run = visualize(tiny_reader, "--data", "labels.csv", "--mask-style", "outline", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert [line.partition(" PRED")[0] for line in lines[:2]] == [
        "IMAGE: scans/a.png TASK: KQ",
        "IMAGE: scans/deep/b.jpg TASK: X",
    ]
    for i, line in enumerate(lines[:2]):
        true, read = re.search(r"TASK: (\w+) PRED: (\w*) ", line).groups()
        with Image.open(tmp_path / "img" / f"vis_{i}.png") as sheet:
            colours = np.asarray(sheet.convert("RGB"))
        for colour, expected in ((style.RIGHT, true == read), (style.WRONG, true != read)):
            assert bool((colours == ImageColor.getrgb(colour)).all(axis=-1).any()) == expected
        assert (colours == OUTLINE).all(axis=-1).any()


@pytest.mark.slow
def test_the_command_finds_the_mistakes_among_labelled_images(tiny_reader, scans, tmp_path):
    run = visualize(tiny_reader, "--data", "labels.csv", "--mistakes", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    mistakes, searched = map(int, re.match(r"(\d+) of the first (\d+) images are misread", run.stdout).groups())
    tasks = re.findall(r"TASK: (\w*) PRED: (\w*) ", run.stdout)
    assert searched == 2 and len(tasks) == mistakes and all(true != read for true, read in tasks)


@pytest.mark.slow
def test_labelled_images_are_taken_from_the_whole_csv(tiny_reader, scans, tmp_path):
    rows = [f"scans/a.png,{'KQX'[i // 4]}" for i in range(12)]
    (tmp_path / "labels.csv").write_text("\n".join(["image,text", *rows]) + "\n")
    run = visualize(tiny_reader, "--data", "labels.csv", "--count", "3", cwd=tmp_path)
    assert re.findall(r"TASK: (\w*)", run.stdout) == ["K", "Q", "X"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--count", "0"], "--count must be at least 1, got 0"),
        (["--format", "avi"], "'avi'"),
        (["--out", "file/img"], "file/img: cannot be written"),
        (["missing.keras"], "missing.keras: no such file"),
        (["--images", "a.png", "--mistakes"], "--mistakes needs true texts, which --images does not have"),
        (["--images", "a.png", "--boxes"], "--boxes needs true boxes, which only synthetic words have"),
        (["--images", "a.png", "--data", "b.csv"], "--images and --data cannot be given together"),
        (["--mask-style", "red"], "'red'"),
        (["{reader}", "--images", "file"], "file: not an image that can be read"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(arguments, message, tiny_reader, tmp_path):
    (tmp_path / "file").write_text("no image")
    run = visualize(*[argument.format(reader=tiny_reader) for argument in arguments], cwd=tmp_path)
    assert run.returncode == 2
    errors = [line for line in run.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1 and message in errors[0]
    assert "Traceback" not in run.stderr
    assert run.stdout == ""
