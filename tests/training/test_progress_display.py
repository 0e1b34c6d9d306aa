import io
import sys
from types import SimpleNamespace

from keras_reader.training.progress_display import ProgressDisplay

LOGS = {
    "loss": 0.5,
    "logits_whole_word_accuracy": 0.1,
    "val_loss": 0.25,
    "val_logits_whole_word_accuracy": 0.75,
    "val_logits_character_error_rate": 0.125,
}


def display_after(steps):
    """A display of a training that has made so many steps."""
    return ProgressDisplay(SimpleNamespace(steps=steps))


def run_epochs(display, first, last, steps):
    display.set_params({"epochs": last, "steps": steps, "verbose": 0})
    display.on_train_begin()
    for epoch in range(first, last):
        display.on_epoch_begin(epoch)
        for step in range(steps):
            display.on_train_batch_end(step)
        display.log.steps += steps
        display.on_epoch_end(epoch, LOGS)
    display.on_train_end()


def test_each_validation_is_a_line_and_a_file_gets_no_bar(capsys):
    run_epochs(display_after(0), 0, 2, 1500)
    said = capsys.readouterr()
    figures = "validation images loss 0.250, whole-word accuracy 75.00%, character error rate 12.50%"
    assert said.out.splitlines() == [
        f"1,500 of 3,000 training steps: loss 0.500; on the {figures}",
        f"3,000 of 3,000 training steps: loss 0.500; on the {figures}",
    ]
    assert said.err == ""


def test_a_resumed_run_goes_on_where_it_ended(capsys, monkeypatch):
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    display = display_after(15)
    run_epochs(display, 3, 4, 5)
    assert (display.bar.n, display.bar.total) == (20, 20)
    assert "15/20" in terminal.getvalue()
    assert capsys.readouterr().out.startswith("20 of 20 training steps: ")


def test_steps_that_a_training_leaves_out_are_not_counted(capsys):
    display = display_after(0)
    run_epochs(display, 0, 2, 5)
    capsys.readouterr()
    run_epochs(display, 6, 8, 5)
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        "15 of 20 training steps",
        "20 of 20 training steps",
    ]
