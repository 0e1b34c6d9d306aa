"""What training says about the machine's GPU, and how many processes draw for it."""

import pytest

from keras_reader.training import devices


@pytest.fixture
def gpu(monkeypatch, tmp_path):
    """A machine that has a GPU, of which the backend finds none."""
    (tmp_path / "nvidia0").touch()
    monkeypatch.setattr(devices, "_GPU_FILES", (str(tmp_path / "nvidia0"),))
    monkeypatch.setattr(devices, "accelerators", list)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("JAX_PLATFORMS", raising=False)


def test_a_machine_without_a_gpu_has_nothing_to_explain(monkeypatch):
    monkeypatch.setattr(devices, "_GPU_FILES", ("/nowhere",))
    assert devices.why_no_gpu() is None


def test_a_gpu_that_is_used_needs_no_explanation(gpu, monkeypatch):
    monkeypatch.setattr(devices, "accelerators", lambda: ["NVIDIA H100"])
    assert devices.why_no_gpu() is None
    assert devices.device_names().startswith("NVIDIA H100, ")


def test_a_gpu_that_a_variable_hides_is_explained_by_it(gpu, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert devices.why_no_gpu() == "CUDA_VISIBLE_DEVICES=-1 hides it: unset it"


@pytest.mark.parametrize(("backend", "install"), [("jax", "jax[cuda13]"), ("torch", "PyTorch's CUDA build")])
def test_a_backend_that_was_built_without_gpu_support_says_what_to_install(gpu, monkeypatch, backend, install):
    pytest.importorskip(backend)
    monkeypatch.setattr("keras.backend.backend", lambda: backend)
    said = devices.why_no_gpu()
    assert said.startswith(f"this {backend} was installed without GPU support: ") and install in said


def test_with_a_gpu_all_cores_but_one_draw_and_without_one_none(monkeypatch):
    monkeypatch.setattr(devices, "usable_cores", lambda: 8)
    monkeypatch.setattr(devices, "accelerators", list)
    assert devices.drawing_processes(None) == 0
    monkeypatch.setattr(devices, "accelerators", lambda: ["NVIDIA H100"])
    assert devices.drawing_processes(None) == 7
    assert devices.drawing_processes(3) == 3
    monkeypatch.setattr(devices, "usable_cores", lambda: 96)
    assert devices.drawing_processes(None) == 16
