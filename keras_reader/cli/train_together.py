"""The options of `keras-reader train` for devices: precision, compilation, and training on several of them together."""

import argparse
import atexit
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from keras_reader.cli.common import exit_code, print_error, quiet_start
from keras_reader.errors import CommandError, InputError, first_line
from keras_reader.training.companions import Companions, Processes, processes_from
from keras_reader.training.options import JIT, PRECISIONS, TrainingOptions

# How long a failed training waits for `Companions` to say which process has ended.
_SECONDS_TO_LEARN_WHO = 3


def add_device_options(group: argparse._ArgumentGroup) -> None:
    """Add the options to the command's parser."""
    group.add_argument(
        "--processes",
        "--drawing-processes",
        type=int,
        dest="processes",
        metavar="N",
        help="processes that draw images; 0 to draw in this one (default: with a GPU, all cores but one; else 0)",
    )
    group.add_argument(
        "--echo",
        type=int,
        metavar="N",
        help="train on each drawn image N times, each time in another batch, where drawing is slower than training "
        "(default: 1)",
    )
    group.add_argument(
        "--precision",
        help=f"what layers compute in: {' or '.join(PRECISIONS)} (default: {TrainingOptions.precision}); the reader is "
        "float32 in each case",
    )
    group.add_argument(
        "--jit", help=f"compile the training step: {', '.join(JIT)} (default: {TrainingOptions.jit}, where it pays)"
    )
    group.add_argument(
        "--steps-per-execution",
        type=int,
        metavar="N",
        help="training steps between two returns to Python (default: 1)",
    )
    group.add_argument("--distribute", action="store_true", help="share out each batch among all devices (JAX backend)")
    group.add_argument("--coordinator", metavar="HOST:PORT", help="train in several processes: where process 0 listens")
    group.add_argument("--process-count", type=int, metavar="N", help="how many processes train together")
    group.add_argument("--process-index", type=int, metavar="I", help="the number of this one, from 0")


def processes_of(args: argparse.Namespace) -> Processes | None:
    """The place of this process among several; `None` if it trains alone.

    Keras' environment variables count where `--distribute` is given.

    Raises:
        InputError: if something is missing or out of its range.
    """
    given = (args.coordinator, args.process_count, args.process_index)
    processes = processes_from(*given, environment=os.environ if args.distribute else {})
    if processes is not None:
        args.distribute = True
    return processes


@contextmanager
def together(processes: Processes | None, args: argparse.Namespace) -> Iterator[None]:
    """Train inside together with the other processes, or not at all.

    If one of them ends early, so does this one, with one line that says so and exit code 1. If this one ends early, its
    error is reported as usual, and the others learn of it.

    Args:
        processes: the place of this process; `None` if it trains alone.
        args: the command's arguments, which all processes must be given alike.

    Raises:
        InputError: if the processes do not agree, or Keras runs on another backend than JAX.
        CommandError: if the others do not come, or JAX cannot connect the processes.
    """
    if processes is None:
        yield
        return
    with quiet_start():
        leave_tensorflow_out()
        from keras_reader.training.distribution import initialize, require_jax

        require_jax()
    if processes.index == 0:
        print(f"{processes}: waiting for the others at {processes.coordinator}", flush=True)
    companions = Companions(processes, _digest(args), _end_with(os.dup(2)))
    import jax

    try:
        with quiet_start():  # of the network's library
            initialize(processes)
        yield
    except BaseException as error:
        # JAX would wait at the end for processes that wait for this one.
        atexit.register(os._exit, exit_code(error))
        if isinstance(error, (InputError, CommandError, KeyboardInterrupt, SystemExit)):
            raise
        # A collective operation whose process has ended fails in more ways than one, often before that is known.
        time.sleep(_SECONDS_TO_LEARN_WHO)
        if not isinstance(error, jax.errors.JaxRuntimeError):
            raise
        raise CommandError(
            f"{processes}: the processes can no longer reach each other ({first_line(error)}): start all again with "
            "--resume"
        ) from error
    companions.leave()


# Arguments that may differ between processes.
_OWN_ARGUMENTS = ("run", "coordinator", "process_count", "process_index", "processes", "out")


def _digest(args):
    values = {name: value for name, value in vars(args).items() if name not in _OWN_ARGUMENTS}
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def _end_with(stderr):
    """A function that ends this process at once with an error, whatever JAX waits for and whoever holds stderr back."""

    def end_now(message):
        print_error(message, os.fdopen(stderr, "w"))
        with suppress(OSError, ValueError):
            sys.stdout.flush()
        os._exit(CommandError.exit_code)

    return end_now


def leave_tensorflow_out() -> None:
    """Keep Keras from importing TensorFlow where another backend computes.

    It would for nothing, which takes seconds and writes lines to stderr that no setting silences.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        sys.modules.setdefault("tensorflow", None)  # pyright: ignore[reportArgumentType]


def check_devices(options: TrainingOptions) -> None:
    """Refuse what the backend of Keras cannot do, before anything is read or written.

    Raises:
        InputError: naming the option.
    """
    import keras

    from keras_reader.training.distribution import require_jax

    if options.distribute:
        require_jax()
    if options.steps_per_execution > 1 and keras.backend.backend() == "torch":
        raise InputError("--steps-per-execution: the PyTorch backend of Keras runs one training step at a time")
