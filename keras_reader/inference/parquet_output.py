"""A folder of Parquet files with readings, which only ever holds whole files."""

import hashlib
import json
import os
import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from keras_reader.errors import InputError, first_line
from keras_reader.regular_files import shown

_PREFIX, _SUFFIX, _PART = "readings-", ".parquet", ".part"

# The name of what readings depend on in the metadata of a file's schema.
_MADE_WITH = b"keras_reader"

# Seconds after which a temporary file is taken for one whose worker was killed: a file is written in less than one.
_LEFT_AFTER = 3600

# There, a file is not seen before it is whole. Elsewhere it is renamed then.
_WHOLE_AT_ONCE = ("s3", "gcs", "abfs")


class ParquetOutput:
    """The folder that readings are written to.

    Args:
        folder: a path, or a URL of a file system that PyArrow knows: s3://, gs://, hdfs://, abfs://.
        made_with: what the readings depend on, which is kept in each file; readings of another kind are refused.
    """

    def __init__(self, folder: str, made_with: Mapping[str, Any] | None = None):
        self._made_with = json.dumps(made_with, sort_keys=True).encode()
        self.folder = folder if "://" in folder else os.path.abspath(folder)  # noqa: PTH100 - it may not exist

    def make(self) -> None:
        """Make the folder, and remove what earlier runs that were killed left half-written.

        Raises:
            InputError: if it cannot be made or is no folder.
        """
        from pyarrow import fs

        try:
            system, folder = self._system()
            system.create_dir(folder, recursive=True)
            if system.get_file_info(folder).type not in (fs.FileType.Directory, fs.FileType.NotFound):
                raise OSError("it is a file")
            for info in system.get_file_info(fs.FileSelector(folder, allow_not_found=True)):
                is_part = info.base_name.startswith(f".{_PREFIX}") and info.base_name.endswith(_PART)
                if is_part and info.mtime and time.time() - info.mtime.timestamp() > _LEFT_AFTER:
                    system.delete_file(info.path)
        except Exception as error:  # the file systems' errors have no common base class
            raise InputError(f"{shown(self.folder)}: cannot be written ({first_line(error)}): give a folder") from None

    def write(self, table: Any) -> None:
        """Write readings as one file, named by the paths in it: the same readings give the same file.

        Raises:
            InputError: if it cannot be written.
        """
        from pyarrow import parquet

        system, folder = self._system()
        table = table.replace_schema_metadata({_MADE_WITH: self._made_with})
        key = hashlib.blake2b(digests(table.column("path").to_pylist()).tobytes(), digest_size=16).hexdigest()
        name = f"{folder}/{_PREFIX}{key}{_SUFFIX}"
        try:
            if system.type_name in _WHOLE_AT_ONCE:
                parquet.write_table(table, name, filesystem=system)
                return
            temporary = f"{folder}/.{_PREFIX}{key}-{uuid.uuid4().hex}{_PART}"
            parquet.write_table(table, temporary, filesystem=system)
            system.move(temporary, name)
        except Exception as error:
            raise InputError(f"{shown(self.folder)}: cannot be written ({first_line(error)})") from None

    def written(self) -> np.ndarray:
        """The sorted digests of all paths that the folder holds readings of; 16 bytes each.

        Raises:
            InputError: if a file is damaged, or was made with something else.
        """
        from pyarrow import fs, parquet

        system, folder = self._system()
        found = []
        for info in system.get_file_info(fs.FileSelector(folder, allow_not_found=True)):
            if not (info.base_name.startswith(_PREFIX) and info.base_name.endswith(_SUFFIX)):
                continue
            try:
                table = parquet.read_table(info.path, columns=["path"], filesystem=system)
            except Exception as error:
                raise InputError(
                    f"{shown(info.path)}: not a file of readings ({first_line(error)}): remove it"
                ) from None
            if (table.schema.metadata or {}).get(_MADE_WITH) != self._made_with:
                raise InputError(
                    f"{shown(self.folder)}: holds readings of another reader, or with other options: give a folder of "
                    "its own"
                )
            found.append(digests(table.column("path").to_pylist()))
        return np.sort(np.concatenate(found)) if found else digests([])

    def _system(self) -> Any:
        from pyarrow import fs

        if "://" in self.folder:
            system, folder = fs.FileSystem.from_uri(self.folder)
            return system, folder.rstrip("/")
        return fs.LocalFileSystem(), str(Path(self.folder))


def digests(paths: Iterable[str | None]) -> np.ndarray:
    """128 bits for each path, which stand for it: no two paths of any number have the same."""
    values = [hashlib.blake2b((path or "").encode(), digest_size=16).digest() for path in paths]
    return np.array(values, "S16")
