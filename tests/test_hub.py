"""Readers are read from the Hugging Face Hub and written to it; what goes wrong there is one line."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import keras_reader as kr
from keras_reader.cli.main import main
from keras_reader.errors import InputError
from keras_reader.hub import Address, fetch, parse_address
from tests.helpers import ROOT

constants = pytest.importorskip("huggingface_hub.constants")
from tests.helpers.hub_stand_in import TOKEN, Repository, hub_stand_in  # noqa: E402 - needs what comes with it


@pytest.fixture(scope="module")
def server():
    with hub_stand_in() as running:
        yield running


@pytest.fixture
def hub(server, monkeypatch, tmp_path):
    """The stand-in, without repositories, and an empty cache; nobody is logged in."""
    server.repositories.clear()
    server.requests.clear()
    server.sizes.clear()
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    # As if HF_ENDPOINT had been set before the first import.
    monkeypatch.setattr(constants, "ENDPOINT", server.url)
    template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace("https://huggingface.co", server.url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    return server


@pytest.fixture
def published(hub, golden):
    """A repository `ann/tiny` with the golden reader in two commits; the first one is of another reader."""
    repository = hub.repositories["ann/tiny"] = Repository()
    repository.commit({"reader.onnx": b"of another time"})
    repository.commit({name: (golden / name).read_bytes() for name in ("reader.onnx", "reader.keras")})
    return repository


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("hf://ann/tiny", Address("ann/tiny")),
        ("hf://ann/tiny@v1.0", Address("ann/tiny", "v1.0")),
        ("hf://ann/tiny@feature/x", Address("ann/tiny", "feature/x")),
        ("hf:/ann/tiny", Address("ann/tiny")),  # what a Path makes of it
        ("ann/tiny", None),
        ("reader.onnx", None),
    ],
)
def test_an_address_is_an_owner_a_name_and_maybe_a_revision(text, address):
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["hf://", "hf://ann", "hf://ann/tiny/reader.onnx", "hf://ann/tiny@", "hf://../tiny"])
def test_what_begins_like_an_address_and_is_none_is_an_error(text):
    with pytest.raises(InputError, match="give hf://OWNER/NAME"):
        kr.load(text)


def test_a_reader_on_the_hub_reads_like_the_same_file_and_is_downloaded_once(hub, published, golden):
    with np.load(golden / "expected.npz") as expected:
        images, texts = expected["images"], expected["texts"].tolist()
    assert [reading.text for reading in kr.load("hf://ann/tiny").read(images)] == texts
    assert [reading.text for reading in kr.load("hf://ann/tiny").read(images)] == texts
    downloads = [path for method, path in hub.requests if method == "GET"]
    assert downloads == ["/ann/tiny/resolve/main/reader.onnx"]


def test_a_revision_is_a_commit_of_its_own(hub, published):
    first, second = (key for key in published.revisions if key != "main")
    assert kr.load(f"hf://ann/tiny@{second}").config.alphabet
    with pytest.raises(InputError, match="cannot be loaded as an ONNX file"):
        kr.load(f"hf://ann/tiny@{first}")
    with pytest.raises(InputError, match="hf://ann/tiny@v9: the repository has no such revision"):
        kr.load("hf://ann/tiny@v9")


def test_a_reader_that_was_downloaded_is_read_when_the_hub_cannot_be_reached(hub, published, monkeypatch):
    alphabet = kr.load("hf://ann/tiny").config.alphabet
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert kr.load("hf://ann/tiny").config.alphabet == alphabet
    with pytest.raises(InputError, match=r"hf://ann/other: the Hub cannot be reached \(.+\), and reader"):
        kr.load("hf://ann/other")


@pytest.mark.parametrize(
    ("repository", "message"),
    [
        (None, "there is no such repository: check the name; for a private one, log in"),
        (Repository(private=True), "there is no such repository: check the name; for a private one, log in"),
        (Repository(gated=True), "its owner wants to be asked first"),
    ],
    ids=["none", "private", "gated"],
)
def test_a_repository_that_may_not_be_read_is_an_error_that_says_what_to_do(hub, repository, message):
    if repository is not None:
        repository.commit({"reader.onnx": b""})
        hub.repositories["ann/tiny"] = repository
    with pytest.raises(InputError, match=f"hf://ann/tiny: {message}"):
        kr.load("hf://ann/tiny")


def test_a_private_reader_is_read_with_a_token(hub, published, monkeypatch):
    published.private = True
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert kr.load("hf://ann/tiny").config.alphabet


def test_a_repository_without_a_reader_is_an_error(hub, published):
    published.commit({"README.md": b"# Something else"})
    with pytest.raises(InputError, match=r"hf://ann/tiny: the repository has no reader\.onnx: not a reader"):
        kr.load("hf://ann/tiny")
    with pytest.raises(InputError, match=r"has no reader\.keras: it can be read with, not trained on"):
        fetch(Address("ann/tiny"), "reader.keras")


def test_a_file_that_is_larger_than_any_reader_is_not_downloaded(hub, published):
    hub.sizes["reader.onnx"] = 1 << 40
    with pytest.raises(InputError, match=r"its reader\.onnx is of 1,099,511,627,776 bytes"):
        kr.load("hf://ann/tiny")
    assert {method for method, _ in hub.requests} == {"HEAD"}


@pytest.mark.parametrize("name", ["reader.onnx", "reader.keras"])
def test_a_file_that_was_changed_on_the_hub_is_refused_like_any_other(hub, published, golden, name):
    from keras_reader.inference.loading import find_reader

    content = bytearray((golden / name).read_bytes())
    content[len(content) // 2] ^= 1
    published.commit({name: bytes(content)})
    with pytest.raises(InputError, match=r"damaged|Bad CRC-32"):
        kr.load(find_reader("hf://ann/tiny", f".{name.partition('.')[2]}"))


def test_without_huggingface_hub_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(InputError, match=r"hf://ann/tiny: needs huggingface_hub: pip install keras_reader\[hub\]"):
        kr.load("hf://ann/tiny")


def test_nothing_of_the_hub_is_imported_for_a_file(golden):
    code = "import sys, keras_reader; keras_reader.load(sys.argv[1]); print('huggingface_hub' in sys.modules)"
    command = [sys.executable, "-c", code, str(golden / "reader.onnx")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "False\n"


def test_the_commands_take_an_address_in_a_process_of_their_own(hub, published, golden, tmp_path):
    from PIL import Image

    with np.load(golden / "expected.npz") as expected:
        Image.fromarray(expected["images"][0]).save(tmp_path / "word.png")
        text = expected["texts"][0]
    command = [sys.executable, "-m", "keras_reader", "read", str(tmp_path / "word.png"), "--model"]
    environment = os.environ | {"HF_HOME": str(tmp_path / "home")}

    def run(*more, **variables):
        return subprocess.run(
            [*command, *more], env=environment | variables, capture_output=True, text=True, cwd=ROOT, timeout=100
        )

    done = run("hf://ann/tiny")
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.split("\t")[1] == text
    done = run("hf://ann/tiny", HF_HUB_OFFLINE="1")
    assert done.returncode == 0 and done.stdout.split("\t")[1] == text
    done = run("hf://ann/other", HF_HUB_OFFLINE="1")
    assert done.returncode == 2 and done.stderr.startswith("error: hf://ann/other: the Hub cannot be reached")
    assert done.stderr.count("\n") == 1


@pytest.fixture
def alone(golden, tmp_path):
    """The golden reader's ONNX file without its .keras file, which takes Keras to look at."""
    path = tmp_path / "alone" / "reader.onnx"
    path.parent.mkdir()
    path.write_bytes((golden / "reader.onnx").read_bytes())
    return path


