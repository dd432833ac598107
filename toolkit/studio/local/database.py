"""Where the local server keeps its rows: SQLite in the workspace, or a PostgreSQL database that the user has made.

A PostgreSQL address holds a password. It travels to child processes in their environment alone, and is remembered only
beside the log-ins (``login.py``), never in the workspace.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from pydantic import Field

from toolkit.errors import SERVICE, ToolkitError
from toolkit.language import said
from toolkit.noun import Noun
from toolkit.studio.local.install import environment

SQLITE: Final = "sqlite"
_PORT: Final = 5432
_SECONDS: Final = 10
_LIBPQ: Final = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
"""Query parts that are understood, and the variable by which PostgreSQL's own library takes each."""
_PROBE: Final = """
import sys, psycopg
try:
    with psycopg.connect() as connection:
        sql = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
        print("tables", connection.execute(sql).fetchone()[0])
except psycopg.Error as error:
    print("failed", getattr(error, "sqlstate", None) or "", str(error).replace("\\n", " "))
"""


class Database(Noun):
    """A PostgreSQL database and how to log in to it. Never shown: ``shown`` is."""

    host: str
    port: int = _PORT
    name: str
    user: str
    password: str = ""
    options: dict[str, str] = Field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The address without its password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"postgresql://{quote(self.user)}@{host}:{self.port}/{quote(self.name)}"

    def variables(self) -> dict[str, str]:
        """Return the environment by which Label Studio finds it, and PostgreSQL's own programs too."""
        return {
            "DJANGO_DB": "default",
            "POSTGRE_HOST": self.host,
            "POSTGRE_PORT": str(self.port),
            "POSTGRE_NAME": self.name,
            "POSTGRE_USER": self.user,
            "POSTGRE_PASSWORD": self.password,
            **self.client_variables(),
        }

    def client_variables(self) -> dict[str, str]:
        """Return the environment of ``pg_dump`` and its like."""
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGDATABASE": self.name,
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGCONNECT_TIMEOUT": str(_SECONDS),
            **{_LIBPQ[name]: value for name, value in self.options.items()},
        }


def read_database(address: str) -> Database | None:
    """Return the database of an address; None for ``sqlite``. A password that it lacks comes from ``PGPASSWORD``.

    Raises:
        ToolkitError: ``STUDIO-DATABASE-URL`` for anything else, which is never shown.
    """
    if address.strip() == SQLITE:
        return None
    try:
        parts = urlsplit(address.strip())
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        port = parts.port or _PORT
    except ValueError:
        raise _unreadable(said("it cannot be read", "无法解析")) from None
    if parts.scheme not in {"postgresql", "postgres"}:
        raise _unreadable(said("it does not begin with postgresql://", "不是以 postgresql:// 开头"))
    if unknown := sorted(options.keys() - _LIBPQ.keys()):
        names = ", ".join(repr(name[:20]) for name in unknown)
        raise _unreadable(said(f"after '?' only {', '.join(_LIBPQ)} are known, not {names}", f"不支持的参数：{names}"))
    name, user = unquote(parts.path.removeprefix("/")), unquote(parts.username or "")
    if not (parts.hostname and user and re.fullmatch(r"[^/\x00]+", name)) or parts.fragment:
        raise _unreadable(said("it lacks a host, a user or a database name", "缺少主机、用户或数据库名"))
    password = unquote(parts.password) if parts.password is not None else os.environ.get("PGPASSWORD", "")
    return Database(host=parts.hostname, port=port, name=name, user=user, password=password, options=options)


def _unreadable(why: str) -> ToolkitError:
    return ToolkitError(
        said(
            f"The database address cannot be used: {why}. It is not shown, as it may hold a password.",
            f"无法使用该数据库地址：{why}。其中可能含有密码，因此不予显示。",
        ),
        hint=said(
            "Write postgresql://USER:PASSWORD@HOST:PORT/NAME, with odd characters as %XX, or 'sqlite'.",
            "请写成 postgresql://用户:密码@主机:端口/库名（特殊字符写成 %XX），或 'sqlite'。",
        ),
        code="STUDIO-DATABASE-URL",
    )


def count_tables(database: Database, variables: Mapping[str, str]) -> int:
    """Connect as Label Studio will, with its own driver, and return how many tables are there.

    Args:
        database: what to reach.
        variables: the environment to run in, without the database's own part.

    Raises:
        ToolkitError: ``STUDIO-DATABASE`` when it cannot be reached or refuses, with what PostgreSQL's code says.
    """
    done = subprocess.run(  # noqa: S603 - our own environment's interpreter and our own text
        [str(environment() / "bin" / "python"), "-c", _PROBE],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={**variables, **database.client_variables()},
    )
    answer, _, rest = done.stdout.partition(" ")
    if answer == "tables":
        return int(rest)
    raise _unusable(database, rest)


def _unusable(database: Database, told: str) -> ToolkitError:
    """Say why. The driver's own words may repeat what was sent to it, so they are looked at and not shown."""
    state, _, words = told.partition(" ")
    if state == "28P01" or "password authentication failed" in words or "no password supplied" in words:
        why = said("it refuses the user or the password", "用户名或密码被拒绝")
        hint = said("Check both; odd characters are written as %XX.", "请检查两者；特殊字符写成 %XX。")
    elif state == "3D000" or re.search(r'database ".*" does not exist', words):
        why = said("there is no such database", "数据库不存在")
        hint = said(f"Make it first: createdb {database.name}", f"请先创建：createdb {database.name}")
    else:
        why = said("it does not answer, or refuses the connection", "无响应或拒绝连接")
        hint = said(
            "Check that PostgreSQL runs there and lets you in (host, port, pg_hba.conf, TLS).",
            "请确认 PostgreSQL 正在运行且允许连接（主机、端口、pg_hba.conf、TLS）。",
        )
    return ToolkitError(
        said(f"The database {database.shown} cannot be used: {why}.", f"无法使用数据库 {database.shown}：{why}。"),
        hint=hint,
        code="STUDIO-DATABASE",
        exit_code=SERVICE,
    )
