"""The server itself, for real: keys stay secret, starts survive kills, backups bring data back, advisories show."""

import base64
import http.server
import io
import itertools
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tarfile
import threading
import time
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from postgres_cluster import PASSWORD, Cluster, cluster, programs
from round_on_disk import answer, passages_of

from toolkit.annotations import write_results
from toolkit.catalog import find_schema
from toolkit.errors import SERVICE, USER, ToolkitError
from toolkit.pipeline.doctor import doctor
from toolkit.studio import (
    connect,
    pull,
    push,
    studio_backup,
    studio_export,
    studio_open,
    studio_restore,
    studio_start,
    studio_status,
    studio_stop,
    studio_user_add,
    studio_user_list,
)
from toolkit.studio.address import checked_address
from toolkit.studio.connection import talking
from toolkit.studio.delivery import projects_of
from toolkit.studio.local.advisories import ADVISORIES, advisories_of, warnings_of
from toolkit.studio.local.database import read_database
from toolkit.studio.local.install import DATABASE, VERSION
from toolkit.studio.local.login import OWNER, owner_login, store_login, stored_database
from toolkit.studio.local.login import _file as log_in_file
from toolkit.studio.local.processes import servers_on
from toolkit.studio.local.server import folder_of
from toolkit.workspace import Workspace, init

ROOT = Path(__file__).parent.parent


def ready(folder: Path) -> Workspace:
    """A workspace with six passages, under a name of its own."""
    init(folder, schema="sample", policy="none")
    made = Workspace(folder)
    passages_of(made)
    return made


@pytest.fixture
def project(tmp_path: Path) -> Workspace:
    return ready(tmp_path / f"s-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def home(project: Workspace) -> Iterator[Workspace]:
    """A workspace with a running server of its own."""
    studio_start(project)
    yield project
    studio_stop(project)


def toolkit(workspace: Workspace, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "toolkit", "--workspace", str(workspace.root), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def answer_all(workspace: Workspace, round_name: str) -> int:
    server, model = connect(workspace), find_schema("sample", workspace).model
    done = 0
    for _, _, number in projects_of(workspace, server, round_name):
        for task in server.client.tasks.list(project=number):
            text = task.data["text"]
            results = write_results(model, answer("b", text=text, marks=[("date", 0, 4)], stars=1), text)
            server.client.annotations.create(id=task.id, result=results)
            done += 1
    return done


def told(error: BaseException) -> str:
    """Everything that a traceback shows, the errors behind it included."""
    return "".join(traceback.format_exception(error))


def written(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.rglob("*") if path.is_file())


# Addresses


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://labels.example.org", "STUDIO-PLAIN-HTTP"),
        ("http://10.0.0.5:8080/", "STUDIO-PLAIN-HTTP"),
        ("http://0.0.0.0:8080", "STUDIO-PLAIN-HTTP"),
        ("http://localhost.example.org", "STUDIO-PLAIN-HTTP"),  # a name that anyone can own
        ("http://2130706433", "STUDIO-PLAIN-HTTP"),  # 127.0.0.1 to some resolvers, nothing to others
        ("HTTP://labels.example.org", "STUDIO-PLAIN-HTTP"),
        ("https://user:hunter2@labels.example.org", "STUDIO-URL"),
        ("http://127.0.0.1:80@hunter2.example.org", "STUDIO-URL"),
        ("https://hunter2@labels.example.org", "STUDIO-URL"),
        ("https://labels.example.org\\@hunter2.org", "STUDIO-URL"),
        ("https://labels.example.org/?token=hunter2", "STUDIO-URL"),
        ("https://labels.example.org/#hunter2", "STUDIO-URL"),
        ("ftp://labels.example.org", "STUDIO-URL"),
        ("file:///hunter2", "STUDIO-URL"),
        ("labels.example.org", "STUDIO-URL"),
        ("https://", "STUDIO-URL"),
        ("https://labels.example.org:99999", "STUDIO-URL"),
        ("https://[::1", "STUDIO-URL"),
    ],
)
def test_an_address_that_would_give_the_key_away_is_refused_unshown(
    project: Workspace, monkeypatch: pytest.MonkeyPatch, url: str, code: str
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "f" * 40)
    for verb in (connect, studio_start, studio_status):
        with pytest.raises(ToolkitError) as caught:
            verb(project)
        assert (caught.value.code, caught.value.exit_code) == (code, USER)
        assert "hunter2" not in told(caught.value) + caught.value.hint
    [check] = [check for check in doctor(project.root).checks if check.name == "label-studio"]
    assert check.state == "fail"
    assert "hunter2" not in check.found + check.hint


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://labels.example.org/studio/", "https://labels.example.org/studio"),
        (" https://labels.example.org\n", "https://labels.example.org"),
    ],
)
def test_https_and_this_machine_are_fine(url: str, kept: str) -> None:
    assert checked_address(url, "X") == kept


