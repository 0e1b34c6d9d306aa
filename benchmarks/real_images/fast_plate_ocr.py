"""fast-plate-ocr (https://github.com/ankandrew/fast-plate-ocr) with its own trainer and that trainer's defaults.

Its network here is `cct_xs_v1`, the smallest that it describes. Its models take images of a fixed size: they get as
many pixels as its default of 64x128 has, in the shape of the usual image, grey, padded to keep the aspect ratio. It
trains, exports and reads in an interpreter of its own, which may be another than ours.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path

from benchmarks.real_images.data_sets import Run, median_size

PIXELS = 64 * 128
ROUND_TO = 8  # so that no convolution or pooling of cct_xs_v1 loses a row

# The command line of the package, as its script calls it.
COMMAND = "from fast_plate_ocr.cli.cli import main_cli; main_cli()"

# The same for its export. tf2onnx 1.17 leaves TensorFlow's Erfc, which is in Keras' gelu, as it is; ONNX has Erf only.
EXPORT = """
import numpy as np
from tf2onnx.handler import tf_op

@tf_op("Erfc")
class Erfc:
    @classmethod
    def version_9(cls, graph, node, **_):
        name, outputs = node.name, node.output
        shapes, types = node.output_shapes, node.output_dtypes
        erf = graph.make_node("Erf", node.input)
        one = graph.make_const(name + "_one", np.ones((), np.float32))
        graph.remove_node(name)
        inputs = [one.output[0], erf.output[0]]
        graph.make_node("Sub", inputs, name=name, outputs=outputs, shapes=shapes, dtypes=types)

from fast_plate_ocr.cli.cli import main_cli
main_cli()
"""

VERSION = """
import importlib.metadata
import fast_plate_ocr.cli.cli
import fast_plate_ocr.cli.export
import fast_plate_ocr.cli.train
import onnxruntime
packages = "fast-plate-ocr", "keras", "tensorflow"
print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages))
"""

# Reads image files with the package's own class for that, and counts the parameters of the trained model.
READ = """
import json, sys
from fast_plate_ocr import LicensePlateRecognizer
from fast_plate_ocr.train.model.config import load_plate_config_from_yaml
from fast_plate_ocr.train.utilities.utils import load_keras_model
onnx, model, config, images = sys.argv[1:]
reader = LicensePlateRecognizer(onnx_model_path=onnx, plate_config_path=config, device="cpu")
with open(images, encoding="utf-8") as file:
    paths = json.load(file)
texts = [reader.run_one(path).plate for path in paths]
count = load_keras_model(model, load_plate_config_from_yaml(config)).count_params()
print(json.dumps({"texts": texts, "parameters": count}))
"""


def network() -> dict:
    """What its repository gives as `cct_xs_v1`, which the package does not contain."""
    pool = {"layer": "MaxBlurPooling2D", "pool_size": 2, "filter_size": 3}
    return {
        "model": "cct",
        "rescaling": {"scale": 1 / 255, "offset": 0.0},
        "tokenizer": {
            "blocks": [
                _convolution(32),
                pool,
                _convolution(48),
                _convolution(64),
                pool,
                _convolution(80),
                _convolution(96),
            ],
            "positional_emb": True,
            "patch_size": 2,
            "patch_mlp": {"layer": "MLP", "hidden_units": [64], "activation": "gelu", "dropout_rate": 0.05},
        },
        "transformer_encoder": {
            "layers": 4,
            "heads": 1,
            "projection_dim": 64,
            "units": [64, 64],
            "activation": "gelu",
            "stochastic_depth": 0.05,
            "attention_dropout": 0.05,
            "mlp_dropout": 0.1,
            "head_mlp_dropout": 0.05,
            "token_reducer_heads": 4,
            "normalization": "dyt",
        },
    }


def _convolution(filters):
    return {"layer": "Conv2D", "filters": filters, "kernel_size": 3, "strides": 1, "padding": "valid"}


def plates(run: Run) -> dict:
    """What it must know of the texts and images; it pads short texts with a character that none of them has."""
    height, width = image_size(*median_size(run.fit))
    padding = next(character for character in "_~^|#" if character not in run.alphabet)
    return {
        "max_plate_slots": run.max_length,
        "alphabet": run.alphabet + padding,
        "pad_char": padding,
        "img_height": height,
        "img_width": width,
        "keep_aspect_ratio": True,
        "image_color_mode": "grayscale",
    }


def image_size(height: float, width: float) -> tuple[int, int]:
    """Height and width of as many pixels as its default, in the shape of an image of this height and width."""
    least = 4 * ROUND_TO  # below, cct_xs_v1 has nothing left
    high = max(least, ROUND_TO * round(math.sqrt(PIXELS * height / width) / ROUND_TO))
    return high, max(least, ROUND_TO * round(high * width / height / ROUND_TO))


def write_settings(folder: Path, run: Run) -> None:
    """Write the two files of settings that it takes; JSON is YAML, too."""
    for name, content in (("network.yaml", network()), ("plates.yaml", plates(run))):
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def training_command(python: str, folder: Path, seed: int, epochs: int | None) -> Sequence[str]:
    """Trains with all defaults; `epochs` for a trial alone."""
    options = {
        "--model-config-file": folder / "network.yaml",
        "--plate-config-file": folder / "plates.yaml",
        "--annotations": folder / "fit.csv",
        "--val-annotations": folder / "validation.csv",
        "--output-dir": folder / "trained",
        "--seed": seed,
        **({"--epochs": epochs} if epochs else {}),
    }
    return [python, "-c", COMMAND, "train", *(str(part) for option in options.items() for part in option)]


def export_command(python: str, model: Path, plate_config: Path) -> Sequence[str]:
    """Writes `best.onnx` beside the trained model."""
    return [python, "-c", EXPORT, "export", "--model", str(model), "--plate-config-file", str(plate_config)]
