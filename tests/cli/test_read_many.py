"""`keras-reader read --workers` and `--ray`: the same readings, from many processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_reader.cli.read_lines import LineForm
from keras_reader.cli.read_processes import ReadPaths, read_in_processes
from keras_reader.errors import CommandError
from tests.helpers import ROOT


def run(*arguments, cwd, stdin=None):
    command = [sys.executable, "-m", "keras_reader", "read", *map(os.fspath, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=cwd, env=environment, input=stdin, capture_output=True, text=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with 150 images, one of which is damaged."""
    folder = tmp_path_factory.mktemp("many")
    (folder / "in").mkdir()
    for i, image in enumerate(np.random.default_rng(0).integers(0, 256, (150, 12, 12), np.uint8)):
        Image.fromarray(image[: 6 + i % 2]).save(folder / "in" / f"{i:03}.png")
    (folder / "in" / "070.png").write_bytes(b"no image")
    return folder


@pytest.mark.parametrize(
    "options",
    [
        ["--csv", "--allow", "A", "--top", "2"],
        pytest.param([], marks=pytest.mark.slow),
        pytest.param(["--json", "--min-confidence", "0.9"], marks=pytest.mark.slow),
    ],
)
def test_several_processes_print_the_lines_of_one(golden, folder, options):
    model = ["--model", golden / "reader.onnx"]
    one = run("in", "none.png", *options, *model, cwd=folder)
    assert one.stdout.count("\n") == 149 + ("--csv" in options)
    two = run("in", "none.png", *options, *model, "--workers", "2", cwd=folder)
    assert (two.returncode, two.stdout, two.stderr) == (one.returncode, one.stdout, one.stderr)
    assert two.returncode == 2 and "070.png" in two.stderr and "none.png" in two.stderr


def test_a_list_on_stdin_can_be_read_in_processes(golden, folder):
    done = run("-", "--workers", "2", "--model", golden / "reader.onnx", cwd=folder, stdin="in/001.png\nin/000.png\n")
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["in/001.png", "in/000.png"]
    assert (done.returncode, done.stderr) == (0, "")


class KilledAt(ReadPaths):
    """Its process is killed when it comes to a file of this name."""

    name = "100.png"

    def __call__(self, paths):
        if any(Path(path).name == self.name for path in paths):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(paths)


def test_a_process_that_is_killed_ends_the_others_with_an_error_that_says_where(golden, folder):
    paths = sorted(map(str, (folder / "in").iterdir()))
    chunks = [paths[start : start + 25] for start in range(0, 150, 25)]
    read = KilledAt(golden / "reader.onnx", None, None, None, LineForm("tabs", None, 0))
    lines = []
    with pytest.raises(CommandError, match="a process that reads ended before its work was done") as error:
        lines.extend(read_in_processes(1, read, chunks))
    assert [line.split("\t")[0] for line in lines if isinstance(line, str)] == paths[:70] + paths[71:100]
    assert error.value.exit_code == 1
    assert "100.png comes next" in str(error.value)


@pytest.mark.slow
def test_the_command_says_so_too_and_no_process_is_left(golden, folder):
    command = [sys.executable, "-m", "keras_reader", "read", "-", "--workers", "2", "--model"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [*command, str(golden / "reader.onnx")], cwd=folder, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        stop = threading.Event()

        def feed():
            try:
                while not stop.is_set():
                    process.stdin.write("in/000.png\n" * 64)
                    process.stdin.flush()
            except OSError:
                pass  # it has ended
            with suppress(OSError):
                process.stdin.close()

        feeder = threading.Thread(target=feed)
        feeder.start()
        drain = threading.Thread(target=process.stdout.read)
        line = process.stdout.readline()
        drain.start()
        children = _children(process.pid)
        os.kill(children[0], signal.SIGKILL)
        error = process.stderr.read()
        stop.set()
        process.wait(60)
        feeder.join(60)
        drain.join(60)
    assert line.startswith("in/000.png\t")
    assert process.returncode == 1
    assert error.startswith("error: a process that reads ended before its work was done") and error.count("\n") == 1
    end = time.monotonic() + 20
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < end, "a process was left behind"
        time.sleep(0.1)


def _children(parent):
    """The processes that read: those that multiprocessing has spawned, but for its tracker."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            ours = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1]) == parent
            if ours and b"spawn_main" in (path / "cmdline").read_bytes():
                found.append(int(path.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--workers", "0"], "--workers must be at least 1, got 0"),
        (["--workers", "2", "--model", "reader.keras"], "--workers is for .onnx and .tflite files"),
        (["--out", "x"], "--out is where --ray writes to"),
        (["--ray"], "--ray writes Parquet files: give the folder for them with --out"),
        (["--ray", "--out", "x", "--json"], "--json is for lines that are printed"),
        (["--ray", "--out", "x", "--csv"], "--csv is for lines that are printed"),
        (["--ray", "--out", "x", "--min-confidence", "0.5"], "--min-confidence is for lines that are printed"),
        (["--ray", "--out", "x", "--model", "reader.keras"], "--ray is for .onnx files: export the reader"),
        (["--ray", "scans/", "--out", "x"], "scans/ is not the address of a Ray cluster"),
        (["b.parquet", "--ray", "--out", "x"], "b.parquet: a table of images stands alone"),
    ],
)
def test_options_that_do_not_go_together_are_told_in_one_line(arguments, message, tmp_path):
    done = run("a.png", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("error: ") and message in done.stderr


def test_without_ray_the_error_says_what_to_install(tmp_path):
    code = (
        "import sys; sys.modules['ray'] = sys.modules['ray.data'] = None\n"
        "from keras_reader.cli.main import main\nmain(['read', 'a.png', '--ray', '--out', 'x'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.endswith("pip install keras_reader[ray]\n") and done.stderr.count("\n") == 1


@pytest.mark.slow
def test_ray_writes_readings_and_failures_and_a_second_run_reads_the_rest(golden, folder, tmp_path):
    pytest.importorskip("ray", reason="no Ray here: pip install -e .[ray]")
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = tmp_path / "readings"
    options = ["--ray=local", "--out", out, "--model", golden / "reader.onnx"]
    one = run("in", "none.png", *options, "--workers", "1", cwd=folder)
    assert one.returncode == 0, one.stderr
    assert one.stdout == f"{out}: 149 read, 2 could not be read (see the column error), 0 were there already\n"
    table = pa.table({"path": [str(folder / "in" / "000.png"), str(folder / "in" / ".." / "in" / "000.png")]})
    pq.write_table(table, tmp_path / "list.parquet")
    two = run(tmp_path / "list.parquet", *options, cwd=folder)
    assert two.stdout == f"{out}: 1 read, 0 could not be read (see the column error), 1 were there already\n", (
        two.stderr
    )
    rows = [row for path in out.glob("*.parquet") for row in pq.read_table(path).to_pylist()]
    assert len(rows) == 152
    errors = {Path(row["path"]).name: row["error"] for row in rows if row["error"]}
    assert set(errors) == {"070.png", "none.png"} and "No such file" in errors["none.png"]
