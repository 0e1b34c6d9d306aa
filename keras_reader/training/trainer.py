"""Training: from a configuration to the best reader seen on the way."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from keras_reader.config import ReaderConfig
from keras_reader.data.labelled_images import LabelledImages
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.errors import InputError
from keras_reader.images import resize
from keras_reader.models.loading import load_reader_model
from keras_reader.models.losses import MaskedCrossEntropy
from keras_reader.models.metrics import CharacterErrorRate, WholeWordAccuracy
from keras_reader.models.reader_model import ReaderModel, build_reader
from keras_reader.training.callbacks import RunLog, rank
from keras_reader.training.dataset import Batches, DrawLabelled, DrawWords, WithNegatives, encode_texts
from keras_reader.training.devices import accelerators
from keras_reader.training.learning_curves import draw_curves
from keras_reader.training.options import TrainingOptions
from keras_reader.training.run_folder import (
    STATE,
    check_options,
    describe_run,
    keep_options,
    locked,
    make_folder,
    saying_how_to_go_on,
)


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
        data: synthetic words of the `"train"` split, validated on those of the `"validation"` split; or labelled
            images, of which a tenth, chosen by the seed, is set aside for validation.
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
    run = describe_run(config, options, data)
    if resume:
        check_options(out, run)
    make_folder(out)
    with locked(out), saying_how_to_go_on(out):
        if not resume:
            keep_options(out, run)
        return _train(config, data, out, options, resume, verbose)


def _train(config, data, out, options, resume, verbose):
    draw, validation = _split(config, data, options)
    draw = WithNegatives(draw, options.negatives, config.characters.terminator, options.seed)
    keras.utils.set_random_seed(options.seed)
    if resume:
        model = _last_state(out, config)
        epoch = int(model.optimizer.iterations) // options.steps_per_epoch
    else:
        model, epoch = build_reader(config), 0
        compile_reader(model, options)
    log = RunLog(out, options.batch_size, first_epoch=epoch)
    log.keep_best(model)
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
    if not (out / STATE).is_file():
        raise InputError(f"{out}: no run to go on with: it has no last.keras")
    model = load_reader_model(out / STATE)
    if model.config != config:
        raise InputError(
            f"{out}: was trained as {model.config}, and cannot go on as {config}: leave the options as they were"
        )
    return model


def _split(config, data, options):
    """What draws the training examples, and the validation images and class indices."""
    alphabet, steps = config.characters, config.decoding_steps
    if isinstance(data, SyntheticWords):
        images, ids = DrawWords(replace(data, split="validation"), steps)(0, options.validation_images)
        return DrawWords(data, steps), (images[..., None], ids)
    order = np.random.default_rng(options.seed).permutation(len(data))
    held_out = max(1, min(options.validation_images, len(order) // 10))
    if len(order) <= held_out:
        raise InputError("one labelled image is too few to train on: a tenth of them is set aside for validation")
    training, validation = data.subset(order[held_out:]), data.subset(order[:held_out])
    images, held_out_images = (
        np.stack([resize(example.image, config.image_size, config.resize) for example in part.examples()])
        for part in (training, validation)
    )
    return (
        DrawLabelled(images, training.texts, alphabet, steps, options.seed),
        (held_out_images[..., None], encode_texts(validation.texts, alphabet, steps)),
    )


def _worth_compiling():
    """Whether XLA should compile the training step.

    JAX does nothing in reasonable time without it. TensorFlow gains by it on a GPU, where it saves
    launches; on two cores it takes half a minute to compile, and its steps are no quicker.
    """
    backend = keras.backend.backend()
    return backend == "jax" or (backend == "tensorflow" and bool(accelerators()))


def compile_reader(model: ReaderModel, options: TrainingOptions) -> None:
    """Give a reader its loss, metrics, optimizer and learning-rate schedule."""
    # A peak this high, reached within a few steps, can leave a network that learns nothing any more.
    warmup = max(1, options.training_steps // 20, min(100, options.training_steps // 3))
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=options.learning_rate / 100,
        warmup_target=options.learning_rate,
        warmup_steps=warmup,
        decay_steps=max(1, options.steps_per_epoch * options.epochs - warmup),
    )
    terminator = model.config.characters.terminator
    model.compile(
        optimizer=_optimizer(options.optimizer, schedule),
        loss={"logits": MaskedCrossEntropy(terminator)},
        metrics={"logits": [WholeWordAccuracy(terminator), CharacterErrorRate(terminator)]},
        jit_compile=_worth_compiling(),
    )


def _optimizer(name, schedule):
    if name == "adam":
        return keras.optimizers.Adam(schedule, global_clipnorm=1.0)
    # Muon needs about half the steps of Adam here, at the same time a step. Its authors keep the last layer
    # out; with all matrices in, this network learns slightly faster.
    return keras.optimizers.Muon(schedule, adam_lr_ratio=0.5, global_clipnorm=1.0)
