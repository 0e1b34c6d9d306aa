"""Every command of the guide pretrained.md works, in its order, against a stand-in of the Hugging Face Hub."""

import re
import shlex

import pytest

from keras_reader.pretrained import model_names
from tests.guides.test_own_images import run
from tests.helpers import ROOT

constants = pytest.importorskip("huggingface_hub.constants")
from tests.helpers.hub_stand_in import TOKEN, hub_stand_in  # noqa: E402 - needs what comes with it

GUIDE = ROOT / "docs" / "guides" / "pretrained.md"


def commands():
    """The command lines of the guide, as lists of words."""
    lines = re.findall(r"^\$ (.+)$", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return map(shlex.split, lines)


@pytest.mark.slow
def test_the_commands_of_the_guide_work_in_their_order(tmp_path, monkeypatch, capsys):
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    with hub_stand_in() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        printed = {" ".join(words): run(words, capsys) for words in commands()}

    def of(start):
        (text,) = [text for line, text in printed.items() if line.startswith(start)]
        return text

    assert all(name in printed["keras-reader models"] for name in model_names())
    names = {"README.md", "config.json", "reader.onnx", "reader.keras"}
    assert {path.name for path in (tmp_path / "to_publish").iterdir()} == names
    assert set(hub.repositories["ann/numbers"].revisions["main"]) == names
    assert "handwritten numbers of 1 to 4 digits" in of("keras-reader models hf://")
    assert of("keras-reader read numbers/validation --model hf://").count("\n") == 16
    assert "weight arrays" in of("python train.py --data numbers/validation")
    assert "hf://ann/numbers" in of("python train.py --data numbers/validation")
    assert (tmp_path / "runs" / "numbers-2" / "reader.keras").stat().st_size > 0
