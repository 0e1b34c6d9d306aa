"""Reading with a LiteRT file (`.tflite`), the format of phones and small devices."""

import threading
from pathlib import Path

import numpy as np

from keras_reader.config import ReaderConfig
from keras_reader.errors import InputError, first_line
from keras_reader.images import resize
from keras_reader.inference.litert_file import check_litert, litert_checksum
from keras_reader.inference.reader import Reader
from keras_reader.limits import MODEL_BYTES, OPENED_SIDE
from keras_reader.metadata import CHECKSUM, config_from_metadata, output_shapes
from keras_reader.quiet import quiet_stderr
from keras_reader.regular_files import read_regular


def load_litert(path: Path, threads: int | None = None, trusted: bool = False) -> Reader:
    """Load a reader from a `.tflite` file, see `keras_reader.inference.loading.load`.

    The file takes one image of the reader's own size at a time, so that a device needs no memory beyond what the file
    says, and images are fitted into that size here, by `keras_reader.images.resize`, which is what the other formats do
    inside their graphs. Reading is quickest on one thread, the default.

    Raises:
        InputError: if the file is not a reader, is damaged, or `ai-edge-litert` is not installed.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ModuleNotFoundError as error:
        raise InputError(
            f"{path}: a .tflite file needs {error.name}: pip install keras_reader[litert] (or ai-edge-litert)"
        ) from None
    content = read_regular(path, MODEL_BYTES, "a LiteRT file")
    values, _ = check_litert(content, str(path), trusted)
    config = config_from_metadata(values, str(path))
    if values.get(CHECKSUM) != litert_checksum(content, values):
        raise InputError(f"{path}: damaged, or changed since it was exported: its checksum is another")
    try:
        with quiet_stderr():  # it says that it uses XNNPACK
            interpreter = Interpreter(model_content=content, num_threads=threads or 1)
            interpreter.allocate_tensors()
            runner = interpreter.get_signature_runner()
    except Exception as error:  # RuntimeError, ValueError, and what its bindings raise
        raise InputError(f"{path}: cannot be loaded as a LiteRT file ({first_line(error)})") from None
    _check_signature(runner, config, path)
    return Reader(config, _Run(config, runner, interpreter), str(path))


def _outputs(config: ReaderConfig) -> dict[str, tuple[tuple[int, ...], type]]:
    """Shape, without the batch, and type of each output."""
    return {name: (shape, np.int32 if name == "ids" else np.float32) for name, shape in output_shapes(config).items()}


def _check_signature(runner, config, path):
    """Refuse a graph whose input and outputs are not those that its metadata tell of."""
    got = {
        name: (tuple(map(int, detail["shape"])), detail["dtype"])
        for name, detail in {**runner.get_input_details(), **runner.get_output_details()}.items()
    }
    expected: dict = {name: ((1, *shape), kind) for name, (shape, kind) in _outputs(config).items()}
    expected["image"] = ((1, *config.image_size, 1), np.float32)
    for name, signature in expected.items():
        if got.get(name) != signature:
            raise InputError(f"{path}: its {name} is not what its metadata say: export the reader again")


class _Run:
    """Reads a batch of images of any size, one by one.

    Args:
        config: the reader's configuration.
        runner: the graph's only signature.
        interpreter: what the runner belongs to, which must live as long.
    """

    def __init__(self, config, runner, interpreter):
        self._config = config
        self._runner = runner
        self._interpreter = interpreter
        self._in_use = threading.Lock()  # an interpreter holds one image at a time

    def __call__(self, images: np.ndarray) -> dict[str, np.ndarray]:
        outputs = {
            name: np.empty((len(images), *shape), kind) for name, (shape, kind) in _outputs(self._config).items()
        }
        with self._in_use:
            for i, image in enumerate(images):
                for name, value in self._runner(image=self._fitted(image)[None, ..., None]).items():
                    outputs[name][i] = value[0]
        return outputs

    def _fitted(self, image):
        # Every k-th pixel of a very long image, as the exported graphs take it; `Reader.read` gives no such image.
        step = -(-max(image.shape) // OPENED_SIDE)
        image = image[::step, ::step]
        if image.shape == self._config.image_size:
            return image.astype(np.float32) / 255  # as `resize` gives it
        return resize(image, self._config.image_size, self._config.resize)
