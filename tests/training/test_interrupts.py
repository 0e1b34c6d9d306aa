"""Ctrl-C and SIGTERM end a training between two batches, and are never lost."""

import signal
import threading
from contextlib import suppress

import keras
import numpy as np
import pytest

from keras_reader.training.interrupts import InterruptsBetweenBatches


class Signals(keras.callbacks.Callback):
    """Sends signals at the beginning of a batch, to a program that drops what they raise; and counts batches."""

    def __init__(self, *numbers):
        super().__init__()
        self.numbers = numbers
        self.begun = self.ended = 0

    def on_train_batch_begin(self, batch, logs=None):
        self.begun += 1
        if batch == 2:
            with suppress(KeyboardInterrupt):
                signal.raise_signal(self.numbers[0])
            for number in self.numbers[1:]:
                signal.raise_signal(number)

    def on_train_batch_end(self, batch, logs=None):
        self.ended += 1


def fit(signals, interrupts):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    numbers = np.zeros((10, 1))
    model.fit(numbers, numbers, batch_size=1, verbose=0, callbacks=[signals, interrupts])


class Terminated(KeyboardInterrupt):
    pass


def terminate(number, frame):
    raise Terminated


@pytest.fixture
def handlers():
    """A handler of Ctrl-C that raises, whatever the tests were started with, and one of SIGTERM."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, terminate)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number, raised", [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)])
def test_a_signal_ends_training_after_the_batch_even_where_its_error_would_be_dropped(handlers, number, raised):
    signals = Signals(number)
    with pytest.raises(KeyboardInterrupt) as stop, InterruptsBetweenBatches() as interrupts:
        fit(signals, interrupts)
    assert stop.type is raised
    assert (signals.begun, signals.ended) == (3, 3)


def test_a_second_signal_ends_training_at_once(handlers):
    signals = Signals(signal.SIGTERM, signal.SIGINT)
    with pytest.raises(KeyboardInterrupt) as stop, InterruptsBetweenBatches() as interrupts:
        fit(signals, interrupts)
    assert stop.type is KeyboardInterrupt
    assert (signals.begun, signals.ended) == (3, 2)


def test_a_handler_that_does_not_raise_is_called_once_and_training_goes_on(handlers):
    called = []
    signal.signal(signal.SIGTERM, lambda number, frame: called.append(number))
    signals = Signals(signal.SIGTERM)
    with InterruptsBetweenBatches() as interrupts:
        fit(signals, interrupts)
    assert called == [signal.SIGTERM]
    assert signals.ended == 10


def test_signals_do_afterwards_what_they_did_before(handlers):
    with InterruptsBetweenBatches():
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is terminate


def test_signals_that_are_ignored_or_kill_stay_so(handlers):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with InterruptsBetweenBatches():
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_training_in_another_thread_leaves_signals_alone(handlers):
    seen = []

    def train():
        with InterruptsBetweenBatches():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert seen == [terminate]
