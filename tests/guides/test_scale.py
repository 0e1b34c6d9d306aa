"""The commands and the programs of the guide scale.md work, in their order."""

import json
import re
import shlex

import pytest
from PIL import Image

import keras_reader as kr
from keras_reader.cli.main import main
from tests.helpers import ROOT

GUIDE = ROOT / "docs" / "guides" / "scale.md"


def blocks(kind):
    text = GUIDE.read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def scans(tmp_path, monkeypatch):
    """What the default reader reads in the current folder, which has eight words in scans/, the first as word.png."""
    monkeypatch.chdir(tmp_path)
    words = kr.SyntheticWords(image_size=(32, 96), font_size=(20, 20), intensity=255, noise=0.02, split="test")
    images, texts, _ = words.batch(range(8))
    (tmp_path / "scans").mkdir()
    for i, image in enumerate(images):
        Image.fromarray(image).save(tmp_path / "scans" / f"{i}.png")
    Image.fromarray(images[0]).save(tmp_path / "word.png")
    read = [reading.text for reading in kr.load().read(images)]
    assert sum(text == true for text, true in zip(read, texts, strict=True)) > 4  # else a run shows little
    return read


@pytest.mark.slow
@pytest.mark.long
def test_the_commands_and_programs_of_the_guide_work_in_their_order(scans, capsys):
    pytest.importorskip("ray", reason="no Ray here: pip install -e .[ray]")
    pytest.importorskip("ai_edge_litert", reason="no LiteRT here: pip install ai-edge-litert")
    printed = []
    for line in (line for block in blocks("sh") for line in block.splitlines()):
        words = shlex.split(line)
        if words[0] == "pip":
            continue
        name = words[1].removesuffix(".py")
        assert words[0] == ("python" if words[1].endswith(".py") else "keras-reader")
        # tests/export/test_litert_file.py quantizes, a smaller reader and in less time.
        main([name, *(word for word in words[2:] if word not in ("--quantize", "int8"))])
        printed.append(capsys.readouterr().out)
    workers, first, second, _, litert = printed
    assert [line.split("\t")[1] for line in workers.splitlines()] == scans
    assert first == "readings/: 8 read, 0 could not be read (see the column error), 0 were there already\n"
    assert second == "readings/: 0 read, 0 could not be read (see the column error), 8 were there already\n"
    assert [line.split("\t")[1] for line in litert.splitlines()] == scans

    distributed, device, providers = blocks("python")
    exec(compile(distributed, str(GUIDE), "exec"), {})
    assert "Written(read=8, failed=0, skipped=0)" in capsys.readouterr().out
    import ray

    ray.shutdown()
    exec(compile(device, str(GUIDE), "exec"), {})
    assert capsys.readouterr().out == f"{scans[0]}\n"
    with pytest.raises(kr.InputError, match=r"reader\.onnx: no such file"):
        exec(compile(providers, str(GUIDE), "exec"), {})


def test_the_metadata_named_in_the_guide_are_there():
    from keras_reader.metadata import metadata

    values = metadata(kr.ReaderConfig())
    assert {"height", "width", "resize", "terminator", "alphabet"} <= set(values)
    assert json.loads(values["config"])["alphabet"] == values["alphabet"]
