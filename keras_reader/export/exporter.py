"""Export to SavedModel and ONNX: all or nothing, and only after both were seen to agree with Keras."""

import io
import logging
import shutil
import tempfile
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path

from PIL import Image

from keras_reader.errors import InputError
from keras_reader.export.onnx_file import write_onnx
from keras_reader.export.parity import ExportError, check_parity, failing
from keras_reader.export.saved_model import write_saved_model
from keras_reader.inference.loading import load
from keras_reader.inference.reader import Reader
from keras_reader.models.loading import load_reader_model
from keras_reader.models.serving import serving_model

SAVED_MODEL = "saved_model"
ONNX = "reader.onnx"
INT8 = "reader.int8.onnx"


def export_reader(
    reader_path: str | Path, out: str | Path | None = None, progress: Callable[[str], None] | None = None
) -> tuple[Path, Path]:
    """Export a `.keras` reader to `saved_model/` and `reader.onnx`.

    Both are written in a temporary folder beside their place, loaded back with the runtimes that a
    user would use, and compared with the Keras model (see `check_parity`); only then do they take
    their final names, in place of what was there. A `reader.int8.onnx` that is there goes: it was made
    from the ONNX file that is replaced, and would read as that one did. The TensorFlow backend of Keras
    is needed.

    The SavedModel has two endpoints, as attributes and as signatures of the same names, `serve` also as
    the signature `serving_default`:

    - `serve` takes `image`, uint8 `(batch, height, width)` in [0, 255], of any size;
    - `serve_bytes` takes `image_bytes`, string `(batch,)`, PNG, JPEG, BMP or GIF files, each of a size of
      its own (see `keras_reader.export.tf_image_decoding.decode_grey`).

    Both give a dict of `text`, string `(batch,)` in UTF-8; `ids`, int32 `(batch, decoding_steps)`; `confidence`,
    float32 `(batch,)`; `character_confidence`, float32 `(batch, decoding_steps)`; and `masks`, float32
    `(batch, decoding_steps, H, W)` at the reader's own size, all in [0, 1]. The ONNX file takes `image` and gives
    the same without `text`. Both carry the values of `keras_reader.metadata.metadata`: the ONNX file as
    its `metadata_props`, the SavedModel in `assets.extra/keras_reader.json`.

    Args:
        reader_path: the `.keras` file.
        out: the folder to write to, made if need be; `None` for the folder of `reader_path`.
        progress: is given a line of text at every stage.

    Returns:
        The paths of the SavedModel folder and the ONNX file.

    Raises:
        InputError: if `reader_path` is not a reader, `out` cannot be written or holds other things under
            these names, or Keras runs on another backend than TensorFlow.
        ExportError: if an artifact cannot be made, does not load or fails the comparison. Nothing is
            left behind, and what was there before is still there.
    """
    say = progress or (lambda line: None)
    reader_path = Path(reader_path)
    out = Path(out) if out is not None else reader_path.parent
    model = load_reader_model(reader_path)
    _require_tensorflow()
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
        say("comparing both with the Keras model")
        differences = check_parity(reference, [*_load_saved_model(saved_model), _load_onnx(onnx)])
        for source, difference in differences.items():
            say(f"{source}: the same ids, everything else within {difference:.1g}")
        _move_into_place(work, out)
        if (work / INT8).exists():
            say(f"{INT8}: removed, since it was made from the earlier {ONNX}")
    return out / SAVED_MODEL, out / ONNX


def _require_tensorflow():
    import keras

    backend = keras.config.backend()
    if backend != "tensorflow":
        raise InputError(
            f"exporting takes the TensorFlow backend of Keras, not {backend}: run it with KERAS_BACKEND=tensorflow "
            "(a .keras file is the same for all backends)"
        )
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import tf2onnx  # noqa: F401
    except ModuleNotFoundError as error:
        raise InputError(f"exporting takes {error.name}: pip install {error.name}") from None


def _refuse_foreign(out):
    """Refuse to replace anything that cannot be an earlier export."""
    if out.exists() and not out.is_dir():
        raise InputError(f"{out}: not a folder: choose another one with --out")
    saved_model = out / SAVED_MODEL
    if saved_model.exists() and not (saved_model / "saved_model.pb").is_file():
        raise InputError(f"{saved_model}: exists and is no SavedModel: move it away, or choose a folder with --out")
    for onnx in (out / ONNX, out / INT8):
        if onnx.is_dir():
            raise InputError(f"{onnx}: a folder, where the ONNX file goes: move it away, or choose a folder with --out")


@contextmanager
def _work_folder(out):
    """A temporary folder inside `out`, which is made, and unmade on failure if it was not there before."""
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        out.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".export-", dir=out))
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror}): choose another folder with --out") from None
    try:
        yield work
    except BaseException:
        shutil.rmtree(work)
        # Someone else may have put something there by now.
        with suppress(OSError):
            for folder in made:
                folder.rmdir()
        raise
    shutil.rmtree(work)


def _move_into_place(work, out):
    """Give both artifacts their final names and take away what was there; whatever goes wrong, that is put back.

    What is taken away lies in `work` afterwards: the SavedModel as "replaced", the 8-bit ONNX file under its name.
    """
    # A folder cannot replace another in one stroke: between the first two renames there is none.
    moves = [(out / SAVED_MODEL, work / "replaced"), (work / SAVED_MODEL, out / SAVED_MODEL)]
    moves += [(out / INT8, work / INT8), (work / ONNX, out / ONNX)]
    try:
        for source, target in moves:
            if source.exists():
                source.replace(target)
    except BaseException as error:
        # The last move overwrites: once it is done, nothing is to be put back.
        if (work / ONNX).exists():
            for source, target in reversed(moves):
                if target.exists() and not source.exists():
                    target.rename(source)
        if isinstance(error, OSError):
            raise ExportError(f"{out}: cannot be written ({error.strerror})") from error
        raise


@contextmanager
def _quiet():
    """Keep the converter's and TensorFlow's log to themselves: what matters in it becomes an ExportError."""
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
    """The SavedModel twice: as `keras_reader.load` reads it, and as a server calls `serve_bytes`."""
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
