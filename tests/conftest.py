"""Fixtures shared by the tests: a fresh workspace, and the folder of real data where there is one."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from toolkit.studio import connect, studio_start, studio_stop
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


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own server, workspace and language are none of the tests' business."""
    for name in list(os.environ):
        if name.startswith(("LABEL_STUDIO", "TOOLKIT_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture(scope="session")
def studio_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The workspace of the one real Label Studio of the test session."""
    folder = tmp_path_factory.mktemp("studio")
    init(folder, policy="none")
    home = Workspace(folder)
    studio_start(home)
    yield home
    studio_stop(home)


@pytest.fixture
def studio(studio_home: Workspace, monkeypatch: pytest.MonkeyPatch) -> str:
    """The session's Label Studio, as an existing server that the environment names; its address."""
    server = connect(studio_home)
    token = server.client.users.get_token().token
    monkeypatch.setenv("LABEL_STUDIO_URL", server.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", str(token))
    return server.url
