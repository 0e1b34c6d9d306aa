"""Ctrl-C and SIGTERM while a network trains."""

import signal
import threading
from types import FrameType

import keras


class InterruptsBetweenBatches(keras.callbacks.Callback):
    """Lets Ctrl-C and SIGTERM end a training after the batch at hand; a second one ends it at once.

    Python raises `KeyboardInterrupt` wherever the program happens to be. Inside a destructor, or a library that catches
    everything, it is lost, and the training goes on; inside one that holds a lock, it may never end. Used as a context
    around `fit`, of which it is one of the callbacks. What the signals did before, they do after a batch, and outside.
    """

    def __init__(self):
        super().__init__()
        self._before = {}
        self._asked: int | None = None

    def __enter__(self):
        self._asked = None
        if threading.current_thread() is threading.main_thread():  # Python gives signals to no other
            for number in (signal.SIGINT, signal.SIGTERM):
                # One that is ignored, or ends the process without Python, goes on doing so.
                if callable(before := signal.getsignal(number)):
                    self._before[number] = before
                    signal.signal(number, self._ask)
        return self

    def __exit__(self, *error):
        while self._before:
            signal.signal(*self._before.popitem())

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self._asked is not None:
            self._before[number](number, frame)
        self._asked = number

    def _end_if_asked(self):
        asked, self._asked = self._asked, None
        if asked is not None:
            self._before[asked](asked, None)  # which need not raise

    def on_train_batch_end(self, batch, logs=None):
        self._end_if_asked()

    def on_test_batch_end(self, batch, logs=None):
        self._end_if_asked()

    def on_epoch_end(self, epoch, logs=None):
        self._end_if_asked()
