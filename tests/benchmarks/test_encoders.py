"""Encoders of `small` are compared with all else alike."""

import json

import pytest

from benchmarks import encoders
from keras_reader.config import PRESETS, EncoderBlock, receptive_field


def test_all_encoders_have_the_window_of_the_preset_which_is_one_of_them():
    assert {receptive_field(encoder) for encoder in encoders.ENCODERS.values()} == {(14, 4)}
    assert PRESETS["small"].encoder in encoders.ENCODERS.values()


@pytest.mark.slow
@pytest.mark.long
def test_a_training_with_another_encoder_is_measured_once(tmp_path, monkeypatch, capsys):
    one = (EncoderBlock(4, 7, pool=2), EncoderBlock(6, 3, pool=2), EncoderBlock(128, 1))
    monkeypatch.setattr(encoders, "ENCODERS", {"a narrow one": one})
    command = ["encoders", "--steps", "2", "--count", "8", "--work", str(tmp_path)]
    pages = []
    for _ in range(2):
        monkeypatch.setattr("sys.argv", command)
        encoders.main()
        pages.append(capsys.readouterr().out.split("| a narrow one")[1])
    result = json.loads((tmp_path / "0" / "result.json").read_text())
    assert result["settings"]["encoder"][0] == [4, 7, 1, 2] and result["parameters"] < 90_000
    assert pages[0] == pages[1] and f"| {result['parameters']:,} |".replace(" ", "") in pages[0].replace(" ", "")
