"""Readers on the Hugging Face Hub, at addresses such as `hf://owner/name@revision`.

`huggingface_hub` is imported on first use: it is in the extra `hub`. It keeps what it downloads in its own cache and
finds the server, the token and the cache in its own variables (`HF_ENDPOINT`, `HF_TOKEN`, `HF_HOME`).
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from keras_reader.errors import InputError, first_line
from keras_reader.limits import HUB_FILE_BYTES
from keras_reader.regular_files import shown

# What a repository holds.
ONNX, KERAS, MODEL_CARD, CONFIG = "reader.onnx", "reader.keras", "README.md", "config.json"

# A `Path` has one slash where an address has two.
_SCHEME = re.compile(r"hf:/{1,2}(?!/)")
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
_ADDRESS = re.compile(rf"({_NAME}/{_NAME})(?:@([A-Za-z0-9][A-Za-z0-9._/-]{{0,254}}))?")
_SECONDS = 10  # to wait for an answer
_LOG_IN = "log in with `hf auth login`, or set HF_TOKEN"


class Address(NamedTuple):
    """Where a reader is on the Hub.

    Attributes:
        repository: `owner/name`.
        revision: a branch, a tag or a commit; `None` for the main branch.
    """

    repository: str
    revision: str | None = None

    def __str__(self) -> str:
        return f"hf://{self.repository}" + (f"@{self.revision}" if self.revision else "")


def parse_address(text: str | Path) -> Address | None:
    """The address that a text is, or `None` if it does not begin with `hf://`.

    Raises:
        InputError: if it begins so and is no address.
    """
    text = text.as_posix() if isinstance(text, Path) else text
    scheme = _SCHEME.match(text)
    if scheme is None:
        return None
    found = _ADDRESS.fullmatch(text[scheme.end() :])
    if found is None or ".." in text:
        raise InputError(f"{shown(text)}: not an address on the Hub: give hf://OWNER/NAME or hf://OWNER/NAME@REVISION")
    return Address(*found.groups())


def fetch(address: Address, name: str) -> Path:
    """A file of a repository, from the cache if the Hub still has the same or cannot be reached.

    Args:
        address: where the repository is.
        name: the file's name in it.

    Returns:
        The file's path in the cache of `huggingface_hub`. Its content comes from a stranger.

    Raises:
        InputError: if `huggingface_hub` is not installed; if the repository, the revision or the file does not exist or
            may not be read; if the Hub cannot be reached and the cache does not have the file; or if it is too large.
    """
    hub = _import_hub(address)
    place = {"repo_id": address.repository, "filename": name, "revision": address.revision, "endpoint": _endpoint()}
    try:
        with _refusals(hub, address, name):
            found = hub.get_hf_file_metadata(hub.hf_hub_url(**place), timeout=_SECONDS)
    except InputError:
        raise
    except Exception as error:  # which class depends on the network library that huggingface_hub uses
        return _cached(hub, address, place, first_line(error))
    if found.size is None or found.size > HUB_FILE_BYTES:
        size = "of unknown size" if found.size is None else f"of {found.size:,} bytes"
        raise InputError(f"{address}: its {name} is {size}, and a reader has at most {HUB_FILE_BYTES:,} bytes")
    try:
        with _refusals(hub, address, name):
            return Path(hub.hf_hub_download(**place, library_name="keras_reader", etag_timeout=_SECONDS))
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{address}: its {name} cannot be downloaded ({first_line(error)}): try again") from None


def publish(
    address: Address, files: Mapping[str, Path | bytes], message: str, private: bool = False, gone: tuple[str, ...] = ()
) -> str:
    """Write files into a repository of the Hub in one commit. The repository is made if it does not exist.

    Args:
        address: where; without a revision.
        files: paths or contents, by their names in the repository.
        message: of the commit.
        private: whether a new repository is private. One that exists stays as it is.
        gone: names of files that are removed from the repository if it has them.

    Returns:
        The address of the commit in a browser.

    Raises:
        InputError: if `huggingface_hub` is not installed, nobody is logged in, they may not write there, the card's
            header is refused, or the Hub cannot be reached.
    """
    hub = _import_hub(address)
    if address.revision is not None:
        raise InputError(f"{address}: publishing writes to the main branch: leave out @{address.revision}")
    if hub.get_token() is None:
        raise InputError(f"{address}: publishing takes a token with the right to write: {_LOG_IN}")
    api = hub.HfApi(endpoint=_endpoint(), library_name="keras_reader")
    try:
        with _refusals(hub, address, "repository"):
            api.create_repo(address.repository, private=private, exist_ok=True)
            removed = [name for name in gone if api.file_exists(address.repository, name)]
            operations = [hub.CommitOperationAdd(name, content) for name, content in files.items()]
            operations += [hub.CommitOperationDelete(name) for name in removed]
            return str(api.create_commit(address.repository, operations, commit_message=message).commit_url)
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{address}: cannot be published ({first_line(error)})") from None


@contextmanager
def _refusals(hub: ModuleType, address: Address, name: str) -> Iterator[None]:
    """Turn what the Hub refuses into an `InputError`. What else goes wrong passes."""
    errors = hub.errors
    try:
        yield
    except errors.GatedRepoError:
        raise InputError(f"{address}: its owner wants to be asked first: do so in a browser, then {_LOG_IN}") from None
    except errors.RepositoryNotFoundError as error:
        if error.response is not None and error.response.status_code == 401:
            advice = f"check the name; for a private one, {_LOG_IN}"
        else:
            advice = "check the name, and whether your token may see it"
        raise InputError(f"{address}: there is no such repository: {advice}") from None
    except errors.RevisionNotFoundError:
        raise InputError(f"{address}: the repository has no such revision") from None
    except errors.LocalEntryNotFoundError:
        raise
    except errors.EntryNotFoundError:
        more = ": it can be read with, not trained on" if name == KERAS else ": not a reader that was published"
        raise InputError(f"{address}: the repository has no {name}{more}") from None
    except errors.HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        if status not in (401, 403):
            raise
        advice = _LOG_IN if status == 401 else "your token does not have the right to"
        raise InputError(f"{address}: the Hub refused (status {status}): {advice}") from None


def _cached(hub, address, place, reason):
    """The file as it was downloaded before, since the Hub cannot be reached."""
    try:
        return Path(hub.hf_hub_download(**place, local_files_only=True))
    except (hub.errors.LocalEntryNotFoundError, ValueError):
        raise InputError(
            f"{address}: the Hub cannot be reached ({reason}), and {place['filename']} was never downloaded here"
        ) from None


def _import_hub(address) -> ModuleType:
    try:
        import huggingface_hub
        import huggingface_hub.errors
    except ModuleNotFoundError as error:
        raise InputError(f"{address}: needs {error.name}: pip install keras_reader[hub]") from None
    return huggingface_hub


def _endpoint():
    # huggingface_hub looks for it only as it is imported.
    return os.environ.get("HF_ENDPOINT") or None
