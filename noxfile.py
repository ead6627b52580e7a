"""The release, tried as those meet it who install it: `make release-check`.

Every Python that the classifiers name has environments of its own. One that this machine lacks is skipped, and said to
be missing; where `CI` is set that is an error.
"""

import tarfile
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"

PROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PROJECT)
DIST = Path("dist").resolve()
WORKFLOWS = Path(".github/workflows").resolve()

# They need a browser, npm, Sphinx or the package's source. `make test` runs them, and those that are marked as long.
ELSEWHERE = ["mutants", "packaging", "page_in_browser", "schema", "site", "tutorial"]

TYPED = "from hoiio_numbers import Report, check_config\nreport: Report = check_config('')"


@nox.session(python=PYTHONS[0])
def build(session: nox.Session) -> None:
    """Build the sdist, and the wheel from it; have their metadata and contents judged, and the workflows."""
    session.install("build", "check-jsonschema", "check-wheel-contents", "twine", "zizmor")
    for old in DIST.glob("*"):
        old.unlink()
    session.run("python", "-m", "build", "--outdir", str(DIST), silent=True)
    session.run("twine", "check", "--strict", *map(str, DIST.iterdir()))
    session.run("check-wheel-contents", str(DIST))
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS.iterdir()))
    session.run("zizmor", "--offline", str(WORKFLOWS))


@nox.session(python=PYTHONS[0], requires=["build"])
def lowest(session: nox.Session) -> None:
    """The suite with the lowest releases that pyproject.toml allows, on the lowest Python."""
    _suite(session, "lowest-direct")


@nox.session(python=PYTHONS, requires=["build"])
def newest(session: nox.Session) -> None:
    """The suite with the newest releases, on every Python; then the artefacts in each way that they can be used."""
    _suite(session, "highest")
    session.install("mypy")
    session.run("mypy", "--config-file=", "--strict", "-c", TYPED)
    session.run("uv", "pip", "uninstall", "hoiio-numbers")  # the tests of the artefacts build and install their own
    _unpack(package=True)
    session.run("pytest", "tests/test_packaging.py")


def _suite(session: nox.Session, resolution: str) -> None:
    """Run the sdist's tests, out of reach of the sdist's package, against the installed wheel."""
    extras = set(PROJECT["project"]["optional-dependencies"]) - {"all"}
    elsewhere = ELSEWHERE
    if session.python != PYTHONS[0]:  # pyspark is large, and late to know a new Python
        extras -= {"spark"}
        elsewhere = [*ELSEWHERE, "bulk_spark", "bulk_spark_schema"]
    session.chdir(session.create_tmp())
    _unpack(package=False)
    options = [f"--extra={extra}" for extra in extras]
    compiling = ["uv", "pip", "compile", "--quiet", f"--python={session.bin}/python", f"--resolution={resolution}"]
    session.run(*compiling, *options, "--output-file=allowed.txt", "pyproject.toml")
    wheel = next(DIST.glob("*.whl"))
    session.install(f"{wheel}[{','.join(extras)}]", "--group=test", "--constraint=allowed.txt", "pip")
    ignored = [f"--ignore=tests/test_{name}.py" for name in elsewhere]
    session.run("pytest", "--quiet", "--numprocesses=2", "-m", "not long", *ignored, "tests", env={"CI": "true"})


def _unpack(*, package: bool) -> None:
    """Put the sdist's package here, or all but its package."""
    with tarfile.open(next(DIST.glob("*.tar.gz"))) as sdist:
        for member in sdist:
            member.name = member.name.partition("/")[2]
            if member.name.startswith("hoiio_numbers/") == package:
                sdist.extract(member, filter="data")
