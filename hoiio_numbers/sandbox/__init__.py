"""The Number API on one's own machine: `Sandbox` in Python, `hoiio-numbers sandbox` on the command line."""

from hoiio_numbers.sandbox.server import Sandbox

__all__ = ["Sandbox"]
