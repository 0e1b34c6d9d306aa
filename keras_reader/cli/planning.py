"""What a training on labelled images starts from and what its network is: `train` does it, `check` says it."""

import argparse
import unicodedata
from pathlib import Path
from typing import Any, NamedTuple

from keras_reader.cli.common import CommandParser
from keras_reader.config import ReaderConfig
from keras_reader.data.derived_config import PictureMeasures, Setting, derive_config, measure
from keras_reader.data.labelled_images import LabelledImages
from keras_reader.errors import InputError
from keras_reader.inference.loading import find_reader, import_for, shipped_config
from keras_reader.pretrained import model_names, shipped_reader
from keras_reader.training.starting_reader import (
    NETWORK,
    NOTHING,
    Start,
    default_start,
    describe_default,
    other_network,
)


class Plan(NamedTuple):
    """What a training on labelled images will be.

    Attributes:
        start: the `.keras` file whose network is trained further; `None` to start from nothing.
        config: the reader.
        settings: where each of its values comes from, and what it starts from, for a person.
        measures: of the pictures.
    """

    start: Path | None
    config: ReaderConfig
    settings: list[Setting]
    measures: PictureMeasures


def add_start(parser: CommandParser) -> None:
    """Add `--from`."""
    parser.add_argument(
        "--from",
        dest="start",
        metavar="READER",
        help="the reader to start from, whatever its alphabet: a .keras file, the name of a reader that ships "
        f"({', '.join(model_names())}), hf://OWNER/NAME, or {NOTHING} to start from nothing "
        f"(default: {describe_default()})",
    )


def given_config(args: argparse.Namespace) -> dict[str, Any]:
    """The arguments of `ReaderConfig` that the user has set, as far as the command has options for them."""
    names = ("preset", "alphabet", "max_length", "image_size", "resize", "filters", "units", "language_units")
    given = {name: value for name, value in vars(args).items() if name in names and value is not None}
    if "alphabet" in given:
        given["alphabet"] = unicodedata.normalize("NFC", given["alphabet"])
    if "image_size" in given:
        given["image_size"] = tuple(given["image_size"])
    return given


def given_start(named: str | None, given: dict[str, Any], state: Path | None = None) -> Path | None:
    """The `.keras` file of the reader that `--from` names; `None` if it names none.

    Args:
        named: what was given.
        given: the arguments of `ReaderConfig` that the user has set. The network of that reader is added.
        state: the state of the run that goes on. It has the same network, and is taken instead.

    Raises:
        InputError: if there is no such reader, it cannot be trained on, or its network is another than the user's.
    """
    if named in (None, NOTHING):
        return None
    path = find_reader(named, ".keras") if state is None else state
    if path.suffix != ".keras":
        inside = path / "reader.keras"
        advice = f"give {inside}" if inside.is_file() else "an exported one cannot be trained on"
        raise InputError(f"{path}: --from takes the .keras file of a reader: {advice}")
    check = import_for("keras_reader.keras_file_check", path)
    _take_network(check.keras_file_config(path), named, given)
    return path


def plan(
    labelled: LabelledImages, pictures: int, named: str | None, given: dict[str, Any], state: Path | None = None
) -> Plan:
    """Derive from labelled images what is not given.

    Args:
        labelled: all images, those to validate on included.
        pictures: number of those that are not given as images to validate on.
        named, given, state: as `given_start` takes them.

    Raises:
        InputError: as `given_start`, or if a value is out of its range.
    """
    own = set(given)
    file = given_start(named, given, state)
    measures = measure(labelled)
    config, settings = derive_config(labelled, given, measures)
    start = Start(None if file is None else named, "given")
    if named is None:
        start = default_start(config.preset, pictures, measures.is_scene, given)
        if start.model is not None:
            # The reader that ships, whatever the user has of its name.
            file = shipped_reader(start.model, ".keras")
            _take_network(shipped_config(start.model), start.model, given)
            config, settings = derive_config(labelled, given, measures)
    taken_over = given.keys() - own
    settings = [row._replace(source=f"that of {start.model}") if row.name in taken_over else row for row in settings]
    return Plan(file, config, [*settings, Setting("start", start.model or "nothing", start.reason)], measures)


def _take_network(config, named, given):
    other = other_network(config, given)
    if other is not None:
        raise InputError(
            f"{named}: a reader of {other.its} cannot start one of {other.given}: leave out --{other.name}"
        )
    for name in (*NETWORK, "resize"):
        given.setdefault(name, getattr(config, name))
