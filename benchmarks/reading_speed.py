"""Measures the reading speed of one reader in ONNX Runtime, in 8 bits, in Keras and as a SavedModel.

    python -m benchmarks.reading_speed [READER.keras]

All variants run in one process, in turns, in several rounds. The command prints the medians and their ratios to ONNX
Runtime's. All variants compute the masks too. Keras has two rows, because a call of `predict` costs tens of
milliseconds before the first image: `predict` gets 16 batches per call, `predict_on_batch` one.

The command then prints which share of the machine's matrix-product rate ONNX Runtime reaches. TensorFlow measures that
rate in the same rounds. The operations of the reader are those of the matrix products and convolutions in the graph.

Last come threads, processes and batch sizes in ONNX Runtime. Each setting runs in processes of its own, because waiting
threads keep a core busy for a while and would slow down the next setting.
"""

import argparse
import io
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

import keras_reader as kr
from benchmarks.common.fresh_words import fresh_words
from benchmarks.common.machine import describe
from benchmarks.common.timing import seconds_a_call
from keras_reader.cli.common import command_errors
from keras_reader.export.exporter import export_reader
from keras_reader.export.parity import ExportError
from keras_reader.export.quantization import quantize_reader
from keras_reader.models.loading import load_reader_model
from keras_reader.models.serving import serving_model
from keras_reader.pretrained import LETTERS, shipped_reader

BATCHES = (1, 16, 64, 256)
SETTINGS_BATCHES = (1, 4, 16, 64, 256)
PREDICT_BATCHES = 16
MATRIX = 2048

