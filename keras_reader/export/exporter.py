"""Export to SavedModel, ONNX and LiteRT. All are compared with the Keras model, and all are written or none."""

import io
import logging
import shutil
from collections.abc import Callable
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from PIL import Image

from keras_reader.atomic_files import exchange, temporary_folder
from keras_reader.errors import InputError, reason
from keras_reader.export.litert_file import require_litert, write_litert
from keras_reader.export.onnx_file import write_onnx
from keras_reader.export.parity import ExportError, check_parity, failing
from keras_reader.export.saved_model import write_saved_model
from keras_reader.inference.loading import load
from keras_reader.inference.reader import Reader
from keras_reader.models.loading import load_reader_model
from keras_reader.models.serving import decoding_model, serving_model

SAVED_MODEL = "saved_model"
ONNX = "reader.onnx"
INT8 = "reader.int8.onnx"
LITERT = "reader.tflite"
INT8_LITERT = "reader.int8.tflite"
EARLIER = ".saved_model.earlier"

# In the temporary folder: what an export takes away.
_TAKEN = "taken"
# What the 8-bit files are made from.
_SOURCES = {INT8: ONNX, INT8_LITERT: LITERT}


def export_reader(
    reader_path: str | Path,
    out: str | Path | None = None,
    progress: Callable[[str], None] | None = None,
    litert: bool = False,
) -> tuple[Path, Path]:
    """Export a `.keras` reader to `saved_model/` and `reader.onnx`, and to `reader.tflite` if it is wanted.

    All are written to a temporary folder, loaded back with the runtimes that a user would use, and compared with the
    Keras model (see `check_parity`). Then they get their final names and replace an earlier export. What was made from
    the export that is replaced is removed: 8-bit files, and a LiteRT file where no new one is wanted. Export needs the
    TensorFlow backend of Keras.

    The SavedModel has two endpoints. They are attributes and signatures of the same names, and `serve` is also the
    signature `serving_default`:

    - `serve` takes `image`, uint8 `(batch, height, width)` in [0, 255], of any size;
    - `serve_bytes` takes `image_bytes`, string `(batch,)`, PNG, JPEG, BMP or GIF files of different sizes
      (see `keras_reader.export.tf_image_decoding.decode_grey`).

    Both give a dict of `text`, string `(batch,)` in UTF-8, and of the outputs of `keras_reader.metadata.output_shapes`:
    `ids`, int32, and, float32 in [0, 1], `confidence`, `character_confidence`, `probabilities`, `masks` at the reader's
    own size and, of a reader with a language model, `seen`. The ONNX file takes `image` and gives the same without
    `text`. The LiteRT file takes `image`, float32 `(1, H, W, 1)` in [0, 1]: one image that
    is fitted already. All carry the values of `keras_reader.metadata.metadata`: the ONNX file in its `metadata_props`,
    the SavedModel in `assets.extra/keras_reader.json`, the LiteRT file in the metadata of the name `keras_reader`.

    Args:
        reader_path: the `.keras` file.
        out: the folder to write to; it is made if it does not exist. `None` for the folder of `reader_path`.
        progress: a function that is called with a line of text at every stage.
        litert: whether to write `reader.tflite` too, which needs `ai-edge-litert`.

    Returns:
        The paths of the SavedModel folder and the ONNX file.

    Raises:
        InputError: if `reader_path` is not a reader, if `out` cannot be written or holds other things under these
            names, if a package is missing, or if Keras runs on another backend than TensorFlow.
        ExportError: if an artifact cannot be made, does not load or fails the comparison. Nothing is left behind, and
            an earlier export stays as it was.
    """
    say = progress or (lambda line: None)
    reader_path = Path(reader_path)
    out = Path(out) if out is not None else reader_path.parent
    model = load_reader_model(reader_path)
    _require_tensorflow()
    if litert:
        require_litert()
    _refuse_foreign(out)

    serving = serving_model(model)
    reference = Reader(model.config, serving.predict_on_batch, str(reader_path))
    with _work_folder(out) as work, _quiet():
        say("SavedModel: writing")
        saved_model = work / SAVED_MODEL
        with failing(SAVED_MODEL, "cannot be written"):
            write_saved_model(serving, model.config, saved_model)
        say("ONNX: converting")
        onnx = work / ONNX
        with failing(ONNX, "cannot be written"):
            write_onnx(serving, model.config, onnx)
        if litert:
            say("LiteRT: converting")
            with failing(LITERT, "cannot be written"):
                write_litert(decoding_model(model), model.config, work / LITERT)
        say("comparing all with the Keras model")
        artifacts = [
            *_load_saved_model(saved_model),
            _load_onnx(onnx),
            *([_load_back(work / LITERT)] if litert else []),
        ]
        differences = check_parity(reference, artifacts)
        for source, difference in differences.items():
            say(f"{source}: the same ids, everything else within {difference:.1g}")
        _move_into_place(work, out)
        for taken in sorted((work / _TAKEN).iterdir()):
            if not (out / taken.name).exists():
                say(f"{taken.name}: removed, because it was made from the earlier {_SOURCES.get(taken.name, 'reader')}")
    return out / SAVED_MODEL, out / ONNX


