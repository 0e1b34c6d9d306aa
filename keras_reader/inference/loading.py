"""Loading a reader from whatever file it was exported to."""

import importlib
import importlib.resources
import json
from pathlib import Path

import numpy as np

from keras_reader.errors import InputError, first_line
from keras_reader.inference.reader import Reader
from keras_reader.limits import OPENED_SIDE
from keras_reader.metadata import config_from_metadata


def load(path: str | Path | None = None, threads: int | None = None) -> Reader:
    """Load a reader from an `.onnx` file, a `.keras` file or a SavedModel folder.

    An `.onnx` file runs on the CPU, which is what export compared it on.

    Args:
        path: the file or folder; `None` for the reader that ships with the package.
        threads: how many threads ONNX Runtime computes with; `None` for one a core. Where several processes
            read side by side, give them one each. TensorFlow's threads are set for a whole process, with
            `tf.config.threading`.

    Raises:
        InputError: if there is no such file, it is not a reader, it is damaged or of another format
            version, or the package that runs it is not installed; or if `threads` is below 1 or given for
            another file than an `.onnx` file.
    """
    path = shipped_reader(".onnx") if path is None else Path(path)
    if threads is not None and (path.suffix != ".onnx" or threads < 1):
        raise InputError(f"{path}: threads must be at least 1, and are for .onnx files only, got {threads}")
    if path.is_dir():
        return _load_saved_model(path)
    if not path.exists():
        raise InputError(f"{path}: no such file: give an .onnx file, a .keras file or a SavedModel folder")
    if path.suffix == ".onnx":
        return _load_onnx(path, threads)
    if path.suffix == ".keras":
        return _load_keras(path)
    raise InputError(f"{path}: not a reader: give an .onnx file, a .keras file or a SavedModel folder")


def shipped_reader(suffix: str) -> Path:
    """Path of the reader that ships with the package, as `.onnx` or `.keras`."""
    return Path(str(importlib.resources.files("keras_reader") / "pretrained" / "letters" / f"reader{suffix}"))


def _load_onnx(path, threads):
    try:
        import onnxruntime
    except ModuleNotFoundError:
        raise InputError(f"{path}: reading with it takes onnxruntime: pip install onnxruntime") from None
    options = onnxruntime.SessionOptions()
    if threads is not None:
        options.intra_op_num_threads = threads
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no base class of their own
        raise InputError(f"{path}: not an ONNX file that can be loaded ({first_line(error)})") from None
    config = config_from_metadata(session.get_modelmeta().custom_metadata_map, str(path))
    names = [output.name for output in session.get_outputs()]

    def run(images):
        return dict(zip(names, session.run(names, {"image": images}), strict=True))

    return Reader(config, run, str(path))


def _load_saved_model(path):
    if not (path / "saved_model.pb").is_file():
        raise InputError(f"{path}: a folder, but not a SavedModel: it has no saved_model.pb")
    about = path / "assets.extra" / "keras_reader.json"
    try:
        values = json.loads(about.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        raise InputError(
            f"{path}: not a reader that this program exported: {about.name} is missing or damaged"
        ) from None
    config = config_from_metadata(values, str(path))
    tensorflow = _import_for("tensorflow", path)
    try:
        loaded = tensorflow.saved_model.load(str(path))
    except Exception as error:  # TensorFlow raises OSError, ValueError and its own errors alike
        raise InputError(f"{path}: not a SavedModel that can be loaded ({first_line(error)})") from None

    def run(images):
        # `loaded` is kept because the endpoint alone does not keep its variables alive.
        return {name: value.numpy() for name, value in loaded.serve(images).items() if name != "text"}

    return Reader(config, run, str(path))


def _load_keras(path):
    _import_for("keras", path)
    from keras_reader.models.loading import load_reader_model
    from keras_reader.models.serving import serving_model

    reader = load_reader_model(path)
    model = serving_model(reader)

    def run(images):
        # As the exported graphs do it; `Reader.read` gives no such images.
        step = -(-max(images.shape[1:]) // OPENED_SIDE)
        images = images[:, ::step, ::step]
        # Of no image at all, Keras gives no outputs but an error.
        outputs = model.predict_on_batch(images if len(images) else np.zeros((1, 1, 1), np.uint8))
        return {name: value[: len(images)] for name, value in outputs.items()}

    return Reader(reader.config, run, str(path))


def _import_for(package, path):
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        raise InputError(f"{path}: reading with it takes {error.name}: pip install keras_reader[train]") from None
