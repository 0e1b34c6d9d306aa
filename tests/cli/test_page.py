"""`keras-reader page` as its users run it: what it writes, and what it says when it cannot."""

import base64
import gzip
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from keras_reader.cli.main import main
from keras_reader.config import ReaderConfig
from keras_reader.errors import CommandError
from keras_reader.pretrained import shipped_reader
from keras_reader.visualization.page import runtime
from keras_reader.visualization.page.writing import about_reader, write_folder
from tests.helpers import ROOT

RUNTIME = {runtime.SCRIPT: b"// the runtime", runtime.WEB_ASSEMBLY: b"\0asm"}


@pytest.fixture
def with_runtime(monkeypatch):
    """Without npm: the runtime is a stand-in, which no browser could run."""
    monkeypatch.setattr(runtime, "fetch_runtime", lambda: RUNTIME)


def run(*arguments, cwd, **environment):
    command = [sys.executable, "-m", "keras_reader", "page", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)


def about(html):
    return json.loads(re.search(r'<script type="application/json" id="about">(.*?)</script>', html)[1])


def test_a_folder_has_all_that_its_index_names(with_runtime, tmp_path, capsys):
    main(["page", "--out", str(tmp_path / "new" / "site")])
    site = tmp_path / "new" / "site"
    assert (site / "reader.onnx").read_bytes() == shipped_reader("letters", ".onnx").read_bytes()
    assert (site / runtime.WEB_ASSEMBLY).read_bytes() == b"\0asm"
    index = (site / "index.html").read_text(encoding="utf-8")
    assert "<!-- " not in index
    named = re.findall(r'(?:src|href)="([^"]+)"', index)
    files = [name for name in named if not name.startswith("data:")]
    assert len(files) > 20 and all((site / name).is_file() for name in files)
    # Nothing is named by a place outside the folder, so that it works under any path.
    assert not any(name.startswith(("/", "http")) for name in files)
    imports = {name for path in (site / "js").iterdir() for name in re.findall(r'from "([^"]+)"', path.read_text())}
    assert all((site / "js" / name).is_file() for name in imports)
    told = capsys.readouterr().out
    assert f"{site}: {len([p for p in site.rglob('*') if p.is_file()])} files, " in told
    assert f"python -m http.server --bind 127.0.0.1 --directory {site}" in told


def test_the_page_knows_its_reader(with_runtime, golden, tmp_path):
    main(["page", str(golden / "reader.onnx"), "--out", str(tmp_path)])
    known = about((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert (known["alphabet"], known["terminator"], known["steps"]) == (["A", "B"], 2, 3)
    assert (known["height"], known["width"], known["resize"], known["name"]) == (12, 12, "pad", "reader.onnx")
    assert known["held"] is True and known["other"] is None
    assert (tmp_path / "held.onnx").stat().st_size > (tmp_path / "reader.onnx").stat().st_size


def test_an_alphabet_of_markup_stays_text(tmp_path):
    config = ReaderConfig(alphabet="</scripT>&'\"!-", max_length=3)
    write_folder(tmp_path, about_reader("<b>", config, 1), {})
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert about(index)["alphabet"] == list("</scripT>&'\"!-")
    assert "<b>" not in index


def test_a_single_file_holds_everything(with_runtime, golden, tmp_path, capsys):
    main(["page", str(golden / "reader.onnx"), "--single-file", "--out", str(tmp_path / "page.html")])
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert re.search(r"page\.html: 0\.\d MB; open it in a browser", capsys.readouterr().out)
    packed = dict(re.findall(r'<script type="application/gzip\+base64" id="asset-([^"]+)">([^<]*)</script>', html))
    assert set(packed) == {"reader.onnx", "held.onnx", "letters.ttf", *RUNTIME}
    unpacked = gzip.decompress(base64.b64decode(packed["reader.onnx"]))
    assert unpacked == (golden / "reader.onnx").read_bytes()
    assert not re.search(r'(?:src|href)="(?!data:)', html)
    assert not re.search(r"^(?:import|export) ", html, re.MULTILINE)


def test_a_single_file_goes_into_a_folder_as_its_index(with_runtime, golden, tmp_path):
    main(["page", str(golden / "reader.onnx"), "--single-file", "--out", str(tmp_path / "site")])
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["index.html"]


def test_a_second_reader_comes_for_the_proof(with_runtime, golden, tmp_path):
    main(["page", "--out", str(tmp_path), "--compare", str(golden / "reader.onnx")])
    known = about((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert known["other"]["alphabet"] == ["A", "B"]
    assert (tmp_path / "held_other.onnx").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.onnx"], "none.onnx: no such file"),
        (["reader.keras"], "reader.keras: a page takes an .onnx file: keras-reader export writes one"),
        (["--out", "reader.keras"], "reader.keras: not a folder"),
        (["--single-file", "--out", "folder.html"], "folder.html: a folder, where a file goes"),
        (["broken.onnx"], "broken.onnx: cannot be loaded as an ONNX file"),
    ],
)
def test_wrong_input_is_told_in_one_line_with_exit_code_2(arguments, message, golden, tmp_path):
    shutil.copy(golden / "reader.keras", tmp_path)
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    (tmp_path / "folder.html").mkdir()
    done = run(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("error: ") and message in done.stderr


def test_without_npm_it_says_what_to_install(golden, tmp_path):
    done = run(golden / "reader.onnx", "--out", "site", cwd=tmp_path, PATH="/nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and "install Node.js with npm (on Debian, apt-get install npm)" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_where_npm_gives_nothing_its_reason_is_told(golden, tmp_path):
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error code ENOTFOUND' >&2\necho 'npm error no such host' >&2\nexit 1\n")
    npm.chmod(0o755)
    done = run(
        golden / "reader.onnx", "--out", "site", cwd=tmp_path, PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"error: npm cannot fetch onnxruntime-web@{runtime.VERSION} (no such host): is there a network?\n"
    )
    assert not (tmp_path / "site").exists()


def test_another_archive_than_the_pinned_one_is_refused():
    with pytest.raises(CommandError, match=r"gave another onnxruntime-web 1\.0 than the pinned one"):
        runtime.unpack(b"something else", "onnxruntime-web 1.0", runtime.INTEGRITY, ["dist/x"])
