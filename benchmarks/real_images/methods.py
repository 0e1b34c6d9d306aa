"""The methods: how each is trained, exported, measured and asked to read the test images."""

import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from benchmarks.real_images import fast_plate_ocr, keras_ctc_example
from benchmarks.real_images.data_sets import Run, median_size, write_csv
from benchmarks.real_images.measuring import run_command, timed_training
from benchmarks.real_images.page import NARROW, OURS
from keras_reader.training.cpu_settings import ONEDNN
from keras_reader.training.starting_reader import NOTHING

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Trained:
    """A trained and exported method.

    Attributes:
        seconds: wall seconds of its training command.
        curve: seconds and whole-word accuracy on the validation images, after each epoch.
        onnx: the exported file.
        image_shape: what the exported file takes for one image, in the size that the network works in.
        parameters: of the network.
        texts: what it reads in the test images.
    """

    seconds: float
    curve: list[tuple[float, float]]
    onnx: Path
    image_shape: tuple[int, ...]
    parameters: int
    texts: list[str]


class Method(Protocol):
    """One way to get a reader. `name` is its option, `title` what pages call it."""

    name: str
    title: str

    def versions(self) -> str | None:
        """The versions of what it runs on; `None` if it is not installed."""

    def how_to_install(self) -> str:
        """What to do if it is not."""

    def train(self, run: Run, folder: Path) -> Trained:
        """Train, export and read. `folder` is absolute and empty.

        Raises:
            CommandError: if one of its commands fails.
        """


@dataclass(frozen=True)
class Ours:
    """`python train.py --data`, nothing else; `steps` for a trial alone."""

    steps: int | None = None
    name = "ours"
    title = OURS
    options = ()

    def versions(self) -> str | None:
        return _versions("keras", "tensorflow")

    def how_to_install(self) -> str:
        return "pip install '.[train]'"

    def train(self, run: Run, folder: Path) -> Trained:
        write_csv(folder / "fit.csv", run.fit)
        write_csv(folder / "validation.csv", run.validation)
        given = {"--data": folder / "fit.csv", "--validation-data": folder / "validation.csv"}
        given |= {"--out": folder / "run", "--seed": run.seed}
        options = [str(part) for option in given.items() for part in option]
        options += [*self.options, *(["--steps", str(self.steps)] if self.steps else [])]
        log = folder / "run" / "log.csv"
        seconds, curve = timed_training(
            [sys.executable, str(ROOT / "train.py"), *options],
            folder,
            lambda: log,
            "val_whole_word_accuracy",
            _environment(),
        )
        export = [sys.executable, str(ROOT / "export.py"), str(folder / "run" / "reader.keras")]
        run_command(export, folder, _environment())
        import keras_reader as kr
        from keras_reader.models.loading import load_reader_model

        onnx = folder / "run" / "reader.onnx"
        reader = kr.load(onnx)
        texts = [reading.text for reading in reader.read([item.path for item in run.test])]
        parameters = load_reader_model(folder / "run" / "reader.keras").count_params()
        return Trained(seconds, curve, onnx, reader.config.image_size, parameters, texts)


@dataclass(frozen=True)
class OursFromNothing(Ours):
    """The same without a reader to start from. Where there are many images, or small ones, both are the same."""

    name = "ours_from_nothing"
    title = f"{OURS}, from nothing"
    options = ("--from", NOTHING)


@dataclass(frozen=True)
class OursNarrow(Ours):
    """The same with a network of less than half of the parameters of the methods that are not ours."""

    name = "ours_narrow"
    title = f"{OURS}, from nothing, {NARROW} filters"
    options = ("--from", NOTHING, "--preset", "base", "--filters", str(NARROW))


