"""Pages in real browsers: a server, Chromium driven by Playwright, and what the tests do with a page."""

import base64
import functools
import http.server
import io
import shutil
import threading
import time
from contextlib import contextmanager

import pytest
from PIL import Image

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
AXE = (
    "axe-core",
    "4.14.1",
    "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
    ["axe.min.js"],
)


@contextmanager
def chromium():
    """A headless Chromium, driven by Playwright; the test is skipped where there is none."""
    program = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if program is None:
        pytest.skip("no Chromium here: on Debian, apt-get install chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="no Playwright here: pip install playwright")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
        )
        yield browser
        browser.close()


def require_npm():
    """Skip the test where npm is missing."""
    if shutil.which("npm") is None:
        pytest.skip("no npm here: on Debian, apt-get install npm")


class _Server(http.server.ThreadingHTTPServer):
    def __init__(self, folder):
        self.posted = []
        super().__init__(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))


class _Handler(http.server.SimpleHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers["Content-Length"])
        self.server.posted.append(self.rfile.read(length).decode())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


@contextmanager
def serving(folder):
    """A static server of a folder, as `python -m http.server` is: its address, and the list of what is posted to it."""
    server = _Server(folder)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.posted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class LivePage:
    """The page that `keras-reader page` writes, in a tab of its own.

    Attributes:
        tab: Playwright's page.
        complaints: errors and warnings of the console, and requests to another place than the page's own.
    """

    def __init__(self, context, address):
        self.tab = context.new_page()
        self.complaints = []
        self.tab.on("console", self._note)
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.on("request", lambda request: self._check(request.url, address))
        self.tab.goto(address)

    def _note(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _check(self, url, address):
        own = address.rpartition("/")[0]
        if not url.startswith((own, "blob:", "data:")):
            self.complaints.append(f"asked for {url}")

    def wait(self):
        """Wait until the page has read its first picture."""
        self.tab.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
        return self

    def value(self, script, argument=None):
        """What a JavaScript expression gives."""
        return self.tab.evaluate(script, argument)

    def until(self, script, seconds=30):
        """Wait until a JavaScript expression holds; Playwright's own way needs `eval`, which the page forbids."""
        end = time.monotonic() + seconds
        while not self.value(script):
            assert time.monotonic() < end, f"not within {seconds} s: {script}"
            self.tab.wait_for_timeout(20)

    def reading(self, change):
        """Do something to the page, and give the text and the confidence that it reads afterwards."""
        count = int(self.tab.get_attribute("#read", "data-readings"))
        change()
        self.until(f"Number(document.getElementById('read').dataset.readings) > {count}")
        read = self.value("({...document.getElementById('read').dataset})")
        return read["text"], float(read["confidence"])

    def drop(self, content, name="image.png", kind="image/png"):
        """Drop a file on the page."""
        self.value(DROP, [base64.b64encode(content).decode(), name, kind])


DROP = """([content, name, type]) => {
  const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name, { type }));
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}"""


def png(image, mode=None):
    """An array as a PNG file."""
    file = io.BytesIO()
    image = Image.fromarray(image)
    (image.convert(mode) if mode else image).save(file, "PNG")
    return file.getvalue()
