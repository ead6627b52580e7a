"""The command `hoiio-numbers`, also as `python -m hoiio_numbers`."""

import io
import sys


def main() -> None:
    """Run the command line, or say plainly that its extra is not installed."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a terminal cannot show is no reason to end
    try:
        from hoiio_numbers.cli import command
    except ModuleNotFoundError as error:
        if error.name not in {"click", "rich"}:
            raise
        sys.stderr.write("The command line needs click and rich: pip install 'hoiio-numbers[cli]'\n")
        sys.exit(2)
    command(prog_name="hoiio-numbers")


if __name__ == "__main__":
    main()
