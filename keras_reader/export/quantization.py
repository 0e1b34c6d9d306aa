"""Quantizes a reader to 8-bit integers, which is smaller and quicker. A reader that reads worse is refused."""

import logging
import math
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_reader.atomic_files import replacing
from keras_reader.data.example import Example
from keras_reader.data.labelled_images import load_readable
from keras_reader.data.printed_text.printed_text import PrintedText
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.data.tasks import PRINT, own_task
from keras_reader.errors import InputError, first_line
from keras_reader.export.exporter import INT8, INT8_LITERT
from keras_reader.export.litert_file import write_litert
from keras_reader.export.onnx_file import save_onnx
from keras_reader.export.parity import ExportError, failing
from keras_reader.inference.loading import load
from keras_reader.inference.read_example import read_examples
from keras_reader.inference.reader import BATCH_IMAGES, Reader
from keras_reader.models.loading import load_reader_model
from keras_reader.models.serving import decoding_model
from keras_reader.progress import with_progress

CALIBRATION_IMAGES = 256
JUDGED_IMAGES = 20_000  # with 5,000 images, 0.2 points can be lost by chance
MOST_LOST = 0.002  # of whole-word accuracy

# Smaller products gain less than quantizing their input and dequantizing their output costs.
LEAST_WEIGHTS = 4096
_SPEED_BATCH = 64
_SPEED_ROUNDS = 15


@dataclass(frozen=True)
class Quantization:
    """What quantizing a reader gained and lost.

    Attributes:
        path: the file that was written.
        images: number of images that the accuracies were measured on.
        accuracy: whole-word accuracy before and after, in [0, 1].
        size: bytes of the file before and after.
        rate: images per second before and after, in batches of 64 at the reader's own size, with the default threads of
            `keras_reader.load`. Medians of measurements that take turns.
    """

    path: Path
    images: int
    accuracy: tuple[float, float]
    size: tuple[int, int]
    rate: tuple[float, float]


def quantize_reader(
    onnx_path: str | Path, data: str | Path | None = None, progress: Callable[[str], None] | None = None
) -> Quantization:
    """Write `reader.int8.onnx` beside an exported ONNX file, unless it reads worse.

    Weights and activations of the convolutions and of the large matrix products become 8-bit integers. Weights have a
    scale for each output channel (Jacob et al., "Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference", 2018; ONNX Runtime's static quantization). The first convolution is not
    quantized: it is cheap, and it sees the image itself. 256 calibration images set the ranges of the activations.
    Inputs, outputs and metadata stay the same, so the file is loaded and used like the original.

    Args:
        onnx_path: the ONNX file of a reader.
        data: a CSV with the header `image,text`. 256 of its images, at most half of them, are drawn at random for
            calibration; the readers are compared on the others. `None` for drawn images of the reader's own task (see
            `keras_reader.data.tasks.own_task`), alphabet, length and image size, with 20,000 others for the comparison.
        progress: a function that is called with a line of text at every stage.

    Raises:
        InputError: if the ONNX file or the CSV cannot be read, the CSV has fewer than two images, or the system has too
            few fonts to draw the reader's own task.
        ExportError: if the file cannot be made, or if its whole-word accuracy is more than 0.2 points below that of the
            original. Nothing is written then, and an earlier file stays as it was.
    """
    onnx_path = Path(onnx_path)
    return _quantized(
        onnx_path,
        onnx_path.with_name(INT8),
        lambda target, calibration: _quantize(onnx_path, target, calibration),
        data,
        progress or (lambda line: None),
    )


