"""Loading a `.keras` file as a model."""

import json
import zipfile
from pathlib import Path

import keras

from keras_reader.errors import InputError, first_line
from keras_reader.metadata import check_format_version
from keras_reader.models.reader_model import ReaderModel


def load_reader_model(path: str | Path) -> ReaderModel:
    """Load a `.keras` file as a `ReaderModel`, compiled if it was saved so.

    Raises:
        InputError: if the file is not a reader's, is damaged or is of another format version.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            saved = json.loads(archive.read("config.json"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or first_line(error)
        raise InputError(f"{path}: not a .keras file that can be read ({reason})") from None
    if not isinstance(saved, dict) or saved.get("registered_name") != "keras_reader>ReaderModel":
        raise InputError(f"{path}: a Keras model, but not a reader: train one with train.py")
    check_format_version(saved["config"].get("format_version"), str(path))

    try:
        return keras.models.load_model(path)
    except Exception as error:  # a damaged archive fails in any layer of Keras, h5py or zipfile
        raise InputError(f"{path}: a reader, but damaged ({first_line(error)})") from None
