"""`keras-reader report` as its users run it, and its page in a browser."""

import base64
import io
import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

import keras_reader as kr
from tests.helpers.reports import Page, log_rows, run_report, write_log

TRAINING_PACKAGES = ["tensorflow", "keras", "jax", "torch", "matplotlib", "onnx", "imageio", "tensorboardX", "h5py"]


@pytest.fixture(scope="module")
def made(golden, tmp_path_factory):
    """A report on the golden reader with a log beside it, made where nothing that trains is installed."""
    folder = tmp_path_factory.mktemp("report")
    shutil.copy(golden / "reader.onnx", folder)
    write_log(folder / "log.csv", log_rows(4))
    arguments = ["reader.onnx", "--count", "120", "--font-size", "5", "6", "--noise", "0.3", "--show-mistakes", "5"]
    done = run_report(*arguments, cwd=folder, absent=TRAINING_PACKAGES)
    return folder, done


def test_a_report_on_an_onnx_file_needs_nothing_that_trains(made):
    folder, done = made
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"report.html: 120 images, \d+ misread, 0.\d\d MB\n", done.stdout)
    assert sorted(path.name for path in folder.iterdir()) == ["log.csv", "reader.onnx", "report.html"]


def test_the_report_has_the_facts_the_figures_and_the_pictures(made):
    folder, done = made
    html = (folder / "report.html").read_text(encoding="utf-8")
    page = Page(html)
    for part in (
        "AB (2 characters)",
        "12 x 12 pixels",
        "ONNX, 0.",
        "onnxruntime ",
        "120 synthetic words",
        "taskletters",
        "5 to 6 px",
    ):
        assert part in page.text, part
    for label in ("whole-word accuracy", "mask pointing", "mask sufficiency", "mask necessity", "mask order"):
        assert label in page.text, label
    assert "400 training steps on 25,600 images" in page.text
    misread = int(re.search(r"(\d+) misread", done.stdout)[1])
    assert 5 < misread < 114  # else the test shows less than it means to
    assert f"5 of {misread} wrong readings" in page.text
    assert len(page.all("article")) == 5 + 3 + 3
    sure = [float(value) for value in re.findall(r"confidence ([\d.]+)%<", html)]
    assert sure[:5] == sorted(sure[:5], reverse=True)
    assert sure[5:8] == sorted(sure[5:8])
    assert len(html) < 300_000


