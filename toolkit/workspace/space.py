"""One project's folder: its paths, its lock, its ledger and its problems file."""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from toolkit.errors import LOCKED, ToolkitError
from toolkit.language import said
from toolkit.noun import Problem
from toolkit.workspace.files import sweep_leftovers, write_jsonl
from toolkit.workspace.ledger import Ledger
from toolkit.workspace.settings import FILE, Settings, read_settings


class Workspace:
    """A directory with ``toolkit.yaml``. Paths are properties; nothing is made until something is written."""

    def __init__(self, root: Path) -> None:
        """Open the workspace in a folder.

        Raises:
            ToolkitError: ``WORKSPACE-NONE`` when the folder holds no ``toolkit.yaml``.
        """
        self.root = root.absolute()
        self._locks = 0
        if not (self.root / FILE).is_file():
            raise ToolkitError(
                said(
                    f"'{self.root}' is no workspace: it has no '{FILE}'.", f"'{self.root}' 不是工作区：没有 '{FILE}'。"
                ),
                hint=said("Make one with: toolkit init DIR", "请创建工作区：toolkit init DIR"),
                code="WORKSPACE-NONE",
            )

    @classmethod
    def find(cls, named: Path | None = None) -> "Workspace":
        """Return the named workspace, else ``TOOLKIT_WORKSPACE``'s, else the nearest parent that is one.

        Raises:
            ToolkitError: ``WORKSPACE-NONE`` when there is none.
        """
        if named or os.environ.get("TOOLKIT_WORKSPACE"):
            return cls(named or Path(os.environ["TOOLKIT_WORKSPACE"]))
        here = Path.cwd()
        for folder in (here, *here.parents):
            if (folder / FILE).is_file():
                return cls(folder)
        return cls(here)

    @cached_property
    def settings(self) -> Settings:
        """What ``toolkit.yaml`` says."""
        return read_settings(self.root / FILE)

    @cached_property
    def ledger(self) -> Ledger:
        """The SQLite file with identities and states."""
        return Ledger(self.data / "ledger.sqlite")

    @property
    def data(self) -> Path:
        """Everything that the toolkit writes."""
        return self.root / "data"

    @property
    def documents(self) -> Path:
        """Parquet shards of documents."""
        return self.data / "documents"

    @property
    def passages(self) -> Path:
        """Parquet shards of passages."""
        return self.data / "passages"

    @property
    def problems(self) -> Path:
        """Every refusal and every invalid answer, as JSON Lines."""
        return self.data / "problems.jsonl"

    @property
    def models(self) -> Path:
        """Tokenizers and base models built from this workspace's corpus."""
        return self.data / "models"

    def round(self, name: str) -> Path:
        """Return the folder of a round."""
        return self.data / "rounds" / name

    def has_round(self, name: str) -> bool:
        """Return whether a round was opened: its plan, ``round.json``, is the last of its files to be written."""
        return (self.round(name) / "round.json").is_file()

    def records(self, schema: str) -> Path:
        """Return the file of a schema's records."""
        return self.data / "records" / f"{schema}.jsonl"

    def dataset(self, name: str) -> Path:
        """Return the folder of a dataset."""
        return self.data / "datasets" / name

    def run(self, name: str) -> Path:
        """Return the folder of a training run."""
        return self.data / "runs" / name

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the workspace against other runs; the kernel releases it when the process dies. Re-entrant.

        Raises:
            ToolkitError: ``LOCKED`` (exit 75) when another run holds it.
        """
        if self._locks:
            self._locks += 1
            try:
                yield
            finally:
                self._locks -= 1
            return
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / ".lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ToolkitError(
                    said(
                        f"Another run holds the workspace '{self.root}'.", f"另一个进程正在使用工作区 '{self.root}'。"
                    ),
                    hint=said("Wait until it ends, then run the command again.", "请等它结束后再运行此命令。"),
                    code="LOCKED",
                    exit_code=LOCKED,
                ) from error
            self._locks = 1
            try:
                sweep_leftovers(self.data)
                yield
            finally:
                self._locks = 0

    def put_problems(self, step: str, scope: str, problems: Iterable[Problem]) -> bool:
        """Replace what a step had to say about one scope (a path, a round, a dataset), and the file with it.

        Returns whether anything changed; what is on file already is not written again.
        """
        rows = [(step, scope, position, problem.model_dump_json()) for position, problem in enumerate(problems)]
        on_file = self.ledger.query(
            "SELECT * FROM problems WHERE step = ? AND scope = ? ORDER BY position", (step, scope)
        )
        changed = [tuple(row) for row in on_file] != rows
        if changed:
            with self.ledger.transaction() as connection:
                connection.execute("DELETE FROM problems WHERE step = ? AND scope = ?", (step, scope))
                connection.executemany("INSERT INTO problems VALUES (?, ?, ?, ?)", rows)
        self.write_problems()
        return changed

    def write_problems(self) -> None:
        """Write ``data/problems.jsonl`` from the ledger, in an order that depends on content alone."""
        rows = self.ledger.query("SELECT problem FROM problems ORDER BY step, scope, position")
        if rows or self.problems.exists():
            write_jsonl(self.problems, (json.loads(row["problem"]) for row in rows))

    def count_problems(self, step: str, scope: str | None = None) -> int:
        """Return how many problems of a step are on file, for one scope or for all."""
        where, values = ("step = ?", [step]) if scope is None else ("step = ? AND scope = ?", [step, scope])
        sql = f"SELECT count(*) FROM problems WHERE {where}"  # noqa: S608 - both texts are written above
        return int(self.ledger.query(sql, values)[0][0])