def publish(*arguments, capsys):
    main(["publish", *map(str, arguments)])
    return capsys.readouterr().out


def test_what_is_published_is_read_from_there(hub, golden, monkeypatch, capsys):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    printed = publish(golden / "reader.onnx", "hf://ann/meters", "--license", "MIT", capsys=capsys)
    files = hub.repositories["ann/meters"].revisions["main"]
    assert set(files) == {"README.md", "config.json", "reader.onnx", "reader.keras"}
    assert 'kr.load("hf://ann/meters")' in printed and "/ann/meters/commit/" in printed
    for name in ("reader.onnx", "reader.keras"):
        assert files[name] == (golden / name).read_bytes()
    reader = kr.load("hf://ann/meters")
    config = json.loads(files["config.json"])
    assert config["library_name"] == "keras_reader" and config["alphabet"] == reader.config.alphabet
    main(["models", "hf://ann/meters"])
    assert capsys.readouterr().out.strip() == files["README.md"].decode().strip()
    assert "license: mit" in files["README.md"].decode()


def test_a_strangers_card_cannot_write_to_the_terminal_as_it_likes(hub, published, capsys):
    published.commit({"README.md": b"# Meters\n\x1b[31mred\x07\r\n"})
    main(["models", "hf://ann/tiny"])
    assert capsys.readouterr().out == "# Meters\n[31mred\n"