@pytest.mark.parametrize(("value", "allowed"), [("1", True), ("0", False), ("", False), ("no", False)])
def test_plain_http_to_another_host_needs_a_plain_yes(
    monkeypatch: pytest.MonkeyPatch, value: str, allowed: bool
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_ALLOW_HTTP", value)
    with suppress(ToolkitError):
        assert checked_address("http://labels.example.org", "X") == "http://labels.example.org"
        assert allowed
        return
    assert not allowed


class _Fake(http.server.BaseHTTPRequestHandler):
    """Answers as told by path and keeps what it heard."""

    answers: dict[str, tuple[int, str, str]]
    heard: list[str]

    def do_GET(self) -> None:
        self._reply()

    def do_POST(self) -> None:
        self._reply()

    def do_CONNECT(self) -> None:
        self._reply()

    def _reply(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode("utf-8", "replace")
        self.heard.append(f"{self.command} {self.path}\n{self.headers}\n{body}")
        path = self.path.partition("?")[0]
        status, content, extra = self.answers.get(path, (404, "{}", ""))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if extra:
            self.send_header("Location", extra)
        self.end_headers()
        self.wfile.write(content.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def fake(answers: dict[str, tuple[int, str, str]]) -> Iterator[tuple[str, list[str]]]:
    """A stand-in for what cannot be had for real: an old server, a malicious one, a proxy."""
    heard: list[str] = []
    handler = type("Handler", (_Fake,), {"answers": answers, "heard": heard})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", heard
        server.shutdown()


def jwt(**claims: Any) -> str:
    """A token in the shape of a personal one; its signature is nobody's."""
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, b"canary-signature"))


LEGACY = "c0ffee" * 6 + "c0ff"
PERSONAL = jwt(token_type="refresh", exp=4102444800, jti="canary")
EXPIRED = jwt(token_type="refresh", exp=1, jti="canary")
WHO = "/api/current-user/whoami"


@pytest.mark.parametrize("key", [LEGACY, PERSONAL])
def test_a_redirect_and_a_proxy_never_get_the_key(
    project: Workspace, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    with fake({}) as (other, stolen):
        moved = {path: (302, "{}", other + path) for path in (WHO, "/api/token/refresh/")}
        with fake(moved) as (url, heard):
            monkeypatch.setenv("LABEL_STUDIO_URL", url)
            monkeypatch.setenv("LABEL_STUDIO_API_KEY", key)
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, other)
            for name in ("NO_PROXY", "no_proxy"):
                monkeypatch.delenv(name, raising=False)
            with pytest.raises(ToolkitError) as caught:
                connect(project)
            assert caught.value.code == "STUDIO-REDIRECT"
            assert any(key in request for request in heard)  # the check can fail: the right host did get it
            assert stolen == []


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (LEGACY, "a legacy token"),
        (PERSONAL, "a personal access token"),
        (EXPIRED, "a personal access token"),
        ("canary-of-no-kind", "a key of neither known kind"),
        (f"{LEGACY}\n", "a legacy token"),
    ],
)
def test_a_refused_key_is_named_by_its_kind_and_never_shown(
    project: Workspace, studio: str, key: str, kind: str
) -> None:
    done = toolkit(project, "-v", "push", "--round", "r", "--annotators", "ann", LABEL_STUDIO_API_KEY=key)
    assert done.returncode == SERVICE, done.stderr
    assert "[STUDIO-KEY]" in done.stderr
    assert kind in done.stderr
    assert studio in done.stderr
    for part in (key.strip(), *key.strip().split(".")):
        assert part not in done.stdout + done.stderr
        assert all(part.encode() not in path.read_bytes() for path in written(project.root))


