"""A run that is killed at any moment can go on, and one folder belongs to one run."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from keras_reader.atomic_files import clear_leftovers, replacing
from keras_reader.config import ReaderConfig
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.errors import CommandError, InputError
from keras_reader.models.loading import load_reader_model
from keras_reader.models.reader_model import build_reader
from keras_reader.training.callbacks import RunLog
from keras_reader.training.options import TrainingOptions
from keras_reader.training.run_folder import (
    BEST,
    STATE,
    check_new,
    check_options,
    describe_run,
    keep_options,
    locked,
    saying_how_to_go_on,
)
from keras_reader.training.trainer import compile_reader
from tests.helpers import ROOT

CONFIG = ReaderConfig(alphabet="AB", max_length=1, image_size=(12, 12), filters=4, units=4)
OPTIONS = TrainingOptions(training_steps=3, batch_size=8, learning_rate=0.02, validations=3, validation_images=20)
# Whole-word accuracy after each epoch: the second is the best.
ACCURACIES = (0.2, 0.5, 0.3)
EPOCHS = 12  # so that none of the three is one of the last, which go before others
_CHANGES = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate", "tempfile.mkstemp"}


class KilledError(BaseException):
    """Stands for SIGKILL: nothing that would follow happens."""


class Killer:
    """An audit hook that lets Python change so many things in a folder, and nothing more."""

    def __init__(self):
        self.left = None
        self.folder = ""
        sys.addaudithook(self.hook)

    def hook(self, event, arguments):
        if self.left is None or event not in _CHANGES or not str(arguments[0]).startswith(self.folder):
            return
        if event == "open" and not (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return
        self.left -= 1
        if self.left < 0:
            raise KilledError

    def after(self, changes, folder):
        self.left, self.folder = changes, str(folder)

    def never(self):
        self.left = None


@pytest.fixture(scope="module")
def killer():
    return Killer()


@pytest.fixture(scope="module")
def model():
    model = build_reader(CONFIG)
    compile_reader(model, OPTIONS)
    return model


def set_epoch(model, epoch):
    """Weights that say which epoch they are of."""
    model.set_weights([np.full_like(weight, epoch + 1) for weight in model.get_weights()])
    model.optimizer.iterations.assign(epoch + 1)


def row(epoch):
    values = {"epoch": epoch, "step": epoch + 1, "images": 8 * (epoch + 1), "seconds": 1.0, "learning_rate": 0.1}
    values |= {name: 0.5 for name in ("loss", "whole_word_accuracy", "character_error_rate")}
    return values | {"val_loss": 0.5, "val_whole_word_accuracy": ACCURACIES[epoch], "val_character_error_rate": 0.5}


def go_on(folder, model, first_epoch):
    """The epochs from `first_epoch` on, as the trainer goes through them."""
    log = RunLog(folder, 8, int(0.75 * EPOCHS), first_epoch)
    log.set_model(model)
    log.keep_best(model)
    for epoch in range(first_epoch, len(ACCURACIES)):
        set_epoch(model, epoch)
        log._write(row(epoch))
    return log


@pytest.mark.slow
def test_a_run_killed_at_any_moment_goes_on_to_the_same_end(tmp_path, killer, model):
    for changes in range(0, 200, 4):
        folder = tmp_path / str(changes)
        folder.mkdir()
        try:
            killer.after(changes, folder)
            go_on(folder, model, 0)
            break
        except KilledError:
            pass
        finally:
            killer.never()
        if (folder / STATE).exists():
            first_epoch = int(load_reader_model(folder / STATE).optimizer.iterations)
            set_epoch(model, first_epoch - 1)
        else:
            check_new(folder)  # it can begin again
            first_epoch = 0
        clear_leftovers(folder)
        log = go_on(folder, model, first_epoch)
        assert [row["epoch"] for row in log.rows] == [0, 1, 2]
        assert log.best_row()["epoch"] == 1
        assert (load_reader_model(folder / BEST).get_weights()[0] == 2).all(), changes
        assert sorted(path.name for path in folder.iterdir()) == [STATE, "log.csv", BEST, "tensorboard"]
    else:
        raise AssertionError("it never came to its end")
    assert changes > 10


def test_a_folder_that_holds_a_run_is_not_begun_again(tmp_path):
    check_new(tmp_path)
    (tmp_path / STATE).touch()
    with pytest.raises(InputError, match="go on with --resume"):
        check_new(tmp_path)


def test_a_second_training_into_a_folder_is_refused_until_the_first_ends(tmp_path):
    code = "import sys, time; from pathlib import Path; from keras_reader.training.run_folder import locked\n"
    code += "with locked(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert holder.stdout.readline() == "held\n"
        for _ in range(2):  # who is refused leaves the lock where it is
            with pytest.raises(InputError, match=f"process {holder.pid} on .* trains into it"), locked(tmp_path):
                pass
    finally:
        holder.kill()
        holder.wait()
    with locked(tmp_path):  # a lock of a process that was killed holds nobody
        pass
    assert list(tmp_path.iterdir()) == []


def test_going_on_names_every_option_that_differs(tmp_path):
    words = SyntheticWords(alphabet="AB", max_length=1)
    run = describe_run(CONFIG, OPTIONS, words)
    keep_options(tmp_path, run)
    check_options(tmp_path, describe_run(CONFIG, TrainingOptions(**{**vars(OPTIONS), "processes": 4}), words))
    other = TrainingOptions(**{**vars(OPTIONS), "batch_size": 16, "seed": 7, "learning_rate": 0.1})
    with pytest.raises(InputError) as error:
        check_options(tmp_path, describe_run(CONFIG, other, SyntheticWords(alphabet="AB", max_length=1, noise=0.2)))
    for change in ("batch_size was 8 and is 16", "seed was 0 and is 7", "learning_rate was 0.02 and is 0.1", "noise"):
        assert change in str(error.value)
    (tmp_path / "options.json").write_text("[")
    with pytest.raises(InputError, match="damaged"):
        check_options(tmp_path, run)


def test_an_option_that_an_earlier_version_lacked_was_as_its_default_is(tmp_path):
    run = describe_run(CONFIG, OPTIONS, None)
    earlier = {name: value for name, value in run.items() if name not in ("language_units", "attention_supervision")}
    keep_options(tmp_path, earlier)
    check_options(tmp_path, run)
    with pytest.raises(
        InputError,
        match=r"other options than before: language_units was 0 and is 8; to train further .*--from",
    ):
        check_options(tmp_path, describe_run(replace(CONFIG, language_units=8), OPTIONS, None))


def test_an_interruption_says_what_is_kept(tmp_path):
    with pytest.raises(KeyboardInterrupt, match="keeps nothing yet"), saying_how_to_go_on(tmp_path):
        raise KeyboardInterrupt
    (tmp_path / STATE).touch()
    with pytest.raises(KeyboardInterrupt, match="go on with the same options, --resume"), saying_how_to_go_on(tmp_path):
        raise KeyboardInterrupt
    full = r"No space left on device.*the last good files stay"
    with pytest.raises(CommandError, match=full), saying_how_to_go_on(tmp_path):
        raise OSError(28, "No space left on device")


def test_what_killed_processes_left_is_removed_and_what_living_ones_write_is_not(tmp_path):
    (tmp_path / ".last-abcd1234.part.keras").touch()
    (tmp_path / ".export-abcd1234.part").mkdir()
    (tmp_path / ".export-abcd1234.part" / "x").touch()
    (tmp_path / ".mine-abcd1234.keras").touch()
    with replacing(tmp_path / "log.csv") as path:
        path.write_text("x")
        clear_leftovers(tmp_path)
        assert sorted(left.name for left in tmp_path.iterdir()) == sorted([".mine-abcd1234.keras", path.name])
    assert json.dumps(sorted(left.name for left in tmp_path.iterdir())) == '[".mine-abcd1234.keras", "log.csv"]'
