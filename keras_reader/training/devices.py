"""What training runs on, and why a GPU that is there is not used."""

import os
import subprocess
import sys
from pathlib import Path

import keras

# The device files of NVIDIA's and AMD's drivers.
_GPU_FILES = ("/dev/nvidiactl", "/dev/kfd")


def device_names() -> str:
    """What training runs on, for a person: the accelerators that Keras finds, or the CPU's cores."""
    devices = ", ".join(accelerators()) or f"CPU ({os.cpu_count()} cores)"
    return f"{devices}, {keras.backend.backend()} backend"


def accelerators() -> list[str]:
    """The names of the accelerators that Keras's backend finds."""
    if keras.backend.backend() == "torch":  # of which keras.distribution knows nothing
        import torch

        return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return [name for name in keras.distribution.list_devices() if not name.startswith("cpu")]


def why_no_gpu() -> str | None:
    """Why a GPU that this machine has is not used; `None` where there is none, or one is used.

    The backend says why in log lines that it writes while it starts, among others that mean nothing to most people.
    So it is started once more, in a process of its own, and what it says there about GPUs is taken.
    """
    if accelerators() or not any(Path(path).exists() for path in _GPU_FILES):
        return None
    code = "import keras; print(keras.distribution.list_devices())"
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "0", "KERAS_BACKEND": keras.backend.backend()}
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, env=environment, capture_output=True, text=True).stderr  # noqa: S603
    reasons = [line for line in said.splitlines() if any(word in line.lower() for word in ("gpu", "cuda", "driver"))]
    return (
        reasons[-1].strip() if reasons else f"the {keras.backend.backend()} backend was installed without GPU support"
    )
