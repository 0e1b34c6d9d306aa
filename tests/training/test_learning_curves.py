import numpy as np
import pytest
from PIL import Image

pytest.importorskip("matplotlib")

from keras_reader.training.learning_curves import draw_curves


def _rows(seconds, loss):
    names = ("loss", "whole_word_accuracy", "character_error_rate")
    return [
        {
            "seconds": seconds * i,
            "step": 10 * i,
            **{f"{part}{name}": loss / i for name in names for part in ("", "val_")},
        }
        for i in (1, 2, 3)
    ]


def _drawn(path, *args, **options):
    draw_curves(*args, path, **options)
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def test_each_run_has_a_colour_of_its_own(tmp_path):
    blue, orange = (31, 119, 180), (255, 127, 14)
    one = _drawn(tmp_path / "one.png", {"small": _rows(1, 0.5)})
    both = _drawn(tmp_path / "both.png", {"small": _rows(1, 0.5), "seed": _rows(100, 0.9)}, log_time=True)
    assert (one == blue).all(axis=2).any() and not (one == orange).all(axis=2).any()
    assert (both == blue).all(axis=2).any() and (both == orange).all(axis=2).any()


def test_what_an_ideal_observer_misreads_is_a_line_across_the_words_only(tmp_path):
    rows = {"small": _rows(1, 0.5)}
    changed = _drawn(tmp_path / "without.png", rows) != _drawn(tmp_path / "with.png", rows, least_misread=0.7)
    width = changed.shape[1]
    columns = np.flatnonzero(changed.any(axis=(0, 2)))
    assert width / 3 < columns.min() < columns.max() < 2 * width / 3
    assert len(columns) > width / 5


def test_a_value_of_zero_leaves_a_gap(tmp_path):
    first, second, third = _rows(1, 0.5)
    picture = _drawn(tmp_path / "curves.png", {"small": [first, {**second, "val_loss": 0.0}, third]})
    height, width, _ = picture.shape
    line = (picture[height // 8 :] == (31, 119, 180)).all(axis=2)
    assert not line[:, : width // 3].any()
    assert line[:, width // 3 :].any()
