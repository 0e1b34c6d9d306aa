"""The metadata that an exported artifact carries."""

import json
from collections.abc import Mapping

from keras_reader.config import ReaderConfig
from keras_reader.errors import InputError

# Increase it when new code cannot use earlier files, or earlier code cannot use new files.
FORMAT_VERSION = 4


def metadata(config: ReaderConfig) -> dict[str, str]:
    """Everything needed to use an artifact without this package, in the form of ONNX's `metadata_props`.

    `config` holds the whole configuration as JSON, for this package. `steps` is the number of decoding steps.
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
        where: name of the file, for error messages.

    Raises:
        InputError: if the metadata are missing or damaged, or of another format version.
    """
    if "format_version" not in values or "config" not in values:
        raise InputError(f"{where}: not a reader that keras_reader exported: it has no format version")
    check_format_version(values["format_version"], where)
    try:
        return ReaderConfig.from_dict(json.loads(values["config"]))
    except (json.JSONDecodeError, TypeError, InputError) as error:
        raise InputError(f"{where}: its metadata are damaged ({error}): export the reader again") from None


def check_format_version(version: int | str, where: str) -> None:
    """Raise an `InputError` that says what to do if a file has another format version."""
    if str(version) == str(FORMAT_VERSION):
        return
    newer = str(version).isdigit() and int(version) > FORMAT_VERSION
    advice = "install a newer keras_reader" if newer else "export or train the reader again with this version"
    raise InputError(
        f"{where}: has format version {version}, but this keras_reader reads version {FORMAT_VERSION}: {advice}"
    )
