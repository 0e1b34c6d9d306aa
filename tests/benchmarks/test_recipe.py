"""The original's recipe with a part changed: Keras's initial weights, and the page of finished trainings."""

import numpy as np
import pytest

from benchmarks import recipe
from keras_reader.config import ReaderConfig
from keras_reader.models.reader_model import build_reader

CONFIG = ReaderConfig("deep_reader", "AB", 2, (12, 12), filters=2, units=8)


def weights(model):
    return {variable.path.partition("/cell/")[2]: np.array(variable) for variable in model.trainable_variables}


def test_keras_initial_weights_are_those_of_its_layers_without_initializers():
    found, ours = weights(recipe.with_keras_initial_weights(CONFIG, 0)), weights(build_reader(CONFIG))
    assert found.keys() == ours.keys()
    for name, values in found.items():
        if name.endswith("recurrent_kernel"):
            np.testing.assert_allclose(values @ values.T, np.eye(8), atol=1e-5)
        elif name.endswith("kernel"):
            *field, inputs, outputs = values.shape
            limit = (6 / (np.prod(field) * (inputs + outputs))) ** 0.5
            assert 0.7 * limit < np.abs(values).max() <= limit and abs(values.mean()) < limit / 2
        else:
            forget = np.repeat([0, 1, 0, 0], 8) if "lstm" in name else np.zeros(len(values))
            np.testing.assert_array_equal(values, forget)


def test_a_seed_fixes_them():
    first, again, other = (weights(recipe.with_keras_initial_weights(CONFIG, seed)) for seed in (0, 0, 1))
    assert all((first[name] == again[name]).all() for name in first)
    assert not (first["lstm/kernel"] == other["lstm/kernel"]).all()


@pytest.fixture
def work(tmp_path):
    """Two finished trainings of 200 steps, and one that ended early."""
    header = "epoch,step,images,seconds,learning_rate,character_error_rate,whole_word_accuracy,loss,"
    header += "val_character_error_rate,val_whole_word_accuracy,val_loss"
    for folder, loss, rows in (("original-0", 1.5, 2), ("original-3", 1.25, 2), ("clipped-0", 9.0, 1)):
        (tmp_path / folder).mkdir()
        lines = [f"{k},{100 * (k + 1)},{3200 * (k + 1)},1,0.001,1,0,2,1,0.{k + 1}5,{loss}" for k in range(rows)]
        (tmp_path / folder / "log.csv").write_text("\n".join([header, *lines]) + "\n")
    return tmp_path


def test_the_page_is_made_of_all_finished_trainings_of_this_length(work, monkeypatch, capsys):
    command = ["recipe", "--steps", "200", "--seeds", "0", "--variants", "original", "--work", str(work)]
    monkeypatch.setattr("sys.argv", [*command, "--write", str(work / "page")])
    recipe.main()
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| the original's recipe")]
    assert [[cell.strip() for cell in row.split("|")[2:-1]] for row in rows] == [
        ["0", "1.500", "25.00 %"],
        ["3", "1.250", "25.00 %"],
    ]
    assert "clipped" not in "".join(rows)
    assert (work / "page" / "recipe.png").stat().st_size > 0
