"""Fixtures shared by the tests: a fresh workspace, and the folder of real data where there is one."""

from pathlib import Path

import pytest

from toolkit.workspace import Workspace, init

ROOT = Path(__file__).parent.parent


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A fresh workspace whose policy is chosen: none."""
    folder = tmp_path / "project"
    init(folder, schema="legal/contract_clauses", policy="none")
    return Workspace(folder)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real documents beside the checkout."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder of real documents, ../shared/data, is not on this machine")
    return folder
