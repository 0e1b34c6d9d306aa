"""Execution providers of ONNX Runtime other than the CPU: compared with it before they are trusted."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_reader.alphabet import up_to_end
from keras_reader.config import ReaderConfig
from keras_reader.errors import InputError, first_line
from keras_reader.metadata import TOLERANCE

CPU = "CPUExecutionProvider"

# A name, or a name and its options.
Provider = str | tuple[str, dict[str, Any]]
Providers = Sequence[Provider]


def session_of_providers(
    content: bytes, options, providers: Providers, cpu_session, config: ReaderConfig, where: str
) -> Any:
    """A session of ONNX Runtime that runs a reader on other processors.

    Some providers compute with fewer bits than the CPU unless they are told not to. So what this session gives for 40
    images, synthetic words and noise, two of the sizes not the reader's own, is compared with what the CPU gives: the
    ids up to the terminator must be the same, except where two characters are equally likely, and everything else must
    be within `TOLERANCE`.

    Args:
        content: the ONNX file.
        options: `onnxruntime.SessionOptions`.
        providers: execution providers, the most wanted first. What they do not support runs on the CPU.
        cpu_session: a session of the same file on the CPU.
        config: the reader's configuration.
        where: the file's name, for error messages.

    Raises:
        InputError: if a provider is unknown, cannot be used, or disagrees with the CPU.
    """
    import onnxruntime

    providers = [providers] if isinstance(providers, str) else list(providers)
    names = [provider if isinstance(provider, str) else provider[0] for provider in providers]
    available = onnxruntime.get_available_providers()
    if not names or set(names) - set(available):
        unknown = ", ".join(sorted(set(names) - set(available))) or "an empty list"
        raise InputError(f"providers: {unknown}: this onnxruntime has {', '.join(available)}")
    if CPU not in names:
        providers.append(CPU)
    try:
        session = onnxruntime.InferenceSession(content, options, providers=providers)
    except Exception as error:  # onnxruntime's exceptions have no common base class
        raise InputError(f"{where}: cannot be loaded with {', '.join(names)} ({first_line(error)})") from None
    # ONNX Runtime itself only warns, and goes on with the CPU.
    refused = [name for name in names if name not in session.get_providers()]
    if refused:
        raise InputError(f"{where}: {', '.join(refused)} cannot be used on this machine: see ONNX Runtime's warning")
    outputs = [output.name for output in cpu_session.get_outputs()]
    for images in _images(config):
        try:
            got = dict(zip(outputs, session.run(outputs, {"image": images}), strict=True))
        except Exception as error:
            raise InputError(f"{where}: does not run with {', '.join(names)} ({first_line(error)})") from None
        expected = dict(zip(outputs, cpu_session.run(outputs, {"image": images}), strict=True))
        difference = largest_difference(got, expected, config.characters.terminator)
        if difference is None or difference > TOLERANCE:
            shown = "gives other readings than" if difference is None else f"differs by {difference:.2g} from"
            raise InputError(
                f"{where}: {', '.join(names)} {shown} the CPU; at most {TOLERANCE:g} is allowed: ask it for full "
                "precision, such as providers=[('CUDAExecutionProvider', {'use_tf32': 0})], or use the CPU"
            )
    return session


def largest_difference(got: dict[str, np.ndarray], expected: dict[str, np.ndarray], terminator: int) -> float | None:
    """The largest absolute difference of two runs, up to the terminators.

    Returns:
        `None` if a character differs that is clearly likelier than all others, or a value is not a number.
    """
    counts = up_to_end(expected["ids"], terminator)
    likeliest = np.sort(expected["probabilities"], axis=-1)
    is_clear = likeliest[..., -1] - likeliest[..., -2] > 2 * TOLERANCE
    if ((got["ids"] != expected["ids"]) & counts & is_clear).any():
        return None
    largest = 0.0
    for name in expected.keys() - {"ids"}:
        chosen = ... if name == "confidence" else counts
        differences = np.abs(got[name][chosen] - expected[name][chosen])
        if not np.isfinite(differences).all():
            return None
        largest = max(largest, float(differences.max(initial=0)))
    return largest


def _images(config):
    # Only here: reading on the CPU starts sooner without it.
    from keras_reader.data.synthetic_words import SyntheticWords

    height, width = config.image_size
    words = SyntheticWords(
        alphabet=config.alphabet,
        max_length=config.max_length,
        image_size=(max(height, 40), max(width, 40, 16 * config.max_length)),
        split="test",
    )
    yield words.batch(range(16))[0]
    random = np.random.default_rng(0)
    yield random.integers(0, 256, (16, height, width), np.uint8)
    yield random.integers(0, 256, (8, 2 * height + 1, 3 * width), np.uint8)
