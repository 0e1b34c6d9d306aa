"""What a worker of Ray does with a batch, without Ray: reading it, writing it, and finding images far away."""

import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import keras_reader as kr
from keras_reader.errors import InputError
from keras_reader.inference.image_sources import find_remote, open_source
from keras_reader.inference.parquet_output import ParquetOutput, digests
from keras_reader.inference.reading_rows import ReadBatch, ReaderOptions, WriteBatch, _ahead, schema
from keras_reader.limits import max_pixels

pa = pytest.importorskip("pyarrow", reason="no PyArrow here: pip install -e .[ray]")
pq = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def options(golden):
    content = (golden / "reader.onnx").read_bytes()
    return ReaderOptions(content, "reader.onnx", None, None, None, max_pixels())


@pytest.fixture
def paths(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    for i, image in enumerate(np.random.default_rng(0).integers(0, 256, (5, 12, 12), np.uint8)):
        Image.fromarray(image).save(folder / f"{i}.png")
    return [str(path) for path in sorted(folder.iterdir())]


def counts(table):
    return tuple(table.to_pylist()[0].values())


def test_a_batch_is_read_in_order_with_failures_in_their_places(golden, options, paths):
    table = pa.table({"path": [paths[1], "none.png", paths[0]]})
    rows = ReadBatch(options)(table)
    assert rows.schema == schema(options)
    expected = list(kr.load(golden / "reader.onnx").read([paths[1], paths[0]]))
    assert rows.column("text").to_pylist() == [expected[0].text, None, expected[1].text]
    assert rows.column("error").to_pylist() == [None, "none.png: cannot be read (No such file or directory)", None]


def test_bytes_are_read_under_the_name_of_their_path(options, paths):
    content = Path(paths[0]).read_bytes()
    rows = ReadBatch(options)(pa.table({"path": ["a", "b", "c"], "bytes": [content, b"none", None]})).to_pylist()
    assert rows[0]["path"] == "a" and rows[0]["error"] is None and (rows[0]["width"], rows[0]["height"]) == (12, 12)
    assert rows[1]["error"].startswith("b: not an image")
    assert rows[2]["error"].startswith("c: null")


def test_what_is_written_is_skipped_and_the_same_batch_gives_the_same_file(options, paths, tmp_path):
    output = ParquetOutput(str(tmp_path / "out"))
    output.make()
    write = WriteBatch(options, output, output.written())
    assert counts(write(pa.table({"path": paths[:3]}))) == (3, 0, 0, None)
    (file,) = (tmp_path / "out").iterdir()
    assert counts(write(pa.table({"path": paths[:3]}))) == (3, 0, 0, None)  # as after a kill
    assert [path.name for path in (tmp_path / "out").iterdir()] == [file.name]
    later = WriteBatch(options, output, output.written())
    assert counts(later(pa.table({"path": [*paths[:3], "none.png", *paths[3:]]}))) == (2, 1, 3, None)
    read = [pq.read_table(path).column("path").to_pylist() for path in (tmp_path / "out").iterdir()]
    assert sorted(read) == sorted([paths[:3], ["none.png", *paths[3:]]])


def test_a_folder_that_cannot_be_written_is_told_in_the_row(options, paths, tmp_path):
    (tmp_path / "file").write_text("")
    (row,) = WriteBatch(options, ParquetOutput(str(tmp_path / "file")), digests([]))(
        pa.table({"path": paths})
    ).to_pylist()
    assert row["stopped"].startswith(f"{tmp_path / 'file'}: cannot be written (")


def test_temporary_files_are_no_output_and_old_ones_go(tmp_path):
    old, new = (tmp_path / f".readings-{name}.part" for name in ("old", "new"))
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    output = ParquetOutput(str(tmp_path))
    output.make()
    assert len(output.written()) == 0
    assert not old.exists() and new.exists()


def test_a_damaged_file_of_readings_is_named(tmp_path):
    (tmp_path / "readings-0.parquet").write_bytes(b"PAR1 half")
    with pytest.raises(InputError, match=r"readings-0.parquet: not a file of readings .*: remove it"):
        ParquetOutput(str(tmp_path)).written()


def test_readings_of_another_reader_or_with_other_options_are_not_mixed(options, paths, tmp_path):
    output = ParquetOutput(str(tmp_path / "out"), options.made_with)
    output.make()
    WriteBatch(options, output, output.written())(pa.table({"path": paths}))
    assert len(ParquetOutput(str(tmp_path / "out"), options.made_with).written()) == len(paths)
    for other in (options._replace(allow="A"), options._replace(top=2), options._replace(content=b"other")):
        with pytest.raises(InputError, match="holds readings of another reader, or with other options"):
            ParquetOutput(str(tmp_path / "out"), other.made_with).written()


def test_digests_of_different_paths_differ_and_those_that_end_in_a_zero_are_found():
    from keras_reader.inference.reading_rows import _found

    values = digests(map(str, range(5000)))
    among = np.sort(values)
    assert len(np.unique(values)) == 5000
    assert any(value[-1:] == b"\0" or len(value) < 16 for value in values)
    assert _found(values, among).all() and not _found(digests(["a", "b"]), among).any()


@pytest.mark.parametrize("at_once", [1, 4])
def test_what_is_fetched_ahead_comes_in_order(at_once):
    def slow(number):
        time.sleep(0.01 * (number % 3))
        return number

    assert list(_ahead(slow, range(20), at_once)) == list(range(20))


def test_a_url_that_ends_in_a_slash_is_a_folder_of_images(paths, tmp_path):
    (tmp_path / "images" / "notes.txt").write_text("no image")
    (tmp_path / "empty").mkdir()
    found = find_remote(f"file://{tmp_path}/images/")
    assert found == [f"file://{path}" for path in paths]
    np.testing.assert_array_equal(open_source(found[0]).pixels, open_source(paths[0]).pixels)
    assert find_remote("s3://bucket/a.png") == ["s3://bucket/a.png"]
    with pytest.raises(InputError, match="no images there"):
        find_remote(f"file://{tmp_path}/empty/")
    with pytest.raises(InputError, match="cannot be listed"):
        find_remote("nothing://bucket/folder/")


class Bucket(BaseHTTPRequestHandler):
    """As much of S3's protocol as reading an object takes."""

    objects: dict[str, bytes] = {}  # noqa: RUF012 - one server at a time

    def do_HEAD(self):
        self._answer(send=False)

    def do_GET(self):
        self._answer(send=True)

    def _answer(self, send):
        content = self.objects.get(self.path.partition("?")[0])
        if content is None:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        first, _, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        part = content[int(first) : int(last) + 1 if last else None]
        self.send_response(206 if "Range" in self.headers else 200)
        self.send_header("Content-Length", str(len(part)))
        self.send_header("Content-Range", f"bytes {first}-{int(first) + len(part) - 1}/{len(content)}")
        self.end_headers()
        if send:
            self.wfile.write(part)

    def log_message(self, *args):
        pass


def test_images_are_fetched_from_a_bucket_and_what_is_not_there_is_a_row(options, paths, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    Bucket.objects = {f"/bucket/in/{Path(path).name}": Path(path).read_bytes() for path in paths}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        where = f"?region=us-east-1&scheme=http&endpoint_override=127.0.0.1:{server.server_port}"
        names = [Path(path).name for path in paths] + ["none.png"]
        urls = [f"s3://bucket/in/{name}{where}" for name in names]
        rows = ReadBatch(options)(pa.table({"path": urls}))
    finally:
        server.shutdown()
        server.server_close()
    here = ReadBatch(options)(pa.table({"path": paths}))
    assert rows.column("text").to_pylist() == [*here.column("text").to_pylist(), None]
    *read, error = rows.column("error").to_pylist()
    assert read == [None] * len(paths) and error.startswith("s3://bucket/in/none.png") and "cannot be read (" in error
