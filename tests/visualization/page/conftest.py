"""Live pages, each made once for all tests, and browsers to see them in."""

import pytest

from keras_reader.cli.main import main
from keras_reader.visualization.page import runtime
from tests.helpers.browser import LivePage, require_npm, serving


@pytest.fixture(scope="session")
def onnxruntime_web():
    """The runtime, fetched once for all pages."""
    require_npm()
    return runtime.fetch_runtime()


@pytest.fixture(scope="session")
def make_page(onnxruntime_web):
    """Runs `keras-reader page`, with the runtime that is there already."""

    def make(*arguments):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(runtime, "fetch_runtime", lambda: onnxruntime_web)
            main(["page", *map(str, arguments)])

    return make


@pytest.fixture(scope="session")
def site(make_page, tmp_path_factory, deep_reader_export):
    """The address of a folder of pages, `shipped`, `small`, `deep_reader`, below a path; and what is posted to it."""
    folder = tmp_path_factory.mktemp("sites")
    below = folder / "some" / "where"
    make_page("--out", below / "shipped", "--compare", deep_reader_export.folder / "reader.onnx")
    make_page(deep_reader_export.folder / "reader.onnx", "--out", below / "deep_reader")
    with serving(folder) as (address, posted):
        yield f"{address}/some/where", posted, below


@pytest.fixture(scope="session")
def small_site(site, make_page, small_export):
    """The address of a page on a reader of other characters and another size."""
    address, _, below = site
    make_page(small_export.folder / "reader.onnx", "--out", below / "small")
    return f"{address}/small/"


@pytest.fixture
def open_page(browser):
    """Opens pages; at the end none may have complained about anything."""
    opened, contexts = [], []

    def run(address, wait=True, **options):
        contexts.append(browser.new_context(**options))
        page = LivePage(contexts[-1], address)
        opened.append(page)
        return page.wait() if wait else page

    yield run
    complaints = [complaint for page in opened for complaint in page.complaints]
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def shipped_page(site, open_page):
    """The page of the reader that ships, ready to read."""
    return open_page(f"{site[0]}/shipped/", viewport={"width": 1280, "height": 900})
