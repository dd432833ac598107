"""A PostgreSQL of the tests' own, on 127.0.0.1, ended when the tests end; none where PostgreSQL is not installed."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PASSWORD = "pg/c@nary:%7 ü"


class Cluster(NamedTuple):
    """Where it listens and where its programs are. Its only user is ``owner``, with ``PASSWORD``."""

    port: int
    programs: Path

    def create(self, name: str) -> None:
        self.psql("postgres", f'CREATE DATABASE "{name}"')

    def psql(self, database: str, sql: str) -> str:
        command = [str(self.programs / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql]
        where = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "owner", "PGDATABASE": database}
        env = {**os.environ, **where, "PGPASSWORD": PASSWORD}
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout.strip()


def programs() -> Path | None:
    """Return the newest installation's folder of programs, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    found = found or ([Path(on_path).resolve()] if on_path else [])
    return found[-1].parent if found else None


@contextlib.contextmanager
def cluster(folder_of_programs: Path) -> Iterator[Cluster]:
    """Run a cluster in a folder of its own. PostgreSQL refuses to run as root, who lends it another user."""
    user = next((one.pw_name for one in pwd.getpwall() if one.pw_name in {"postgres", "nobody"}), None)
    user = user if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="sft-pg-", dir="/tmp"))
    try:
        secret = folder / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        if user:
            shutil.chown(folder, user)
            shutil.chown(secret, user)

        def run(program: str, *arguments: str) -> None:
            command = [str(folder_of_programs / program), "-D", str(folder / "data"), *arguments]
            subprocess.run(command, user=user, cwd=folder, check=True, capture_output=True, timeout=120)

        run("initdb", "-U", "owner", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--locale=C", "-N")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", settings, "start")
        try:
            yield Cluster(port, folder_of_programs)
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
