"""Reading images with a trained reader, whatever file it comes from.

Nothing here imports TensorFlow or Keras until a file needs them: an `.onnx` file takes onnxruntime
alone.
"""

import importlib.resources
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from keras_reader.artifact import check_format_version, config_from_metadata
from keras_reader.config import ReaderConfig
from keras_reader.errors import InputError
from keras_reader.images import open_grey

# A batch ends at so many images, or pixels: sixty-four photographs at once would fill the memory.
BATCH_IMAGES = 64
BATCH_PIXELS = 1 << 24


@dataclass(frozen=True)
class Reading:
    """What a reader gives for one image.

    Attributes:
        text: the characters read, without the terminator.
        confidence: probability in [0, 1] that the whole text is right, its length included.
        character_confidence: float32 `(characters,)` in [0, 1]: probability of each character.
        masks: float32 `(characters, height, width)` in [0, 1], at the reader's own image size: what
            the reader looked through at each character.
        end_confidence: probability in [0, 1] of the terminator; `None` if no step gave it.
        end_mask: float32 `(height, width)`: what the reader looked through when it gave the
            terminator; `None` if no step gave it.
    """

    text: str
    confidence: float
    character_confidence: np.ndarray
    masks: np.ndarray
    end_confidence: float | None
    end_mask: np.ndarray | None


class Reader:
    """A trained reader. `load` makes one.

    Args:
        config: what the reader reads.
        run: takes uint8 images `(batch, height, width)` of one size in [0, 255] and gives the arrays
            `ids`, `confidence`, `character_confidence` and `masks` of the exported artifacts.
        source: the file that the reader comes from.
    """

    def __init__(self, config: ReaderConfig, run: Callable[[np.ndarray], dict[str, np.ndarray]], source: str):
        self.config = config
        self.source = source
        self._run = run

    def run(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """What the artifact gives for a batch of images of one size, as arrays.

        Args:
            images: uint8 `(batch, height, width)` in [0, 255], of any size from one pixel on; the batch may be
                empty.

        Returns:
            A dict of `ids`, int32 `(batch, steps)`; `confidence`, float32 `(batch,)`; `character_confidence`,
            float32 `(batch, steps)`; and `masks`, float32 `(batch, steps, H, W)` at the reader's own size.

        Raises:
            InputError: if the images are of another type or shape. The artifacts themselves take the same and
                refuse the same; `read` takes colour images too.
        """
        images = np.asarray(images)
        if images.dtype != np.uint8 or images.ndim != 3 or 0 in images.shape[1:]:
            raise InputError(
                f"a batch of images must be grey, uint8 (batch, height, width), got {images.dtype} {images.shape}: "
                "Reader.read takes images of other kinds too"
            )
        return self._run(images)

    def read(self, images, batch_size: int = BATCH_IMAGES) -> Iterator[Reading]:
        """Read one image or many; readings come in the order of the images, as soon as they are there.

        Args:
            images: one image or an iterable of images; an image is a path, the bytes of an image file,
                a Pillow image, or an array: `(height, width)` grey or `(height, width, 3)` colour,
                uint8 in [0, 255] or floating-point in [0, 1]. An array `(images, height, width)` or
                `(images, height, width, 3)` holds many; one of three dimensions, of which the last is 1, 3
                or 4, is one image.
            batch_size: number of images read at once; fewer where they are large.

        Raises:
            InputError: if an image cannot be read.
        """
        if batch_size < 1:
            raise InputError(f"batch_size must be at least 1, got {batch_size}")
        batch, pixels = [], 0
        for image in map(as_grey, _one_or_many(images)):
            batch.append(image)
            pixels += image.size
            if len(batch) == batch_size or pixels >= BATCH_PIXELS:
                yield from self._read_batch(batch)
                batch, pixels = [], 0
        yield from self._read_batch(batch)

    def read_one(self, image) -> Reading:
        """Read one image, of any form that `read` takes."""
        return self._read_batch([as_grey(image)])[0]

    def _read_batch(self, images):
        # A call takes images of one size; the order of sizes must not be the order of readings.
        by_shape = {}
        for i, image in enumerate(images):
            by_shape.setdefault(image.shape, []).append(i)
        readings = [None] * len(images)
        for indices in by_shape.values():
            outputs = self.run(np.stack([images[i] for i in indices]))
            for row, i in enumerate(indices):
                readings[i] = self._reading({name: array[row] for name, array in outputs.items()})
        return readings

    def _reading(self, output):
        alphabet = self.config.characters
        text = alphabet.decode(output["ids"])
        n = len(text)
        ended = n < len(output["ids"])
        return Reading(
            text=text,
            confidence=float(output["confidence"]),
            character_confidence=output["character_confidence"][:n],
            masks=output["masks"][:n],
            end_confidence=float(output["character_confidence"][n]) if ended else None,
            end_mask=output["masks"][n] if ended else None,
        )


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
    return Path(str(importlib.resources.files("keras_reader") / "shipped" / f"reader{suffix}"))


def as_grey(image) -> np.ndarray:
    """An image of any form that `Reader.read` takes, as uint8 `(height, width)` in [0, 255]."""
    if isinstance(image, (str, Path, bytes, Image.Image)):
        return open_grey(image)
    array = np.asarray(image)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)) or 0 in array.shape:
        raise InputError(f"an image array must be (height, width) or (height, width, 3), got {array.shape}")
    if np.issubdtype(array.dtype, np.floating):
        if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
            raise InputError("a floating-point image must lie in [0, 1]: divide it by its largest possible value")
        array = np.rint(array * 255).astype(np.uint8)
    if array.dtype == bool:
        array = array.astype(np.uint8) * 255
    if array.dtype != np.uint8:
        raise InputError(f"an image array must be uint8 in [0, 255] or floating-point in [0, 1], got {array.dtype}")
    if array.ndim == 2:
        return array
    return array[:, :, 0] if array.shape[2] == 1 else open_grey(Image.fromarray(array))


