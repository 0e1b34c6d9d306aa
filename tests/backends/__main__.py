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

CORE = (
    "tests/models/test_layers.py",
    "tests/models/test_losses_and_metrics.py",
    "tests/models/test_deep_reader.py",
    "tests/backends",
)


def main(backends: list[str]) -> int:
    runs = {}
    for backend in backends:
        if find_spec(backend):
            output = tempfile.TemporaryFile(mode="w+")  # noqa: SIM115 - the process writes to it
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *CORE]
            # One thread each, since they run side by side.
            environment = os.environ | {"KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1"}
            run = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
            runs[backend] = run, output
    outcomes = dict.fromkeys(backends, "NOT RUN, because it is not installed")
    for backend, (run, output) in runs.items():
        outcomes[backend] = "passed" if run.wait() == 0 else "FAILED"
        output.seek(0)
        print(f"--- {backend}\n{output.read()}")
        output.close()
    for backend, outcome in outcomes.items():
        print(f"core tests on {backend}: {outcome}")
    return int(set(outcomes.values()) != {"passed"})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
