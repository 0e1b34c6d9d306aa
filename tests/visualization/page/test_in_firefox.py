"""The live page in Firefox, which no driver of Debian's works: a page around it tries it and posts what it saw."""

import base64
import json
import shutil
import subprocess
import time

import pytest

import keras_reader as kr
from keras_reader.inference.loading import load
from tests.helpers.browser import png

pytestmark = pytest.mark.slow

SECONDS = 180
HARNESS = """<!doctype html><meta charset="utf-8"><iframe src="shipped/" width="1200" height="900"></iframe>
<script>
const files = FILES;
const frame = document.querySelector("iframe");
const wait = async (holds) => { while (!holds()) await new Promise((done) => setTimeout(done, 30)); };
const tell = (told) => fetch("/", { method: "POST", body: JSON.stringify(told) });
frame.addEventListener("load", async () => {
  try {
    const [page, view] = [frame.contentDocument, frame.contentWindow];
    const troubles = [];
    view.addEventListener("error", (event) => troubles.push(event.message));
    page.addEventListener("securitypolicyviolation", (event) => troubles.push(event.blockedURI));
    await wait(() => page.documentElement.dataset.ready);
    const read = page.getElementById("read");
    const readings = [];
    for (const file of files) {
      const count = Number(read.dataset.readings);
      drop(view, page, file);
      await wait(() => Number(read.dataset.readings) > count);
      readings.push([read.dataset.text, Number(read.dataset.confidence)]);
    }
    page.getElementById("proof").scrollIntoView();
    await wait(() => page.querySelector("#proof-steps button"));
    page.getElementById("scribble-all").click();
    const outcome = page.getElementById("outcome");
    await wait(() => Number(outcome.dataset.painted) > 0);
    tell({ readings, painted: Number(outcome.dataset.painted), change: Number(outcome.dataset.change), troubles });
  } catch (error) { tell({ failed: String(error) }); }
});
function drop(view, page, content) {
  const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
  const dataTransfer = new view.DataTransfer();
  dataTransfer.items.add(new view.File([bytes], "image.png", { type: "image/png" }));
  page.body.dispatchEvent(new view.DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}
</script>
"""


def test_firefox_reads_the_same_and_the_proof_holds(site, tmp_path):
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        pytest.skip("no Firefox here: on Debian, apt-get install firefox-esr")
    address, posted, below = site
    files = [png(kr.SyntheticWords(split="test").example(i).image) for i in range(10)]
    content = json.dumps([base64.b64encode(file).decode() for file in files])
    (below / "harness.html").write_text(HARNESS.replace("FILES", content), encoding="utf-8")
    posted.clear()
    command = [program, "--headless", "--no-remote", "--profile", str(tmp_path), f"{address}/harness.html"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + SECONDS
        while not posted and time.monotonic() < end:
            time.sleep(0.1)
    finally:
        process.terminate()
        process.wait()
    assert posted, f"Firefox told nothing within {SECONDS} s"
    told = json.loads(posted[0])
    assert told.get("failed") is None and told["troubles"] == []
    reader = load("letters")
    for file, (text, confidence) in zip(files, told["readings"], strict=True):
        expected = reader.read_one(file)
        assert (text, confidence) == (expected.text, pytest.approx(expected.confidence, abs=1e-4))
    assert told["painted"] > 50 and told["change"] == 0
