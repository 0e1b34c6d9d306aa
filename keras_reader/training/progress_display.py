"""Shows the progress of training."""

import keras

from keras_reader.progress import progress_bar
from keras_reader.training.callbacks import RunLog
from keras_reader.training.log_csv import log_name


class ProgressDisplay(keras.callbacks.Callback):
    """A progress bar of training steps, and a line on stdout after each validation.

    The bar is quiet if stderr is not a terminal (see `keras_reader.progress`).

    Args:
        log: the run's log. Training steps that its schedule has left out are not counted.
    """

    def __init__(self, log: RunLog):
        super().__init__()
        self.log = log
        self.bar = None
        self.done = 0
        self.total = 0

    def on_train_begin(self, logs=None):
        self.bar = None  # `fit` is called again where the last quarter follows early

    def on_epoch_begin(self, epoch, logs=None):
        self.done = 0
        if self.bar is None:
            done = self.log.steps
            self.total = done + (self.params["epochs"] - epoch) * self.params["steps"]
            self.bar = progress_bar(self.total, "training", "training steps", done)

    def on_train_batch_end(self, batch, logs=None):
        assert self.bar is not None, "an epoch has begun"
        # Keras numbers the last of the steps of an execution, even beyond the epoch's end.
        done = min(batch + 1, self.params["steps"])
        self.bar.update(done - self.done)
        self.done = done

    def on_epoch_end(self, epoch, logs=None):
        assert self.bar is not None, "an epoch has begun"
        values = {log_name(name): float(value) for name, value in (logs or {}).items()}
        self.bar.clear()
        print(
            f"{self.log.steps:,} of {self.total:,} training steps: loss {values['loss']:.3f}; on the validation images "
            f"loss {values['val_loss']:.3f}, whole-word accuracy {values['val_whole_word_accuracy']:.2%}, "
            f"character error rate {values['val_character_error_rate']:.2%}",
            flush=True,
        )
        self.bar.refresh()

    def on_train_end(self, logs=None):
        if self.bar is not None:
            self.bar.close()
