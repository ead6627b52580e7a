"""The artefacts, as somebody who installs them meets them: wheel, sdist, editable, zip import and plain checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
TREE = ("capabilities", "hoiio_numbers", "tests", "docs", "examples", "benchmarks")
FILES = ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "Makefile", "conftest.py")

PROGRAM = """
from importlib import resources
import hoiio_numbers
from hoiio_numbers import Registry, check_config
registry = Registry.default()
assert list(registry.countries) == ["AU", "HK", "NZ", "SG", "US", "VN"]
assert not check_config("+6561234567", forward_sms_to="https://example.com/")
assert resources.files("hoiio_numbers.sandbox").joinpath("static", "page.js").is_file()
print(hoiio_numbers.__file__)
"""


def test_the_workflow_tries_every_python_that_the_classifiers_name() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "check.yml").read_text(encoding="utf-8"))
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["classifiers"]
    named = [version for it in classifiers if "." in (version := it.removeprefix("Programming Language :: Python :: "))]
    assert workflow["jobs"]["release"]["strategy"]["matrix"]["python"] == named


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source tree, without anything that was built or run in it."""
    copy = tmp_path_factory.mktemp("checkout")
    for folder in TREE:
        if (ROOT / folder).is_dir():
            shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__", "_capabilities"))
    for file in FILES:
        shutil.copy(ROOT / file, copy)
    return copy


@pytest.fixture(scope="module")
def artefacts(checkout: Path) -> Path:
    """A directory with the sdist, and the wheel built from that sdist."""
    out = checkout.parent / f"{checkout.name}-dist"
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, checkout], check=True, capture_output=True
    )
    return out


def _wheel(artefacts: Path) -> Path:
    return next(artefacts.glob("*.whl"))


def _sdist(artefacts: Path) -> Path:
    return next(artefacts.glob("*.tar.gz"))


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A new virtual environment that sees our dependencies, but not the project that these tests run from."""
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path / "venv")}))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return tmp_path / "venv" / "bin" / "python"


def _install(python: Path, *what: str | Path) -> None:
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
    ]
    subprocess.run([*pip, "--disable-pip-version-check", *map(str, what)], check=True, capture_output=True)


def _run(python: Path | str, cwd: Path, **environment: str) -> Path:
    """Run the program in another directory, and answer where it found the package."""
    ran = subprocess.run(
        [python, "-P", "-c", PROGRAM],
        cwd=cwd,
        env={**os.environ, **environment},
        text=True,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return Path(ran.stdout.strip())


@pytest.mark.long
def test_the_wheel_holds_the_package_the_data_and_nothing_else(checkout: Path, artefacts: Path) -> None:
    package = {str(path.relative_to(checkout)) for path in (checkout / "hoiio_numbers").rglob("*") if path.is_file()}
    data = {f"hoiio_numbers/_capabilities/{path.name}" for path in (checkout / "capabilities").iterdir()}
    members = {name for name in zipfile.ZipFile(_wheel(artefacts)).namelist() if ".dist-info/" not in name}
    assert members == package | data
    assert "hoiio_numbers/py.typed" in members


@pytest.mark.long
def test_the_sdist_holds_what_the_tests_need(artefacts: Path) -> None:
    with tarfile.open(_sdist(artefacts)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"capabilities/US.toml", "tests/test_packaging.py", "README.md", "LICENSE", "conftest.py"} <= names


@pytest.mark.long
def test_an_installed_wheel_finds_its_data(artefacts: Path, python: Path, tmp_path: Path) -> None:
    _install(python, _wheel(artefacts))
    assert _run(python, tmp_path).is_relative_to(tmp_path / "venv")


@pytest.mark.long
def test_an_installed_sdist_finds_its_data(artefacts: Path, python: Path, tmp_path: Path) -> None:
    _install(python, _sdist(artefacts))
    assert _run(python, tmp_path).is_relative_to(tmp_path / "venv")


@pytest.mark.long
def test_an_editable_install_finds_the_data_beside_it(checkout: Path, python: Path, tmp_path: Path) -> None:
    _install(python, "--editable", checkout)
    assert _run(python, tmp_path).is_relative_to(checkout)


@pytest.mark.long
def test_a_plain_checkout_finds_the_data_beside_it(checkout: Path, tmp_path: Path) -> None:
    assert _run(sys.executable, tmp_path, PYTHONPATH=str(checkout)).is_relative_to(checkout)


@pytest.mark.long
def test_a_zip_import_finds_the_data_inside(artefacts: Path, tmp_path: Path) -> None:
    wheel = _wheel(artefacts)
    assert _run(sys.executable, tmp_path, PYTHONPATH=str(wheel)).is_relative_to(wheel)


@pytest.mark.long
def test_a_build_without_the_data_fails(checkout: Path, tmp_path: Path) -> None:
    shutil.copytree(checkout, tmp_path / "bare", ignore=shutil.ignore_patterns("capabilities"))
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(tmp_path / "out")]
    assert subprocess.run([*build, str(tmp_path / "bare")], check=False, capture_output=True).returncode != 0