# Reads batches of the size given on stdin, repeatedly, and prints the images per second.
WORKER = """
import sys, time
import numpy as np
import onnxruntime
path, threads, spinning, seconds, height, width = sys.argv[1:]
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(threads)
options.add_session_config_entry("session.intra_op.allow_spinning", spinning)
session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
print("ready", flush=True)
for line in sys.stdin:
    images = np.random.default_rng(0).integers(0, 256, (int(line), int(height), int(width)), np.uint8)
    session.run(None, {"image": images})
    calls, began = 0, time.perf_counter()
    while (taken := time.perf_counter() - began) < float(seconds):
        session.run(None, {"image": images})
        calls += 1
    print(calls * len(images) / taken, flush=True)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reader", nargs="?", type=Path, metavar="READER.keras", help="default: letters")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--threads", type=int, default=os.cpu_count(), help="threads of each variant (default: one per core)"
    )
    parser.add_argument("--seconds", type=float, default=0.3, help="least time of a variant in a round")
    args = parser.parse_args()

    print(describe("numpy", "keras", "tensorflow", "onnxruntime"))
    print(f"threads: {args.threads}; medians of {args.rounds} rounds")
    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    tf.config.threading.set_inter_op_parallelism_threads(args.threads)
    path = args.reader or shipped_reader(LETTERS, ".keras")
    config = kr.load(path).config
    images = fresh_words(config).batch(range(max(BATCHES)))[0]
    with tempfile.TemporaryDirectory() as folder:
        saved_model, onnx = export_reader(path, folder)
        try:
            int8 = quantize_reader(onnx).path
        except ExportError as error:
            int8 = None
            print(error)
        operations = _operations(onnx, config.image_size)
        _compare(_ways(path, saved_model, onnx, int8, args.threads), images, operations, args)
        _compare_settings(onnx, int8, config.image_size, args)


def _ways(path, saved_model, onnx, int8, threads):
    """The variants: functions of a batch of images, and functions of a list of PNG files as bytes."""
    model_file = load_reader_model(path)
    model = serving_model(model_file)
    loaded = tf.saved_model.load(str(saved_model))
    reader = kr.load(onnx, threads)
    keras_reader = kr.Reader(model_file.config, model.predict_on_batch, str(path))
    from_images = {
        "ONNX Runtime": reader.run,
        f"Keras predict, {PREDICT_BATCHES} batches per call": lambda images: model.predict(
            np.tile(images, (PREDICT_BATCHES, 1, 1)), batch_size=len(images), verbose=0
        ),
        "Keras predict_on_batch": model.predict_on_batch,
        "SavedModel serve": lambda images: loaded.serve(images)["masks"].numpy(),
    }
    from_files = {
        "ONNX Runtime, Reader.read": lambda files: list(reader.read(files, len(files))),
        "Keras, Reader.read": lambda files: list(keras_reader.read(files, len(files))),
        "SavedModel serve_bytes": lambda files: loaded.serve_bytes(tf.constant(files))["masks"].numpy(),
    }
    if int8:
        int8_reader = kr.load(int8, threads)
        from_images["ONNX Runtime, int8"] = int8_reader.run
        from_files["ONNX Runtime, int8, Reader.read"] = lambda files: list(int8_reader.read(files, len(files)))
    return from_images, from_files


def _compare(ways, images, operations, args):
    files = [_png(image) for image in images]
    matrix = tf.random.uniform((MATRIX, MATRIX))
    seconds, products = {}, []
    for _ in range(args.rounds):
        products.append(seconds_a_call(partial(_product, matrix), args.seconds))
        for inputs, group in zip((images, files), ways, strict=True):
            for batch in BATCHES:
                for name, way in group.items():
                    taken = seconds_a_call(partial(way, inputs[:batch]), args.seconds)
                    if name.startswith("Keras predict,"):
                        taken /= PREDICT_BATCHES
                    seconds.setdefault((group is ways[1], batch), {}).setdefault(name, []).append(taken)

    for (from_files, batch), group in seconds.items():
        medians = {name: statistics.median(values) for name, values in group.items()}
        first = next(iter(medians.values()))
        counted = "decoding PNG files included" if from_files else "from arrays"
        title = f"batches of {batch}, {counted}"
        print(f"\n{title:<42} {'ms':>8} {'images/s':>9} {'ONNX Runtime = 1':>17}")
        for name, median in medians.items():
            print(f"  {name:<40} {1000 * median:>8.2f} {batch / median:>9,.0f} {first / median:>17.2f}")

    rate = 2 * MATRIX**3 / statistics.median(products)
    print(f"\n{operations / 1e6:.1f} million operations per image; matrix products run at {rate / 1e9:.0f} GFLOP/s")
    for batch in BATCHES:
        median = statistics.median(seconds[False, batch]["ONNX Runtime"])
        print(f"  ONNX Runtime, batches of {batch}: {operations * batch / median / rate:.0%} of that rate")


def _compare_settings(onnx, int8, image_size, args):
    """Compare settings: lists of processes, each with a file, a number of threads, and whether the threads spin."""
    cores = os.cpu_count()
    settings = {
        "1 thread": [(onnx, 1, 1)],
        f"{cores} threads": [(onnx, cores, 1)],
        f"{cores} threads without spinning": [(onnx, cores, 0)],
        f"{cores} processes of 1 thread, together": [(onnx, 1, 1)] * cores,
    }
    if int8:
        settings["int8, 1 thread"] = [(int8, 1, 1)]
        settings[f"int8, {cores} threads"] = [(int8, cores, 1)]
    workers = {name: [_worker(*told, args.seconds, image_size) for told in group] for name, group in settings.items()}
    rates = {(name, batch): [] for name in workers for batch in SETTINGS_BATCHES}
    try:
        for _ in range(args.rounds):
            for (name, batch), values in rates.items():
                for worker in workers[name]:
                    print(batch, file=worker.stdin, flush=True)
                values.append(sum(float(worker.stdout.readline()) for worker in workers[name]))
    finally:
        for worker in (worker for group in workers.values() for worker in group):
            worker.stdin.close()
            worker.wait()
    print("\nONNX Runtime, images per second in batches of" + "".join(f"{batch:>8}" for batch in SETTINGS_BATCHES))
    for name in workers:
        medians = [statistics.median(rates[name, batch]) for batch in SETTINGS_BATCHES]
        print(f"  {name:<41}" + "".join(f"{median:>8,.0f}" for median in medians))


def _worker(*arguments):
    *told, image_size = arguments
    command = [sys.executable, "-c", WORKER, *map(str, [*told, *image_size])]
    worker = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    worker.stdout.readline()
    return worker


def _operations(path, image_size):
    """Multiplications and additions for one image of the reader's own size, by the shapes in ONNX Runtime's profile."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Without optimizations, because fused operators have other names and shapes.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.enable_profiling = True
    options.profile_file_prefix = str(path.parent / "profile")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    session.run(None, {"image": np.zeros((1, *image_size), np.uint8)})
    total = 0
    for event in json.loads(Path(session.end_profiling()).read_text()):
        operator = event.get("args", {}).get("op_name")
        if operator not in ("Conv", "MatMul", "Gemm") or "output_type_shape" not in event["args"]:
            continue
        inputs, outputs = (
            [next(iter(value.values())) for value in event["args"][f"{end}put_type_shape"]] for end in ("in", "out")
        )
        terms = math.prod(inputs[1][1:]) if operator == "Conv" else inputs[0][-1]
        total += 2 * terms * math.prod(outputs[0])
    return total


def _product(matrix):
    return tf.matmul(matrix, matrix).numpy()


def _png(image):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


if __name__ == "__main__":
    with command_errors():
        main()
