"""Whether the long counts are wanted: `make soak` sets the environment variable."""

import os

SOAK = bool(os.environ.get("SOAK"))
