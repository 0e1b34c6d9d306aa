"""Settings that every test needs before TensorFlow is imported, and fixtures that several modules use."""

import os
import tarfile
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Made by make.py beside it, with the code of format version 1.
GOLDEN_ARTIFACTS = Path(__file__).parent / "data" / "golden" / "golden.tar.xz"


@pytest.fixture(scope="module")
def golden(tmp_path_factory):
    """The folder of the golden artifacts: one tiny reader in every format, and what it gave."""
    folder = tmp_path_factory.mktemp("golden")
    with tarfile.open(GOLDEN_ARTIFACTS) as archive:
        archive.extractall(folder, filter="data")
    return folder / "golden"
