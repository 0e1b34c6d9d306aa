"""Export replaces what was there whole, and says what it wrote."""

import runpy
import sys

import pytest

import keras_reader as kr
from keras_reader.export.exporter import export_reader
from keras_reader.inference.loading import load
from tests.helpers import ROOT
from tests.helpers.exports import contents, randomize

SCRIPT = ROOT / "export.py"


@pytest.mark.slow
def test_an_earlier_export_is_replaced_whole(prepared):
    new = contents(prepared)
    (prepared / "reader.onnx").write_bytes(b"old")
    (prepared / "saved_model/stale.txt").write_text("old")
    export_reader(prepared / "reader.keras")
    assert contents(prepared) == new


@pytest.mark.slow
def test_an_8_bit_reader_made_of_the_earlier_export_goes(prepared, monkeypatch):
    monkeypatch.setattr("keras_reader.export.parity.check_parity", lambda *_: {})
    new = contents(prepared)
    (prepared / "reader.int8.onnx").write_bytes(b"made of the earlier one")
    said = []
    export_reader(prepared / "reader.keras", progress=said.append)
    assert contents(prepared) == new
    assert said[-1] == "reader.int8.onnx: removed, because it was made from the earlier reader.onnx"
    export_reader(prepared / "reader.keras", progress=said.append)
    assert not said[-1].startswith("reader.int8.onnx")


@pytest.mark.slow
def test_the_command_says_what_it_wrote(prepared, monkeypatch, capsys):
    out = prepared / "exported"
    monkeypatch.setattr(sys, "argv", ["export.py", str(prepared / "reader.keras"), "--out", str(out)])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    printed = capsys.readouterr().out
    assert "reader.onnx: the same ids, everything else within " in printed
    size = (out / "reader.onnx").stat().st_size / 1e6
    assert f"{out / 'reader.onnx'}: {size:.1f} MB" in printed
    assert f"{out / 'saved_model'}: " in printed
    for name in ("serve(image", "serve_bytes(image_bytes", "text, ids, confidence, character_confidence, masks"):
        assert name in printed


@pytest.mark.slow
def test_a_full_size_seed_reader_is_exported(tmp_path):
    config = kr.ReaderConfig(preset="deep_reader")
    model = kr.build_reader(config)
    randomize(model, 0)
    model.save(tmp_path / "reader.keras")
    _, path = export_reader(tmp_path / "reader.keras")
    assert path.stat().st_size == pytest.approx(4 * 19_600_000, rel=0.01)
    assert load(path).config == config
