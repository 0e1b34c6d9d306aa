"""What a `.keras` file holds, looked at before Keras loads it.

A `.keras` file is a ZIP archive of a configuration and of weights in HDF5. Both can claim sizes that the file itself
does not have, and HDF5 can take its values from other files.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

import h5py
import numpy as np

from keras_reader.config import ReaderConfig
from keras_reader.errors import InputError, first_line
from keras_reader.limits import METADATA_BYTES, READER_WEIGHTS
from keras_reader.metadata import check_format_version, config_from_json
from keras_reader.regular_files import open_regular

_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
# The weights themselves, and what an optimizer keeps for each.
_VALUES_A_WEIGHT = 4
_LINK_TYPES = (h5py.HardLink,)


def check_keras_file(path: Path) -> dict:
    """Look through a `.keras` file without loading it.

    Returns:
        The `config` of the reader in it, as `ReaderModel.get_config` gave it.

    Raises:
        InputError: if it is not a reader's, is damaged, is of another format version, or would take more memory than
            any reader does.
    """
    try:
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            _check_members(archive, path)
            saved = json.loads(archive.read(_CONFIG))
            if not isinstance(saved, dict) or saved.get("registered_name") != "keras_reader>ReaderModel":
                raise InputError(f"{path}: a Keras model, but not a reader: train one with train.py")
            config = saved["config"]
            check_format_version(config.get("format_version"), str(path))
            config_from_json(json.dumps(config.get("config")), str(path))
            # Reading a member to its end compares its checksum.
            _check_weights(archive.read(_WEIGHTS), path)
    except InputError:
        raise
    except Exception as error:  # a damaged archive fails in any layer of zipfile, json and h5py
        reason = getattr(error, "strerror", None) or first_line(error)
        raise InputError(f"{path}: not a .keras file that can be read ({reason})") from None
    return config


def keras_file_config(path: Path) -> ReaderConfig:
    """The configuration of the reader in a `.keras` file, which is looked through, but not loaded.

    Raises:
        InputError: as `check_keras_file`.
    """
    return config_from_json(json.dumps(check_keras_file(path)["config"]), str(path))


def _check_members(archive, path):
    most = {_CONFIG: METADATA_BYTES, _METADATA: METADATA_BYTES, _WEIGHTS: 4 * READER_WEIGHTS * _VALUES_A_WEIGHT}
    members = archive.infolist()
    if sorted(member.filename for member in members) not in ([_CONFIG, _METADATA, _WEIGHTS], [_CONFIG, _WEIGHTS]):
        raise InputError(f"{path}: not a reader, or damaged: it should hold {', '.join(most)}")
    for member in members:
        # Weights do not compress: what claims to grow a hundredfold is a bomb.
        if member.file_size > min(most[member.filename], 100 * member.compress_size + METADATA_BYTES):
            raise InputError(f"{path}: damaged: its {member.filename} claims to have {member.file_size:,} bytes")


def _check_weights(content, path):
    values, seen = 0, 0

    def visit(group):
        nonlocal values, seen
        for name in group:
            seen += 1
            link = group.get(name, getlink=True)
            if not isinstance(link, _LINK_TYPES) or seen > METADATA_BYTES:
                raise InputError(f"{path}: damaged: its weights refer to other places")
            item = group[name]
            if isinstance(item, h5py.Group):
                visit(item)
                continue
            if item.is_virtual or item.external:
                raise InputError(f"{path}: damaged: its weights are in other files")
            values += item.size or 0
            if values > READER_WEIGHTS * _VALUES_A_WEIGHT or item.size * item.dtype.itemsize > 64 * len(content):
                raise InputError(f"{path}: damaged: its weights claim to be {values:,} numbers")

    with h5py.File(io.BytesIO(content), "r") as file:
        visit(file)


def weights_checksum(weights: Iterable) -> str:
    """SHA-256 of weights in their order, in hexadecimal digits.

    Args:
        weights: arrays.
    """
    digest = hashlib.sha256()
    for weight in weights:
        array = np.ascontiguousarray(weight)
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
