"""Runs the core tests on backends of Keras, side by side: `python -m tests.backends jax torch`.

The tests are those of layers, loss, metrics, short trainings, and readers that go from one backend to another. A
backend that is not installed is reported, and makes this fail: what was not run has not passed.
"""

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec

from tests.helpers import ROOT

# Each part is a process of its own, so that no core waits for the slower backend.
CORE = {
    "models": (
        "tests/models/test_layers.py",
        "tests/models/test_losses_and_metrics.py",
        "tests/models/test_deep_reader.py",
    ),
    "trainings": ("tests/backends",),
}


def main(backends: list[str]) -> int:
    runs = []
    for backend in filter(find_spec, backends):
        for part, tests in CORE.items():
            output = tempfile.TemporaryFile(mode="w+")  # noqa: SIM115 - the process writes to it
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
            # One thread each, since they run side by side.
            environment = os.environ | {"KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1"}
            run = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
            runs.append((backend, part, run, output))
    outcomes = {
        backend: "passed" if find_spec(backend) else "NOT RUN, because it is not installed" for backend in backends
    }
    for backend, part, run, output in runs:
        if run.wait():
            outcomes[backend] = "FAILED"
        output.seek(0)
        print(f"--- {backend}, {part}\n{output.read()}")
        output.close()
    for backend, outcome in outcomes.items():
        print(f"core tests on {backend}: {outcome}")
    return int(set(outcomes.values()) != {"passed"})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
