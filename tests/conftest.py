"""Settings that every test needs before TensorFlow is imported, and fixtures that several modules use."""

import os
import shutil
import tarfile
from collections import Counter

import pytest
from hypothesis import settings

from tests.helpers import FIXTURES

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# JAX compiles quickly rather than well: the networks of the tests are tiny.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")

# How long an example takes says more about the machine, and about what was imported first, than about the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def pytest_collection_modifyitems(items):
    """Begin with modules of few and slow tests: else one process would still be at them when the others have ended."""
    counts = Counter(item.path for item in items)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in slow, counts[item.path]))


# Made by make.py in the same folder.
GOLDEN_ARTIFACTS = FIXTURES / "golden" / "golden.tar.xz"


@pytest.fixture(scope="session")
def golden(tmp_path_factory):
    """The folder of the golden artifacts, not to be written to: one tiny reader in every format, and what it gave."""
    folder = tmp_path_factory.mktemp("golden")
    with tarfile.open(GOLDEN_ARTIFACTS) as archive:
        archive.extractall(folder, filter="data")
    return folder / "golden"


# Exports take seconds, so they are made once for all tests, and Keras is imported only where they are used.


@pytest.fixture(scope="session")
def small_export(tmp_path_factory):
    from tests.helpers.exports import CONFIGS, make_export

    return make_export(tmp_path_factory.mktemp("small"), CONFIGS["small"])


@pytest.fixture(scope="session")
def deep_reader_export(tmp_path_factory):
    from tests.helpers.exports import CONFIGS, make_export

    # So that weights go past the converter, as those of a full-size reader do.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("keras_reader.export.onnx_file.LARGE_WEIGHT", 1000)
        return make_export(tmp_path_factory.mktemp("deep_reader"), CONFIGS["deep_reader"])


@pytest.fixture(scope="session", params=["small", "deep_reader"])
def export(request):
    """An `Export` of each preset."""
    return request.getfixturevalue(f"{request.param}_export")


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium, driven by Playwright; one for all tests, since a process may drive one only."""
    from tests.helpers.browser import chromium

    with chromium() as started:
        yield started


@pytest.fixture
def prepared(deep_reader_export, tmp_path, monkeypatch):
    """A copy of an export, and quick stand-ins for what writes: they copy the artifacts that are good."""

    def copy_saved_model(model, config, path):
        shutil.copytree(deep_reader_export.folder / path.name, path)

    def copy_onnx(model, config, path):
        shutil.copy(deep_reader_export.folder / path.name, path)

    monkeypatch.setattr("keras_reader.export.exporter.write_saved_model", copy_saved_model)
    monkeypatch.setattr("keras_reader.export.exporter.write_onnx", copy_onnx)
    return shutil.copytree(deep_reader_export.folder, tmp_path / "readers")
