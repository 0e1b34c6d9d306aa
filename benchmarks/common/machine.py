"""Where and when a benchmark ran."""

import datetime
import importlib.metadata
import os
import platform
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]  # where `python -m benchmarks.NAME` runs


def describe(*packages: str) -> str:
    """Date, processor, cores, Python, and the versions of the packages."""
    versions = [f"{package} {importlib.metadata.version(package)}" for package in packages]
    date = datetime.date.today().isoformat()
    return ", ".join([date, _processor(), f"{os.cpu_count()} cores", f"Python {platform.python_version()}", *versions])


def _processor():
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
