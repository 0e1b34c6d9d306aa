"""Images from anywhere: files here, and at whatever PyArrow or fsspec reaches."""

import re
from functools import lru_cache
from typing import Any

from keras_reader.errors import InputError, first_line
from keras_reader.image_files import SUFFIXES
from keras_reader.images import open_picture
from keras_reader.limits import BYTES_PER_MAX_PIXEL, max_pixels
from keras_reader.regular_files import shown

# How `open_picture` begins what it says of bytes.
_BYTES = "the image's bytes: "

# PyArrow brings these itself; everything else is fsspec's, with the package that it names.
_ARROW_SCHEMES = ("s3", "gs", "gcs", "hdfs", "abfs", "abfss", "file")


def is_remote(source: str | bytes | None) -> bool:
    """Whether a source is a URL: `s3://bucket/a.png`, or fsspec's `zip://a.png::b.zip`, and no path or bytes."""
    return isinstance(source, str) and re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", source) is not None


def open_source(source: str | bytes | None, name: str | None = None) -> Any:
    """Open an image, as `keras_reader.images.open_picture` does.

    Args:
        source: a path, a URL, or the bytes of an image file.
        name: what the image is called in error messages, if not by its path.

    Raises:
        InputError: if it cannot be read.
    """
    if isinstance(source, str) and not is_remote(source):
        return open_picture(source)
    if source is None:
        raise InputError(f"{name or 'an image'}: null: there is neither a path nor the bytes of an image")
    content = _fetched(source) if isinstance(source, str) else source
    try:
        return open_picture(content)
    except InputError as error:
        about = shown(name or (source if isinstance(source, str) else "the image's bytes"))
        raise InputError(f"{about}: {str(error).removeprefix(_BYTES)}") from None


def find_remote(url: str) -> list[str]:
    """The image files that a URL stands for: itself, or if it is a folder, those in it at any depth, sorted.

    Raises:
        InputError: if it cannot be listed, or a folder holds none.
    """
    if not url.endswith("/"):
        return [url]
    try:
        if _scheme(url) in _ARROW_SCHEMES:
            from pyarrow import fs

            system, folder = fs.FileSystem.from_uri(url.rstrip("/"))
            infos = system.get_file_info(fs.FileSelector(folder, recursive=True))
            found = [info.path for info in infos if info.type == fs.FileType.File]
            found = [url + path.removeprefix(folder).lstrip("/") for path in found]
        else:
            import fsspec

            system, folder = fsspec.core.url_to_fs(url)
            found = [system.unstrip_protocol(path) for path in system.find(folder)]
    except Exception as error:  # the file systems' errors have no common base class
        raise InputError(f"{shown(url)}: cannot be listed ({first_line(error)})") from None
    found = sorted(path for path in found if path.lower().endswith(SUFFIXES))
    if not found:
        raise InputError(f"{shown(url)}: no images there: give files, or a folder with {', '.join(SUFFIXES)}")
    return found


def _fetched(url):
    most = max_pixels() * BYTES_PER_MAX_PIXEL // 2
    try:
        if _scheme(url) in _ARROW_SCHEMES:
            with _arrow_stream(url) as file:
                content = file.read(most + 1)
        else:
            import fsspec

            with fsspec.open(url, "rb") as file:
                content = file.read(most + 1)  # pyright: ignore[reportAttributeAccessIssue]
    except Exception as error:
        raise InputError(f"{shown(url)}: cannot be read ({first_line(error)})") from None
    if len(content) > most:
        raise InputError(f"{shown(url)}: more than {most:,} bytes, too large for an image")
    return content


def _scheme(url):
    return url.partition("://")[0].lower()


def _arrow_stream(url):
    """A stream of PyArrow; `?region=...&endpoint_override=...` at the end of a URL are options of its file system."""
    scheme, _, rest = url.partition("://")
    server, slash, path = rest.partition("/")
    path, mark, options = path.partition("?")
    if scheme.lower() == "file":
        path, mark, options = f"{path}{mark}{options}", "", ""
    system, root = _arrow_system(f"{scheme}://{server}/{mark}{options}")
    return system.open_input_stream(root + slash + path)


@lru_cache(maxsize=64)
def _arrow_system(server):
    """PyArrow's file system of a server, and what its paths begin with; made once, since it finds its credentials."""
    from pyarrow import fs

    system, path = fs.FileSystem.from_uri(server)
    return system, path.rstrip("/")
