"""The wheel, installed elsewhere, stands on its own; nothing names this machine."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel and, through a path file, the dependencies of this one; not the checkout."""
    folder = tmp_path_factory.mktemp("env")
    venv.create(folder, with_pip=False, symlinks=True)
    site = next(folder.glob("lib/python*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    dependencies = Path(pytest.__file__).parent.parent
    (site / "dependencies.pth").write_text(f"{dependencies}\n")
    return folder / "bin" / "python"


def run(python: Path, *arguments: str, cwd: Path) -> str:
    done = subprocess.run(
        [str(python), "-I", "-m", "toolkit", *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_installed_elsewhere_uses_its_own_code(installed: Path, tmp_path: Path) -> None:
    code = "import toolkit; print(toolkit.__file__)"
    done = subprocess.run([str(installed), "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert str(installed.parent.parent) in done.stdout


def test_the_wheel_shows_help_schemas_and_a_dry_run(installed: Path, tmp_path: Path) -> None:
    assert "demo" in run(installed, "--help", cwd=tmp_path)
    listed = run(installed, "schemas", "list", "--json", cwd=tmp_path)
    assert "legal/contract_clauses" in listed
    assert "medical/qa_evidence" in listed
    assert "broken.pdf" in run(installed, "demo", "--dry-run", cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_wheel_holds_schemas_pipelines_examples_and_licences(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        "toolkit/_builtin/schemas/legal/contract_clauses.py",
        "toolkit/_builtin/schemas/legal/contract_clauses.md",
        "toolkit/_builtin/pipelines/legal_contract_clauses.yaml",
        "toolkit/_builtin/examples/legal/metadata.csv",
        "toolkit/_builtin/examples/SOURCES.md",
        "toolkit/py.typed",
    ):
        assert name in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any("__pycache__" in name or name.startswith("tests/") for name in names)


def test_every_bundled_document_has_its_licence_and_its_source() -> None:
    import pandas as pd

    sources = (ROOT / "examples" / "SOURCES.md").read_text(encoding="utf-8")
    folders = [file.parent for file in (ROOT / "examples").rglob("metadata.csv")]
    others = {ROOT / "examples", ROOT / "examples" / "prelabel"}  # which hold no documents
    assert {file.parent for file in (ROOT / "examples").rglob("*.*")} - others == set(folders)
    for folder in folders:
        table = pd.read_csv(folder / "metadata.csv")
        files = {file.name for file in folder.iterdir() if file.is_file()} - {"metadata.csv"}
        assert set(table["path"]) == files
        assert set(table["licence"]) <= {"CC-BY-4.0", "MIT", "public domain", "Apache-2.0"}
        assert all(f"{folder.relative_to(ROOT / 'examples').as_posix()}/{name}" in sources for name in files)


def test_the_constraints_pin_a_torch_that_has_a_cpu_build_and_one_opencv() -> None:
    pins = (ROOT / "constraints.txt").read_text().splitlines()
    assert "torch==2.13.0" in pins
    assert {"opencv-python==4.12.0.88", "opencv-python-headless==4.12.0.88", "numpy==2.2.6"} <= set(pins)
