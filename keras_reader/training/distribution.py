"""Data-parallel training: each batch is shared out among devices, of one process or of several.

Each device holds the whole reader and takes an equal part of every batch. Gradients, batch statistics and metrics are
those of the whole batch, since XLA computes the same step as on one device and only divides it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import keras

from keras_reader.errors import CommandError, InputError, first_line
from keras_reader.training.companions import Processes


class WholeOrShared(keras.distribution.DataParallel):
    """Keras' `DataParallel`, but validation images go to every device whole.

    So they are validated in the same batches as on one device, whatever their number and that of the devices, and give
    the same figures.
    """

    def __init__(self):
        super().__init__(auto_shard_dataset=False)
        self.validating = False

    def get_data_layout(self, data_shape):
        """How an array is laid out on the devices: along its first axis, or whole on each while validating."""
        if self.validating:
            return keras.distribution.TensorLayout([None] * len(data_shape), self.device_mesh)
        return super().get_data_layout(data_shape)


class ValidatesWhole(keras.callbacks.Callback):
    """Tells the distribution when a validation begins and ends."""

    def __init__(self, distribution: WholeOrShared):
        super().__init__()
        self.distribution = distribution

    def on_test_begin(self, logs=None):
        self.distribution.validating = True

    def on_test_end(self, logs=None):
        self.distribution.validating = False


def require_jax() -> None:
    """Refuse a backend that cannot distribute a training.

    Raises:
        InputError: if Keras runs on another backend than JAX.
    """
    backend = keras.backend.backend()
    if backend != "jax":
        raise InputError(
            f"--distribute needs the JAX backend of Keras, not {backend}: set KERAS_BACKEND=jax "
            "(all backends read and write the same .keras files)"
        )


def initialize(processes: Processes) -> None:
    """Make the devices of all processes one.

    It comes before anything that JAX computes.

    Raises:
        InputError: if Keras runs on another backend than JAX.
        CommandError: if JAX cannot connect the processes.
    """
    require_jax()
    try:
        keras.distribution.initialize(processes.coordinator, processes.count, processes.index)
    except (RuntimeError, ValueError) as error:
        raise CommandError(f"{processes}: JAX cannot connect the processes ({first_line(error)})") from None


def process_place() -> tuple[int, int]:
    """The index of this process, and the number of those that train together: `(0, 1)` for one that trains alone."""
    if keras.backend.backend() != "jax":
        return 0, 1
    import jax

    return (jax.process_index(), jax.process_count()) if jax.distributed.is_initialized() else (0, 1)


@contextmanager
def shared_out(batch_size: int) -> Iterator[WholeOrShared]:
    """Share out each batch among all devices while models are built and trained inside.

    Raises:
        InputError: if Keras runs on another backend than JAX, or the batch cannot be divided equally.
    """
    require_jax()
    distribution = WholeOrShared()
    devices = distribution.num_model_replicas
    if batch_size % devices:
        nearest = max(devices, devices * round(batch_size / devices))
        raise InputError(
            f"--distribute: a batch of {batch_size} images cannot be divided equally among {devices} devices: "
            f"give --batch-size {nearest}"
        )
    with distribution.scope():
        yield distribution


@contextmanager
def undistributed() -> Iterator[None]:
    """Models that are built inside belong to this process alone."""
    before = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)
