"""Loading a `.keras` file as a model."""

from pathlib import Path

import keras

from keras_reader.errors import InputError, first_line
from keras_reader.keras_file_check import check_keras_file, weights_checksum
from keras_reader.metadata import CHECKSUM
from keras_reader.models.reader_model import ReaderModel


def load_reader_model(path: str | Path) -> ReaderModel:
    """Load a `.keras` file as a `ReaderModel`, compiled if it was saved so.

    Raises:
        InputError: if the file is not a reader's, is damaged or is of another format version.
    """
    path = Path(path)
    saved = check_keras_file(path)
    try:
        model = keras.models.load_model(path)
    except Exception as error:  # a damaged archive fails in any layer of Keras, h5py or zipfile
        raise InputError(f"{path}: a reader, but damaged ({first_line(error)})") from None
    if saved.get(CHECKSUM) != weights_checksum(model.get_weights()):
        raise InputError(f"{path}: a reader, but damaged: its checksum is not that of its weights")
    return model