def test_a_personal_token_is_renewed_under_the_server_s_own_path(
    project: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed = {"/studio/api/token/refresh/": (200, json.dumps({"access": jwt(exp=4102444800)}), "")}
    with fake({**renewed, f"/studio{WHO}": (200, '{"id": 1, "email": "a@b.org"}', "")}) as (url, heard):
        monkeypatch.setenv("LABEL_STUDIO_URL", f"{url}/studio/")
        monkeypatch.setenv("LABEL_STUDIO_API_KEY", PERSONAL)
        assert connect(project).client.users.whoami().email == "a@b.org"
        assert [request.split()[1] for request in heard] == ["/studio/api/token/refresh/", *[f"/studio{WHO}"] * 2]
        assert [PERSONAL in request for request in heard] == [True, False, False]


# Both kinds of token


@pytest.fixture(scope="module")
def keys(studio_home: Workspace) -> dict[str, str]:
    """A legacy token and a personal access token of the session's server, each of an account of its own."""
    found = {}
    url = connect(studio_home).url
    for name in ("legacy", "personal"):
        log_in = studio_user_add(studio_home, name=f"key of {name}")
        with httpx.Client(base_url=url, trust_env=False) as browser:
            browser.get("/user/login/")
            fields = {"email": log_in.email, "password": log_in.password}
            fields["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
            browser.post("/user/login/", data=fields, headers={"Referer": f"{url}/user/login/"})
            found["legacy"] = browser.get("/api/current-user/token").json()["token"]
            if name == "personal":
                csrf = {"X-CSRFToken": browser.cookies["csrftoken"], "Referer": url}
                found["personal"] = browser.post("/api/token/", headers=csrf).raise_for_status().json()["token"]
            else:
                legacy = found["legacy"]
    return {**found, "legacy": legacy}


@pytest.mark.parametrize("kind", ["legacy", "personal"])
def test_push_and_pull_work_with_either_token_which_lies_nowhere(
    project: Workspace, studio: str, studio_home: Workspace, keys: dict[str, str], kind: str
) -> None:
    key = keys[kind]
    assert (len(key) == 40) is (kind == "legacy")
    log = folder_of(studio_home) / "server.log"
    logged = log.stat().st_size
    environment = {"LABEL_STUDIO_URL": studio, "LABEL_STUDIO_API_KEY": key}
    shown = ""
    for arguments in (
        ("studio", "status"),
        ("push", "--round", "r", "--annotators", "ann,ben", "--overlap", "2"),
        ("pull", "--round", "r"),
        ("studio", "export", "--round", "r", "--output", str(project.root / "raw.json")),
        ("push", "--round", "r", "--annotators", "ann,cid", "--overlap", "2"),
    ):
        done = toolkit(project, "-v", *arguments, **environment)
        assert done.returncode == (1 if "ann,cid" in arguments else 0), done.stderr
        shown += done.stdout + done.stderr
    assert "12 tasks = 12 sent" in shown
    for secret in (key, *(key.split(".")[1:] if kind == "personal" else ())):
        assert secret not in shown
        assert secret.encode() not in log.read_bytes()[logged:]
        assert all(secret.encode() not in path.read_bytes() for path in written(project.root))


# Error bodies


CANARY = "zanzibar-quetzal"


def test_what_a_server_says_about_a_mistake_shows_no_text_of_a_task(project: Workspace, studio: str) -> None:
    server = connect(project)
    config = (
        '<View><Text name="text" value="$text"/><Choices name="c" toName="text"><Choice value="A"/></Choices></View>'
    )
    number = server.client.projects.create(title="canary", label_config=config).id
    bad = [{"data": {"wrong": CANARY}, "annotations": [{"completed_by": {"email": f"{CANARY}@x.org"}, "result": []}]}]
    raw = httpx.post(
        f"{studio}/api/projects/{number}/import",
        json=bad,
        headers={"Authorization": f"Token {os.environ['LABEL_STUDIO_API_KEY']}"},
    )
    assert (raw.status_code, CANARY in raw.text) == (400, True)  # so the check below can fail
    with pytest.raises(ToolkitError) as caught, talking(server.url):
        server.client.projects.import_tasks(number, request=bad)
    assert caught.value.code == "STUDIO-ANSWER"
    assert "400" in caught.value.message
    assert CANARY not in told(caught.value) + caught.value.hint


@pytest.mark.usefixtures("studio")
def test_a_push_that_the_server_refuses_shows_no_text_even_when_asked_to_be_verbose(project: Workspace) -> None:
    (project.root / "raw" / "three.txt").write_text(f"1. The {CANARY} pays.\n\n2. {CANARY} it is.\n", encoding="utf-8")
    first = toolkit(project, "push", "--round", "r", "--annotators", "ann", "--size", "2")
    assert first.returncode == 0, first.stderr
    for arguments in (("ingest", str(project.root / "raw")), ("segment", "--by", "clause")):
        assert toolkit(project, *arguments).returncode == 0
    server = connect(project)
    number = next(number for _, _, number in projects_of(project, server, "r"))
    # The server takes a config that asks for another column, and then refuses every task that is sent.
    config = server.client.projects.get(number).label_config.replace("$text", "$body")
    for task in server.client.tasks.list(project=number):
        server.client.tasks.delete(str(task.id))
    server.client.projects.update(number, label_config=config)
    done = toolkit(project, "-v", "push", "--round", "r", "--annotators", "ann")
    assert done.returncode != 0
    assert "Traceback" in done.stderr
    assert CANARY not in done.stdout + done.stderr
    assert not project.problems.exists() or CANARY not in project.problems.read_text(encoding="utf-8")
    assert all(CANARY.encode() not in path.read_bytes() for path in written(project.root) if path.suffix == ".log")


# Advisories


@pytest.mark.parametrize(
    ("version", "holds", "not_"),
    [
        ("1.8.1", "CVE-2023-43791", "CVE-2022-36551"),
        ("1.9.2", "CVE-2023-47117", "CVE-2023-47115"),
        ("1.9.2.post0", "CVE-2024-23633", "CVE-2023-47117"),
        ("1.10.1", "CVE-2023-47116", "CVE-2024-23633"),
        ("1.13.1", "CVE-2025-25297", "CVE-2023-47116"),
        ("1.17.0", "CVE-2025-47783", "CVE-2025-25296"),
        ("1.22.0", "CVE-2026-22033", "CVE-2025-47783"),
    ],
)
def test_advisories_hold_up_to_the_version_that_fixed_them(version: str, holds: str, not_: str) -> None:
    found = {one.cve for one in advisories_of(version)}
    assert holds in found
    assert not_ not in found
    assert any(holds in line for line in warnings_of(version))


def test_the_pinned_version_and_newer_ones_are_free_of_warnings_and_an_old_one_is_called_untested() -> None:
    for version in (VERSION, f"{VERSION}+0.gdf96d79.dirty", "1.24.0", "2.0.0.dev3", "99.1", "nightly", ""):
        assert warnings_of(version) == (), version
    assert any("untested" in line for line in warnings_of("1.13.1"))
    assert len({one.id for one in ADVISORIES}) == len(ADVISORIES)


def test_an_old_server_with_open_sign_up_is_warned_of_by_status_and_doctor(
    project: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_version = json.dumps({"release": "1.13.1", "label-studio-os-package": {"version": "1.13.1"}})
    answers = {WHO: (200, '{"id": 1, "email": "a@b.org"}', ""), "/api/version/": (200, told_version, "")}
    for page in ('<a href="/user/signup/">Sign up</a>', "<h1>Log in</h1>"):
        with fake({**answers, "/user/login/": (200, page, "")}) as (url, heard):
            monkeypatch.setenv("LABEL_STUDIO_URL", url)
            monkeypatch.setenv("LABEL_STUDIO_API_KEY", LEGACY)
            status = studio_status(project)
            assert (status.version, status.kind) == ("1.13.1", "external")
            assert "CVE-2025-25297" in status.warnings[0]
            assert ("DISABLE_SIGNUP" in status.warnings[-1]) is ("signup" in page)
            [asked] = [request for request in heard if "/user/login/" in request]
            assert LEGACY not in asked
            [check] = [check for check in doctor(project.root).checks if check.name == "server"]
            assert check.state == "warn"
            assert "CVE-2026-22033" in check.hint


def test_the_real_server_says_its_version_and_earns_no_warning(project: Workspace, studio: str) -> None:
    status = studio_status(project)
    assert (status.url, status.version, status.warnings) == (studio, VERSION, ())


# Start and stop


def test_a_start_killed_at_every_durable_step_and_run_again_leaves_one_server(project: Workspace) -> None:
    killed = 0
    for nth in itertools.count(1):
        done = toolkit(project, "studio", "start", TOOLKIT_FAILPOINT=f"*:{nth}:kill")
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        killed += 1
        if nth % 3 == 0:  # in between one that nothing kills, on what the killed one left
            assert studio_start(project).running
            assert len(servers_on(folder_of(project).resolve())) == 1
            studio_stop(project)
    assert killed >= 4
    assert len(servers_on(folder_of(project).resolve())) == 1
    assert connect(project).url == studio_start(project).url
    assert studio_stop(project).changed
    assert servers_on(folder_of(project).resolve()) == []
    assert not studio_stop(project).changed


def test_a_server_that_nobody_noted_is_stopped_too(project: Workspace) -> None:
    assert toolkit(project, "studio", "start", TOOLKIT_FAILPOINT="server-launched:1:kill").returncode == -signal.SIGKILL
    until = time.monotonic() + 10
    while not servers_on(folder_of(project).resolve()) and time.monotonic() < until:
        time.sleep(0.05)
    assert studio_stop(project).changed
    assert servers_on(folder_of(project).resolve()) == []


def test_a_process_that_has_the_old_server_s_number_now_is_left_alone(project: Workspace) -> None:
    with subprocess.Popen(["sleep", "300"], start_new_session=True) as stranger, socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        folder_of(project).mkdir(parents=True)
        state = {"pid": stranger.pid, "port": port.getsockname()[1], "version": VERSION}
        (folder_of(project) / "server.json").write_text(json.dumps(state))
        assert studio_status(project).running is False
        assert studio_stop(project).changed is False
        (folder_of(project) / "server.json").write_text(json.dumps(state))
        assert studio_start(project).running
        assert studio_stop(project).changed
        assert stranger.poll() is None
        stranger.kill()


def test_a_workspace_found_by_another_path_is_the_same_one(home: Workspace, tmp_path: Path) -> None:
    beside = tmp_path / "link"
    beside.symlink_to(home.root)
    assert studio_status(Workspace(beside)).url == studio_status(home).url
    assert studio_start(Workspace(beside)).changed is False


def test_the_folder_of_the_server_is_its_owner_s_alone_and_its_settings_come_from_nobody_else(
    project: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_NAME", str(tmp_path / "elsewhere.sqlite3"))
    monkeypatch.setenv("POSTGRE_HOST", "192.0.2.1")
    monkeypatch.setenv("DJANGO_DB", "default")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    studio_start(project)
    try:
        assert folder_of(project).stat().st_mode & 0o777 == 0o700
        assert not (tmp_path / "elsewhere.sqlite3").exists()
        assert connect(project).client.users.whoami().email == owner_login(project).email
    finally:
        studio_stop(project)


def test_an_owner_whose_token_the_server_lost_is_let_in_by_the_password(home: Workspace) -> None:
    """A first start that is killed between the server's making of the owner and its taking of our token."""
    studio_stop(home)
    with sqlite3.connect(folder_of(home) / DATABASE) as connection:
        connection.execute("UPDATE authtoken_token SET key = ?", ("a" * 40,))
    studio_start(home)
    assert connect(home).client.users.whoami().email == owner_login(home).email
    studio_stop(home)
    store_login(home, OWNER, owner_login(home).model_copy(update={"token": "b" * 40, "password": "lost"}))
    with pytest.raises(ToolkitError) as caught:
        studio_start(home)
    assert caught.value.code == "STUDIO-OWNER"


# Accounts and addresses


def test_accounts_are_listed_without_passwords_and_work_in_a_browser(home: Workspace) -> None:
    made = [studio_user_add(home, name=name) for name in ("ben", "Ann 李")]
    listed = studio_user_list(home)
    assert [user.name for user in listed.users] == ["Ann 李", "ben"]
    assert all(one.password not in listed.model_dump_json() for one in made)
    shown = toolkit(home, "studio", "user", "list")
    assert "ben@" in shown.stdout
    assert made[0].password not in shown.stdout
    again = toolkit(home, "studio", "user", "add", "ben", "--json")
    assert json.loads(again.stdout)["password"] == made[0].password
    with httpx.Client(base_url=made[0].url) as browser:
        browser.get("/user/login/")
        fields = {"email": made[0].email, "password": made[0].password}
        fields["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
        assert browser.post("/user/login/", data=fields, headers={"Referer": made[0].url}).is_redirect
        assert browser.get("/projects").status_code == 200


def test_open_gives_the_address_of_server_and_project_and_starts_a_browser_only_on_a_desktop(
    project: Workspace, studio: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    push(project, round="r", annotators=["ann", "ben"], overlap=2)
    assert studio_open(project).url == studio
    both = studio_open(project, round="r")
    assert (both.url, sorted(both.projects)) == (studio, ["ann", "ben"])
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert studio_open(project, browser=True).opened is False
    monkeypatch.setenv("DISPLAY", ":0")
    page = studio_open(project, round="r", annotator="ben", browser=True)
    assert (page.opened, opened) == (True, [both.projects["ben"]])
    assert (
        httpx.get(page.url, headers={"Authorization": f"Token {os.environ['LABEL_STUDIO_API_KEY']}"}).status_code < 400
    )
    done = toolkit(project, "studio", "open", "--json", DISPLAY=":0", BROWSER="false")
    assert json.loads(done.stdout)["opened"] is False
    for options, code in (
        ({"round": "other"}, "ROUND-NOT-PUSHED"),
        ({"round": "r", "annotator": "cid"}, "ANNOTATOR-UNKNOWN"),
        ({"annotator": "ann"}, "ANNOTATOR-UNKNOWN"),
    ):
        with pytest.raises(ToolkitError) as caught:
            studio_open(project, **options)
        assert caught.value.code == code


# Export


def test_an_export_holds_every_task_and_answer_in_chunks_and_a_second_one_changes_nothing(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("toolkit.studio.export._CHUNK", 4)
    push(home, round="r", annotators=["ann", "ben"], overlap=2)
    assert answer_all(home, "r") == 12
    file, folder = home.root / "out" / "raw.json", home.root / "each"
    done = studio_export(home, round="r", output=file)
    assert (done.projects, done.tasks, done.annotations, done.changed) == (2, 12, 12, True)
    tasks = json.loads(file.read_text(encoding="utf-8"))
    keys = {row["task_id"] for row in (task["data"] for task in tasks)}
    assert keys == {json.loads(line)["id"] for line in (home.round("r") / "tasks.jsonl").read_text().splitlines()}
    assert all(task["annotations"][0]["result"] for task in tasks)
    assert studio_export(home, round="r", output=file).changed is False
    each = studio_export(home, round="r", output=folder)
    assert len(each.files) == 2
    assert sum(len(json.loads((folder / name).read_text(encoding="utf-8"))) for name in each.files) == 12
    assert list((folder_of(home) / "export").glob("project-*")) == []  # the server's own copies of the texts


def test_an_export_of_a_round_that_is_not_there_says_so(project: Workspace, studio: str) -> None:
    assert studio
    with pytest.raises(ToolkitError) as caught:
        studio_export(project, round="none", output=project.root / "x.json")
    assert caught.value.code == "ROUND-NOT-PUSHED"
    assert not (project.root / "x.json").exists()


# Backup and restore


def personal_token(workspace: Workspace) -> str:
    server = connect(workspace)
    answer = httpx.post(
        f"{server.url}/api/token/", headers={"Authorization": f"Token {owner_login(workspace).token}"}, trust_env=False
    )
    return str(answer.raise_for_status().json()["token"])


def test_a_backup_taken_while_people_work_restores_to_a_server_that_knows_them_all(
    home: Workspace, tmp_path: Path
) -> None:
    push(home, round="r", annotators=["ann", "ben"], overlap=2)
    ann = studio_user_add(home, name="ann")
    token = personal_token(home)
    stop = threading.Event()
    number = next(number for _, _, number in projects_of(home, connect(home), "r"))

    def work() -> None:
        client = connect(home).client
        for place in itertools.count():
            if stop.is_set():
                return
            client.projects.import_tasks(number, request=[{"data": {"text": f"{place}"}} for _ in range(20)])

    worker = threading.Thread(target=work)
    worker.start()
    try:
        time.sleep(0.5)
        done = studio_backup(home, output=tmp_path / "b" / "studio.tar.gz")
    finally:
        stop.set()
        worker.join()
    assert (done.changed, done.database) == (True, "sqlite")
    assert Path(done.output).stat().st_mode & 0o777 == 0o600
    studio_stop(home)

    other = ready(tmp_path / "other")
    restored = studio_restore(other, file=Path(done.output))
    assert (restored.version, restored.files) == (VERSION, done.files)
    with sqlite3.connect(folder_of(other) / DATABASE) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        [(found,)] = connection.execute("SELECT count(*) FROM task WHERE project_id = ?", (number,))
    assert (found - 6) % 20 == 0  # whole imports only
    url = studio_start(other).url
    try:
        assert studio_user_add(other, name="ann").password == ann.password
        assert studio_user_add(other, name="ann").changed is False
        refreshed = httpx.post(f"{url}/api/token/refresh/", json={"refresh": token}, trust_env=False)
        assert refreshed.status_code == 200  # the key that signs tokens came along
    finally:
        studio_stop(other)


def test_a_backup_waits_for_a_transaction_that_is_half_on_disk(home: Workspace, tmp_path: Path) -> None:
    studio_stop(home)
    file = tmp_path / "b.tar.gz"
    writing = sqlite3.connect(folder_of(home) / DATABASE, isolation_level=None)
    writing.execute("PRAGMA cache_size = 5")  # pages that do not fit go to the file before the commit
    writing.execute("CREATE TABLE big (text)")
    writing.execute("BEGIN IMMEDIATE")
    writing.executemany("INSERT INTO big VALUES (?)", [("x" * 2000,) for _ in range(2000)])
    worker = threading.Thread(target=studio_backup, args=(home,), kwargs={"output": file})
    worker.start()
    time.sleep(1)
    writing.execute("COMMIT")
    writing.close()
    worker.join()
    with tarfile.open(file) as tar:
        tar.extract(f"data/{DATABASE}", tmp_path, filter="data")
    with sqlite3.connect(tmp_path / "data" / DATABASE) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM big").fetchone() == (2000,)


def test_equal_data_make_an_equal_backup_and_secrets_stay_out_of_the_workspace(home: Workspace, tmp_path: Path) -> None:
    studio_stop(home)
    first, second = tmp_path / "1.tar.gz", tmp_path / "2.tar.gz"
    assert studio_backup(home, output=first).changed
    assert studio_backup(home, output=first).changed is False
    time.sleep(1.1)  # a gzip header or a tar entry with the time would differ now
    studio_backup(home, output=second)
    assert first.read_bytes() == second.read_bytes()
    by_default = studio_backup(home)
    assert not Path(by_default.output).is_relative_to(home.root)
    assert Path(by_default.output).stat().st_mode & 0o777 == 0o600
    assert studio_backup(home).changed is False
    Path(by_default.output).unlink()


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Path]:
    """A stopped server's workspace, and its backup."""
    workspace = ready(tmp_path_factory.mktemp("packed") / "w")
    studio_start(workspace)
    studio_user_add(workspace, name="ann")
    studio_stop(workspace)
    file = workspace.root.parent / "b.tar.gz"
    studio_backup(workspace, output=file)
    return workspace, file


def contents(workspace: Workspace) -> dict[str, bytes]:
    folder = folder_of(workspace)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in written(folder)}


def test_a_restore_takes_nobody_s_place_unasked_and_none_while_the_server_runs(
    packed: tuple[Workspace, Path], home: Workspace
) -> None:
    for stopped, code in ((False, "STUDIO-RUNNING"), (True, "STUDIO-NOT-EMPTY")):
        if stopped:
            studio_stop(home)
        before = contents(home) if stopped else {}
        with pytest.raises(ToolkitError) as caught:
            studio_restore(home, file=packed[1], replace=not stopped)
        assert caught.value.code == code
        assert not stopped or contents(home) == before
    assert studio_restore(home, file=packed[1], replace=True).changed
    assert rows(home) == rows(packed[0])


def rows(workspace: Workspace) -> list[str]:
    """Every row of the database; a copy of the file has another head."""
    with sqlite3.connect(folder_of(workspace) / DATABASE) as connection:
        return list(connection.iterdump())


def repacked(source: Path, target: Path, change: dict[str, bytes | None]) -> Path:
    """A backup with members changed, taken out (None) or added."""
    with tarfile.open(source) as old, tarfile.open(target, "w:gz") as new:
        there = {one.name: old.extractfile(one).read() for one in old}  # type: ignore[union-attr]
        for name, content in {**there, **change}.items():
            if content is not None:
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                new.addfile(entry, io.BytesIO(content))
    return target


def test_a_backup_that_is_none_or_damaged_or_hostile_is_refused_and_nothing_changes(
    packed: tuple[Workspace, Path], project: Workspace, tmp_path: Path
) -> None:
    good = packed[1]
    (tmp_path / "text").write_text("no archive")
    (tmp_path / "half").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    flipped = bytearray(good.read_bytes())
    flipped[len(flipped) // 2] ^= 1
    (tmp_path / "flipped").write_bytes(flipped)
    with tarfile.open(tmp_path / "link", "w:gz") as tar:
        link = tarfile.TarInfo("data/label_studio.sqlite3")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    for number, change in enumerate(
        (
            {"data/../../../escaped": b"x"},
            {"/tmp/escaped": b"x"},
            {"data/more": b"x"},
            {"data/.env": b"SECRET_KEY=mine"},
            {"log-ins.json": None},
            {"manifest.json": None},
        )
    ):
        repacked(good, tmp_path / f"changed{number}", change)
    before = sorted(written(project.root))
    for name in ("missing", "text", "half", "flipped", "link", *(f"changed{number}" for number in range(6))):
        with pytest.raises(ToolkitError) as caught:
            studio_restore(project, file=tmp_path / name)
        assert caught.value.code == "BACKUP-BROKEN", name
    assert [path for path in sorted(written(project.root)) if path.name != ".lock"] == [
        path for path in before if path.name != ".lock"
    ]
    assert not (tmp_path / "escaped").exists()
    studio_restore(project, file=repacked(good, tmp_path / "same", {}))  # the same road with nothing changed is fine


def test_a_backup_of_a_newer_label_studio_is_refused(
    packed: tuple[Workspace, Path], project: Workspace, tmp_path: Path
) -> None:
    with tarfile.open(packed[1]) as tar:
        manifest = json.loads(tar.extractfile("manifest.json").read())  # type: ignore[union-attr]
    manifest["version"] = "1.100.0"
    newer = repacked(packed[1], tmp_path / "newer", {"manifest.json": json.dumps(manifest).encode()})
    with pytest.raises(ToolkitError) as caught:
        studio_restore(project, file=newer)
    assert caught.value.code == "BACKUP-VERSION"


def test_a_restore_or_backup_killed_anywhere_leaves_the_old_data_or_the_new_and_ends_well_when_run_again(
    packed: tuple[Workspace, Path], tmp_path: Path
) -> None:
    workspace = ready(tmp_path / "w")
    studio_start(workspace)
    studio_user_add(workspace, name="bea")
    studio_stop(workspace)
    assert rows(workspace) != rows(packed[0])
    for place in ("restore-unpacked", "restore-old-away", "restore-placed"):
        done = toolkit(workspace, "studio", "restore", str(packed[1]), "--replace", TOOLKIT_FAILPOINT=f"{place}:1:kill")
        assert done.returncode == -signal.SIGKILL, done.stderr
        studio_start(workspace)  # clears up
        studio_stop(workspace)
        assert accounts(workspace) in ({"owner", "bea"}, {"owner", "ann"})
        assert {path.name for path in workspace.data.glob("label-studio*")} == {"label-studio"}
    assert toolkit(workspace, "studio", "restore", str(packed[1]), "--replace").returncode == 0
    assert rows(workspace) == rows(packed[0])
    target = tmp_path / "torn.tar.gz"
    for place in ("backup-written",):
        done = toolkit(workspace, "studio", "backup", "--output", str(target), TOOLKIT_FAILPOINT=f"{place}:1:kill")
        assert done.returncode == -signal.SIGKILL
        assert not target.exists()
    assert toolkit(workspace, "studio", "backup", "--output", str(target)).returncode == 0
    assert target.exists()


def accounts(workspace: Workspace) -> set[str]:
    with sqlite3.connect(folder_of(workspace) / DATABASE) as connection:
        return {email.partition("@")[0] for (email,) in connection.execute("SELECT email FROM htx_user")}


def test_there_is_nothing_to_back_up_on_somebody_else_s_server_or_before_the_first_start(
    project: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ToolkitError) as caught:
        studio_backup(project)
    assert caught.value.code == "STUDIO-NO-DATA"
    monkeypatch.setenv("LABEL_STUDIO_URL", "https://labels.example.org")
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", LEGACY)
    with pytest.raises(ToolkitError) as caught:
        studio_backup(project)
    assert caught.value.code == "STUDIO-EXTERNAL"


def test_a_round_goes_on_after_the_server_came_back_from_a_backup(home: Workspace, tmp_path: Path) -> None:
    push(home, round="r", annotators=["ann"], size=4)
    answer_all(home, "r")
    file = tmp_path / "b.tar.gz"
    studio_backup(home, output=file)
    server = connect(home)
    number = next(number for _, _, number in projects_of(home, server, "r"))
    server.client.projects.delete(number)  # any plain user can
    studio_stop(home)
    studio_restore(home, file=file, replace=True)
    studio_start(home)
    assert pull(home, round="r").annotations == 4
    grown = push(home, round="r", annotators=["ann"], size=6)
    assert (grown.already_there, grown.sent) == (4, 2)


# PostgreSQL


@pytest.fixture(scope="module")
def postgres() -> Iterator[Cluster]:
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with cluster(folder) as running:
        yield running


def address(postgres: Cluster, name: str, password: str = PASSWORD) -> str:
    return f"postgresql://owner:{quote(password, safe='')}@127.0.0.1:{postgres.port}/{name}"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hunter2@h/n",
        "postgresql://u:hunter2@h",
        "postgresql://u:hunter2@h/",
        "postgresql://:hunter2@h/n",
        "postgresql:///n?user=hunter2",
        "postgresql://u:hunter2@h/n?options=-csearch_path",
        "postgresql://u@h/n?password=hunter2",
        "postgresql://u:hunter2@h/n?sslmode",
        "postgresql://u:hunter2@h/n/m",
        "postgresql://u:hunter2@h:port/n",
        "postgresql://u:hunter2@h/n#x",
        "hunter2",
        "",
    ],
)
def test_an_address_of_a_database_that_is_not_understood_is_refused_unshown(project: Workspace, url: str) -> None:
    with pytest.raises(ToolkitError) as caught:
        studio_start(project, database=url)
    assert (caught.value.code, caught.value.exit_code) == ("STUDIO-DATABASE-URL", USER)
    assert "hunter2" not in told(caught.value) + caught.value.hint
    assert not (folder_of(project) / DATABASE).exists()


def test_what_an_address_says_reaches_label_studio_and_postgresql_s_programs_in_the_environment_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = read_database("postgres://l%40w:p%2Fw%3A%20@[::1]/%E6%B3%95?sslmode=require&sslrootcert=/ca.pem")
    assert found is not None
    assert found.shown == "postgresql://l%40w@[::1]:5432/%E6%B3%95"
    variables = found.variables()
    assert (variables["POSTGRE_USER"], variables["POSTGRE_PASSWORD"], variables["POSTGRE_NAME"]) == (
        "l@w",
        "p/w: ",
        "法",
    )
    assert (variables["PGSSLMODE"], variables["PGSSLROOTCERT"], variables["PGPORT"]) == ("require", "/ca.pem", "5432")
    monkeypatch.setenv("PGPASSWORD", "from outside")
    assert read_database("postgresql://u@h/n").password == "from outside"  # type: ignore[union-attr]
    assert read_database("sqlite") is None


def test_a_database_that_is_not_there_or_refuses_says_what_to_do_and_starts_nothing(
    project: Workspace, postgres: Cluster
) -> None:
    closed = address(postgres, "x").replace(str(postgres.port), "1")
    for url, words in (
        (address(postgres, "missing"), "no such database"),
        (address(postgres, "postgres", f"{PASSWORD}-wrong"), "refuses the user or the password"),
        (closed, "does not answer"),
    ):
        done = toolkit(project, "-v", "studio", "start", "--database", url)
        assert done.returncode == SERVICE
        assert "[STUDIO-DATABASE]" in done.stderr
        assert words in done.stderr
        assert PASSWORD not in done.stdout + done.stderr
        assert quote(PASSWORD, safe="") not in done.stdout + done.stderr
        assert servers_on(folder_of(project).resolve()) == []
    assert stored_database(project) is None


@pytest.mark.slow
def test_a_round_and_a_backup_on_postgresql_with_a_password_that_shows_nowhere(
    project: Workspace, postgres: Cluster, tmp_path: Path
) -> None:
    postgres.create("studio")
    postgres.create("other")
    try:
        _on_postgresql(project, postgres, tmp_path)
    finally:
        studio_stop(project)


def _on_postgresql(project: Workspace, postgres: Cluster, tmp_path: Path) -> None:
    began = toolkit(project, "studio", "start", "--json", "--database", address(postgres, "studio"))
    assert began.returncode == 0, began.stderr
    shown = began.stdout + began.stderr
    assert json.loads(began.stdout)["database"] == f"postgresql://owner@127.0.0.1:{postgres.port}/studio"
    assert not (folder_of(project) / DATABASE).exists()
    assert int(postgres.psql("studio", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")) > 50
    push(project, round="r", annotators=["ann"], size=4)
    assert answer_all(project, "r") == 4
    assert int(postgres.psql("studio", "SELECT count(*) FROM task_completion")) == 4
    processes = subprocess.run(["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True).stdout
    for url in (address(postgres, "other"), "sqlite"):
        with pytest.raises(ToolkitError) as caught:
            studio_start(project, database=url)
        assert caught.value.code == "STUDIO-DATABASE-DIFFERS"
    file = tmp_path / "b.tar.gz"
    backup = toolkit(project, "studio", "backup", "--json", "--output", str(file))
    assert json.loads(backup.stdout)["database"] == "postgresql", backup.stderr
    studio_stop(project)
    again = toolkit(project, "studio", "start", "--json")  # without the address: remembered
    assert again.returncode == 0, again.stderr
    assert pull(project, round="r").annotations == 4
    studio_stop(project)
    status = toolkit(project, "-v", "studio", "status")
    shown += "".join(done.stdout + done.stderr for done in (backup, again, status))
    restored = _moved_to_another_database(project, postgres, file)
    for form in (PASSWORD, quote(PASSWORD), quote(PASSWORD, safe="")):
        assert form not in shown + processes
        for place in (project.root, restored.root):
            assert all(form.encode() not in path.read_bytes() for path in written(place))
        with tarfile.open(file) as tar:
            assert all(form.encode() not in tar.extractfile(one).read() for one in tar)  # type: ignore[union-attr]
    assert stored_database(project).password == PASSWORD  # type: ignore[union-attr]
    assert log_in_file(project).stat().st_mode & 0o777 == 0o600


def _moved_to_another_database(project: Workspace, postgres: Cluster, file: Path) -> Workspace:
    """The workspace copied to another machine, its rows restored to another database."""
    shutil.copytree(project.root, project.root.parent / "moved", ignore=shutil.ignore_patterns("label-studio*"))
    moved = Workspace(project.root.parent / "moved")
    with pytest.raises(ToolkitError) as caught:
        studio_restore(moved, file=file)
    assert caught.value.code == "STUDIO-DATABASE-URL"
    studio_restore(moved, file=file, database=address(postgres, "other"))
    with pytest.raises(ToolkitError) as caught:
        studio_restore(moved, file=file)
    assert caught.value.code == "STUDIO-NOT-EMPTY"
    studio_start(moved)
    try:
        assert pull(moved, round="r").annotations == 4
        assert push(moved, round="r", annotators=["ann"], size=6).sent == 2
    finally:
        studio_stop(moved)
    assert int(postgres.psql("other", "SELECT count(*) FROM task")) == 6
    assert int(postgres.psql("studio", "SELECT count(*) FROM task")) == 4
    return moved
