"""A reader that starts from another one takes over what fits, and says what that was."""

import os
import re
import subprocess
import sys

import keras
import numpy as np
import pytest
from PIL import Image

from keras_reader.cli import train
from keras_reader.cli.common import CommandParser
from keras_reader.cli.planning import given_start, plan
from keras_reader.config import ReaderConfig
from keras_reader.data.labelled_images import load_labelled
from keras_reader.errors import InputError
from keras_reader.models.reader_model import build_reader
from keras_reader.pretrained import shipped_reader
from keras_reader.training import starting_reader
from keras_reader.training.fine_tuning import take_over
from tests.helpers import ROOT

SIZES = {"filters": 6, "units": 5}


def reader(alphabet="ABC", seed=0, **config):
    """A reader whose every weight has a value of its own."""
    config = {"image_size": (16, 24), "max_length": 2, **SIZES, **config}
    model = build_reader(ReaderConfig(alphabet=alphabet, **config))
    random = np.random.default_rng(seed)
    for variable in model.variables:
        if np.issubdtype(np.dtype(variable.dtype), np.floating):
            variable.assign(random.uniform(0.1, 1, variable.shape))
    return model


@pytest.fixture(scope="module")
def source():
    return reader()


def classifier(model):
    return [np.asarray(keras.ops.convert_to_numpy(v)) for v in model.recurrent_attention.cell.character.variables]


def others(model):
    paths = {v.path for v in model.recurrent_attention.cell.character.variables}
    return [keras.ops.convert_to_numpy(v) for v in model.variables if v.path not in paths]


