"""The page about the cost of augmentation compares every strength with none."""

import pytest

from benchmarks import augmentation_cost
from keras_reader.data.augmentation import AUGMENTATIONS


@pytest.mark.slow
def test_every_strength_is_timed_alone_and_in_a_training_step(tmp_path, capsys):
    options = ["--preset", "small", "--image-size", "16", "32", "--images", "4", "--steps", "2", "--rounds", "1"]
    augmentation_cost.main([*options, "--write", str(tmp_path)])
    page = (tmp_path / "augmentation_cost.md").read_text(encoding="utf-8")
    assert page == capsys.readouterr().out
    alone, in_training = page.split("A training step of")
    rows = {
        part: {line.split("|")[1].strip(): line.split("|")[2:4] for line in part.splitlines() if line.startswith("|")}
        for part in (alone, in_training)
    }
    assert rows[alone].keys() >= AUGMENTATIONS.keys() - {"none"}
    assert rows[in_training].keys() >= {*AUGMENTATIONS, "same batch"}
    assert float(rows[in_training]["none"][1]) == 1
    assert all(float(rows[in_training][name][0].split()[0]) > 0 for name in AUGMENTATIONS)
