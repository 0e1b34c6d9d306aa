"""What an exported artifact says about itself."""

import json
from collections.abc import Mapping

from keras_reader.config import ReaderConfig
from keras_reader.errors import InputError

# Raised whenever tomorrow's code could not use yesterday's files, or the other way round.
FORMAT_VERSION = 4


def metadata(config: ReaderConfig) -> dict[str, str]:
    """Everything needed to use an artifact without this package, as ONNX's `metadata_props` take it.

    `config` repeats the rest in full, as JSON, for this package.
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


def config_from_metadata(values: Mapping[str, str], where: str) -> ReaderConfig:
    """The configuration that `metadata` wrote.

    Args:
        values: the metadata.
        where: the file they come from, for the error message.

    Raises:
        InputError: if there are no such metadata, or they are of another format version.
    """
    if "format_version" not in values or "config" not in values:
        raise InputError(f"{where}: not a reader that this program exported: it carries no format version")
    check_format_version(values["format_version"], where)
    try:
        return ReaderConfig.from_dict(json.loads(values["config"]))
    except (json.JSONDecodeError, TypeError, InputError) as error:
        raise InputError(f"{where}: its metadata are damaged ({error}): export the reader again") from None


def check_format_version(version: int | str, where: str) -> None:
    """Refuse a file of another format version, saying what to do."""
    if str(version) == str(FORMAT_VERSION):
        return
    newer = str(version).isdigit() and int(version) > FORMAT_VERSION
    advice = "install a newer keras_reader" if newer else "export or train the reader again with this version"
    raise InputError(f"{where}: format version {version}, where this keras_reader knows {FORMAT_VERSION}: {advice}")
