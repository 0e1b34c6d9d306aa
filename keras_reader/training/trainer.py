"""Training: from a configuration to the best reader seen on the way."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import keras

from keras_reader.atomic_files import replacing
from keras_reader.config import ReaderConfig
from keras_reader.data.printed_text.printed_text import DrawnText
from keras_reader.errors import InputError
from keras_reader.models.loading import load_reader_model
from keras_reader.models.losses import MaskedCrossEntropy, PointingLoss
from keras_reader.models.metrics import CharacterErrorRate, WholeWordAccuracy
from keras_reader.models.reader_model import ReaderModel, build_reader
from keras_reader.training.callbacks import EarlyEnd, PlateauSchedule, RunLog
from keras_reader.training.dataset import TrainingDataset, ValidationDataset
from keras_reader.training.devices import accelerators, drawing_processes
from keras_reader.training.distribution import ValidatesWhole, process_place, shared_out
from keras_reader.training.drawing import WithSeen, class_indices, with_seen
from keras_reader.training.examples import LabelledTraining, training_examples
from keras_reader.training.fine_tuning import take_over
from keras_reader.training.interrupts import InterruptsBetweenBatches
from keras_reader.training.learning_curves import draw_curves
from keras_reader.training.options import VALIDATED_AT_ONCE, TrainingOptions
from keras_reader.training.progress_display import ProgressDisplay
from keras_reader.training.run_folder import (
    BEST,
    PICTURES,
    STATE,
    check_options,
    check_state,
    describe_run,
    keep_options,
    locked,
    make_run_folder,
    saying_how_to_go_on,
)
from keras_reader.training.temperature import Calibration, fit_temperature


class TrainedReader(NamedTuple):
    """What a training gives.

    Attributes:
        model: the best reader, as in `reader.keras`.
        row: its row of the log.
        calibration: the temperature that the reader has, and what it does to the confidences of the validation images;
            `None` after a training on drawn images, of which there are enough.
    """

    model: ReaderModel
    row: dict[str, float]
    calibration: Calibration | None


def train(
    config: ReaderConfig,
    data: DrawnText | LabelledTraining,
    out: str | Path,
    options: TrainingOptions,
    resume: bool = False,
    verbose: bool = True,
    start: ReaderModel | None = None,
) -> TrainedReader:
    """Train a reader and keep the best one.

    Writes into the folder `out`: `reader.keras`, the reader with the best whole-word accuracy on the validation images
    in the last quarter of the training; `last.keras`, the state to resume from; `log.csv` and `tensorboard/`, a row an
    epoch; and `curves.png`. Of several processes that train together, process 0 writes them; the others return their
    last reader.

    Args:
        config: the reader to build.
        data: synthetic words of the `"train"` split, validated on those of the `"validation"` split; or labelled
            images.
        out: the folder to write to.
        options: how to train.
        resume: whether to go on from `last.keras`; everything else must be as it was.
        verbose: whether to show the progress and the figures of every validation.
        start: a reader whose weights are taken over as far as they fit; `None` to start from nothing.

    Raises:
        InputError: if there is nothing to resume from, there are too few labelled images, the reader to start from has
            another network, or a language model is to be trained alone that there is not.
        CommandError: if the loss is no longer a number, or the disk is full.
    """
    out = Path(out)
    if options.language_model_only and not config.language_units:
        raise InputError("the language model alone cannot be trained: the reader has none (--language-units)")
    if options.language_model_only and start is None and not resume:
        raise InputError("the language model alone is trained on what another reader sees: name it with --from")
    run = describe_run(config, options, data)
    if resume:
        check_state(out)
        check_options(out, run)
    if process_place()[0]:
        return _train(config, data, out, options, resume, False, start, run)
    make_run_folder(out)
    with locked(out), saying_how_to_go_on(out):
        return _train(config, data, out, options, resume, verbose, start, run)


def _train(config, data, out, options, resume, verbose, start, run):
    index, count = process_place()
    examples = training_examples(config, data, options)
    if examples.pictures:
        run[PICTURES] = examples.pictures
        if resume:
            check_options(out, run)
    if not resume and not index:
        keep_options(out, run)
    if verbose:
        print(examples.summary)
    with computing_in(options.precision), _shared_out(options) as distribution:
        model, log = _fit(config, examples, out, options, resume, verbose, start, distribution, (index, count))
    if index:
        return TrainedReader(model, log.best_row(), None)
    draw_curves({config.preset: log.rows}, out / "curves.png")
    best = load_reader_model(out / BEST)
    calibration = None
    if isinstance(data, LabelledTraining):
        best, calibration = _calibrated(best, examples)
        with replacing(out / BEST) as path:
            best.save(path)
    return TrainedReader(best, log.best_row(), calibration)


def _shared_out(options):
    return shared_out(options.batch_size) if options.distribute else nullcontext()


def _fit(config, examples, out, options, resume, verbose, start, distribution, place):
    """The model after its last epoch, and the log of the training."""
    keras.utils.set_random_seed(options.seed)
    if resume:
        model = _last_state(out, config)
        epoch = int(model.optimizer.iterations) // options.steps_per_epoch
        _set_execution(model, options)
    else:
        model, epoch = build_reader(config), 0
        if start is not None:
            kept = take_over(model, start)
            if verbose:
                print(f"weights to start from: {kept.describe(config.alphabet)}")
        model.recurrent_attention.trainable = not options.language_model_only
        compile_reader(model, options)
    log = RunLog(out, options.batch_size, options.first_late_epoch, first_epoch=epoch, writes=place[0] == 0)
    log.keep_best(model)
    callbacks = [log]
    end = EarlyEnd(log, options.first_late_epoch, len(examples.images))
    if options.early_end:
        callbacks.append(end)
    if options.schedule == "plateau":
        callbacks.append(PlateauSchedule(options.learning_rate, log))
    if verbose:
        callbacks.append(ProgressDisplay(log))
    if distribution is not None:
        callbacks.append(ValidatesWhole(distribution))
    processes = drawing_processes(options.processes)
    draw, labels = examples.draw, examples.labels
    if config.language_units:
        draw, labels = WithSeen(draw), with_seen(labels)
    batches = TrainingDataset(draw, options.batch_size, options.steps_per_epoch, epoch, processes, place, options.echo)
    try:
        with InterruptsBetweenBatches() as interrupts:
            while epoch < options.epochs:
                if options.early_end and (late := end.next_epoch(epoch)) != epoch:
                    if verbose:
                        print("all validation images are read: the last quarter of the training follows", flush=True)
                    epoch = batches.epoch = late
                    # The learning rate is that of the number of training steps.
                    model.optimizer.iterations.assign(epoch * options.steps_per_epoch)
                model.fit(
                    batches,
                    validation_data=ValidationDataset(examples.images, labels, VALIDATED_AT_ONCE),
                    initial_epoch=epoch,
                    epochs=options.epochs,
                    shuffle=False,
                    verbose=0,
                    callbacks=[*callbacks, interrupts],
                )
                epoch = int(log.rows[-1]["epoch"]) + 1
    finally:
        batches.close()
        log.close()
    return model, log


@contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Models that are built inside compute in this precision, one of `PRECISIONS`; their weights are float32.

    A reader's file does not keep it: what is loaded outside computes in float32.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32" if precision == "float32" else f"mixed_{precision}")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _calibrated(reader, examples):
    """The reader with a temperature that makes its confidences right on the validation images."""
    batches = ValidationDataset(examples.images, examples.labels, VALIDATED_AT_ONCE)
    outputs = reader.predict(batches, verbose=0)
    calibration = fit_temperature(outputs["logits"], class_indices(examples.labels), reader.config.characters)
    calibrated = build_reader(replace(reader.config, temperature=calibration.temperature))
    calibrated.set_weights(reader.get_weights())
    return calibrated, calibration


def _last_state(out, config):
    model = load_reader_model(out / STATE)
    if model.config != config:
        raise InputError(
            f"{out}: was trained as {model.config}, and cannot go on as {config}: leave the options as they were"
        )
    return model


def _compiles(jit):
    """Whether XLA, or in PyTorch Inductor, compiles the training step.

    Left to decide, JAX compiles, since it does nothing in reasonable time otherwise. TensorFlow does on a GPU, where it
    saves launches; on two cores it takes half a minute to compile, and its steps are no quicker. PyTorch does not: its
    compiler takes minutes, and needs a C++ compiler on the machine.
    """
    if jit != "auto":
        return jit == "on"
    backend = keras.backend.backend()
    return backend == "jax" or (backend == "tensorflow" and bool(accelerators()))


def _set_execution(model, options):
    """How a run that goes on executes its steps; it may be on another backend than before."""
    model.jit_compile = _compiles(options.jit)
    model.steps_per_execution = options.steps_per_execution


def compile_reader(model: ReaderModel, options: TrainingOptions) -> None:
    """Give a reader its loss, metrics, optimizer and learning-rate schedule."""
    terminator = model.config.characters.terminator
    loss: dict[str, keras.losses.Loss] = {"logits": MaskedCrossEntropy(terminator, options.average)}
    weights = {"logits": 1.0}
    if model.config.language_units:
        loss["seen"], weights["seen"] = MaskedCrossEntropy(terminator, options.average), 1.0
    if options.attention_supervision:
        loss["masks"], weights["masks"] = PointingLoss(), options.attention_supervision
    model.compile(
        optimizer=_optimizer(options),
        loss=loss,
        loss_weights=weights,
        metrics={"logits": [WholeWordAccuracy(terminator), CharacterErrorRate(terminator)]},
        jit_compile=_compiles(options.jit),
        steps_per_execution=options.steps_per_execution,
    )
    # TensorFlow traces the first training step twice if it makes the optimizer's variables on the way.
    model.optimizer.build(model.trainable_variables)


def _schedule(options):
    if options.schedule == "plateau":  # which a callback lowers
        return options.learning_rate
    # A peak this high, reached within a few steps, can leave a network that learns nothing any more.
    warmup = max(1, options.training_steps // 20, min(100, options.training_steps // 3))
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=options.learning_rate / 100,
        warmup_target=options.learning_rate,
        warmup_steps=warmup,
        decay_steps=max(1, options.steps_per_epoch * options.epochs - warmup),
    )


def _optimizer(options):
    schedule, clip_norm = _schedule(options), options.clip_norm or None
    if options.optimizer == "adam":
        return keras.optimizers.Adam(schedule, global_clipnorm=clip_norm)
    # Muon needs about half the steps of Adam here, at the same time a step. Its authors keep the last layer
    # out; with all matrices in, this network learns slightly faster.
    return keras.optimizers.Muon(schedule, adam_lr_ratio=0.5, global_clipnorm=clip_norm)
