"""The rows of a training run's log."""

import re

import pytest

from keras_reader.errors import InputError
from keras_reader.training.log_csv import read_rows
from tests.helpers.reports import log_rows, write_log


def test_the_rows_of_a_log_are_numbers(tmp_path):
    write_log(tmp_path / "log.csv", log_rows(2))
    rows = read_rows(tmp_path / "log.csv")
    assert rows == log_rows(2)
    assert isinstance(rows[0]["step"], int)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("val_loss", "loss_of_mine"), "line 1: not a log of train.py: no column val_loss"),
        (lambda text: text.replace("0.25", "none"), "line 3: not a row of numbers"),
        (lambda text: text.replace("0.25", "nan"), "line 3: not a row of numbers"),
        (lambda text: text.replace("0.25", "1e308"), "line 3: not a row of numbers"),
        (lambda text: text.rsplit(",", 1)[0], "line 3: not a row of numbers"),
        (lambda text: text + '"1', "not a log of train.py (unexpected end of data)"),
        (lambda text: text + "\udcff", "not a log of train.py ('utf-8' codec can't decode"),
    ],
)
def test_a_damaged_log_is_named_with_its_line(tmp_path, change, message):
    path = tmp_path / "log.csv"
    write_log(path, log_rows(2))
    path.write_text(change(path.read_text()), errors="surrogateescape")
    with pytest.raises(InputError, match=re.escape(f"{path}")) as error:
        read_rows(path)
    assert message in str(error.value)