@pytest.mark.slow
def test_a_report_on_the_users_own_images_names_their_files(golden, tmp_path):
    folder = tmp_path / "a&b <i>"
    folder.mkdir()
    words = kr.SyntheticWords(alphabet="AB", max_length=2, image_size=(24, 24), font_size=(10, 12), noise=0.3)
    lines = ["image,text"]
    for i in range(30):
        sample = words.example(i)
        Image.fromarray(sample.image).save(folder / f"<{i}>.png")
        lines.append(f"<{i}>.png,{sample.text}")
    (folder / "labels.csv").write_text("\n".join(lines))
    done = run_report(golden / "reader.onnx", "--data", folder / "labels.csv", "--out", "own.html", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    page = Page((tmp_path / "own.html").read_text(encoding="utf-8"))
    assert "30 labelled images" in page.text
    assert f"{folder / 'labels.csv'}" in page.text
    assert re.search(re.escape(f"{folder}/<") + r"\d+>\.png", page.text)
    assert page.all("i") == []  # no boxes are known
    assert {
        Image.open(io.BytesIO(base64.b64decode(image["src"].partition(",")[2]))).size for image in page.all("img")
    } == {(24, 24)}


@pytest.mark.slow
def test_a_report_on_a_saved_model_shows_what_that_on_the_onnx_file_shows(golden, tmp_path):
    def page(name):
        out = tmp_path / f"{name}.html"
        arguments = [golden / name, "--count", "40", "--font-size", "5", "6", "--noise", "0.3", "--out", out]
        done = run_report(*arguments, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        return Page(out.read_text(encoding="utf-8"))

    onnx, saved_model = page("reader.onnx"), page("saved_model")
    assert [image["alt"] for image in onnx.all("img")] == [image["alt"] for image in saved_model.all("img")]
    accuracy = re.compile(r"whole-word accuracy([\d.]+%)")
    assert accuracy.search(onnx.text)[1] == accuracy.search(saved_model.text)[1]
    assert "SavedModel, " in saved_model.text and "tensorflow " in saved_model.text


@pytest.mark.slow
def test_a_report_on_a_keras_file_tells_its_parameters(tmp_path):
    model = kr.build_reader(kr.ReaderConfig(alphabet="A <", max_length=2, image_size=(16, 24), filters=8, units=8))
    model.save(tmp_path / "reader.keras")
    done = run_report("reader.keras", "--count", "20", "--seed", "3", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert f"parameters{model.count_params():,}" in page.text
    assert "Keras, " in page.text and "keras 3." in page.text and "A< and space (3 characters)" in page.text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.onnx"], "none.onnx: no such file"),
        (["--count", "0"], "--count must be at least 1, got 0"),
        (["--show-mistakes", "-1"], "--show-mistakes must be at least 1, got -1"),
        (["--out", "none/report.html"], "none/report.html: there is no folder none"),
        (["--out", "."], ".: a folder: give a file with --out"),
        (["reader.onnx"], "log.csv, line 2: not a row of numbers, as train.py writes them"),
        (["--data", "none.csv"], "none.csv: cannot be read"),
    ],
)
def test_wrong_input_is_told_in_one_line_with_exit_code_2(arguments, message, golden, tmp_path):
    shutil.copy(golden / "reader.onnx", tmp_path)
    write_log(tmp_path / "log.csv", [row | {"loss": "none"} for row in log_rows()])
    done = run_report(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("error: ") and message in done.stderr
    assert not (tmp_path / "report.html").exists()


def test_a_log_of_another_program_beside_the_reader_is_left_out_with_a_word(golden, tmp_path):
    shutil.copy(golden / "reader.onnx", tmp_path)
    (tmp_path / "log.csv").write_text("another,log\n1,2\n")
    done = run_report("reader.onnx", "--count", "20", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        0,
        "log.csv: not a log of train.py: the report has no learning curves\n",
    )
    assert "There are no learning curves" in Page((tmp_path / "report.html").read_text(encoding="utf-8")).text


def test_a_report_without_jinja_says_what_to_install(golden, tmp_path):
    done = run_report(golden / "reader.onnx", cwd=tmp_path, absent=["jinja2"])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: a report needs Jinja2: pip install keras_reader[report]\n"


@pytest.fixture(scope="module")
def browse(tmp_path_factory):
    """Runs Chromium on a page, without a network; gives what it prints."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("no Chromium here: on Debian, apt-get install chromium")

    def run(path, *options):
        profile = tmp_path_factory.mktemp("profile")
        command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", *options]
        command += [f"--user-data-dir={profile}", "--host-resolver-rules=MAP * ~NOTFOUND", path.as_uri()]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout

    return run


# Written into a copy of the page whose policy lets this one script run; all else of the policy holds.
PROBE = """
<script>
const refused = [];
document.addEventListener("securitypolicyviolation", event => refused.push(event.blockedURI));
addEventListener("load", () => {
  const images = [...document.images];
  document.title = JSON.stringify({
    images: images.length,
    loaded: images.filter(image => image.complete && image.naturalWidth > 0).length,
    pixelated: images.filter(image => getComputedStyle(image).imageRendering === "pixelated").length,
    charts: [...document.querySelectorAll("svg")].filter(chart => chart.getBoundingClientRect().width > 200).length,
    fetched: performance.getEntriesByType("resource").map(entry => entry.name).filter(name => !/^data:/.test(name)),
    refused: refused,
    overflow: document.documentElement.scrollWidth - innerWidth,
  });
});
</script>
"""


def probe(browse, path, copy, *options):
    html = path.read_text(encoding="utf-8")
    # A checksum beside it would make 'unsafe-inline' void.
    allowed, count = re.subn("script-src 'sha256-[^;]*;", "script-src 'unsafe-inline';", html)
    assert count == 1
    allowed = allowed.replace("<title>", PROBE + "<title>", 1)
    copy.write_text(allowed, encoding="utf-8")
    dom = browse(copy, "--dump-dom", *options)
    return json.loads(re.search(r"<title>(.*?)</title>", dom)[1])


@pytest.mark.parametrize("width", [1200, 500])
def test_a_browser_shows_every_picture_and_asks_nobody(made, browse, tmp_path, width):
    path = made[0] / "report.html"
    seen = probe(browse, path, tmp_path / "copy.html", f"--window-size={width},900")
    images = len(Page(path.read_text(encoding="utf-8")).all("img"))
    assert seen == {
        "images": images,
        "loaded": images,
        "pixelated": images,
        "charts": 4,
        "fetched": [],
        "refused": [],
        "overflow": 0,
    }


def test_the_probe_sees_what_a_page_must_not_do(made, browse, tmp_path):
    html = (made[0] / "report.html").read_text(encoding="utf-8")
    spoilt = tmp_path / "spoilt.html"
    spoilt.write_text(html.replace("<h1>", '<img src="http://example.invalid/x.png"><img src="data:,"><h1>'))
    seen = probe(browse, spoilt, tmp_path / "copy.html")
    assert seen["images"] == seen["loaded"] + 2
    assert seen["refused"] == ["http://example.invalid/x.png"]


def test_no_script_runs_in_the_page_but_its_own(made, browse, tmp_path):
    html = (made[0] / "report.html").read_text(encoding="utf-8")
    copy = tmp_path / "copy.html"
    copy.write_text(html.replace("<title>", PROBE + "<title>", 1), encoding="utf-8")
    assert "<title>Report on reader.onnx</title>" in browse(copy, "--dump-dom")


@pytest.mark.slow
def test_a_strip_is_played_step_by_step(made, browser):
    with browser.new_context(reduced_motion="reduce") as context:
        tab = context.new_page()
        complaints = []
        tab.on("console", lambda message: complaints.append(message.text))
        tab.goto((made[0] / "report.html").as_uri())
        strip = tab.locator("article").first
        names = strip.locator(".strip figcaption b").all_inner_texts()
        strip.locator(".watch").click()
        assert strip.locator(".where").inner_text() == f"step 1 of {len(names)}: {names[0]}"
        visible = "pictures => pictures.map(picture => Number(getComputedStyle(picture).opacity))"
        pictures = strip.locator(".stack .picture")
        assert pictures.evaluate_all(visible) == [0, 1] + [0] * (len(names) - 1)
        strip.locator("input[type=range]").fill("0")
        assert strip.locator(".where").inner_text() == "the picture alone"
        assert pictures.evaluate_all(visible) == [1] + [0] * len(names)
        assert complaints == []


@pytest.mark.parametrize(("options", "bright"), [([], True), (["--blink-settings=preferredColorScheme=0"], False)])
def test_the_page_is_light_or_dark_as_its_user_likes(made, browse, tmp_path, options, bright):
    shot = tmp_path / "shot.png"
    browse(made[0] / "report.html", f"--screenshot={shot}", "--window-size=800,3000", *options)
    pixels = np.asarray(Image.open(shot).convert("L"))
    corner = pixels[2, 2]
    assert (corner > 200) == bright
    # Text and pictures stand out from the paper all the way down.
    for band in np.array_split(pixels, 6):
        assert (np.abs(band.astype(int) - corner) > 100).mean() > 0.002
