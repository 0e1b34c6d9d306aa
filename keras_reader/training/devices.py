"""The devices that training runs on, and why a GPU is not used."""

import os
import subprocess
import sys
from pathlib import Path

import keras

# The device files of NVIDIA's and AMD's drivers.
_GPU_FILES = ("/dev/nvidiactl", "/dev/kfd")


def device_names() -> str:
    """The devices that training runs on, for a person: the accelerators that Keras finds, or the cores of the CPU."""
    devices = ", ".join(accelerators()) or f"CPU ({os.cpu_count()} cores)"
    return f"{devices}, {keras.backend.backend()} backend"


def accelerators() -> list[str]:
    """The names of the accelerators that Keras's backend finds."""
    if keras.backend.backend() == "torch":  # keras.distribution does not know its devices
        import torch

        return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return [name for name in keras.distribution.list_devices() if not name.startswith("cpu")]


def why_no_gpu() -> str | None:
    """Why this machine's GPU is not used; `None` if there is no GPU, or one is used.

    The backend gives the reason in its start-up log, among many other lines. So it is started once more, in a process
    of its own, and the log lines about GPUs are returned.
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
