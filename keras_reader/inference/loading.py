"""Loading a reader from a file of any format."""

import importlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from keras_reader import hub
from keras_reader.config import ReaderConfig
from keras_reader.cores import usable_cores
from keras_reader.errors import InputError, first_line
from keras_reader.inference.litert_reader import load_litert
from keras_reader.inference.onnx_check import check_onnx
from keras_reader.inference.onnx_providers import Providers, session_of_providers
from keras_reader.inference.reader import Reader
from keras_reader.inference.saved_model_check import check_saved_model
from keras_reader.inference.side_by_side import SideBySide
from keras_reader.limits import METADATA_BYTES, MODEL_BYTES, OPENED_SIDE
from keras_reader.metadata import check_checksum, config_from_metadata, output_shapes
from keras_reader.pretrained import DEFAULT_MODEL, model_names, shipped_name, shipped_reader
from keras_reader.regular_files import read_regular, shown


def load(
    path: str | Path | None = None,
    threads: int | None = None,
    trusted: bool = False,
    providers: Providers | None = None,
) -> Reader:
    """Load a reader: one that ships, one from the Hugging Face Hub, or a file of one's own.

    An `.onnx` file runs on the CPU, where export compared it with the Keras model, or with other `providers` of ONNX
    Runtime, which are compared with the CPU now.

    A SavedModel is a program, which TensorFlow runs with all rights of the process. ONNX and LiteRT files are programs
    too, though they can only compute. So all are looked through before any runtime sees them: they may hold only
    operations that our exporter writes. What a file claims is compared with what it holds, and its SHA-256 checksum
    with its weights. Files from the Hub are treated like any other. SECURITY.md says more.

    Args:
        path: an `.onnx`, `.tflite` or `.keras` file or a SavedModel folder; the name of a reader that ships with the
            package (`keras-reader models` lists them); or `"hf://owner/name"`, `"hf://owner/name@revision"` for one on
            the Hub, of which the `.onnx` file is downloaded. A file or folder of this name has priority. `None` for the
            default of those that ship.
        threads: number of threads of ONNX Runtime, `None` for one per core, or of LiteRT, `None` for one. Use 1 if
            several processes read at the same time. For other formats, set TensorFlow's threads for the whole process
            with `tf.config.threading`.
        trusted: whether to let operations through that our exporter does not write. Whoever made the file can then do
            whatever you can.
        providers: execution providers of ONNX Runtime, the most wanted first, such as `["CUDAExecutionProvider"]`,
            each a name or a pair of name and options; `None` for the CPU. For `.onnx` files only. What they give for a
            fixed set of images is compared with what the CPU gives, see
            `keras_reader.inference.onnx_providers.session_of_providers`.

    Raises:
        InputError: if the file does not exist, is not a reader, is damaged or has another format version; if no reader
            has this name; if a reader cannot be had from the Hub; if the package that runs it is not installed; if
            `threads` is below 1 or is given for another format than `.onnx` and `.tflite`; or if a provider is unknown,
            does not work here or disagrees with the CPU.
    """
    path = find_reader(path)
    if threads is not None and (path.suffix not in (".onnx", ".tflite") or threads < 1):
        raise InputError(f"{path}: threads must be at least 1 and are for .onnx and .tflite files only, got {threads}")
    if providers is not None and path.suffix != ".onnx":
        raise InputError(f"{path}: providers are for .onnx files only: leave them out")
    if path.is_dir():
        return _load_saved_model(path, trusted)
    if path.suffix == ".onnx":
        return _load_onnx(path, threads, trusted, providers)
    if path.suffix == ".tflite":
        return load_litert(path, threads, trusted)
    if path.suffix == ".keras":
        return _load_keras(path)
    raise InputError(f"{path}: not a reader: give an .onnx, .tflite or .keras file or a SavedModel folder")


def find_reader(model: str | Path | None = None, suffix: str = ".onnx") -> Path:
    """The file or folder that is meant by what a user gives for a reader.

    Args:
        model: as `path` in `load`. What exists as a file or folder is meant itself, whatever its format.
        suffix: `.onnx` or `.keras`, the file to take of a reader that ships or is on the Hub, which have both.

    Raises:
        InputError: if there is no such file and no such reader, or it cannot be had from the Hub.
    """
    if model is None:
        return shipped_reader(DEFAULT_MODEL, suffix)
    if os.path.exists(model):  # noqa: PTH110 - a path that is too long is none, too
        return Path(model)
    address = hub.parse_address(model)
    if address is not None:
        return hub.fetch(address, f"reader{suffix}")
    if str(model) in model_names():
        return shipped_reader(str(model), suffix)
    files = "a .keras file" if suffix == ".keras" else "an .onnx file, a .keras file, a SavedModel folder"
    raise InputError(
        f"{shown(model)}: no such file, and no reader that ships has this name: give {files}, hf://OWNER/NAME, or one "
        f"of {', '.join(model_names())}"
    )


def shipped_config(name: str) -> ReaderConfig:
    """The configuration of a reader that ships, from its ONNX file; no runtime is needed.

    Raises:
        InputError: if there is no such reader, or its file is damaged.
    """
    path = shipped_reader(name, ".onnx")
    values, _ = check_onnx(read_regular(path, MODEL_BYTES, "an ONNX file"), str(path))
    return config_from_metadata(values, str(path))


