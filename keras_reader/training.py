"""Training: from a configuration to the best reader seen on the way."""

import math
import os
from dataclasses import dataclass, fields, replace
from pathlib import Path

import keras
import numpy as np

from keras_reader.batches import Batches, DrawLabelled, DrawWords, WithNegatives, encode_texts
from keras_reader.config import ReaderConfig
from keras_reader.curves import draw_curves
from keras_reader.errors import InputError
from keras_reader.labelled import LabelledImages
from keras_reader.nn.losses import MaskedCrossEntropy
from keras_reader.nn.metrics import CharacterErrorRate, WholeWordAccuracy
from keras_reader.nn.model import ReaderModel, build_reader
from keras_reader.reading import load_reader_model
from keras_reader.run_log import RunLog, rank
from keras_reader.synthetic import SyntheticWords

_PRESET_OPTIONS = {
    # What the original trained with.
    "seed": {"steps": 10_000, "batch_size": 32, "learning_rate": 1e-3, "negatives": 0.0},
    "small": {"steps": 4000, "batch_size": 64, "learning_rate": 2e-2, "negatives": 0.02},
}


@dataclass(frozen=True)
class TrainingOptions:
    """How a reader is trained.

    Args:
        steps: number of training steps, of `batch_size` images each.
        batch_size: images a step.
        learning_rate: its peak, reached after 5 % of the steps, or 100 (a third, if they are few), and
            lowered to zero along a cosine.
        negatives: share of the training images that are replaced by images without text, in [0, 1); see
            `keras_reader.negatives`.
        validations: number of times that the reader is validated, evenly spread; each ends an epoch.
        validation_images: number of images it is validated on, none of them ever trained on.
        seed: fixes the data, the initial weights and the order; on a CPU, two runs give identical weights.
        processes: number of processes that draw images; 0 to draw in this one.

    Raises:
        InputError: if a value is out of its range.
    """

    steps: int
    batch_size: int
    learning_rate: float
    negatives: float = 0.0
    validations: int = 20
    validation_images: int = 2000
    seed: int = 0
    processes: int = 0

    @classmethod
    def for_preset(cls, preset: str, **options) -> "TrainingOptions":
        """The preset's own options, those given in place of its own."""
        return cls(**{**_PRESET_OPTIONS[preset], **options})

    @classmethod
    def names(cls) -> set[str]:
        """The names of all options."""
        return {field.name for field in fields(cls)}

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "validations", "validation_images"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.processes < 0:
            raise InputError(f"processes must be at least 0, got {self.processes}")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise InputError(f"learning_rate must be above 0, got {self.learning_rate}")
        if not 0 <= self.negatives < 1:
            raise InputError(f"negatives must lie in [0, 1), got {self.negatives}")
        if not 0 <= self.seed < 2**32:
            raise InputError(f"seed must lie in [0, 2**32), got {self.seed}")

    @property
    def steps_per_epoch(self) -> int:
        """Training steps from one validation to the next."""
        return max(1, round(self.steps / self.validations))

    @property
    def epochs(self) -> int:
        """Number of epochs; steps are rounded to whole epochs."""
        return max(1, round(self.steps / self.steps_per_epoch))


def train(
    config: ReaderConfig,
    data: SyntheticWords | LabelledImages,
    out: str | Path,
    options: TrainingOptions,
    resume: bool = False,
    verbose: int | str = "auto",
) -> tuple[ReaderModel, dict[str, float]]:
    """Train a reader and keep the best one.

    Writes into the folder `out`: `reader.keras`, the reader with the best whole-word accuracy on the
    validation images; `last.keras`, the state to resume from; `log.csv` and `tensorboard/`, a row an
    epoch; and `curves.png`.

    Args:
        config: the reader to build.
        data: synthetic words (validated on their `"validation"` split) or labelled images (a tenth of
            them, chosen by the seed, is set aside for validation).
        out: the folder to write to.
        options: how to train.
        resume: whether to go on from `last.keras`; everything else must be as it was.
        verbose: as in `keras.Model.fit`.

    Returns:
        The best reader, as in `reader.keras`, and its row of the log.

    Raises:
        InputError: if there is nothing to resume from, or there are too few labelled images.
        CommandError: if the loss is no longer a number, or the disk is full.
    """
    out = Path(out)
    draw, validation = _split(config, data, options)
    draw = WithNegatives(draw, options.negatives, config.characters.terminator, options.seed)
    keras.utils.set_random_seed(options.seed)
    if resume:
        model = _last_state(out, config)
        epoch = int(model.optimizer.iterations) // options.steps_per_epoch
    else:
        model, epoch = build_reader(config), 0
        compile_reader(model, options)
        _make_folder(out)
    log = RunLog(out, options.batch_size, first_epoch=epoch)
    batches = Batches(draw, options.batch_size, options.steps_per_epoch, epoch, options.processes)
    try:
        model.fit(
            batches,
            validation_data=validation,
            validation_batch_size=min(500, len(validation[0])),
            initial_epoch=epoch,
            epochs=options.epochs,
            shuffle=False,
            verbose=verbose,
            callbacks=[log],
        )
    finally:
        batches.close()
    draw_curves({config.preset: log.rows}, out / "curves.png")
    return load_reader_model(out / "reader.keras"), max(log.rows, key=rank)


