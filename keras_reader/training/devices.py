"""The devices that training runs on, why a GPU is not used, and how many processes draw for it."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import keras

from keras_reader.cores import usable_cores

# The device files of NVIDIA's and AMD's drivers, and of Windows' under Linux.
_GPU_FILES = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/kfd", "/dev/dxg")

# Beyond this many drawing processes, the one that trains cannot take the images any faster.
_MOST_DRAWING = 16

# What a backend's build for GPUs is installed with.
_INSTALL = {
    "tensorflow": "pip install 'tensorflow[and-cuda]'",
    "jax": "pip install 'jax[cuda13]' ('jax[cuda12]' for an older driver)",
    "torch": "install PyTorch's CUDA build, as pytorch.org says",
}


def device_names() -> str:
    """The devices that training runs on, for a person: the accelerators that Keras finds, or the cores of the CPU."""
    cores = usable_cores()
    devices = ", ".join(accelerators()) or f"CPU ({cores} core{'s' * (cores != 1)})"
    return f"{devices}, {keras.backend.backend()} backend"


def accelerators() -> list[str]:
    """The names of the accelerators that Keras's backend finds, such as `NVIDIA H100 80GB HBM3`."""
    backend = keras.backend.backend()
    if backend == "torch":
        import torch

        return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    if backend == "jax":
        import jax

        return [device.device_kind for device in jax.devices() if device.platform != "cpu"]
    import tensorflow as tf

    found = tf.config.list_physical_devices("GPU")
    return [tf.config.experimental.get_device_details(device).get("device_name", device.name) for device in found]


def drawing_processes(chosen: int | None) -> int:
    """How many processes draw training images.

    With a GPU, all cores but one draw, so that the GPU does not wait. Without one, training takes all cores itself and
    drawing is a small part of it: then none.

    Args:
        chosen: the user's number; `None` to decide.
    """
    if chosen is not None:
        return chosen
    return min(_MOST_DRAWING, usable_cores() - 1) if accelerators() else 0


def why_no_gpu() -> str | None:
    """Why this machine's GPU is not used, and what to do; `None` if there is no GPU, or one is used."""
    if not any(Path(path).exists() for path in _GPU_FILES) or accelerators():
        return None
    return _hidden() or _built_without_gpu() or _start_up_log()


def _hidden():
    backend = keras.backend.backend()
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return f"CUDA_VISIBLE_DEVICES={os.environ['CUDA_VISIBLE_DEVICES']} hides it: unset it"
    if backend == "jax" and os.environ.get("JAX_PLATFORMS") == "cpu":
        return "JAX_PLATFORMS=cpu keeps JAX from it: unset it"
    return None


def _built_without_gpu():
    backend = keras.backend.backend()
    if backend == "torch":
        import torch

        built = torch.version.cuda is not None or torch.version.hip is not None
    elif backend == "jax":
        # JAX finds its GPU support in packages of these names.
        built = any(find_spec(f"jax_{kind}_plugin") for kind in ("cuda13", "cuda12", "rocm7", "rocm60"))
    else:
        import tensorflow as tf

        built = tf.test.is_built_with_cuda() or tf.test.is_built_with_rocm()
    return None if built else f"this {backend} was installed without GPU support: {_INSTALL[backend]}"


def _start_up_log():
    """The reason that the backend gives in its start-up log.

    It is among many other lines. So the backend is started once more, in a process of its own, and its last log line
    about GPUs is returned.
    """
    backend = keras.backend.backend()
    code = "import keras; print(keras.distribution.list_devices())"
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "0", "KERAS_BACKEND": backend}
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, env=environment, capture_output=True, text=True).stderr  # noqa: S603
    reasons = [line for line in said.splitlines() if any(word in line.lower() for word in ("gpu", "cuda", "driver"))]
    why = reasons[-1].strip() if reasons else f"the {backend} backend does not say why"
    return f"{why} (its libraries: {_INSTALL[backend]})"
