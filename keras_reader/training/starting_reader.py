"""Which reader a training on labelled images starts from."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from keras_reader.config import ReaderConfig
from keras_reader.inference.loading import shipped_config

NOTHING = "none"  # what `--from` takes to start from nothing

STARTS_FROM = "print"
# Trainings on fewer labelled pictures start from `STARTS_FROM`. Such a training reads as well as one from nothing or
# better, after a third of the time (docs/results/fine_tuning.md, real_images.md). That was seen with up to 4,600
# pictures. A third of the time shows each of 10,000 pictures to the reader about seven times.
FEWER_PICTURES = 10_000
# The same where the text lies among other things: where to look has to be learned there, which takes more steps than a
# training that starts from a reader has.
FEWER_SCENES = 250
# The same where another preset suits the characters, a smaller network for smaller ones: with this few pictures,
# knowing what characters look like is worth more than the network that was made for them.
FEWER_OF_OTHER_PRESET = 250

# What two readers must have in common for one to start the other.
NETWORK = ("preset", "filters", "units")


class Start(NamedTuple):
    """What to start from.

    Attributes:
        model: what the user would give for the reader; `None` to start from nothing.
        reason: why, for a person.
    """

    model: str | None
    reason: str


class OtherNetwork(NamedTuple):
    """What of a reader's network is another than the user's.

    Attributes:
        name: the argument of `ReaderConfig`.
        its: the reader's, for a person: "preset base", "128 filters".
        given: the user's.
    """

    name: str
    its: str
    given: Any


def default_start(
    preset: str, pictures: int, is_scene: bool = False, given: Mapping[str, Any] = MappingProxyType({})
) -> Start:
    """What a training on labelled pictures starts from where `--from` is not given.

    A reader that has seen many fonts helps where there are few pictures: it knows what characters look like, which few
    pictures do not tell. Enough of them do, and a training from nothing has a smaller network. Weights fit only a
    network of the same shape. So the default is `STARTS_FROM` for fewer than `FEWER_PICTURES` pictures (`FEWER_SCENES`,
    if they show more than the text) whose preset is that of this reader; and for fewer than `FEWER_OF_OTHER_PRESET`, if
    another preset was derived, in place of this.

    Args:
        preset: the preset of the reader to train.
        pictures: number of labelled pictures, those that are held out of them to validate on included.
        is_scene: whether they show more than the text; see `keras_reader.data.derived_config.PictureMeasures`.
        given: the arguments of `ReaderConfig` that the user chose.
    """
    shipped = shipped_config(STARTS_FROM)
    own = shipped.preset
    other = other_network(shipped, given)
    if other is not None:
        return Start(None, f"{STARTS_FROM} is of {other.its}, not of {other.given}")
    fewer = FEWER_SCENES if is_scene else FEWER_PICTURES
    if preset != own:
        fewer = min(fewer, FEWER_OF_OTHER_PRESET)
    if pictures >= fewer:
        return Start(None, f"{pictures:,} pictures, not fewer than {fewer:,}")
    instead = "" if preset == own else f", which are too few for the preset {preset}"
    return Start(STARTS_FROM, f"{pictures:,} pictures, fewer than {fewer:,}{instead}; --from {NOTHING} to start anew")


def other_network(config: ReaderConfig, given: Mapping[str, Any]) -> OtherNetwork | None:
    """Where the network of a reader is not the one that the user chose; `None` if it is, or nothing was chosen."""
    for name in NETWORK:
        its = getattr(config, name)
        if given.get(name, its) != its:
            return OtherNetwork(name, f"{name} {its}" if name == "preset" else f"{its} {name}", given[name])
    return None


def describe_default() -> str:
    """The default of `--from`, for its help."""
    return (
        f"{STARTS_FROM} for fewer than {FEWER_PICTURES:,} pictures of its preset ({FEWER_SCENES:,}, if they show more "
        f"than the text; {FEWER_OF_OTHER_PRESET:,} of smaller characters), else {NOTHING}"
    )