def _last_state(out, config):
    if not (out / "last.keras").is_file():
        raise InputError(f"{out}: no run to go on with: it has no last.keras")
    model = load_reader_model(out / "last.keras")
    if model.config != config:
        raise InputError(
            f"{out}: was trained as {model.config}, and cannot go on as {config}: leave the options as they were"
        )
    return model


def _make_folder(out):
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror}): choose another folder with --out") from None


def _split(config, data, options):
    """What draws the training examples, and the validation images and class numbers."""
    alphabet, steps = config.characters, config.steps
    if isinstance(data, SyntheticWords):
        validation = replace(data, split="validation", seed=options.seed)
        images, ids = DrawWords(validation, steps)(0, options.validation_images)
        return DrawWords(replace(data, split="train", seed=options.seed), steps), (images[..., None], ids)
    order = np.random.default_rng(options.seed).permutation(len(data.texts))
    held_out = max(1, min(options.validation_images, len(order) // 10))
    if len(order) <= held_out:
        raise InputError("one labelled image is too few to train on: a tenth of them is set aside for validation")
    training, validation = data.subset(order[held_out:]), data.subset(order[:held_out])
    return (
        DrawLabelled(training, alphabet, steps, options.seed),
        (validation.images[..., None], encode_texts(validation.texts, alphabet, steps)),
    )


def device_names() -> str:
    """What training runs on, for a person: the accelerators that Keras finds, or the CPU's cores."""
    devices = ", ".join(_accelerators()) or f"CPU ({os.cpu_count()} cores)"
    return f"{devices}, {keras.backend.backend()} backend"


def _accelerators():
    if keras.backend.backend() == "torch":  # of which keras.distribution knows nothing
        import torch

        return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return [name for name in keras.distribution.list_devices() if not name.startswith("cpu")]


def _worth_compiling():
    """Whether XLA should compile the training step.

    JAX does nothing in reasonable time without it. TensorFlow gains by it on a GPU, where it saves
    launches; on two cores it takes half a minute to compile, and its steps are no quicker.
    """
    backend = keras.backend.backend()
    return backend == "jax" or (backend == "tensorflow" and bool(_accelerators()))


def compile_reader(model: ReaderModel, options: TrainingOptions) -> None:
    """Give a reader its loss, metrics, optimizer and learning-rate schedule."""
    # A peak this high, reached within a few steps, can leave a network that learns nothing any more.
    warmup = max(1, options.steps // 20, min(100, options.steps // 3))
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=options.learning_rate / 100,
        warmup_target=options.learning_rate,
        warmup_steps=warmup,
        decay_steps=max(1, options.steps_per_epoch * options.epochs - warmup),
    )
    terminator = model.config.characters.terminator
    model.compile(
        optimizer=_optimizer(model.config.preset, schedule),
        loss={"logits": MaskedCrossEntropy(terminator)},
        metrics={"logits": [WholeWordAccuracy(terminator), CharacterErrorRate(terminator)]},
        jit_compile=_worth_compiling(),
    )


def _optimizer(preset, schedule):
    if preset == "seed":
        return keras.optimizers.Adam(schedule, global_clipnorm=1.0)
    # Muon needs about half the steps of Adam here, at the same time a step. Its authors keep the last layer
    # out; with all matrices in, this network learns slightly faster.
    return keras.optimizers.Muon(schedule, adam_lr_ratio=0.5, global_clipnorm=1.0)
