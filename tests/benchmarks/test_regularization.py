"""The page on what helps few pictures is made of finished trainings; what a variant changes is what it says."""

import csv
import json

import keras
import numpy as np
import pytest
from PIL import Image

from benchmarks import regularization
from benchmarks.regularization import VARIANTS, _changes
from keras_reader.models.losses import MaskedCrossEntropy
from keras_reader.training import trainer
from keras_reader.training.options import TrainingOptions


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


def test_finished_trainings_are_not_repeated_and_the_page_has_the_mean_and_each(folder, tmp_path, capsys):
    for variant, _ in VARIANTS.values():
        for seed in (0, 1):
            place = tmp_path / "work" / "set" / f"{variant}-{seed}"
            place.mkdir(parents=True)
            result = {"settings": {"images": 5, "steps": 7}, "right": 0.5 + 0.1 * seed + 0.02 * (variant == "none")}
            (place / "result.json").write_text(json.dumps(result))
    command = ["--data", folder, "--images", 5, "--steps", 7, "--work", tmp_path / "work", "--write", tmp_path]
    regularization.main(list(map(str, command)))
    page = capsys.readouterr().out
    assert page == (tmp_path / "regularization.md").read_text(encoding="utf-8")
    assert "set, 15 others |" in page
    (row,) = [line for line in page.splitlines() if line.startswith("| no augmentation")]
    assert "57.0 % (52.0, 62.0)" in row


def test_more_images_than_there_are_is_an_error(folder, capsys):
    with pytest.raises(SystemExit) as end:
        regularization.main(["--data", str(folder), "--images", "20"])
    assert end.value.code == 2 and "give fewer --images" in capsys.readouterr().err


def test_label_smoothing_is_the_masked_loss_with_a_little_of_every_class():
    ids, logits = np.array([[1, 2, 0]]), np.random.default_rng(0).normal(size=(1, 3, 3)).astype(np.float32)
    (change,) = _changes("smoothing")
    with change:
        smoothed = float(trainer.MaskedCrossEntropy(terminator=2)(ids, logits))
    log_probabilities = logits[0] - np.log(np.exp(logits[0]).sum(axis=-1, keepdims=True))
    every = -log_probabilities[:2].mean()  # what comes after the terminator does not count
    plain = float(MaskedCrossEntropy(terminator=2)(ids, logits))
    assert smoothed == pytest.approx(0.9 * plain + 0.1 * every, rel=1e-5)


def test_averages_and_decay_are_the_optimizers():
    options = TrainingOptions(training_steps=10, batch_size=2, learning_rate=0.1)
    found = {}
    for variant in ("average", "decay"):
        changes = _changes(variant)
        with changes[0]:
            found[variant] = trainer._optimizer(options)
    assert isinstance(found["average"], keras.optimizers.Muon)
    assert (found["average"].use_ema, found["average"].ema_momentum) == (True, regularization.MOMENTUM)
    assert found["decay"].weight_decay == regularization.DECAY
