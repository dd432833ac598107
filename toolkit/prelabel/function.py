"""A user's Python function as a source: ``function(text, meta)`` returns a partial answer.

It may return None for nothing to say, and ``(answer, score)`` where it knows how sure it is. The file runs in this
process, with this user's rights; nothing runs that the user did not name.
"""

import contextlib
import copy
import hashlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.passages import Passage
from toolkit.prelabel.source import BATCH, Given

_HASH: Final = 8


class FunctionSource:
    """Predictions from a function.

    Args:
        path: the Python file.
        name: the function's name.

    Raises:
        ToolkitError: ``PRELABEL-FUNCTION`` when there is no such file or function, or when the file fails.
    """

    batch = BATCH
    host: str | None = None

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        try:
            source = path.read_bytes()
        except OSError as error:
            raise _unusable(path, error.strerror or "it cannot be read") from error
        self.mark = f"python {name} {hashlib.sha256(source).hexdigest()[:_HASH]}"
        self._function = _load(path, source, name)

    def predict(self, passages: Sequence[Passage]) -> Iterator[tuple[Passage, Given]]:
        """Yield what the function returns for each passage; what it raises becomes trouble."""
        return ((passage, self._called(passage)) for passage in passages)

    def _called(self, passage: Passage) -> Given:
        meta = copy.deepcopy(passage.meta) | {
            "passage": passage.id,
            "document": passage.document,
            "view": passage.view,
            "language": passage.language,
            "heading": list(passage.heading),
        }
        try:
            with contextlib.redirect_stdout(sys.stderr):  # standard output holds one JSON object, nothing else
                returned = self._function(passage.text, meta)
        except Exception as error:  # noqa: BLE001 - a user's program: whatever it raises is its own trouble
            return Given(trouble=f"{_line(error, self._path)}{type(error).__name__}")
        answer, score = returned if isinstance(returned, tuple) and len(returned) == 2 else (returned, None)  # noqa: PLR2004 - a pair
        if answer is not None and not isinstance(answer, dict):
            return Given(trouble=f"the function returned {type(answer).__name__}, no dict")
        if score is not None and not (isinstance(score, int | float) and 0 <= score <= 1):
            return Given(trouble="the function returned a score that is not from 0 to 1")
        return Given(answer, None if score is None else float(score))


def _load(path: Path, source: bytes, name: str) -> Callable[[str, dict[str, Any]], Any]:
    spec = importlib.util.spec_from_file_location(f"_toolkit_prelabel_{hashlib.sha256(source).hexdigest()[:16]}", path)
    if spec is None:
        raise _unusable(path, "it is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses look their module up there
    try:
        code = compile(source, str(path), "exec")  # the bytes that were hashed, and no bytecode left beside the file
        with contextlib.redirect_stdout(sys.stderr):
            exec(code, module.__dict__)  # noqa: S102 - the file that the user named
    except Exception as error:
        raise _unusable(path, f"{_line(error, path)}{type(error).__name__}: {error}") from error
    function = getattr(module, name, None)
    if not callable(function):
        raise _unusable(path, f"it has no function '{name}'")
    return function  # type: ignore[no-any-return]


def _line(error: Exception, path: Path) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f"line {lines[-1]}: " if lines else ""


def _unusable(path: Path, what: str) -> ToolkitError:
    return ToolkitError(
        said(f"'{path}' cannot be used for predictions: {what}.", f"'{path}' 无法用于预标注：{what}。"),
        hint=said(
            "Write 'python:FILE.py:function'; it is called as function(text, meta) and returns a dict of fields.",
            "请写作 'python:FILE.py:function'；其调用方式为 function(text, meta)，返回字段的字典。",
        ),
        code="PRELABEL-FUNCTION",
    )
