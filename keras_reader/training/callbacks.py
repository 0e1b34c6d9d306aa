"""What a training run leaves on disk while it goes on."""

import csv
import math
import time
from pathlib import Path

import keras
from tensorboardX import SummaryWriter

from keras_reader.atomic_files import replacing
from keras_reader.errors import CommandError, reason
from keras_reader.models.reader_model import ReaderModel, build_reader
from keras_reader.training.distribution import undistributed
from keras_reader.training.log_csv import log_name, read_rows
from keras_reader.training.options import nothing_to_gain, plateau_learning_rate
from keras_reader.training.run_folder import BEST, STATE


class RunLog(keras.callbacks.Callback):
    """Keeps the best reader, the state to resume from, and the logs; one row an epoch.

    A row has `epoch`, `step` (training steps so far), `images` (trained on so far), `seconds` (spent
    training so far, validation and saving not counted), `learning_rate`, and the loss and metrics of
    Keras, `val_` before those on the validation images. Every file is replaced whole, so that a kill
    at any moment leaves the last good one.

    Args:
        folder: the run's folder.
        batch_size: images a training step.
        first_late_epoch: number of the epoch that begins the last quarter of the training.
        first_epoch: the epoch that training goes on with; later rows of an earlier log are dropped.
        writes: whether anything is written: of several processes that train together, one does.
    """

    def __init__(self, folder: Path, batch_size: int, first_late_epoch: int, first_epoch: int = 0, writes: bool = True):
        super().__init__()
        self.folder = folder
        self.batch_size = batch_size
        self.first_late_epoch = first_late_epoch
        self.writes = writes
        self.rows = [row for row in read_rows(folder / "log.csv") if row["epoch"] < first_epoch] if first_epoch else []
        self.best: ReaderModel | None = None  # with the weights of the best epoch
        self.writer = SummaryWriter(str(folder / "tensorboard")) if writes else None

    def on_epoch_begin(self, epoch, logs=None):
        self.validation_seconds = 0.0
        self.began = time.perf_counter()

    def on_test_begin(self, logs=None):
        self.validation_began = time.perf_counter()

    def on_test_end(self, logs=None):
        self.validation_seconds += time.perf_counter() - self.validation_began

    def on_epoch_end(self, epoch, logs=None):
        seconds = time.perf_counter() - self.began - self.validation_seconds
        steps = self.steps + self.params["steps"]
        before = self.rows[-1]["seconds"] if self.rows else 0.0
        row = {
            "epoch": epoch,
            "step": steps,
            "images": steps * self.batch_size,
            "seconds": before + seconds,
            "learning_rate": float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)),
            **{log_name(name): float(value) for name, value in (logs or {}).items()},
        }
        if not math.isfinite(row["loss"]):
            raise CommandError(f"{self.folder}: the loss is no longer a number: lower --learning-rate")
        if self.writer is None:
            self.rows.append(row)
            return
        try:
            # Keras makes variables to save a model, which must be this process's own.
            with undistributed():
                self._write(row)
        except OSError as error:
            raise CommandError(
                f"{self.folder}: cannot be written ({reason(error)}): the last good files stay"
            ) from None

    def _write(self, row):
        self.rows.append(row)
        with replacing(self.folder / "log.csv") as path, path.open("w", newline="") as file:
            writer = csv.DictWriter(file, self.rows[0])
            writer.writeheader()
            writer.writerows(self.rows)
        assert self.writer is not None, "only a log that writes is written"
        for name, value in row.items():
            if name not in ("epoch", "step"):
                self.writer.add_scalar(name, value, row["step"])
        self.writer.flush()
        # The commit mark: a run killed before it repeats the epoch, and one killed after it goes on from here.
        with replacing(self.folder / STATE) as path:
            self.model.save(path)
        self.keep_best(self.model)

    def keep_best(self, model):
        """Write `reader.keras` if the last epoch is the best; also when a run goes on that was killed before it did."""
        if not self.writes or not self.rows or self.best_row() is not self.rows[-1]:
            return
        with undistributed():
            # Without the optimizer, whose state is larger than the reader.
            if self.best is None:
                self.best = build_reader(model.config)
            self.best.set_weights(model.get_weights())
            with replacing(self.folder / BEST) as path:
                self.best.save(path)

    def best_row(self) -> dict[str, float]:
        """The row of the reader that is kept; of equal ones, the last.

        Readers of the last quarter of the training go before all others. While the learning rate is high, the accuracy
        on few validation images is good by chance as often as by merit. Then comes the accuracy on the validation
        images, then a low loss.
        """

        def rank(row):
            is_late = row["epoch"] >= self.first_late_epoch
            return is_late, row["val_whole_word_accuracy"], -row["val_loss"]

        return max(reversed(self.rows), key=rank)

    @property
    def steps(self) -> int:
        """Number of training steps so far."""
        return int(self.rows[-1]["step"]) if self.rows else 0

    def close(self) -> None:
        """Close what rows are written to."""
        if self.writer is not None:
            self.writer.close()


class EarlyEnd(keras.callbacks.Callback):
    """Ends `fit` before the last quarter of the schedule, which is left to follow, where there is nothing to gain.

    Args:
        log: what has the run's `rows`, whose accuracies decide; a run that goes on decides as it would have.
        first_late_epoch: number of the epoch that begins the last quarter.
        images: number of the validation images.
    """

    def __init__(self, log: RunLog, first_late_epoch: int, images: int):
        super().__init__()
        self.log = log
        self.images = images
        self.first_late_epoch = first_late_epoch

    def next_epoch(self, epoch: int) -> int:
        """The epoch that is to follow those of the log, where `epoch` would be next."""
        accuracies = [row["val_whole_word_accuracy"] for row in self.log.rows]
        is_over = epoch < self.first_late_epoch and nothing_to_gain(accuracies, self.images)
        return self.first_late_epoch if is_over else epoch

    def on_epoch_end(self, epoch, logs=None):
        if self.next_epoch(epoch + 1) != epoch + 1:
            self.model.stop_training = True


class PlateauSchedule(keras.callbacks.Callback):
    """Lowers the learning rate as the original does; see `keras_reader.training.options.plateau_learning_rate`.

    Args:
        peak: the learning rate to begin with.
        log: what has the run's `rows`, whose validation losses decide; a run that goes on goes on with its rate.
    """

    def __init__(self, peak: float, log):
        super().__init__()
        self.peak = peak
        self.log = log

    def on_epoch_begin(self, epoch, logs=None):
        losses = (row["val_loss"] for row in self.log.rows)
        self.model.optimizer.learning_rate = plateau_learning_rate(self.peak, losses)