@dataclass(frozen=True)
class KerasCtcExample:
    """The network of the Keras example; `epochs` for a trial alone."""

    epochs: int | None = None
    name = "keras_ctc"
    title = "Keras example (CTC)"
    settings = MappingProxyType({})

    def versions(self) -> str | None:
        return _versions("keras", "tensorflow", "tf2onnx")

    def how_to_install(self) -> str:
        return "pip install '.[train]'"

    def train(self, run: Run, folder: Path) -> Trained:
        write_csv(folder / "fit.csv", run.fit)
        write_csv(folder / "validation.csv", run.validation)
        size = keras_ctc_example.image_size(*median_size(run.fit), run.max_length)
        out = folder / "run"
        command = [sys.executable, "-m", "benchmarks.real_images.keras_ctc_example"]
        command += [str(folder / "fit.csv"), str(folder / "validation.csv"), str(out)]
        command += ["--size", *map(str, size), f"--alphabet={run.alphabet}", "--seed", str(run.seed)]
        epochs = ["--epochs", str(self.epochs)] if self.epochs else []
        environment = _environment(PYTHONPATH=str(ROOT), **self.settings)
        seconds, curve = timed_training(
            [*command, *epochs], folder, lambda: out / "log.csv", "val_whole_word_accuracy", environment
        )
        parameters = int(run_command([*command, "--export"], folder, environment).split()[-1])
        texts = keras_ctc_example.read(out / "model.onnx", [item.path for item in run.test], size, run.alphabet)
        return Trained(seconds, curve, out / "model.onnx", size, parameters, texts)


@dataclass(frozen=True)
class KerasCtcExampleWithOneDnn(KerasCtcExample):
    """The same with the setting of TensorFlow that `train.py` makes for ours."""

    name = "keras_ctc_onednn"
    title = "Keras example (CTC), with oneDNN"
    settings = MappingProxyType({ONEDNN: "1"})


@dataclass(frozen=True)
class FastPlateOcr:
    """fast-plate-ocr in the interpreter `python`; `epochs` for a trial alone."""

    python: str = sys.executable
    epochs: int | None = None
    name = "fast_plate_ocr"
    title = "fast-plate-ocr, cct_xs_v1"

    def versions(self) -> str | None:
        try:
            done = subprocess.run(
                [self.python, "-c", fast_plate_ocr.VERSION], capture_output=True, text=True, env=_environment()
            )
        except OSError:
            return None
        return None if done.returncode else done.stdout.strip()

    def how_to_install(self) -> str:
        return (
            f"{self.python} cannot import it: pip install '.[peers]', or name another interpreter with "
            "--fast-plate-ocr-python"
        )

    def train(self, run: Run, folder: Path) -> Trained:
        header = ("image_path", "plate_text")
        write_csv(folder / "fit.csv", run.fit, header)
        write_csv(folder / "validation.csv", run.validation, header)
        fast_plate_ocr.write_settings(folder, run)
        environment = _environment(KERAS_BACKEND="tensorflow")
        # It names its own folder after the time.
        seconds, curve = timed_training(
            fast_plate_ocr.training_command(self.python, folder, run.seed, self.epochs),
            folder,
            lambda: next((folder / "trained").glob("*/training_log.csv"), None),
            "val_acc",
            environment,
        )
        model = next((folder / "trained").glob("*/best.keras"))
        settings, onnx = folder / "plates.yaml", model.with_suffix(".onnx")
        run_command(fast_plate_ocr.export_command(self.python, model, settings), folder, environment)
        images = folder / "images.json"
        images.write_text(json.dumps([str(item.path) for item in run.test]), encoding="utf-8")
        read = [self.python, "-c", fast_plate_ocr.READ, *map(str, (onnx, model, settings, images))]
        answer = json.loads(run_command(read, folder, environment).splitlines()[-1])
        plates = json.loads(settings.read_text(encoding="utf-8"))
        shape = (plates["img_height"], plates["img_width"], 1)
        return Trained(seconds, curve, onnx, shape, answer["parameters"], answer["texts"])


def all_methods(python: str, steps: int | None, epochs: int | None) -> Sequence[Method]:
    """Ours and its peers; `steps` and `epochs` cut ours and theirs short, for a trial."""
    return [
        Ours(steps),
        OursFromNothing(steps),
        OursNarrow(steps),
        KerasCtcExample(epochs),
        KerasCtcExampleWithOneDnn(epochs),
        FastPlateOcr(python, epochs),
    ]


def _versions(*packages):
    if any(importlib.util.find_spec(name) is None for name in packages):
        return None
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)


def _environment(**changes):
    """Without what this package set for itself: each method has TensorFlow's defaults, or what it sets itself."""
    kept = {name: value for name, value in os.environ.items() if name != ONEDNN}
    return {**kept, "TF_CPP_MIN_LOG_LEVEL": "2", **changes}