def quantize_litert(
    reader_path: str | Path,
    litert_path: str | Path,
    data: str | Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> Quantization:
    """Write `reader.int8.tflite` beside an exported LiteRT file, unless it reads worse.

    All that LiteRT can compute in 8 bits becomes 8-bit integers (full-integer quantization), but for input and outputs.
    Calibration, comparison and refusal are those of `quantize_reader`.

    Args:
        reader_path: the `.keras` file that was exported.
        litert_path: the LiteRT file that was made from it.
        data, progress: as in `quantize_reader`.

    Raises:
        InputError, ExportError: as `quantize_reader`.
    """
    litert_path = Path(litert_path)
    model = load_reader_model(reader_path)

    def make(target, calibration):
        with failing(INT8_LITERT, "cannot be made"):
            images = [example.image for example in calibration]
            write_litert(decoding_model(model), model.config, target, images)

    return _quantized(litert_path, litert_path.with_name(INT8_LITERT), make, data, progress or (lambda line: None))


def _quantized(original_path, path, make, data, say):
    """Make an 8-bit file with `make`, a function of its path and of examples, and compare it with the original."""
    original = load(original_path)
    calibration, judged, count = (
        _synthetic_examples(original.config) if data is None else _labelled_examples(original.config, data)
    )
    with replacing(path) as temporary:
        say(f"int8: calibrating on {len(calibration)} images")
        make(temporary, calibration)
        say(f"int8: comparing on {count} images")
        quantized = load(temporary)
        before, after = (_accuracy(reader, judged(), count) for reader in (original, quantized))
        if before - after > MOST_LOST:
            raise ExportError(
                f"{path.name}: not written: it reads {after:.2%} of {count} images, and {original_path.name} reads "
                f"{before:.2%}; at most {100 * MOST_LOST:.1f} points may be lost"
            )
        rate = _rates(original, quantized)
        size = (original_path.stat().st_size, temporary.stat().st_size)
    return Quantization(path, count, (before, after), size, rate)


def _synthetic_examples(config):
    """Examples for calibration, a function that returns those for the comparison, and the number of the latter."""
    words = {"alphabet": config.alphabet, "max_length": config.max_length, "image_size": config.image_size}
    draw = PrintedText.installed if own_task(config.alphabet) == PRINT else SyntheticWords
    try:
        if draw is SyntheticWords:
            SyntheticWords(**words).check_fonts()
        calibration = draw(**words, split="validation").examples(range(CALIBRATION_IMAGES))
        source = draw(**words, split="test")
    except InputError as error:
        raise InputError(f"nothing to quantize with: {error}; or give labelled images with --data") from None

    def judged():
        # All of them at once would take gigabytes where images are large.
        for start in range(0, JUDGED_IMAGES, BATCH_IMAGES):
            yield from source.examples(range(start, min(start + BATCH_IMAGES, JUDGED_IMAGES)))

    return calibration, judged, JUDGED_IMAGES


def _labelled_examples(config, data):
    """The same with labelled images. They are opened again for each reader."""
    labelled, _ = load_readable(data, config.characters, config.max_length)
    if len(labelled) < 2:
        raise InputError(
            f"{data}: quantization needs at least 2 images, one to calibrate on and one to compare on: add more"
        )
    order = np.random.default_rng(0).permutation(len(labelled))
    calibration, judged = np.split(order, [min(CALIBRATION_IMAGES, len(order) // 2)])
    return list(labelled.subset(calibration).examples()), labelled.subset(judged).examples, len(judged)


def _quantize(source, target, calibration):
    try:
        import onnx
        from onnxruntime import quantization
    except ModuleNotFoundError as error:
        raise InputError(f"quantization needs {error.name}: pip install {error.name}") from None

    class Calibration(quantization.CalibrationDataReader):
        def __init__(self):
            self.feeds = iter([{"image": example.image[None]} for example in calibration])

        def get_next(self):
            return next(self.feeds, None)

    nodes = _worth_quantizing(onnx.load(source).graph)
    if not nodes:
        raise ExportError(
            f"{target.name}: {source.name} has no convolution or matrix product that is large enough to quantize"
        )
    try:
        with _quiet():
            quantization.quantize_static(
                source,
                target,
                Calibration(),
                quant_format=quantization.QuantFormat.QDQ,
                nodes_to_quantize=nodes,
                per_channel=True,
                activation_type=quantization.QuantType.QUInt8,
                weight_type=quantization.QuantType.QInt8,
            )
        # The metadata of the file that it is made from, with a checksum of its own.
        model = onnx.load(target)
        save_onnx(model, {entry.key: entry.value for entry in model.metadata_props}, target)
    except Exception as error:  # the errors of onnx and onnxruntime have no common base class
        raise ExportError(f"{INT8}: cannot be made ({first_line(error)})") from error


def _worth_quantizing(graph):
    weights = {array.name: array.dims for array in graph.initializer}
    names = []
    for node in graph.node:
        shape = weights.get(node.input[1]) if len(node.input) > 1 else None
        if shape is None:
            continue
        is_convolution = node.op_type == "Conv" and shape[1] > 1
        is_large_product = node.op_type in ("MatMul", "Gemm") and math.prod(shape) >= LEAST_WEIGHTS
        if is_convolution or is_large_product:
            names.append(node.name)
    return names


def _accuracy(reader: Reader, examples: Iterable[Example], count: int) -> float:
    read = with_progress(read_examples(reader, examples), count, "int8: comparing")
    return float(np.mean([example.right for example in read]))


def _rates(*readers) -> Any:
    images = np.random.default_rng(0).integers(0, 256, (_SPEED_BATCH, *readers[0].config.image_size), np.uint8)
    seconds = [[] for _ in readers]
    for _ in range(_SPEED_ROUNDS):
        for reader, values in zip(readers, seconds, strict=True):
            # The first run is slower, because the caches still hold the other reader's weights.
            reader.run(images)
            began = time.perf_counter()
            reader.run(images)
            values.append(time.perf_counter() - began)
    return tuple(_SPEED_BATCH / statistics.median(values) for values in seconds)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the root logger: ONNX Runtime logs advice there that does not apply to these graphs."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(level)