def test_a_reader_of_the_same_alphabet_takes_over_everything(source):
    model = reader(seed=1)
    kept = take_over(model, source)
    for ours, theirs in zip(model.get_weights(), source.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert (kept.arrays, kept.partly, kept.characters) == (kept.all, 0, "ABC")
    images = np.random.default_rng(0).random((3, 16, 24, 1), np.float32)
    np.testing.assert_array_equal(
        model.predict(images, verbose=0)["logits"], source.predict(images, verbose=0)["logits"]
    )


def test_another_alphabet_takes_over_the_rows_of_shared_characters_and_of_the_terminator(source):
    model, fresh = reader("XCA0", seed=1), reader("XCA0", seed=1)
    kept = take_over(model, source)
    new, old = model.config.characters, source.config.characters
    for ours, theirs, before in zip(classifier(model), classifier(source), classifier(fresh), strict=True):
        for c in "AC":
            ours_at, theirs_at = new.characters.index(c), old.characters.index(c)
            np.testing.assert_array_equal(ours[..., ours_at], theirs[..., theirs_at])
        np.testing.assert_array_equal(ours[..., new.terminator], theirs[..., old.terminator])
        for c in "X0":
            np.testing.assert_array_equal(ours[..., new.characters.index(c)], before[..., new.characters.index(c)])
    for ours, theirs in zip(others(model), others(source), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert set(kept.characters) == {"A", "C"}
    assert (kept.arrays, kept.partly) == (kept.all - 2, 2)
    line = kept.describe(model.config.alphabet)
    assert "2 of 4 characters" in line and "start anew" not in line
    assert line.endswith("; it knew B, too (--alphabet keeps them)")


def test_an_alphabet_of_as_many_other_characters_takes_over_only_the_terminator_of_the_classifier(source):
    model, fresh = reader("XYZ", seed=1), reader("XYZ", seed=1)
    kept = take_over(model, source)
    for ours, theirs, before in zip(classifier(model), classifier(source), classifier(fresh), strict=True):
        np.testing.assert_array_equal(ours[..., -1], theirs[..., -1])
        np.testing.assert_array_equal(ours[..., :-1], before[..., :-1])
    assert kept.characters == ""


@pytest.mark.parametrize("changed", [{"image_size": (24, 40)}, {"max_length": 7}], ids=str)
def test_other_sizes_and_longest_texts_take_over_all_of_a_reader_that_looks_through_windows(source, changed):
    model = reader(seed=1, **changed)
    kept = take_over(model, source)
    assert (kept.arrays, kept.partly) == (kept.all, 0)
    for ours, theirs in zip(model.get_weights(), source.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_reader_that_has_weights_for_each_pixel_keeps_what_fits_at_another_size():
    start = reader(preset="deep_reader", image_size=(12, 12))
    model, fresh = (reader(preset="deep_reader", image_size=(12, 14), seed=1) for _ in range(2))
    kept = take_over(model, start)
    assert 0 < kept.arrays < kept.all
    assert "do not fit and start anew" in kept.describe("ABC")
    for ours, theirs, before in zip(model.variables, start.variables, fresh.variables, strict=True):
        expected = theirs if ours.shape == theirs.shape else before
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(ours), keras.ops.convert_to_numpy(expected))


@pytest.mark.parametrize("changed", [{"preset": "base"}, {"filters": 7}, {"units": 4}], ids=str)
def test_another_network_is_refused_and_left_as_it_was(source, changed):
    model = reader(seed=1, **changed)
    before = model.get_weights()
    with pytest.raises(InputError, match="cannot start"):
        take_over(model, source)
    for ours, theirs in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.fixture
def data(tmp_path):
    random = np.random.default_rng(0)
    rows = ["image,text"]
    for i in range(12):
        Image.fromarray(random.integers(0, 256, (16, 24)).astype(np.uint8)).save(tmp_path / f"{i}.png")
        rows.append(f"{i}.png,{'AX'[i % 2]}{'XA'[i % 2]}")
    (tmp_path / "labels.csv").write_text("\n".join(rows) + "\n")
    return tmp_path / "labels.csv"


def run_train(*arguments, cwd):
    command = [sys.executable, str(ROOT / "train.py"), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)


@pytest.mark.slow
def test_the_command_says_what_it_took_over_and_keeps_the_networks_sizes(source, data, tmp_path):
    source.save(tmp_path / "start.keras")
    run = run_train("--data", data, "--from", tmp_path / "start.keras", "--steps", 2, "--out", "out", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    (line,) = [line for line in run.stdout.splitlines() if line.startswith("weights to start from: ")]
    assert "2 for the 1 of 2 characters that both know" in line
    model = keras.models.load_model(tmp_path / "out" / "reader.keras")
    assert model.config.channels == (SIZES["filters"], SIZES["units"])


def parsed(data, *options):
    parser = CommandParser()
    train.add_options(parser)
    return parser.parse_args(["--data", str(data), *options])


def started(data, monkeypatch, *options, fewer=300):
    """The file that the train command starts from, the configuration, and what its table says of the start."""
    monkeypatch.setattr(starting_reader, "STARTS_FROM", "letters")
    monkeypatch.setattr(starting_reader, "FEWER_PICTURES", fewer)
    args = parsed(data, *options)
    start, config, settings, _ = plan(load_labelled(data), 12, args.start, train.given_config(args))
    (row,) = [setting for setting in settings if setting.name == "start"]
    return start, config, row


def test_few_pictures_start_from_the_default_reader_and_take_its_network(data, monkeypatch):
    start, config, row = started(data, monkeypatch, "--preset", "small")
    assert start == shipped_reader("letters", ".keras")
    assert (config.preset, config.channels, config.alphabet) == ("small", ReaderConfig().channels, "AX")
    assert (row.value, row.source) == ("letters", "12 pictures, fewer than 300; --from none to start anew")


@pytest.mark.parametrize(
    ("options", "fewer", "source"),
    [
        (["--from", "none"], 300, "given"),
        ([], 12, "12 pictures, not fewer than 12"),
        (["--preset", "base"], 300, "letters is of preset small, not of base"),
        (["--filters", "72"], 300, "letters is of 128 filters, not of 72"),
    ],
    ids=["none", "many", "preset", "filters"],
)
def test_all_others_start_from_nothing_and_the_table_says_why(data, monkeypatch, options, fewer, source):
    start, _, row = started(data, monkeypatch, *options, fewer=fewer)
    assert start is None and (row.value, row.source) == ("nothing", source)


def test_a_reader_that_is_named_is_taken_by_its_name_whatever_the_rule_says(data, monkeypatch):
    start, config, row = started(data, monkeypatch, "--from", "letters", fewer=0)
    assert start == shipped_reader("letters", ".keras") and config.preset == "small"
    assert (row.value, row.source) == ("letters", "given")
    with pytest.raises(InputError, match="no reader that ships has this name"):
        started(data, monkeypatch, "--from", "pront")


@pytest.mark.parametrize(
    ("options", "preset", "resize"),
    [
        ([], "that of letters", "that of letters"),
        (["--preset", "small", "--resize", "stretch"], "given", "given"),
        (["--from", "none", "--preset", "small"], "given", "the default"),
    ],
)
def test_the_table_says_what_is_the_starting_readers_and_what_was_given(data, options, preset, resize):
    args = parsed(data, "--from", "letters", *options)
    settings = plan(load_labelled(data), 12, args.start, train.given_config(args)).settings
    sources = {setting.name: setting.source for setting in settings}
    assert (sources["preset"], sources["resize"]) == (preset, resize)


def test_a_folder_of_the_name_of_the_default_start_is_not_taken_for_it(data, tmp_path, monkeypatch):
    (tmp_path / "letters").mkdir()
    monkeypatch.chdir(tmp_path)
    start, _, row = started(data, monkeypatch, "--preset", "small")
    assert start == shipped_reader("letters", ".keras") and row.value == "letters"
    with pytest.raises(InputError, match=r"^letters: --from takes the .keras file of a reader"):
        started(data, monkeypatch, "--from", "letters")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--preset", "base"], "a reader of preset small cannot start one of base: leave out --preset"),
        (["--filters", "72"], "a reader of 128 filters cannot start one of 72: leave out --filters"),
        (["--units", "72"], "a reader of 64 units cannot start one of 72: leave out --units"),
    ],
)
def test_another_network_than_that_of_the_named_reader_is_refused_before_a_picture_is_opened(data, options, message):
    args = parsed(data, "--from", "letters", *options)
    with pytest.raises(InputError, match=f"^letters: {message}$"):
        plan(load_labelled(data), 12, args.start, train.given_config(args))


def test_the_folder_of_a_run_says_which_file_to_start_from(data, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "reader.keras").write_bytes(b"")
    inside = tmp_path / "run" / "reader.keras"
    with pytest.raises(InputError, match=re.escape(f"--from takes the .keras file of a reader: give {inside}")):
        given_start(str(tmp_path / "run"), {})


@pytest.mark.slow
def test_a_run_goes_on_without_the_reader_that_it_started_from(source, data, tmp_path):
    source.save(tmp_path / "start.keras")
    options = ["--data", data, "--from", tmp_path / "start.keras", "--steps", 2, "--out", "out"]
    assert run_train(*options, cwd=tmp_path).returncode == 0
    (tmp_path / "start.keras").unlink()
    run = run_train(*options, "--resume", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    run = run_train(*options, cwd=tmp_path)
    assert run.returncode == 2 and "start.keras: no such file" in run.stderr


def test_an_exported_reader_is_no_start(data, tmp_path):
    (tmp_path / "reader.onnx").write_bytes(b"")
    run = run_train("--data", data, "--from", tmp_path / "reader.onnx", cwd=tmp_path)
    assert run.returncode == 2
    assert "reader.onnx: --from takes the .keras file of a reader" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_language_model_is_taken_over_for_the_characters_that_both_know():
    source, model, fresh = (reader(a, seed=s, language_units=7) for a, s in (("ABC", 0), ("XCA0", 1), ("XCA0", 1)))
    kept = take_over(model, source)
    rows, of, before = (
        keras.ops.convert_to_numpy(m.language_model.evidence.kernel).reshape(2, -1, 7) for m in (model, source, fresh)
    )
    columns, of_columns = (keras.ops.convert_to_numpy(m.language_model.correction.kernel) for m in (model, source))
    for ours, theirs in ((1, 2), (2, 0), (4, 3)):  # C, A and the terminator
        np.testing.assert_array_equal(rows[:, ours], of[:, theirs])
        np.testing.assert_array_equal(columns[:, ours], of_columns[:, theirs])
    np.testing.assert_array_equal(rows[:, [0, 3]], before[:, [0, 3]])
    block = model.language_model.blocks[1].kernel, source.language_model.blocks[1].kernel
    np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, block))
    assert (kept.arrays, kept.partly) == (kept.all - 5, 5)


@pytest.mark.parametrize(("ours", "theirs"), [(7, 0), (0, 7), (7, 5)])
def test_a_language_model_that_the_other_reader_lacks_starts_anew(ours, theirs):
    model, fresh = reader(seed=1, language_units=ours), reader(seed=1, language_units=ours)
    source = reader(language_units=theirs)
    take_over(model, source)
    seeing = len(model.recurrent_attention.variables)
    for now, expected in zip(model.variables[:seeing], source.variables[:seeing], strict=True):
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (now, expected)))
    for now, expected in zip(model.variables[seeing:], fresh.variables[seeing:], strict=True):
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (now, expected)))
