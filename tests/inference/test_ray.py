"""Reading with Ray Data, on a Ray of this machine: nothing is lost, and nothing is read twice."""

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import keras_reader as kr
from keras_reader.errors import InputError
from keras_reader.inference.mask_boxes import character_box

pytest.importorskip("ray", reason="no Ray here: pip install -e .[ray]")
pytest.importorskip("pyarrow", reason="no PyArrow here: pip install -e .[ray]")

import pyarrow.parquet as pq

from keras_reader.inference import ray as reading

pytestmark = pytest.mark.slow

DISTINCT, LINKS = 200, 100  # 20,000 files


@pytest.fixture(scope="module")
def ray():
    module = reading.connect("local")
    yield module
    module.shutdown()


@pytest.fixture(scope="module")
def words():
    return kr.SyntheticWords(split="test").batch(range(DISTINCT))[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, words):
    """200 words, each under a hundred names, and a file that is none."""
    folder = tmp_path_factory.mktemp("images")
    for i, image in enumerate(words):
        path = folder / f"0-{i}.png"
        Image.fromarray(image).save(path)
        for k in range(1, LINKS):
            os.link(path, folder / f"{k}-{i}.png")
    (folder / "broken.png").write_bytes(b"no image")
    return folder


def rows_of(out):
    return [row for path in sorted(Path(out).glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


def workers():
    """Process numbers of the workers that have a reader."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"ray::MapWorker" in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue  # it has ended
    return found


@pytest.mark.long
def test_a_killed_worker_loses_nothing_and_a_second_run_reads_nothing_twice(ray, folder, words, tmp_path):
    out = tmp_path / "readings"
    paths = sorted(map(str, folder.iterdir()))
    assert len(paths) == DISTINCT * LINKS + 1
    killed, there_at_the_kill = [], []

    def kill():
        while not killed:
            time.sleep(0.02)
            if written := list(out.glob("readings-*.parquet")):
                victim = workers()[0]
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)
                there_at_the_kill.append(len(written))

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    dataset = reading.dataset_of_paths(paths, 512)
    written = reading.write_readings(dataset, str(out), "letters", workers=2, batch_rows=512)
    assert killed and there_at_the_kill[0] < 30  # of 40 files: it was killed in mid-run
    assert written == reading.Written(read=DISTINCT * LINKS, failed=1, skipped=0)

    rows = rows_of(out)
    assert sorted(row["path"] for row in rows) == paths
    reader = kr.load("letters")
    expected = list(reader.read(words))
    for row in rows:
        if Path(row["path"]).name == "broken.png":
            assert row["text"] is None and row["confidence"] is None
            assert row["error"].startswith(row["path"]) and "not an image" in row["error"]
            continue
        wanted = expected[int(Path(row["path"]).stem.split("-")[1])]
        assert (row["text"], row["error"], row["width"], row["height"]) == (wanted.text, None, 40, 40)
        assert row["confidence"] == pytest.approx(wanted.confidence, abs=1e-5)
        np.testing.assert_allclose(row["character_confidence"], wanted.character_confidence, atol=1e-5)
    first = next(row for row in rows if row["path"].endswith("/0-0.png"))
    boxes = [character_box(mask, (40, 40), reader.config.resize) for mask in expected[0].masks]
    np.testing.assert_allclose(first["character_boxes"], boxes, atol=1e-3)

    # A run that was killed while it wrote left a temporary file, which is no output.
    (out / ".readings-0-0.part").write_bytes(b"PAR1 half")
    one_more = folder.parent / "one_more.png"
    Image.fromarray(words[0]).save(one_more)
    files = {path.name: path.read_bytes() for path in out.glob("readings-*")}
    again = reading.write_readings(reading.dataset_of_paths([*paths, str(one_more)]), str(out), "letters", workers=1)
    assert again == reading.Written(read=1, failed=0, skipped=len(paths))
    assert {path.name: path.read_bytes() for path in out.glob("readings-*")}.items() >= files.items()
    assert len(rows_of(out)) == len(paths) + 1


def test_a_dataset_of_bytes_or_urls_is_mapped_and_texts_can_be_restricted(ray, words, tmp_path):
    import zipfile

    Image.fromarray(words[0]).save(tmp_path / "a.png")
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
        archive.write(tmp_path / "a.png", "b.png")
    content = (tmp_path / "a.png").read_bytes()
    expected = kr.load("letters").read_one(words[0])
    from_bytes = reading.read_dataset(
        ray.data.from_items([{"bytes": content}, {"bytes": b"none"}]), "letters", workers=1
    )
    good, bad = from_bytes.take_all()
    assert (good["path"], good["text"], good["error"]) == (None, expected.text, None)
    assert bad["text"] is None and "not an image" in bad["error"]

    urls = [
        f"file://{tmp_path}/a.png",
        f"zip://b.png::{tmp_path}/images.zip",
        f"file://{tmp_path}/none.png",
        "nothing://a.png",
    ]
    mapped = reading.read_dataset(
        reading.dataset_of_paths(urls), "letters", workers=1, allow="0" + expected.text[0], top=2
    )
    rows = mapped.take_all()
    assert [row["path"] for row in rows] == urls
    wanted = kr.load("letters").read_one(words[0], allow=expected.text[0], top=2)
    for row in rows[:2]:
        assert row["text"] == wanted.text
        assert [found["text"] for found in row["alternatives"]] == [text for text, _ in wanted.alternatives]
        assert row["allowed_probability"] == pytest.approx(wanted.allowed_probability, rel=1e-3)
    for row in rows[2:]:
        assert row["text"] is None and row["error"].startswith(f"{row['path']}: cannot be read (")


def test_what_cannot_work_is_said_before_anything_is_read(ray, golden, tmp_path):
    dataset = reading.dataset_of_paths(["a.png"])
    (tmp_path / "file").write_text("")
    for options, message in [
        ({"model": golden / "reader.keras"}, "reading with Ray is for .onnx files"),
        ({"model": tmp_path / "none.onnx"}, "no such file"),
        ({"allow": "é"}, "knows none of these characters"),
        ({"workers": 0}, "workers must be at least 1, got 0"),
        ({"workers": 10_000}, "10000 workers need as many cores"),
        ({"out": str(tmp_path / "file")}, "cannot be written"),
        ({"dataset": ray.data.from_items([{"image": "a.png"}])}, "no column path, but image"),
    ]:
        with pytest.raises(InputError, match=message):
            reading.write_readings(**{"dataset": dataset, "out": str(tmp_path / "out"), **options})
