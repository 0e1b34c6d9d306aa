"""The metadata that an exported artifact carries."""

import hashlib
import json
from collections.abc import Iterable, Mapping

from keras_reader.config import ReaderConfig
from keras_reader.errors import InputError, first_line
from keras_reader.limits import METADATA_BYTES

# Increase it when new code cannot use earlier files, or earlier code cannot use new files.
FORMAT_VERSION = 7

# The metadata's name for the checksum.
CHECKSUM = "sha256"


def metadata(config: ReaderConfig) -> dict[str, str]:
    """Everything needed to use an artifact without this package, in the form of ONNX's `metadata_props`.

    `config` holds the whole configuration as JSON, for this package. `steps` is the number of decoding steps. Whoever
    writes the artifact adds `sha256`, the `checksum` of these values and of what the artifact computes with.
    """
    return {
        "format_version": str(FORMAT_VERSION),
        "preset": config.preset,
        "alphabet": config.alphabet,
        "terminator": str(config.characters.terminator),
        "steps": str(config.decoding_steps),
        "height": str(config.image_size[0]),
        "width": str(config.image_size[1]),
        "resize": config.resize,
        "config": json.dumps(config.to_dict()),
    }


# The most by which an output of one runtime, or of another processor, may differ from that of another.
TOLERANCE = 1e-4


def output_shapes(config: ReaderConfig) -> dict[str, tuple[int, ...]]:
    """What every artifact gives for an image: the shape of each output without the batch.

    `ids` are int32, the others float32. `seen` comes of readers with a language model.
    """
    steps = config.decoding_steps
    shapes: dict[str, tuple[int, ...]] = {
        "ids": (steps,),
        "confidence": (),
        "character_confidence": (steps,),
        "masks": (steps, *config.image_size),
        "probabilities": (steps, config.characters.classes),
    }
    return shapes | {"seen": shapes["probabilities"]} if config.language_units else shapes


def config_from_metadata(values: Mapping[str, str], where: str) -> ReaderConfig:
    """The configuration that `metadata` wrote.

    Args:
        values: the metadata.
        where: name of the file, for error messages.

    Raises:
        InputError: if the metadata are missing or damaged, contradict each other, or are of another format version.
    """
    if "format_version" not in values or "config" not in values:
        raise InputError(f"{where}: not a reader that keras_reader exported: it has no format version")
    check_format_version(values["format_version"], where)
    config = config_from_json(values["config"], where)
    for name, value in metadata(config).items():
        if name != "config" and values.get(name) != value:
            raise InputError(
                f"{where}: its metadata are damaged ({name} is not that of config): export the reader again"
            )
    return config


def config_from_json(text: str | bytes, where: str) -> ReaderConfig:
    """The configuration that `ReaderConfig.to_dict` gave, from JSON.

    Raises:
        InputError: if it is none, or asks for more than a reader may.
    """
    if len(text) > METADATA_BYTES:
        raise InputError(f"{where}: its metadata are damaged (more than {METADATA_BYTES:,} bytes)")
    try:
        return ReaderConfig.from_dict(json.loads(text))
    # A file may hold any values in place of the right ones.
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        reason = first_line(error)
        raise InputError(f"{where}: its metadata are damaged ({reason}): export the reader again") from None


def checksum(values: Mapping[str, str], parts: Iterable[bytes | memoryview]) -> str:
    """SHA-256 of metadata, other than `sha256` itself, and of what an artifact computes with, in hexadecimal digits.

    Args:
        values: the metadata.
        parts: the bytes of graph and weights, in an order that does not change.
    """
    known = {name: value for name, value in values.items() if name != CHECKSUM}
    digest = hashlib.sha256(json.dumps(known, sort_keys=True).encode())
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def check_checksum(values: Mapping[str, str], parts: Iterable[bytes | memoryview], where: str) -> None:
    """Compare an artifact's checksum with what it holds; see `checksum`.

    Raises:
        InputError: if they differ, or there is none.
    """
    if values.get(CHECKSUM) != checksum(values, parts):
        raise InputError(f"{where}: damaged, or changed since it was exported: its checksum is another")


def check_format_version(version: int | str, where: str) -> None:
    """Raise an `InputError` that says what to do if a file has another format version."""
    if str(version) == str(FORMAT_VERSION):
        return
    newer = str(version).isdigit() and int(version) > FORMAT_VERSION
    advice = "install a newer keras_reader" if newer else "export or train the reader again with this version"
    raise InputError(
        f"{where}: has format version {version}, but this keras_reader reads version {FORMAT_VERSION}: {advice}"
    )
