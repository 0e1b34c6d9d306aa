"""How a reader is trained: the options and their defaults."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from keras_reader.config import PRESETS
from keras_reader.data.augmentation import AUGMENTATIONS
from keras_reader.errors import RangeError

OPTIMIZERS = ("muon", "adam")
SCHEDULES = ("cosine", "plateau")
AVERAGES = ("valid", "all")
PRECISIONS = ("float32", "bfloat16")
JIT = ("auto", "on", "off")
VALIDATED_AT_ONCE = 100  # images

_CHOICES = (
    ("optimizer", OPTIMIZERS),
    ("schedule", SCHEDULES),
    ("average", AVERAGES),
    ("precision", PRECISIONS),
    ("jit", JIT),
)

# How often each labelled picture is trained on, and the fewest and most examples that this may come to.
_ROUNDS = 120
_FEWEST_EXAMPLES, _MOST_EXAMPLES = 80_000, 200_000
_SHARE_FROM_READER = 1 / 3
# A reader that knows nothing yet finds out where to look from clean pictures first. From pictures that are changed
# strongly, some trainings never do, and read nothing at all.
AUGMENTATION_WARMUP = 0.25
# A training has nothing to gain once it reads all validation images, so many times in a row. One that reads nearly all
# goes on, even if it gains none of them for long: it reads a few more of other images at its end. Of fewer images,
# reading all says too little.
_ALL_READ = 3
_FEWEST_VALIDATION_IMAGES = 30


@dataclass(frozen=True)
class TrainingOptions:
    """How a reader is trained.

    Args:
        training_steps: number of training steps, of `batch_size` images each.
        batch_size: images a step.
        learning_rate: its peak.
        optimizer: `"muon"` or `"adam"`.
        schedule: `"cosine"`: the peak is reached after 5 % of the training steps, or 100 (a third, if they are few),
            and lowered to zero along a cosine; or `"plateau"`, the original's: see `plateau_learning_rate`.
        clip_norm: gradients longer than this, all weights' together, are shortened to it; 0 to leave them as they are.
        average: what the loss is averaged over; see `keras_reader.models.losses.MaskedCrossEntropy`.
        attention_supervision: weight of `keras_reader.models.losses.PointingLoss`, a pixel; 0 to let the text alone
            teach where to look. It takes drawn images, whose characters' places are known.
        negatives: share of the training images that are replaced by images without text, in [0, 1); see
            `keras_reader.data.negatives`.
        parts: share of the drawn training images of which only a piece around one character is left, in [0, 1); see
            `keras_reader.data.part_of_text`. A reader that has seen such pieces reads a character from what its mask
            shows alone.
        language_model_only: whether the language model alone is trained, on what a reader to start from sees. Masks and
            what is read without the language model stay as they are then, and a training step is quicker.
        augment: how strongly labelled pictures are changed at random, one of `AUGMENTATIONS`.
        augmentation_warmup: share of the training, in [0, 1], in which these changes grow from nothing to their full
            strength.
        synthetic: share of the training examples that are synthetic words on the labelled pictures' backgrounds, in
            [0, 1).
        early_end: whether the schedule goes on with its last quarter as soon as there is nothing to gain on the
            validation images; see `nothing_to_gain`.
        validations: number of times that the reader is validated, evenly spread; each ends an epoch.
        validation_images: number of images it is validated on, none of them ever trained on.
        seed: fixes the data, the initial weights and the order; on a CPU, two runs give identical weights.
        processes: number of processes that draw images; 0 to draw in this one, `None` to let the machine's cores and
            GPU decide.
        echo: how often each drawn image is trained on, each time in another batch; see
            `keras_reader.training.dataset.TrainingDataset`. It pays where drawing is slower than training.
        precision: what layers compute in, one of `PRECISIONS`. Weights, attention and its softmax, normalisation, loss
            and metrics are float32 in each case, and so is the reader that is kept.
        jit: whether XLA (in PyTorch: Inductor) compiles the training step, one of `JIT`; `"auto"` where it pays.
        steps_per_execution: training steps between two returns to Python. TensorFlow runs them as one graph.
        distribute: whether each batch is shared out among all devices; see `keras_reader.training.distribution`.

    Raises:
        RangeError: if a value is out of its range.
    """

    training_steps: int
    batch_size: int
    learning_rate: float
    optimizer: str = "muon"
    schedule: str = "cosine"
    clip_norm: float = 1.0
    average: str = "valid"
    attention_supervision: float = 0.0
    negatives: float = 0.0
    parts: float = 0.0
    language_model_only: bool = False
    augment: str = "strong"
    augmentation_warmup: float = 0.0
    synthetic: float = 0.0
    early_end: bool = False
    validations: int = 20
    validation_images: int = 2000
    seed: int = 0
    processes: int | None = None
    echo: int = 1
    precision: str = "float32"
    jit: str = "auto"
    steps_per_execution: int = 1
    distribute: bool = False

    @classmethod
    def for_preset(cls, preset: str, **options) -> "TrainingOptions":
        """The preset's own options, those given in place of its own."""
        return cls(**{**PRESETS[preset].training, **options})

    @classmethod
    def for_pictures(cls, preset: str, pictures: int, from_reader: bool = False, **options) -> "TrainingOptions":
        """The preset's own options with as many training steps as labelled pictures need.

        It ends early where there is nothing to gain, unless the number of training steps is given.

        Args:
            preset: name of the preset.
            pictures: number of labelled pictures.
            from_reader: whether the training starts from a reader, which knows characters and how to go from one to
                the next. It needs a third of the steps.
            **options: those given in place of these.
        """
        own = {
            # A plateau is told from the losses of many validation images that are never short.
            "schedule": cls.schedule,
            "augmentation_warmup": 0.0 if from_reader else AUGMENTATION_WARMUP,
            "early_end": "training_steps" not in options,
        }
        defaults = {**PRESETS[preset].training, **own, **options}
        images = min(max(pictures * _ROUNDS, _FEWEST_EXAMPLES), _MOST_EXAMPLES)
        images *= _SHARE_FROM_READER if from_reader else 1
        # A batch of no images is refused below, with all that is out of its range.
        steps = 100 * round(images / max(1, int(defaults["batch_size"])) / 100)
        return cls(**{**defaults, "training_steps": options.get("training_steps", max(100, steps))})

    @classmethod
    def names(cls) -> set[str]:
        """The names of all options."""
        return {field.name for field in fields(cls)}

    def __post_init__(self) -> None:
        for name in ("training_steps", "batch_size", "validations", "validation_images", "echo", "steps_per_execution"):
            if getattr(self, name) < 1:
                raise RangeError(name, f"be at least 1, got {getattr(self, name)}")
        if self.processes is not None and self.processes < 0:
            raise RangeError("processes", f"be at least 0, got {self.processes}")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise RangeError("learning_rate", f"be above 0, got {self.learning_rate}")
        for name, choices in _CHOICES:
            if getattr(self, name) not in choices:
                raise RangeError(name, f"be one of {', '.join(choices)}, got {getattr(self, name)!r}")
        if not (math.isfinite(self.clip_norm) and self.clip_norm >= 0):
            raise RangeError("clip_norm", f"be at least 0, got {self.clip_norm}")
        if not (math.isfinite(self.attention_supervision) and self.attention_supervision >= 0):
            raise RangeError("attention_supervision", f"be at least 0, got {self.attention_supervision}")
        for name in ("negatives", "parts", "synthetic"):
            if not 0 <= getattr(self, name) < 1:
                raise RangeError(name, f"lie in [0, 1), got {getattr(self, name)}")
        if not 0 <= self.augmentation_warmup <= 1:
            raise RangeError("augmentation_warmup", f"lie in [0, 1], got {self.augmentation_warmup}")
        if self.augment not in AUGMENTATIONS:
            raise RangeError("augment", f"be one of {', '.join(AUGMENTATIONS)}, got {self.augment!r}")
        if not 0 <= self.seed < 2**32:
            raise RangeError("seed", f"lie in [0, 2**32), got {self.seed}")

    @property
    def steps_per_epoch(self) -> int:
        """Training steps from one validation to the next."""
        return max(1, round(self.training_steps / self.validations))

    @property
    def epochs(self) -> int:
        """Number of epochs; training steps are rounded to whole epochs."""
        return max(1, round(self.training_steps / self.steps_per_epoch))

    @property
    def first_late_epoch(self) -> int:
        """Number of the first epoch of the last quarter of the training, counted from 0."""
        return int(0.75 * self.epochs)


def nothing_to_gain(accuracies: Sequence[float], images: int) -> bool:
    """Whether a training on labelled pictures has read all validation images in the last three validations.

    Args:
        accuracies: whole-word accuracy on the validation images, after each epoch so far.
        images: number of the validation images; fewer than 30 say too little.
    """
    last = accuracies[-_ALL_READ:]
    return images >= _FEWEST_VALIDATION_IMAGES and len(last) == _ALL_READ and min(last) == 1


def plateau_learning_rate(peak: float, losses: Iterable[float]) -> float:
    """The learning rate after these validation losses, as the original lowers it.

    A loss above the best so far is a failure. From the third failure in a row on, each divides the rate by ten, until
    a loss is no worse than the best one.
    """
    rate, best, failures = peak, math.inf, 0
    for loss in losses:
        if loss > best:
            failures += 1
            if failures >= 3:
                rate /= 10
        else:
            best, failures = loss, 0
    return rate
