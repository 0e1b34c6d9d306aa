"""Other processors than the CPU are compared with it before they are trusted."""

from functools import partial

import numpy as np
import onnxruntime
import pytest

import keras_reader as kr
from keras_reader.errors import InputError
from keras_reader.inference.onnx_providers import largest_difference
from keras_reader.metadata import TOLERANCE
from tests.helpers.exports import noise

SESSION = onnxruntime.InferenceSession
OTHER = next((name for name in onnxruntime.get_available_providers() if name != "CPUExecutionProvider"), None)


class Wrong:
    """A session of another provider, whose outputs a function changes."""

    def __init__(self, content, options, providers, *, change):
        self._change = change
        self._session = SESSION(content, options, providers=["CPUExecutionProvider"])
        self._names = [name if isinstance(name, str) else name[0] for name in providers]

    def __getattr__(self, name):
        return getattr(self._session, name)

    def get_providers(self):
        return self._names

    def run(self, names, feeds):
        values = dict(zip(names, self._session.run(names, feeds), strict=True))
        if len(self._names) > 1:
            self._change(values)
        return [values[name] for name in names]


@pytest.fixture
def other(monkeypatch):
    """Makes a provider available that changes the outputs in a given way."""

    def install(change):
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["FastProvider", "CPUExecutionProvider"])
        monkeypatch.setattr(onnxruntime, "InferenceSession", partial(Wrong, change=change))

    return install


def test_a_provider_that_agrees_is_used(golden, other):
    other(lambda values: values["masks"].__iadd__(TOLERANCE / 4))
    path = golden / "reader.onnx"
    images = noise(3, 12, 12)
    got = kr.load(path, providers=["FastProvider"]).run(images)
    np.testing.assert_allclose(got["masks"], kr.load(path).run(images)["masks"] + TOLERANCE / 4, atol=1e-6)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda values: values["masks"].__iadd__(3 * TOLERANCE), r"FastProvider differs by 0\.0003 from the CPU"),
        (lambda values: values["confidence"].__imul__(0.9), "FastProvider differs by .* from the CPU"),
        (lambda values: values["ids"].__isub__(values["ids"]), "FastProvider gives other readings than the CPU"),
        (lambda values: values["probabilities"].fill(np.nan), "FastProvider gives other readings than the CPU"),
    ],
)
def test_a_provider_that_disagrees_is_refused(golden, other, change, message):
    other(change)
    with pytest.raises(InputError, match=message):
        kr.load(golden / "reader.onnx", providers=[("FastProvider", {"precision": "low"})])


def test_an_unknown_provider_is_named_with_those_that_there_are(golden):
    there = ", ".join(onnxruntime.get_available_providers())
    for providers, named in (
        (["NoneSuchProvider"], "NoneSuchProvider"),
        ([], "an empty list"),
        ("NoneSuch", "NoneSuch"),
    ):
        with pytest.raises(InputError) as error:
            kr.load(golden / "reader.onnx", providers=providers)
        assert str(error.value) == f"providers: {named}: this onnxruntime has {there}"


def test_a_provider_that_silently_falls_back_to_the_cpu_is_refused(golden, other, monkeypatch):
    other(lambda values: None)
    monkeypatch.setattr(Wrong, "get_providers", lambda self: ["CPUExecutionProvider"])
    with pytest.raises(InputError, match="FastProvider cannot be used on this machine"):
        kr.load(golden / "reader.onnx", providers=["FastProvider"])


@pytest.mark.skipif(OTHER is None, reason="this onnxruntime has no provider but the CPU")
def test_a_real_provider_is_loaded_and_reads_the_same(golden):
    images = noise(3, 12, 12)
    expected = kr.load(golden / "reader.onnx").run(images)
    got = kr.load(golden / "reader.onnx", providers=[OTHER]).run(images)
    assert largest_difference(got, expected, kr.load(golden / "reader.onnx").config.characters.terminator) <= TOLERANCE


def test_providers_are_for_onnx_files_only(golden):
    with pytest.raises(InputError, match=r"providers are for .onnx files only"):
        kr.load(golden / "reader.keras", providers=["CPUExecutionProvider"])


def test_steps_after_the_terminator_and_near_ties_do_not_count():
    even = np.array([[[0.5, 0.49999, 0.00001], [0.0, 0.0, 1.0], [0.2, 0.3, 0.5]]], np.float32)
    expected = {
        "ids": np.array([[0, 2, 2]]),
        "confidence": np.array([0.5], np.float32),
        "character_confidence": even.max(-1),
        "masks": np.zeros((1, 3, 2, 2), np.float32),
        "probabilities": even,
    }
    got = {name: value.copy() for name, value in expected.items()}
    got["ids"][0] = 1, 2, 0
    got["masks"][0, 2] = 1
    assert largest_difference(got, expected, 2) == 0
    got["ids"][0, 1] = 0
    assert largest_difference(got, expected, 2) is None
