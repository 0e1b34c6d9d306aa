"""An ONNX reader in 8-bit integers: smaller and quicker, and refused when it reads worse."""

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
from keras_reader.data.labelled_images import load_labelled
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.errors import InputError, first_line
from keras_reader.export.exporter import INT8
from keras_reader.export.onnx_file import save_onnx
from keras_reader.export.parity import ExportError
from keras_reader.inference.loading import load
from keras_reader.inference.read_example import read_examples
from keras_reader.inference.reader import Reader

CALIBRATION_IMAGES = 256
JUDGED_IMAGES = 20_000  # of 5,000, chance alone can lose 0.2 points: an O or a Q is often a guess
MOST_LOST = 0.002  # of whole-word accuracy

# Quantizing and dequantizing what goes in and out costs more than a smaller product gains.
LEAST_WEIGHTS = 4096
_SPEED_BATCH = 64
_SPEED_ROUNDS = 15


@dataclass(frozen=True)
class Quantization:
    """What quantizing a reader gained and lost.

    Attributes:
        path: the file that was written.
        images: number of images that the accuracies are of.
        accuracy: whole-word accuracy before and after, in [0, 1].
        size: bytes of the file before and after.
        rate: images a second in batches of 64 of the reader's own size before and after, medians of
            measurements side by side, with ONNX Runtime's default threads.
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

    Weights and activations of the convolutions and of the large matrix products become 8-bit integers, the
    weights with a scale for each output channel (Jacob et al., "Quantization and Training of Neural
    Networks for Efficient Integer-Arithmetic-Only Inference", 2018, by ONNX Runtime's static quantization);
    the convolution that sees the image itself stays as it is: it is cheap, and its one channel holds all there
    is to know. The ranges of the activations are those met on 256 calibration images. Inputs, outputs and
    metadata are those of the file it is made from, so that it is loaded and used in the same way.

    Args:
        onnx_path: the ONNX file of a reader.
        data: a CSV with the header `image,text`: its images calibrate (256 of them drawn at random, at most
            half) and, all others, judge. `None` for synthetic words of the reader's alphabet, length and image
            size, of which 20,000 that nothing was calibrated on are judged.
        progress: is given a line of text at every stage.

    Raises:
        InputError: if the ONNX file or the CSV cannot be read, or the CSV has fewer than two images.
        ExportError: if the file cannot be made, or its whole-word accuracy is more than 0.2 points below that
            of the original. Nothing is written then, and what was there before is still there.
    """
    say = progress or (lambda line: None)
    onnx_path = Path(onnx_path)
    original = load(onnx_path)
    calibration, judged, count = (
        _synthetic_examples(original.config) if data is None else _labelled_examples(original.config, data)
    )
    with replacing(onnx_path.with_name(INT8)) as path:
        say(f"int8: calibrating on {len(calibration)} images")
        _quantize(onnx_path, path, calibration)
        say(f"int8: comparing on {count} images")
        quantized = load(path)
        before, after = (_accuracy(reader, judged()) for reader in (original, quantized))
        if before - after > MOST_LOST:
            raise ExportError(
                f"{INT8}: reads {after:.2%} of {count} images, where {onnx_path.name} reads {before:.2%}: more "
                f"than {100 * MOST_LOST:.1f} points are lost, so it is not written"
            )
        rate = _rates(original, quantized)
        size = (onnx_path.stat().st_size, path.stat().st_size)
    return Quantization(onnx_path.with_name(INT8), count, (before, after), size, rate)


def _synthetic_examples(config):
    """Examples to calibrate on, a function that gives those to judge by, and their number."""
    words = {"alphabet": config.alphabet, "max_length": config.max_length, "image_size": config.image_size}
    calibration = SyntheticWords(**words, split="validation").examples(range(CALIBRATION_IMAGES))
    judged = SyntheticWords(**words, split="test").examples(range(JUDGED_IMAGES))
    return calibration, lambda: judged, JUDGED_IMAGES


def _labelled_examples(config, data):
    """The same of labelled images, which are opened again each time."""
    labelled = load_labelled(data, config.characters, config.max_length)
    if len(labelled) < 2:
        raise InputError(f"{data}: quantizing takes at least 2 images, to calibrate on and to judge: add more")
    order = np.random.default_rng(0).permutation(len(labelled))
    calibration, judged = np.split(order, [min(CALIBRATION_IMAGES, len(order) // 2)])
    return list(labelled.subset(calibration).examples()), labelled.subset(judged).examples, len(judged)


def _quantize(source, target, calibration):
    try:
        import onnx
        from onnxruntime import quantization
    except ModuleNotFoundError as error:
        raise InputError(f"quantizing takes {error.name}: pip install {error.name}") from None

    class Calibration(quantization.CalibrationDataReader):
        def __init__(self):
            self.feeds = iter([{"image": example.image[None]} for example in calibration])

        def get_next(self):
            return next(self.feeds, None)

    nodes = _worth_quantizing(onnx.load(source).graph)
    if not nodes:
        raise ExportError(f"{target.name}: {source.name} has no convolution or matrix product that is worth quantizing")
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
        # Its metadata are those of the file it is made from, but for the checksum.
        model = onnx.load(target)
        save_onnx(model, {entry.key: entry.value for entry in model.metadata_props}, target)
    except Exception as error:  # the errors of onnx and onnxruntime share no base class of their own
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


def _accuracy(reader: Reader, examples: Iterable[Example]) -> float:
    return float(np.mean([example.right for example in read_examples(reader, examples)]))


def _rates(*readers) -> Any:
    images = np.random.default_rng(0).integers(0, 256, (_SPEED_BATCH, *readers[0].config.image_size), np.uint8)
    seconds = [[] for _ in readers]
    for _ in range(_SPEED_ROUNDS):
        for reader, values in zip(readers, seconds, strict=True):
            # The first run after another reader's finds the caches full of that one's weights.
            reader.run(images)
            began = time.perf_counter()
            reader.run(images)
            values.append(time.perf_counter() - began)
    return tuple(_SPEED_BATCH / statistics.median(values) for values in seconds)


@contextmanager
def _quiet() -> Iterator[None]:
    """ONNX Runtime advises, on the root logger, a preparation that changes nothing here."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(level)
