"""The files of the original's checkpoints. Keras is not needed to read them."""

import zipfile
from pathlib import Path

import numpy as np

from keras_reader.errors import InputError, first_line
from keras_reader.limits import MODEL_BYTES


def load_checkpoint(path: str | Path) -> dict[str, np.ndarray]:
    """Read a checkpoint file: `.npz`, or the original's `model` file when PyTorch is installed.

    Raises:
        InputError: if the file cannot be read, or is PyTorch's and PyTorch is missing.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if path.suffix == ".npz":
        try:
            with zipfile.ZipFile(path) as members:
                size = sum(member.file_size for member in members.infolist())
            if size > MODEL_BYTES:
                raise InputError(f"{path}: {size:,} bytes when it is unpacked, too large for a checkpoint")
            with np.load(path, allow_pickle=False) as arrays:
                return dict(arrays)
        except InputError:
            raise
        except Exception as error:  # NumPy, zipfile and zlib raise almost anything on a damaged file
            raise InputError(f"{path}: not an .npz file that can be read ({first_line(error)})") from None
    try:
        import torch
    except ModuleNotFoundError:
        raise InputError(
            f"{path}: reading the original's model file takes PyTorch: pip install torch, or convert an .npz file"
        ) from None
    try:
        state_dict = torch.load(path, map_location="cpu", weights_only=True)
        return {key: value.numpy() for key, value in state_dict.items()}
    except Exception as error:  # torch.load raises almost anything on a file that is not its own
        raise InputError(f"{path}: not a PyTorch checkpoint that can be read safely ({first_line(error)})") from None