def test_a_reader_that_ships_is_published_with_its_card(hub, monkeypatch, capsys):
    from keras_reader.card import load_card
    from keras_reader.pretrained import shipped_card

    monkeypatch.setenv("HF_TOKEN", TOKEN)
    publish("letters", "hf://ann/letters", "--private", capsys=capsys)
    repository = hub.repositories["ann/letters"]
    assert repository.private
    assert repository.revisions["main"]["README.md"].decode() == load_card(shipped_card("letters")).text()


def test_publishing_again_replaces_the_files_and_removes_what_is_gone(hub, published, alone, monkeypatch, capsys):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    hub.repositories["ann/meters"] = published
    alone.with_name("CARD.md").write_text("# Meters\n\nNumbers on gas meters.\n")
    publish(alone, "hf://ann/meters", "--license", "cc-by-4.0", capsys=capsys)
    files = hub.repositories["ann/meters"].revisions["main"]
    assert set(files) == {"README.md", "config.json", "reader.onnx"}
    assert "Numbers on gas meters." in files["README.md"].decode()


def refused(*arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(["publish", *map(str, arguments)])
    error = capsys.readouterr().err
    assert end.value.code == 2 and error.startswith("error: ") and error.count("\n") == 1
    return error


def test_publishing_needs_somebody_who_may(hub, alone, monkeypatch, capsys):
    command = [alone, "hf://ann/meters", "--license", "mit"]
    assert "takes a token with the right to write: log in" in refused(*command, capsys=capsys)
    monkeypatch.setenv("HF_TOKEN", "hf_reads")
    assert "the Hub refused (status 403)" in refused(*command, capsys=capsys)
    assert hub.repositories == {}


def test_publishing_needs_a_licence_that_the_hub_knows(hub, alone, monkeypatch, capsys):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert "give the licence with --license" in refused(alone, "hf://ann/meters", capsys=capsys)
    error = refused(alone, "hf://ann/meters", "--license", "mine", capsys=capsys)
    assert "cannot be published (Invalid metadata in README.md." in error


def test_files_of_two_readers_are_not_published_as_one(golden, tmp_path, capsys):
    from keras_reader.models.loading import load_reader_model
    from keras_reader.pretrained import shipped_reader

    (tmp_path / "reader.onnx").write_bytes((golden / "reader.onnx").read_bytes())
    (tmp_path / "reader.keras").write_bytes(shipped_reader("letters", ".keras").read_bytes())
    error = refused(tmp_path / "reader.onnx", "--out", tmp_path / "out", "--license", "mit", capsys=capsys)
    assert "not an export of" in error
    further = load_reader_model(golden / "reader.keras")
    kernel = further.recurrent_attention.cell.character.kernel
    kernel.assign(0.9 * kernel)  # as little as a short training changes
    further.save(tmp_path / "reader.keras")
    error = refused(tmp_path / "reader.onnx", "--out", tmp_path / "out", "--license", "mit", capsys=capsys)
    assert "not an export of" in error
    (tmp_path / "reader.onnx").unlink()
    error = refused(tmp_path / "reader.keras", "--out", tmp_path / "out", "--license", "mit", capsys=capsys)
    assert f"keras-reader export {tmp_path / 'reader.keras'}" in error
