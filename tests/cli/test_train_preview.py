"""`keras-reader train --preview-augmentation`: what is trained on, seen before it is."""

import csv

import numpy as np
import pytest
from PIL import Image

from keras_reader.cli.main import main
from keras_reader.config import ReaderConfig
from keras_reader.data.labelled_images import load_labelled
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.training.drawing import mixed_of
from keras_reader.training.examples import LabelledTraining, mixed_font_sizes, training_examples
from keras_reader.training.options import TrainingOptions

COUNT = 24
SIZE = (20, 40)
# A tile of the sheet is about 64 pixels high.
SCALE = 3
TILE = SCALE * SIZE[1] + 16, SCALE * SIZE[0] + 22 + 16


@pytest.fixture
def labels(tmp_path):
    """Drawn words in a CSV."""
    words = SyntheticWords(image_size=SIZE, alphabet="AB12", max_length=3, font_size=(14, 14))
    with (tmp_path / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("image", "text"))
        for i, example in enumerate(words.examples(range(COUNT))):
            Image.fromarray(255 - example.image).save(tmp_path / f"{i}.png")
            writer.writerow((f"{i}.png", example.text))
    return tmp_path / "labels.csv"


@pytest.fixture
def preview(labels, tmp_path, monkeypatch, capsys):
    """Runs the command; gives its exit code, what it printed, and its picture if it wrote one."""
    monkeypatch.chdir(tmp_path)
    size = ["--image-size", *map(str, SIZE)]

    def run(*options):
        code = 0
        path = tmp_path / "preview.png"
        path.unlink(missing_ok=True)
        try:
            main(
                [
                    "train",
                    "--data",
                    str(labels),
                    "--from",
                    "none",
                    *size,
                    "--preview-augmentation",
                    str(path),
                    *options,
                ]
            )
        except SystemExit as end:
            code = end.code
        sheet = np.asarray(Image.open(path).convert("L")) if path.exists() else None
        return code, capsys.readouterr(), sheet

    return run


def test_without_drawn_words_there_are_the_images_alone(preview):
    code, printed, sheet = preview()
    assert code == 0 and "words drawn" not in printed.out
    assert sheet.shape == (16 + 8 * TILE[1], 16 + 8 * TILE[0])


def test_the_words_that_are_mixed_in_are_shown_as_the_training_draws_them(preview, labels):
    code, printed, sheet = preview("--synthetic", "0.5", "--seed", "7")
    assert code == 0 and "words drawn on their backgrounds, --synthetic 0.5" in printed.out
    top = 16 + 8 * TILE[1] + 32
    assert sheet.shape == (top + 4 * TILE[1], 16 + 8 * TILE[0])
    assert (sheet[top - 32 : top - 8] < 128).any(), "a heading"
    shown = [
        sheet[y + 22 : y + 22 + SCALE * SIZE[0] : SCALE, x : x + SCALE * SIZE[1] : SCALE]
        for y in range(top, len(sheet), TILE[1])
        for x in range(16, sheet.shape[1], TILE[0])
    ]

    labelled = load_labelled(labels)
    config = ReaderConfig(alphabet="".join(sorted(set("".join(labelled.texts)))), max_length=3, image_size=SIZE)
    options = TrainingOptions.for_pictures(config.preset, len(labelled), synthetic=0.5, negatives=0.0, seed=7)
    words = SyntheticWords(
        alphabet=config.alphabet,
        max_length=3,
        image_size=SIZE,
        font_size=mixed_font_sizes(config.preset),
        split="train",
        seed=7,
    )
    draw = training_examples(config, LabelledTraining(labelled, None, words), options).draw
    warm = mixed_of(draw).warmup
    assert warm > 100, "the first ones are hardly changed yet"
    images, _ = draw(warm, warm + 100)
    drawn = np.rint(np.asarray(images) * 255).astype(np.uint8)
    places = [next((i for i, image in enumerate(drawn) if (image == tile).all()), None) for tile in shown]
    assert None not in places and places == sorted(places)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--synthetic", "1.5"], "--synthetic must lie in [0, 1), got 1.5"),
        (["--synthetic", "0.5", "--font", "none.ttf"], "none.ttf: no such font file"),
        (["--synthetic", "0.5", "--alphabet", "AB12\u4eac"], "has no glyph for \u4eac"),
        (["--batch-size", "0"], "--batch-size must be at least 1, got 0"),
        (["--resume"], "--resume goes on with a run: name its folder with --out"),
    ],
)
def test_what_the_training_would_refuse_is_refused(preview, options, message):
    code, printed, sheet = preview(*options)
    assert (code, sheet) == (2, None)
    assert message in printed.err
