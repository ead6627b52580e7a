"""On what, and with what, was measured."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

DISTRIBUTIONS = (
    *("hoiio-numbers", "phonenumbers", "pycountry", "attrs", "requests"),
    *("pydantic", "pydantic-extra-types", "fastjsonschema", "jsonschema"),
    *("zen-engine", "common-expression-language", "rule-engine"),
    *("starlette", "uvicorn"),
    *("numpy", "polars", "pyarrow"),
)


def machine() -> dict[str, str]:
    """The processor, how many of them, the system and the Python."""
    python = f"{platform.python_implementation()} {platform.python_version()} ({platform.python_compiler()})"
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": platform.platform(),
        "python": python,
    }


def versions() -> dict[str, str]:
    """The installed release of everything that was measured."""
    return {name: version(name) for name in DISTRIBUTIONS}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
