"""Training learns, repeats itself, resumes, and leaves whole files."""

import csv
import os
import subprocess
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_reader.config import ReaderConfig
from keras_reader.data.labelled_images import LabelledImages
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.errors import InputError
from keras_reader.models.metrics import WholeWordAccuracy
from keras_reader.models.reader_model import ReaderModel
from keras_reader.training.callbacks import RunLog
from keras_reader.training.dataset import TrainingDataset
from keras_reader.training.drawing import DrawLabelled, DrawWords
from keras_reader.training.examples import LabelledTraining
from keras_reader.training.options import TrainingOptions
from keras_reader.training.trainer import train
from tests.helpers import ROOT

EASY = ReaderConfig(alphabet="ABCD", max_length=2, image_size=(20, 28), filters=32, units=16)
WORDS = SyntheticWords(alphabet="ABCD", max_length=2, image_size=(20, 28), noise=0.02, intensity=255)


def options(**changes):
    few = {"training_steps": 12, "batch_size": 16, "learning_rate": 0.02, "validations": 3, "validation_images": 50}
    return TrainingOptions(**(few | changes))


def run_script(*arguments, cwd):
    return subprocess.run(
        [sys.executable, str(ROOT / "train.py"), *map(str, arguments)],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_a_short_training_learns_an_easy_task(tmp_path):
    _, best, _ = train(
        EASY, WORDS, tmp_path, options(training_steps=300, batch_size=32, validation_images=500), verbose=0
    )
    assert best["val_whole_word_accuracy"] >= 0.95
    assert best["val_character_error_rate"] <= 0.05


@pytest.mark.slow
def test_a_training_step_is_traced_once(tmp_path, monkeypatch):
    step, traced = ReaderModel.train_step, []

    def counted(model, data):
        traced.append(data)
        return step(model, data)

    monkeypatch.setattr(ReaderModel, "train_step", counted)
    train(EASY, WORDS, tmp_path, options(), verbose=False)
    assert len(traced) == 1


@pytest.mark.slow
def test_two_runs_of_a_seed_give_identical_weights(tmp_path):
    runs = [train(EASY, WORDS, tmp_path / name, options(), verbose=0)[0] for name in "ab"]
    for a, b in zip(*(run.get_weights() for run in runs), strict=True):
        np.testing.assert_array_equal(a, b)
    other = train(EASY, WORDS, tmp_path / "c", options(seed=1), verbose=0)[0]
    assert not np.array_equal(runs[0].get_weights()[0], other.get_weights()[0])


@pytest.mark.slow
def test_a_resumed_run_ends_as_if_it_had_never_stopped(tmp_path, monkeypatch):
    train(EASY, WORDS, tmp_path / "whole", options(), verbose=0)

    from keras_reader.training.callbacks import RunLog

    write = RunLog._write

    def killed(log, row):
        write(log, row)
        if row["epoch"] == 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(RunLog, "_write", killed)
        with pytest.raises(KeyboardInterrupt):
            train(EASY, WORDS, tmp_path / "cut", options(), verbose=0)
    train(EASY, WORDS, tmp_path / "cut", options(), resume=True, verbose=0)
    last = [keras.models.load_model(tmp_path / name / "last.keras") for name in ("whole", "cut")]
    for a, b in zip(*(model.get_weights() for model in last), strict=True):
        np.testing.assert_array_equal(a, b)
    logs = [(tmp_path / name / "log.csv").read_text().splitlines() for name in ("whole", "cut")]
    assert [line.split(",")[:3] for line in logs[0]] == [line.split(",")[:3] for line in logs[1]]


@pytest.mark.slow
def test_a_plateau_lowers_the_learning_rate_and_a_resumed_run_goes_on_with_it(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "keras_reader.training.callbacks.plateau_learning_rate", lambda peak, losses: peak / 10 ** len([*losses])
    )
    few = options(schedule="plateau", optimizer="adam", training_steps=16, validations=4)
    write, epochs = RunLog._write, []

    def write_three(log, row):
        if len(epochs) == 3:
            raise KeyboardInterrupt
        write(log, row)
        epochs.append(row["epoch"])

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(RunLog, "_write", write_three)
        train(EASY, WORDS, tmp_path, few, verbose=0)
    with (tmp_path / "log.csv").open(newline="") as file:
        rates = [float(row["learning_rate"]) for row in csv.DictReader(file)]
    assert rates == pytest.approx([0.02, 0.002, 0.0002])
    train(EASY, WORDS, tmp_path, few, resume=True, verbose=0)
    with (tmp_path / "log.csv").open(newline="") as file:
        assert float([*csv.DictReader(file)][-1]["learning_rate"]) == pytest.approx(0.00002)


EARLY = options(training_steps=16, validations=8, early_end=True)


@pytest.fixture
def reads_all_after_the_second_epoch(monkeypatch):
    monkeypatch.setattr("keras_reader.training.callbacks.nothing_to_gain", lambda accuracies, _: len(accuracies) >= 2)


def rows_of(folder):
    with (folder / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
@pytest.mark.usefixtures("reads_all_after_the_second_epoch")
def test_a_training_that_has_nothing_to_gain_goes_on_with_the_last_quarter_of_its_schedule(tmp_path, capsys):
    train(EASY, WORDS, tmp_path / "early", EARLY)
    lines = capsys.readouterr().out.splitlines()
    train(EASY, WORDS, tmp_path / "whole", replace(EARLY, early_end=False), verbose=False)
    early, whole = rows_of(tmp_path / "early"), rows_of(tmp_path / "whole")
    assert [int(row["epoch"]) for row in early] == [0, 1, 6, 7]
    assert [int(row["step"]) for row in early] == [2, 4, 6, 8]
    # Its learning rates are those that these epochs have in the whole schedule.
    rates = {row["epoch"]: float(row["learning_rate"]) for row in whole}
    assert len(rates) == 8
    assert [float(row["learning_rate"]) for row in early] == pytest.approx([rates[row["epoch"]] for row in early])
    assert [row["loss"] for row in early[:2]] == [row["loss"] for row in whole[:2]]
    said = [line.split(":")[0] for line in lines if "training steps" in line or "are read" in line]
    assert said == [
        *("2 of 16 training steps", "4 of 16 training steps", "all validation images are read"),
        *("6 of 8 training steps", "8 of 8 training steps"),
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("reads_all_after_the_second_epoch")
@pytest.mark.parametrize("killed_after", [1, 6])
def test_a_run_that_ends_early_ends_the_same_where_it_was_killed_before_and_after(killed_after, tmp_path, monkeypatch):
    train(EASY, WORDS, tmp_path / "whole", EARLY, verbose=False)
    write = RunLog._write

    def killed(log, row):
        write(log, row)
        if row["epoch"] == killed_after:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(RunLog, "_write", killed)
        train(EASY, WORDS, tmp_path / "cut", EARLY, verbose=False)
    train(EASY, WORDS, tmp_path / "cut", EARLY, resume=True, verbose=False)
    whole, cut = rows_of(tmp_path / "whole"), rows_of(tmp_path / "cut")
    assert [row["epoch"] for row in cut] == [row["epoch"] for row in whole] == ["0", "1", "6", "7"]
    last = [keras.models.load_model(tmp_path / name / "last.keras") for name in ("whole", "cut")]
    for a, b in zip(*(model.get_weights() for model in last), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
def test_a_run_leaves_reader_logs_and_curves(tmp_path):
    _, best, _ = train(EASY, WORDS, tmp_path, options(), verbose=0)
    with (tmp_path / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [4, 8, 12]
    assert [int(row["images"]) for row in rows] == [64, 128, 192]
    assert float(rows[-1]["learning_rate"]) == pytest.approx(0, abs=1e-8)
    assert best == {name: float(value) for name, value in rows[-1].items()}
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.width > 800
    events = [
        (event.step, value.tag)
        for path in (tmp_path / "tensorboard").iterdir()
        for event in tf.compat.v1.train.summary_iterator(str(path))
        for value in event.summary.value
    ]
    assert (12, "val_whole_word_accuracy") in events
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("curves.png", "last.keras", "log.csv", "options.json", "reader.keras", "tensorboard")
    ]


def test_the_best_reader_of_the_last_quarter_is_kept_and_the_later_of_equals(tmp_path):
    log = RunLog(tmp_path, batch_size=1, first_late_epoch=6)
    accuracies = [0.2, 0.9, 0.5, 0.6, 0.7, 0.7, 0.6, 0.6]
    kept = []
    for epoch, accuracy in enumerate(accuracies):
        log.rows.append({"epoch": epoch, "val_whole_word_accuracy": accuracy, "val_loss": 1.0})
        kept.append(log.best_row()["epoch"])
    assert kept == [0, 1, 1, 1, 1, 1, 6, 7]


@pytest.mark.slow
def test_the_kept_reader_is_the_best_one(tmp_path):
    reader, best, _ = train(EASY, WORDS, tmp_path, options(training_steps=60, validations=6), verbose=0)
    images, ids = DrawWords(replace(WORDS, split="validation"), EASY.decoding_steps)(0, 50)
    accuracy = WholeWordAccuracy(EASY.characters.terminator)
    accuracy.update_state(ids, reader.predict(images[..., None], verbose=0)["logits"])
    assert float(accuracy.result()) == pytest.approx(best["val_whole_word_accuracy"])


def test_batches_go_on_from_epoch_to_epoch_without_repeating_an_image():
    draw = DrawWords(WORDS, 3)
    batches = TrainingDataset(draw, batch_size=4, batches_per_epoch=3)
    drawn = []
    for _ in range(2):
        drawn += [batches[i][0] for i in range(3)]
        batches.on_epoch_end()
    np.testing.assert_array_equal(np.concatenate(drawn)[..., 0], draw(0, 24)[0])


@pytest.mark.slow
def test_processes_draw_the_same_batches():
    straight = TrainingDataset(DrawWords(WORDS, 3), 4, 3)
    batches = TrainingDataset(DrawWords(WORDS, 3), 4, 3, processes=2)
    try:
        for i in range(3):
            np.testing.assert_array_equal(batches[i][0], straight[i][0])
    finally:
        batches.close()


def test_labelled_images_come_once_each_time_round():
    images = 50 * np.arange(5, dtype=np.uint8)[:, None, None]
    draw = DrawLabelled(images, list("ABCDA"), EASY.characters, 3, augmentation=None, seed=0)
    drawn = np.concatenate([draw(0, 3)[0], draw(3, 9)[0], draw(9, 10)[0]]).ravel()
    assert sorted(drawn[:5]) == sorted(drawn[5:]) == sorted(images.ravel().astype(np.float32) / 255)
    assert list(drawn[:5]) != list(drawn[5:])


@pytest.mark.slow
def test_jax_trains_the_same_reader_without_tensorflow(tmp_path):
    pytest.importorskip("jax")
    script = str(ROOT / "train.py")
    code = f"import runpy, sys; sys.modules['tensorflow'] = None; runpy.run_path({script!r}, run_name='__main__')"
    arguments = (
        *("--alphabet", "AB", "--max-length", "1", "--image-size", "12", "12", "--steps", "4", "--batch-size", "8"),
        *("--validations", "1", "--validation-images", "20", "--out", "run"),
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "jax backend" in done.stdout
    assert keras.models.load_model(tmp_path / "run" / "reader.keras").config.alphabet == "AB"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--preset", "large"], "there is no preset 'large'"),
        (["--alphabet", "AA"], "more than once"),
        (["--steps", "0"], "--steps must be at least 1"),
        (["--learning-rate", "nan"], "--learning-rate must be above 0"),
        (["--data", "none.csv"], "none.csv: cannot be read"),
        (["--attention-supervision", "nan"], "--attention-supervision must be at least 0"),
        (["--font", "nowhere"], "nowhere: no such font file, folder or installed family"),
        (["--resume", "--out", "empty"], "no run to go on with"),
        (["--noise", "-1"], "noise >= 0"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(tmp_path, arguments, message):
    done = run_script(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert message in done.stderr


def test_a_run_is_not_overwritten(tmp_path):
    (tmp_path / "reader.keras").write_bytes(b"precious")
    done = run_script("--out", tmp_path, cwd=tmp_path)
    assert done.returncode == 2
    assert (tmp_path / "reader.keras").read_bytes() == b"precious"


def write_pictures(folder, inks):
    paths = tuple(folder / f"{i}.png" for i in range(len(inks)))
    for path, ink in zip(paths, inks, strict=True):
        Image.new("L", (30, 20), ink).save(path)
    return LabelledTraining(LabelledImages(folder / "labels.csv", paths, tuple("ABAB"), (2, 3, 4, 5)))


@pytest.mark.slow
def test_a_run_does_not_go_on_with_other_pictures_under_the_same_names(tmp_path):
    data, run = write_pictures(tmp_path, (0, 60, 120, 180)), tmp_path / "run"
    train(EASY, data, run, options(), verbose=0)
    train(EASY, data, run, options(), resume=True, verbose=0)
    write_pictures(tmp_path, (0, 60, 120, 181))
    with pytest.raises(InputError, match=r"cannot go on with other options than before: data\.pictures was "):
        train(EASY, data, run, options(), resume=True, verbose=0)


def test_too_few_labelled_images_are_an_error(tmp_path):
    one = LabelledImages(tmp_path / "labels.csv", (tmp_path / "a.png",), ("A",), (2,))
    Image.new("L", (30, 20)).save(tmp_path / "a.png")
    with pytest.raises(InputError, match="too few"):
        train(EASY, LabelledTraining(one), tmp_path, options(), verbose=0)