def origin(model: str | Path) -> str | None:
    """Where a reader comes from that is not a file of the user's, for a person; `None` if it is one."""
    shipped = shipped_name(model)
    if shipped is not None:
        return f"{shipped}, which ships with keras_reader"
    if os.path.exists(model):  # noqa: PTH110
        return None
    address = hub.parse_address(model)
    return f"{model}, which ships with keras_reader" if address is None else str(address)


def _load_onnx(path, threads, trusted, providers=None):
    try:
        import onnxruntime
    except ModuleNotFoundError:
        raise InputError(f"{path}: an .onnx file needs onnxruntime: pip install onnxruntime") from None
    content = read_regular(path, MODEL_BYTES, "an ONNX file")
    values, graph = check_onnx(content, str(path), trusted)
    config = config_from_metadata(values, str(path))
    check_checksum(values, [graph], str(path))

    def options_for(threads):
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # what it has to say about a file that it refuses is in its exception, too
        if threads is not None:
            options.intra_op_num_threads = threads
        return options

    def cpu_session(threads):
        return onnxruntime.InferenceSession(content, options_for(threads), providers=["CPUExecutionProvider"])

    try:
        session = cpu_session(threads)
    except Exception as error:  # onnxruntime's exceptions have no common base class
        raise InputError(f"{path}: cannot be loaded as an ONNX file ({first_line(error)})") from None
    _check_signature(session, config, path)
    if providers is not None:
        session = session_of_providers(content, options_for(threads), providers, session, config, str(path))
        return Reader(config, _run_of(session), str(path))
    run = _run_of(session)
    run_many = SideBySide(run, lambda: _run_of(cpu_session(1)), threads or usable_cores())
    return Reader(config, run, str(path), run_many=run_many)


def _run_of(session):
    names = [output.name for output in session.get_outputs()]

    def run(images):
        return dict(zip(names, session.run(names, {"image": images}), strict=True))

    return run


def _check_signature(session, config, path):
    """Refuse a graph whose inputs and outputs are not those that its metadata tell of."""
    expected: dict = {
        name: ("tensor(int32)" if name == "ids" else "tensor(float)", list(shape))
        for name, shape in output_shapes(config).items()
    }
    expected["image"] = ("tensor(uint8)", [None, None])
    got = {
        value.name: (value.type, [side if isinstance(side, int) else None for side in value.shape[1:]])
        for value in (*session.get_inputs(), *session.get_outputs())
    }
    for name, signature in expected.items():
        if got.get(name) != signature:
            raise InputError(f"{path}: its {name} is not what its metadata say: export the reader again")


def saved_model_parts(path: Path) -> Iterator[bytes]:
    """What a SavedModel computes with, for its checksum: the bytes of its graph and its variables.

    Raises:
        InputError: if a file cannot be read.
    """
    for file in (path / "saved_model.pb", *sorted((path / "variables").glob("*"))):
        yield file.name.encode()
        yield read_regular(file, MODEL_BYTES, "a SavedModel")


def _load_saved_model(path, trusted):
    if not (path / "saved_model.pb").is_file():
        more = f"; to read with the {path} that ships, rename this folder" if str(path) in model_names() else ""
        for name in ("reader.keras", "reader.onnx"):
            if (path / name).is_file():
                more = f"; give {path / name}"
        raise InputError(f"{path}: this folder is not a SavedModel: it has no saved_model.pb{more}")
    about = path / "assets.extra" / "keras_reader.json"
    try:
        values = json.loads(read_regular(about, 4 * METADATA_BYTES, "metadata"))
        if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
            raise ValueError
    except (ValueError, RecursionError):
        raise InputError(
            f"{path}: not a reader that keras_reader exported: {about.name} is missing or damaged"
        ) from None
    config = config_from_metadata(values, str(path))
    check_checksum(values, saved_model_parts(path), str(path))
    tensorflow = import_for("tensorflow", path)
    if not trusted:
        check_saved_model(path)
    try:
        loaded = tensorflow.saved_model.load(str(path))
    except Exception as error:  # TensorFlow raises OSError, ValueError and errors of its own
        raise InputError(f"{path}: cannot be loaded as a SavedModel ({first_line(error)})") from None

    def run(images):
        # The endpoint alone does not keep its variables alive, so this function refers to `loaded`.
        return {name: value.numpy() for name, value in loaded.serve(images).items() if name != "text"}

    return Reader(config, run, str(path))


def _load_keras(path):
    import_for("keras", path)
    from keras_reader.models.loading import load_reader_model
    from keras_reader.models.serving import serving_model

    reader = load_reader_model(path)
    model = serving_model(reader)

    def run(images):
        # Every k-th pixel of a very long image, as the exported graphs take it; `Reader.read` gives no such image.
        step = -(-max(images.shape[1:]) // OPENED_SIDE)
        images = images[:, ::step, ::step]
        # Keras fails on an empty batch, so one pixel stands in for it.
        outputs = model.predict_on_batch(images if len(images) else np.zeros((1, 1, 1), np.uint8))
        return {name: value[: len(images)] for name, value in outputs.items()}

    return Reader(reader.config, run, str(path))


def import_for(module: str, path: Path):
    """A module that the format of a file needs.

    Raises:
        InputError: if it, or a package that it imports, is not installed. It says what to install.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise InputError(f"{path}: this format needs {error.name}: pip install keras_reader[train]") from None