def _one_or_many(images) -> Iterable:
    if isinstance(images, (str, Path, bytes, Image.Image)):
        return [images]
    if isinstance(images, np.ndarray) and (images.ndim == 2 or (images.ndim == 3 and images.shape[2] in (1, 3, 4))):
        return [images]
    return images


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
        raise InputError(f"{path}: not an ONNX file that can be loaded ({_first_line(error)})") from None
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
        raise InputError(f"{path}: not a SavedModel that can be loaded ({_first_line(error)})") from None

    def run(images):
        # `loaded` is kept because the endpoint alone does not keep its variables alive.
        return {name: value.numpy() for name, value in loaded.serve(images).items() if name != "text"}

    return Reader(config, run, str(path))


def _load_keras(path):
    reader = load_reader_model(path)
    from keras_reader.nn.serving import serving_model

    model = serving_model(reader)

    def run(images):
        # Of no image at all, Keras gives no outputs but an error.
        outputs = model.predict_on_batch(images if len(images) else np.zeros((1, 1, 1), np.uint8))
        return {name: value[: len(images)] for name, value in outputs.items()}

    return Reader(reader.config, run, str(path))


def load_reader_model(path: str | Path):
    """Load a `.keras` file as a `ReaderModel`, compiled if it was saved so.

    Raises:
        InputError: if the file is not a reader's, is damaged or is of another format version.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            saved = json.loads(archive.read("config.json"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or _first_line(error)
        raise InputError(f"{path}: not a .keras file that can be read ({reason})") from None
    if not isinstance(saved, dict) or saved.get("registered_name") != "keras_reader>ReaderModel":
        raise InputError(f"{path}: a Keras model, but not a reader: train one with train.py")
    check_format_version(saved["config"].get("format_version"), str(path))

    keras = _import_for("keras", path)
    import keras_reader.nn.model  # noqa: F401 (registers the classes)

    try:
        return keras.models.load_model(path)
    except Exception as error:  # a damaged archive fails in any layer of Keras, h5py or zipfile
        raise InputError(f"{path}: a reader, but damaged ({_first_line(error)})") from None


def _import_for(package, path):
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        raise InputError(f"{path}: reading with it takes {error.name}: pip install keras_reader[train]") from None


def _first_line(error):
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
