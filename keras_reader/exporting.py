"""Export to SavedModel and ONNX: all or nothing, and only after both were seen to agree with Keras."""

import io
import json
import logging
import math
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from PIL import Image

from keras_reader.artifact import metadata
from keras_reader.errors import CommandError, InputError
from keras_reader.reading import Reader, load, load_reader_model
from keras_reader.synthetic import SyntheticWords

SAVED_MODEL = "saved_model"
ONNX = "reader.onnx"
OUTPUTS = ("ids", "confidence", "character_confidence", "masks")
TOLERANCE = 1e-4
ONNX_OPSET = 18

# Weights of more values than this are kept away from the converter, which copies the whole graph many times over.
LARGE_WEIGHT = 100_000


class ExportError(CommandError):
    """An artifact that could not be made, does not load, or disagrees with the Keras model."""


def export_reader(
    reader_path: str | Path, out: str | Path | None = None, progress: Callable[[str], None] | None = None
) -> tuple[Path, Path]:
    """Export a `.keras` reader to `saved_model/` and `reader.onnx`.

    Both are written in a temporary folder beside their place, loaded back with the runtimes that a
    user would use, and compared with the Keras model (see `check_parity`); only then do they take
    their final names, in place of what was there. The TensorFlow backend of Keras is needed.

    The SavedModel has two endpoints, as attributes and as signatures of the same names, `serve` also as
    the signature `serving_default`:

    - `serve` takes `image`, uint8 `(batch, height, width)` in [0, 255], of any size;
    - `serve_bytes` takes `image_bytes`, string `(batch,)`, PNG, JPEG, BMP or GIF files, each of a size of
      its own (see `keras_reader.encoded_images.decode_grey`).

    Both give a dict of `text`, string `(batch,)` in UTF-8; `ids`, int32 `(batch, steps)`; `confidence`,
    float32 `(batch,)`; `character_confidence`, float32 `(batch, steps)`; and `masks`, float32
    `(batch, steps, H, W)` at the reader's own size, all in [0, 1]. The ONNX file takes `image` and gives
    the same without `text`. Both carry the values of `keras_reader.artifact.metadata`: the ONNX file as
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

    from keras_reader.nn.serving import serving_model

    serving = serving_model(model)
    reference = Reader(model.config, serving.predict_on_batch, str(reader_path))
    with _work_folder(out) as work, _quiet():
        say("SavedModel: writing")
        saved_model = work / SAVED_MODEL
        with _failing(SAVED_MODEL, "cannot be written"):
            _write_saved_model(serving, model.config, saved_model)
        say("ONNX: converting")
        onnx = work / ONNX
        with _failing(ONNX, "cannot be written"):
            _write_onnx(serving, model.config, onnx)
        say("comparing both with the Keras model")
        differences = check_parity(reference, [*_load_saved_model(saved_model), _load_onnx(onnx)])
        for source, difference in differences.items():
            say(f"{source}: the same ids, everything else within {difference:.1g}")
        return _move_into_place(work, out)


def check_parity(reference: Reader, artifacts: Sequence[Reader]) -> dict[str, float]:
    """Compare readers on 256 images: synthetic words and noise, of several sizes from one pixel on.

    Args:
        reference: the reader that is right.
        artifacts: the readers to examine. Where one gives `text` as well, that is compared with the ids.

    Returns:
        For the `source` of each artifact the largest absolute difference of confidences and masks.

    Raises:
        ExportError: if an artifact fails, has another configuration, reads another character anywhere, or if
            a confidence or a mask differs by more than `TOLERANCE` or is not finite.
    """
    for artifact in artifacts:
        if artifact.config != reference.config:
            raise ExportError(f"{artifact.source}: carries another configuration than the Keras model")
    largest = {artifact.source: 0.0 for artifact in artifacts}
    for images in _parity_images(reference.config):
        expected = reference.run(images)
        for artifact in artifacts:
            with _failing(artifact.source, f"does not run on images of {images.shape[1]}x{images.shape[2]} pixels"):
                got = artifact.run(images)
            difference = _difference(reference.config, expected, got, artifact.source)
            largest[artifact.source] = max(largest[artifact.source], difference)
    return largest


def _difference(config, expected, got, source):
    if not np.array_equal(got["ids"], expected["ids"]):
        raise ExportError(f"{source}: reads other characters than the Keras model")
    if "text" in got and got["text"].tolist() != [config.characters.decode(ids).encode() for ids in expected["ids"]]:
        raise ExportError(f"{source}: gives a text that is not that of its ids")
    largest = 0.0
    for name in OUTPUTS[1:]:
        difference = float(np.max(np.abs(got[name] - expected[name])))
        # So written that NaN, which is neither more nor less than anything, fails too.
        if not difference <= TOLERANCE:
            raise ExportError(f"{source}: {name} differs from the Keras model's by {difference:.2g}")
        largest = max(largest, difference)
    return largest


def _parity_images(config) -> Iterator[np.ndarray]:
    height, width = config.image_size
    room = (max(height, 40), max(width, 40, 16 * config.max_length))
    words = {"alphabet": config.alphabet, "max_length": config.max_length, "split": "test"}
    yield SyntheticWords(**words, image_size=room).batch(range(96))[0]
    room = (2 * room[0] + 1, 2 * room[1] + 1)
    yield SyntheticWords(**words, image_size=room, font_size=(12, 24), intensity=220).batch(range(32))[0]
    random = np.random.default_rng(0)
    sizes = {
        (height, width): 64,
        (3 * height, 2 * width + 7): 16,
        (height // 2, 5 * width): 16,
        (1, 1): 16,
        (1, 3 * width): 8,
        (600, 1000): 8,
    }
    for size, count in sizes.items():
        yield random.integers(0, 256, (count, *size), dtype=np.uint8)


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
    saved_model, onnx = out / SAVED_MODEL, out / ONNX
    if saved_model.exists() and not (saved_model / "saved_model.pb").is_file():
        raise InputError(f"{saved_model}: exists and is no SavedModel: move it away, or choose a folder with --out")
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
    """Give both artifacts their final names; whatever goes wrong, what was there is put back."""
    new, final, aside = work / SAVED_MODEL, out / SAVED_MODEL, work / "replaced"
    try:
        # A folder cannot replace another in one stroke: between these two renames there is none.
        if final.exists():
            final.rename(aside)
        new.rename(final)
        (work / ONNX).replace(out / ONNX)
    except BaseException as error:
        if not new.exists():
            final.rename(new)
        if aside.exists():
            aside.rename(final)
        if isinstance(error, OSError):
            raise ExportError(f"{out}: cannot be written ({error.strerror})") from error
        raise
    return final, out / ONNX


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


@contextmanager
def _failing(name, what):
    """Turn whatever TensorFlow, tf2onnx, onnx or onnxruntime raise, which share no base class, into an ExportError."""
    try:
        yield
    except ExportError:
        raise
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise ExportError(f"{name}: {what} ({lines[0]})") from error


def _write_saved_model(model, config, path):
    import keras
    import tensorflow as tf

    from keras_reader.encoded_images import decode_grey

    characters = tf.constant([*config.alphabet, ""])
    resize, decoding = model.get_layer("resize"), model.get_layer("decoding")

    def read(image):
        # On a CPU, TensorFlow's convolutions of no image at all come out in the wrong shape and fail.
        batch = tf.shape(image)[0]
        padded = tf.pad(image, [(0, tf.cast(batch == 0, tf.int32)), (0, 0), (0, 0), (0, 0)])
        outputs = {name: value[:batch] for name, value in decoding(padded, training=False).items()}
        ended = tf.cumsum(tf.cast(outputs["ids"] == config.characters.terminator, tf.int32), axis=1) > 0
        text = tf.strings.reduce_join(tf.where(ended, "", tf.gather(characters, outputs["ids"])), axis=1)
        return {"text": text, **outputs}

    def serve(image):
        return read(resize(image))

    def serve_bytes(image_bytes):
        # One at a time, since each may have a size of its own.
        images = tf.map_fn(
            lambda encoded: resize(decode_grey(encoded)[None])[0],
            image_bytes,
            fn_output_signature=tf.TensorSpec((*config.image_size, 1), tf.float32),
        )
        return read(images)

    archive = keras.export.ExportArchive()
    archive.add_endpoint("serve", serve, [tf.TensorSpec((None, None, None), tf.uint8, name="image")])
    archive.add_endpoint("serve_bytes", serve_bytes, [tf.TensorSpec((None,), tf.string, name="image_bytes")])
    archive.write_out(str(path), verbose=False)
    about = path / "assets.extra" / "keras_reader.json"
    about.parent.mkdir()
    about.write_text(json.dumps(metadata(config)), encoding="utf-8")


def _write_onnx(model, config, path):
    import keras
    import onnx
    import tensorflow as tf
    import tf2onnx

    from keras_reader.onnx_graph import simplify

    large = [variable for variable in model.variables if math.prod(variable.shape) > LARGE_WEIGHT]
    large = {f"weight_{i}": variable for i, variable in enumerate(large)}

    def serve(image, *weights):
        with keras.StatelessScope(state_mapping=list(zip(large.values(), weights, strict=True))):
            return model(image, training=False)

    signature = [tf.TensorSpec((None, None, None), tf.uint8, name="image")]
    signature += [tf.TensorSpec(variable.shape, tf.float32, name=name) for name, variable in large.items()]
    function = tf.function(serve, input_signature=signature, autograph=False)
    proto, _ = tf2onnx.convert.from_function(function, signature, opset=ONNX_OPSET)
    graph = proto.graph

    # The converter keeps what it cannot convert, and writes a file that no runtime loads.
    operators = {(node.op_type, node.domain) for node in graph.node}
    unsupported = sorted(name for name, domain in operators if not onnx.defs.has(name, ONNX_OPSET, domain))
    if unsupported:
        raise ExportError(f"{path.name}: ONNX has no operator for TensorFlow's {', '.join(unsupported)}")

    graph.initializer.extend(onnx.numpy_helper.from_array(value.numpy(), name) for name, value in large.items())
    types = {value.name: value.type.tensor_type.elem_type for value in [*graph.input, *graph.output]}
    shapes = {"image": ("batch", "height", "width")}
    shapes |= {name: ("batch", *model.output[name].shape[1:]) for name in OUTPUTS}
    values = {name: onnx.helper.make_tensor_value_info(name, types[name], shape) for name, shape in shapes.items()}
    del graph.input[:], graph.output[:], graph.value_info[:]
    graph.input.append(values["image"])
    graph.output.extend(values[name] for name in OUTPUTS)
    graph.name = "keras_reader"
    simplify(proto)
    onnx.helper.set_model_props(proto, metadata(config))
    onnx.save(proto, path)


def _load_saved_model(path):
    """The SavedModel twice: as `keras_reader.load` reads it, and as a server calls `serve_bytes`."""
    import tensorflow as tf

    reader = _load_back(path)
    with _failing(path.name, "does not load"):
        loaded = tf.saved_model.load(str(path))

    def run(images):
        outputs = loaded.signatures["serve_bytes"](image_bytes=tf.constant([_png(image) for image in images]))
        return {name: value.numpy() for name, value in outputs.items()}

    return reader, Reader(reader.config, run, f"{path.name}, serve_bytes")


def _load_onnx(path):
    import onnx

    with _failing(path.name, "is not valid ONNX"):
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
