import io
import sys

import pytest

from keras_reader.progress import progress_bar, with_progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("stderr", "is_shown"), [(Terminal(), True), (io.StringIO(), False)])
def test_progress_is_shown_at_a_terminal_only(stderr, is_shown, monkeypatch):
    monkeypatch.setattr(sys, "stderr", stderr)
    assert list(with_progress("abc", 3, "read")) == ["a", "b", "c"]
    assert ("read" in stderr.getvalue()) == is_shown
    assert is_shown or stderr.getvalue() == ""


def test_a_bar_goes_on_from_what_is_done(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress_bar(10, "training", "training steps", done=4) as bar:
        bar.update(3)
        assert bar.n == 7
        bar.refresh()
    assert "7/10" in sys.stderr.getvalue()
