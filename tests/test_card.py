"""A card tells the truth about its reader, in a form that the Hugging Face Hub takes."""

import csv
import json
import re

import pytest

import keras_reader as kr
from keras_reader.card import Card, card_body, file_checksum, load_card, made_up_body
from keras_reader.errors import InputError
from keras_reader.models.loading import load_reader_model
from keras_reader.pretrained import DEFAULT_MODEL, model_names, shipped_card, shipped_reader

SECTIONS = ("## What it reads", "## Data and licence", "## Limits", "## How it was made", "## Figures")


@pytest.fixture(params=model_names())
def name(request):
    """The name of each reader that ships."""
    return request.param


def test_the_checksums_and_the_parameters_are_those_of_the_files(name):
    card = load_card(shipped_card(name))
    files = {path.name: file_checksum(path) for path in (shipped_reader(name, s) for s in (".onnx", ".keras"))}
    assert dict(card.checksums) == files
    assert card.parameters == load_reader_model(shipped_reader(name, ".keras")).count_params()


def test_it_says_what_how_and_how_well(name):
    card = load_card(shipped_card(name))
    assert card.license == "mit" and card.reads
    assert card.body.startswith(f"# {name}\n")
    assert [section for section in SECTIONS if section not in card.body] == []


def test_its_header_is_the_one_that_publishing_writes(name):
    text = shipped_card(name).read_text(encoding="utf-8")
    assert load_card(shipped_card(name)).text() == text


def test_its_header_is_yaml_with_what_the_hub_asks_for(name):
    yaml = pytest.importorskip("yaml")
    header = yaml.safe_load(shipped_card(name).read_text(encoding="utf-8").split("---\n")[1])
    assert header["library_name"] == "keras_reader" and header["pipeline_tag"] == "image-to-text"
    assert header["license"] == "mit" and "ocr" in header["tags"]


def test_both_files_of_a_reader_are_of_one_configuration(name):
    assert kr.load(name).config == kr.load(shipped_reader(name, ".keras")).config


def test_the_readers_that_ship_are_small_enough_for_the_package_index(name):
    assert shipped_reader(name, ".onnx").stat().st_size <= 4_000_000
    assert sum(path.stat().st_size for path in shipped_card(name).parent.iterdir()) <= 12_000_000


def test_the_default_is_one_of_those_that_ship():
    assert model_names()[0] == DEFAULT_MODEL
    assert kr.load().source == str(shipped_reader(DEFAULT_MODEL, ".onnx"))


def test_a_card_is_read_back_as_it_was_written():
    card = Card(
        "cc-by-4.0", 'numbers: "1", 2 \N{EURO SIGN}', "# Meters\n\n---\nnot a header\n---", 12, {"reader.onnx": "ab"}
    )
    assert Card.parse(card.text(), "CARD.md") == card
    assert Card.parse(Card("mit", "x", "# x").text(), "CARD.md") == Card("mit", "x", "# x")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# No header\n",
        "---\nlicense: mit\n---\nbody",
        "---\nlicense: mit\nreads: x\n{}\n---\nbody",
        "---\n- x\n---\n",
    ],
)
def test_what_is_no_card_is_an_error(tmp_path, text):
    (tmp_path / "CARD.md").write_text(text)
    with pytest.raises(InputError, match="not a card of keras_reader"):
        load_card(tmp_path / "CARD.md")


def test_the_text_of_a_card_is_taken_with_or_without_a_header(tmp_path):
    path = tmp_path / "CARD.md"
    for text in ("# Meters\n", "---\nany: [thing]\n---\n\n# Meters\n"):
        path.write_text(text)
        assert card_body(path) == "# Meters"


def test_a_card_that_nobody_wrote_promises_nothing():
    text = made_up_body(kr.ReaderConfig(alphabet="0123456789", max_length=6), "hf://ann/meters")
    assert "texts of up to 6 of the 10 characters 0123456789" in text and "has not said" in text
    assert 'kr.load("hf://ann/meters")' in text


@pytest.fixture
def said(capsys):
    from keras_reader.cli.main import main

    def run(*arguments):
        main(list(arguments))
        return capsys.readouterr().out

    return run


def test_the_command_lists_the_readers_that_ship(said):
    lines = said("models").splitlines()
    (row,) = [line.split() for line in lines if line.startswith("letters ")]
    assert row == ["letters", "26", "4", "40x40", "114,043", "0.5", "MB", "mit", "verified"]
    assert sum("(the default)" in line for line in lines) == 1
    listed = [json.loads(line) for line in said("models", "--json").splitlines()]
    assert [facts["name"] for facts in listed] == model_names() and all(facts["verified"] for facts in listed)


def test_the_command_prints_a_card(said, name):
    assert said("models", name).strip() == shipped_card(name).read_text(encoding="utf-8").strip()


def test_a_file_that_is_not_the_one_of_the_card_is_told(said, monkeypatch, capsys):
    monkeypatch.setattr("keras_reader.cli.models.file_checksum", lambda path: "0" * 64)
    with pytest.raises(SystemExit) as end:
        said("models")
    printed = capsys.readouterr()
    assert end.value.code == 2 and "WRONG" in printed.out and "install keras_reader again" in printed.err


def test_a_name_that_no_reader_has_is_an_error_that_lists_them(said, capsys):
    with pytest.raises(InputError, match=f"no reader that ships has this name: .*{', '.join(model_names())}"):
        kr.load("pront")
    with pytest.raises(SystemExit):
        said("models", "pront")
    assert f"choose from {', '.join(model_names())}" in capsys.readouterr().err


def test_a_file_of_this_name_has_priority(golden, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "letters").mkdir()
    with pytest.raises(InputError, match=r"not a SavedModel: .*; to read with the letters that ships"):
        kr.load("letters")
    (tmp_path / "letters").rmdir()
    (tmp_path / "letters.onnx").write_bytes((golden / "reader.onnx").read_bytes())
    assert kr.load("letters.onnx").config != kr.load("letters").config


@pytest.mark.parametrize("name", model_names())
def test_the_log_ships_too_and_has_the_steps_of_the_last_training_of_the_card(name):
    steps = re.findall(r"train\.py .*--steps (\d+)", shipped_card(name).read_text(encoding="utf-8"))
    with shipped_card(name).with_name("log.csv").open(newline="") as file:
        assert int(list(csv.DictReader(file))[-1]["step"]) == int(steps[-1])