def _require_tensorflow():
    import keras

    backend = keras.config.backend()
    if backend != "tensorflow":
        raise InputError(
            f"export needs the TensorFlow backend of Keras, not {backend}: set KERAS_BACKEND=tensorflow "
            "(all backends read and write the same .keras files)"
        )
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import tf2onnx  # noqa: F401
    except ModuleNotFoundError as error:
        raise InputError(f"export needs {error.name}: pip install {error.name}") from None


def _refuse_foreign(out):
    """Raise an `InputError` if `out` holds something else than an earlier export under the final names."""
    if out.exists() and not out.is_dir():
        raise InputError(f"{out}: not a folder: choose a folder with --out")
    saved_model = out / SAVED_MODEL
    if saved_model.exists() and not (saved_model / "saved_model.pb").is_file():
        raise InputError(
            f"{saved_model}: exists and is not a SavedModel: move it away, or choose another folder with --out"
        )
    for file in (out / ONNX, out / INT8, out / LITERT, out / INT8_LITERT):
        if file.is_dir():
            kind = "LiteRT" if file.suffix == ".tflite" else "ONNX"
            raise InputError(
                f"{file}: a folder, but the {kind} file goes here: move it away, or choose another folder with --out"
            )


@contextmanager
def _work_folder(out):
    """A temporary folder inside `out`. `out` is made, and removed on failure if it did not exist before."""
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        out.mkdir(parents=True, exist_ok=True)
        _put_back(out)
        context = temporary_folder(out, "export")
        work = context.__enter__()
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({reason(error)}): choose another folder with --out") from None
    try:
        with ExitStack() as stack:
            stack.push(context)
            yield work
    except BaseException:
        # Another program may have put a file there in the meantime.
        with suppress(OSError):
            for folder in made:
                folder.rmdir()
        raise


def _put_back(out):
    """Undo an exchange in two renames that was killed between them."""
    if (out / EARLIER).exists():
        if (out / SAVED_MODEL).exists():
            shutil.rmtree(out / EARLIER)
        else:
            (out / EARLIER).rename(out / SAVED_MODEL)


def _move_into_place(work, out):
    """Give the artifacts their final names. If this fails, the earlier export is put back.

    The names of the new and the earlier SavedModel are exchanged in one stroke. Where the file system cannot do that,
    the earlier one is called `EARLIER` for a moment, and the next export puts it back if this one is killed then. The
    other earlier files but the ONNX file are moved to a folder in `work`.
    """
    undo = []
    (work / _TAKEN).mkdir()
    try:
        _replace_folder(work / SAVED_MODEL, out / SAVED_MODEL, out / EARLIER, undo)
        for name in (INT8, INT8_LITERT, LITERT):
            if (out / name).exists():
                _move(out / name, work / _TAKEN / name, undo)
        if (work / LITERT).exists():
            _move(work / LITERT, out / LITERT, undo)
        (work / ONNX).replace(out / ONNX)
    except BaseException as error:
        # The last move overwrites the earlier ONNX file. Once it is done, there is nothing to put back.
        if (work / ONNX).exists():
            for step in reversed(undo):
                step()
        if isinstance(error, OSError):
            raise ExportError(f"{out}: cannot be written ({reason(error)})") from error
        raise
    if (out / EARLIER).exists():
        shutil.rmtree(out / EARLIER, ignore_errors=True)


def _move(source, target, undo):
    source.replace(target)
    undo.append(lambda: target.rename(source))


def _replace_folder(new, target, earlier, undo):
    if not target.exists():
        new.replace(target)
        undo.append(lambda: target.rename(new))
    elif exchange(new, target):
        undo.append(lambda: exchange(new, target))
    else:
        target.replace(earlier)
        undo.append(lambda: earlier.rename(target))
        new.replace(target)
        undo.append(lambda: target.rename(new))


@contextmanager
def _quiet():
    """Silence the logs of the converter and of TensorFlow. Failures become an ExportError instead."""
    loggers = [logging.getLogger(name) for name in ("tf2onnx", "tensorflow")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _load_saved_model(path):
    """Two readers of the SavedModel: as `keras_reader.load` reads it, and as a server calls `serve_bytes`."""
    import tensorflow as tf

    reader = _load_back(path)
    with failing(path.name, "does not load"):
        loaded = tf.saved_model.load(str(path))

    def run(images):
        outputs = loaded.signatures["serve_bytes"](image_bytes=tf.constant([_png(image) for image in images]))
        return {name: value.numpy() for name, value in outputs.items()}

    return reader, Reader(reader.config, run, f"{path.name}, serve_bytes")


def _load_onnx(path):
    import onnx

    with failing(path.name, "is not valid ONNX"):
        onnx.checker.check_model(str(path), full_check=True)
    return _load_back(path)


def _load_back(path):
    try:
        reader = load(path)
    except InputError as error:
        raise ExportError(str(error).replace(str(path), path.name)) from error
    return Reader(reader.config, reader.run, path.name)


def _png(image):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", compress_level=0)
    return file.getvalue()
