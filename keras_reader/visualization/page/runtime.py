"""ONNX Runtime Web, which runs a reader in a browser. It is no part of the package: npm fetches it."""

import base64
import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from keras_reader.errors import CommandError, InputError

PACKAGE = "onnxruntime-web"
VERSION = "1.30.0"
# The registry publishes this checksum, and npm writes it into lock files.
INTEGRITY = "sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
# The build for WebAssembly, with all that it imports. It fetches the second file.
SCRIPT = "ort.wasm.bundle.min.mjs"
WEB_ASSEMBLY = "ort-wasm-simd-threaded.wasm"
_SECONDS = 300


def fetch_runtime() -> dict[str, bytes]:
    """Fetch the script and the WebAssembly of ONNX Runtime Web, `{name: content}`, as `fetch_package` does."""
    names = [f"dist/{name}" for name in (SCRIPT, WEB_ASSEMBLY)]
    return {Path(name).name: content for name, content in fetch_package(PACKAGE, VERSION, INTEGRITY, names).items()}


def fetch_package(package: str, version: str, integrity: str, names: Sequence[str]) -> dict[str, bytes]:
    """Fetch files of an npm package, `{name: content}`, with the npm of the user and its configuration.

    Args:
        package, version: which package.
        integrity: checksum of its archive, as npm writes it: `sha512-` and base64.
        names: paths of the files inside the package.

    Raises:
        InputError: if there is no npm.
        CommandError: if npm cannot fetch the package, or its checksum is another one.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise InputError(
            f"the page needs {package}, which npm fetches, and there is no npm: install Node.js with npm "
            "(on Debian, apt-get install npm)"
        )
    with tempfile.TemporaryDirectory() as folder:
        name = f"{package}@{version}"
        command = [npm, "pack", name, "--ignore-scripts", "--loglevel=error", f"--pack-destination={folder}"]
        try:
            done = subprocess.run(  # noqa: S603 (nothing in it comes from outside)
                command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise CommandError(f"npm did not fetch {name} within {_SECONDS} s: is there a network?") from None
        archives = list(Path(folder).glob("*.tgz"))
        if done.returncode or len(archives) != 1:
            raise CommandError(f"npm cannot fetch {name} ({_reason(done.stderr)}): is there a network?")
        content = archives[0].read_bytes()
    return unpack(content, f"{package} {version}", integrity, names)


def unpack(archive: bytes, name: str, integrity: str, names: Sequence[str]) -> dict[str, bytes]:
    """Read files from the archive of an npm package. The arguments are those of `fetch_package`.

    Raises:
        CommandError: if the checksum of the archive is another one.
    """
    got = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode("ascii")
    if got != integrity:
        raise CommandError(f"npm gave another {name} than the pinned one: its checksum is {got}")
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        files = {name: opened.extractfile(f"package/{name}") for name in names}
        return {name: file.read() for name, file in files.items() if file is not None}


def _reason(stderr):
    """The first error of npm that is not a code or a path."""
    lines = [line.removeprefix("npm error").strip() for line in stderr.splitlines() if line.startswith("npm error")]
    told = [line for line in lines if line and not line.startswith(("code ", "errno ", "syscall ", "A complete log"))]
    return told[0] if told else "no reason given"
