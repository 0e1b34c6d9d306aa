"""A short training by the command, on the backend that the tests run on."""

import csv
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from keras_reader.cli.main import main
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.models.loading import load_reader_model
from keras_reader.models.losses import PointingLoss
from keras_reader.training.callbacks import RunLog
from keras_reader.training.drawing import DrawWords
from keras_reader.training.trainer import computing_in

TINY = (
    *("--alphabet", "AB", "--max-length", "1", "--image-size", "12", "12", "--steps", "6", "--batch-size", "8"),
    *("--validations", "3", "--validation-images", "20"),
)
WORDS = SyntheticWords(alphabet="AB", max_length=1, image_size=(12, 12))


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def train_in_two_parts(*options: str, out: Path) -> None:
    """Train, stop after the first validation, and go on."""
    write = RunLog._write

    def stopped(log, row):
        write(log, row)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(RunLog, "_write", stopped)
        main(["train", *TINY, *options, "--out", str(out)])
    assert [row["step"] for row in rows(out)] == ["2"]
    main(["train", *TINY, *options, "--out", str(out), "--resume"])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a short training in bfloat16 that was stopped and went on."""
    out = tmp_path_factory.mktemp("trained") / "run"
    train_in_two_parts("--precision", "bfloat16", out=out)
    return out


def test_a_training_in_bfloat16_goes_on_and_writes_a_reader_and_a_log(trained):
    assert [row["step"] for row in rows(trained)] == ["2", "4", "6"]
    assert all(np.isfinite(float(row["val_loss"])) for row in rows(trained))


def test_a_reader_that_was_trained_in_bfloat16_computes_in_float32_and_reads_the_same(trained):
    assert keras.config.dtype_policy().name == "float32"
    reader = load_reader_model(trained / "reader.keras")
    images, _ = DrawWords(WORDS, 2)(0, 16)
    assert {layer.compute_dtype for layer in reader._flatten_layers()} == {"float32"}
    assert {variable.dtype for variable in reader.trainable_variables} == {"float32"}
    read = reader.predict(images[..., None], verbose=0)
    with computing_in("bfloat16"):
        coarse = load_reader_model(trained / "reader.keras")
        assert coarse.recurrent_attention.compute_dtype == "bfloat16"
        outputs = coarse.predict(images[..., None], verbose=0)
    assert {value.dtype for value in outputs.values()} == {np.dtype("float32")}
    # bfloat16 has 8 binary digits.
    assert 0 < np.abs(outputs["logits"] - read["logits"]).max() < 0.1
    assert np.abs(outputs["masks"] - read["masks"]).max() < 0.1


def test_float32_training_learns_the_same_batch_by_heart(tmp_path):
    from keras_reader.config import ReaderConfig
    from keras_reader.models.reader_model import build_reader
    from keras_reader.training.options import TrainingOptions
    from keras_reader.training.trainer import compile_reader

    keras.utils.set_random_seed(0)
    model = build_reader(ReaderConfig(alphabet="AB", max_length=1, image_size=(12, 12), filters=16, units=8))
    compile_reader(model, TrainingOptions(100, 16, 0.02, schedule="plateau"))
    images, ids = DrawWords(WORDS, 2)(0, 16)
    losses = [float(np.asarray(model.train_on_batch(images[..., None], ids)[0])) for _ in range(40)]
    assert losses[-1] < 0.3 * losses[0]


def test_a_training_that_is_told_where_to_look_logs_how_far_the_masks_are_off(tmp_path):
    main(["train", *TINY, "--attention-supervision", "0.5", "--out", str(tmp_path / "run")])
    for row in rows(tmp_path / "run"):
        # The rest of the loss is the price on spread attention.
        assert float(row["loss"]) >= float(row["text_loss"]) + 0.5 * float(row["pointing_loss"]) - 1e-4
        assert 0 < float(row["val_pointing_loss"]) < 12


def test_the_width_of_the_network_can_be_chosen_and_the_backend_is_named(tmp_path, capsys):
    main(["train", *TINY, "--filters", "24", "--units", "12", "--out", str(tmp_path / "run")])
    assert f"{keras.backend.backend()} backend" in capsys.readouterr().out
    reader = load_reader_model(tmp_path / "run" / "reader.keras")
    assert reader.config.channels == (24, 12)
    assert reader.recurrent_attention.cell.character.kernel.shape[0] == 24


def test_the_optimizer_can_be_chosen(tmp_path, capsys):
    main(["train", *TINY, "--optimizer", "adam", "--learning-rate", "0.001", "--out", str(tmp_path / "run")])
    optimizer = keras.models.load_model(tmp_path / "run" / "last.keras").optimizer
    assert isinstance(optimizer, keras.optimizers.Adam) and not isinstance(optimizer, keras.optimizers.Muon)
    with pytest.raises(SystemExit) as stop:
        main(["train", *TINY, "--optimizer", "sgd", "--out", str(tmp_path / "other")])
    assert stop.value.code == 2
    assert capsys.readouterr().err == "error: --optimizer must be one of muon, adam, got 'sgd'\n"


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("supervision", [[], ["--attention-supervision", "0.5"]])
def test_a_language_model_is_trained_on_what_is_seen_which_has_a_loss_of_its_own(tmp_path, supervision):
    main(["train", *TINY, "--language-units", "4", *supervision, "--out", str(tmp_path / "run")])
    for row in rows(tmp_path / "run"):
        total = float(row["text_loss"]) + float(row["seen_loss"])
        assert float(row["loss"]) >= total - 1e-4
        assert 0 < float(row["val_seen_loss"]) < 10
    assert load_reader_model(tmp_path / "run" / "reader.keras").config.language_units == 4


@pytest.mark.slow
@pytest.mark.long
def test_a_language_model_is_trained_alone_on_what_another_reader_sees_and_goes_on_so(tmp_path):
    main(["train", *TINY, "--out", str(tmp_path / "seeing")])
    seeing = load_reader_model(tmp_path / "seeing" / "reader.keras").get_weights()
    start = str(tmp_path / "seeing" / "reader.keras")
    train_in_two_parts("--from", start, "--language-units", "4", "--language-model-only", out=tmp_path / "run")
    trained = load_reader_model(tmp_path / "run" / "reader.keras")
    assert trained.recurrent_attention.trainable
    for ours, theirs in zip(trained.recurrent_attention.get_weights(), seeing, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert any(np.abs(np.array(weight)).max() > 0 for weight in trained.language_model.correction.weights)
    seen = {row["val_seen_loss"] for row in rows(tmp_path / "run")}
    assert len(rows(tmp_path / "run")) == 3 and len(seen) == 1, "what is seen stays as it is"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "the language model alone cannot be trained: the reader has none"),
        (["--language-units", "4"], "the language model alone is trained on what another reader sees: name it with"),
    ],
)
def test_a_language_model_alone_needs_one_and_a_reader_that_sees(tmp_path, capsys, options, message):
    with pytest.raises(SystemExit) as stop:
        main(["train", *TINY, *options, "--language-model-only", "--out", str(tmp_path / "run")])
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.long
def test_a_reader_of_labelled_pictures_may_have_a_language_model(tmp_path):
    lines = ["image,text"]
    for i in range(20):
        pixels = np.random.default_rng(i).integers(0, 256, (12, 20), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{i}.png")
        lines.append(f"{i}.png,{'AB'[i % 2]}")
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    options = ["--data", str(tmp_path / "labels.csv"), "--from", "none", "--steps", "4", "--validations", "2"]
    main(["train", *options, "--language-units", "4", "--out", str(tmp_path / "run")])
    assert all(0 < float(row["seen_loss"]) < 10 for row in rows(tmp_path / "run"))


def test_a_character_whose_place_is_not_known_has_no_pointing_loss_and_a_gradient_of_zero():
    loss = PointingLoss()
    masks = np.random.default_rng(0).random((2, 3, 8, 9)).astype(np.float32)
    known = np.full((2, 3, 2), np.nan, np.float32)
    assert float(loss(known, masks)) == 0
    known[0, 1] = (4.5, 4.0)
    with_one = float(loss(known, masks))
    masks[:, 2], masks[1] = 0, 0
    assert float(loss(known, masks)) == pytest.approx(with_one)
