"""Schema files: loading one that the user named, and saying what is wrong with it in its author's words.

A schema is code and runs when it is loaded. Nothing is loaded that was not named, and no bytecode is left beside it.
"""

import ast
import hashlib
import importlib.machinery
import importlib.util
import re
import sys
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, ModuleType

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import count_by
from toolkit.schema.declaration import Bilingual, Schema
from toolkit.schema.described import broken, described
from toolkit.schema.field import Fault
from toolkit.schema.imports import import_faults
from toolkit.schema.migration_checks import migration_faults
from toolkit.schema.version import version_of

_loaded: dict[tuple[str, str], type[Schema]] = {}


def load_schema(path: Path) -> type[Schema]:
    """Run a schema file and return its one schema; the same bytes are run once in a process.

    Raises:
        ToolkitError: ``SCHEMA-UNKNOWN`` when there is no such file, ``SCHEMA-BROKEN`` with every fault of its.
    """
    source = _read(path)
    key = (str(path.absolute()), hashlib.sha256(source).hexdigest())
    if key not in _loaded:
        model, faults = _examine(path, source)
        if model is None or faults:
            raise broken(str(path), faults)
        version_of(model)  # reads the rules' source now, while the file is what was run
        _loaded[key] = model
    return _loaded[key]


def check_schema(path: Path) -> tuple[Fault, ...]:
    """Return everything that is wrong with a schema file; nothing means that it can be used.

    Raises:
        ToolkitError: ``SCHEMA-UNKNOWN`` when there is no such file.
    """
    return _examine(path, _read(path))[1]


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise ToolkitError(
            said(f"There is no schema file '{path}'.", f"没有模式文件 '{path}'。"),
            hint=said("Name a Python file.", "请指定一个 Python 文件。"),
            code="SCHEMA-UNKNOWN",
        )
    return path.read_bytes()


def _examine(path: Path, source: bytes) -> tuple[type[Schema] | None, tuple[Fault, ...]]:
    """Return the file's schema and its faults; None when there is no one schema in it."""
    if faults := tuple(_source_faults(source)):
        return None, faults
    module, faults = _run(path)
    if module is None:
        return None, faults
    models = _schemas_in(module)
    if len(models) != 1:
        names = ", ".join(model.__name__ for model in models) or "none"
        return None, (_fault("", f"schemas in the file: {names}", "write exactly one class NAME(Schema)"),)
    faults = (*faults, *_model_faults(models[0])) or (*_build_faults(models[0]), *migration_faults(models[0]))
    return models[0], faults


def _fault(field: str, found: str, expected: str) -> Fault:
    return Fault(field, found, expected, "SCHEMA-BROKEN")


def _source_faults(source: bytes) -> Iterator[Fault]:
    """Find what running would hide: a field, or a label in a dict or a Literal, that is written twice."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        yield _fault("", f"line {line}: {getattr(error, 'msg', error)}", "a Python file")
        return
    yield from import_faults(tree)
    for owner in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        fields = [node for node in owner.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)]
        names = [node.target.id for node in fields if isinstance(node.target, ast.Name)]
        for name, times in count_by(names).items():
            if times > 1:
                yield _fault(name, f"the field is written {times} times", "write each field once")
        for name, node in zip(names, fields, strict=True):
            for label in _labels_twice(node):
                yield _fault(name, f"the label {label!r} is named twice", "name each label once")


def _labels_twice(field: ast.AST) -> list[str]:
    twice: set[str] = set()
    for node in ast.walk(field):
        items: list[ast.expr | None] = []
        if isinstance(node, ast.Dict):
            items = list(node.keys)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
            items = list(node.slice.elts)
        values = [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
        twice |= {value for value, times in count_by(values).items() if times > 1}
    return sorted(twice)


class _WithoutBytecode(importlib.machinery.SourceFileLoader):
    """Compiles what the file holds now: a cached twin can be stale, and folders of schemas stay clean."""

    def get_code(self, fullname: str) -> CodeType:
        """Return the file's code."""
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


def _run(path: Path) -> tuple[ModuleType | None, tuple[Fault, ...]]:
    name = f"_toolkit_schema_{hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:16]}"
    spec = importlib.util.spec_from_loader(name, _WithoutBytecode(name, str(path)))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pydantic looks names of annotations up there
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            spec.loader.exec_module(module)
        except Exception as error:  # noqa: BLE001 - the file is a user's program: whatever it raises is its fault
            del sys.modules[name]
            return None, (_fault("", _failure(error, path), "a file that runs"),)
    shadows = [str(item.message) for item in caught if "shadows an attribute" in str(item.message)]
    return module, tuple(_fault("", message, "choose another name for the field") for message in shadows)


def _failure(error: Exception, path: Path) -> str:
    """Return an error of the file in one line, with the file's own line number."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    first = next(iter(str(error).splitlines()), "")
    return f"{f'line {lines[-1]}: ' if lines else ''}{type(error).__name__}: {first}"


def _schemas_in(module: ModuleType) -> list[type[Schema]]:
    """Return the schemas that the file defines and derives no other from."""
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Schema) and value.__module__ == module.__name__
    ]
    return [model for model in found if not any(other is not model and issubclass(other, model) for other in found)]


def _build_faults(model: type[Schema]) -> Iterator[Fault]:
    """Build the validators now, so that what pydantic refuses is known before the first answer."""
    try:
        model.model_rebuild(force=True)
    except Exception as error:  # noqa: BLE001 - as above
        first = re.sub(r"\w+\.(\w+):\d+\.", r"\1.", str(error).splitlines()[0])  # module:number.method of a rule
        yield _fault("", f"{type(error).__name__}: {first}", "fields and rules that pydantic can use")


def _model_faults(model: type[Schema]) -> Iterator[Fault]:
    for name in ("title", "instruction", "guideline"):
        wording = getattr(model, name, None)
        if wording is None and name == "guideline":
            continue
        if not isinstance(wording, Bilingual) or not wording.en.strip() or not wording.zh.strip():
            yield _fault("", f"no {name} in both languages", f"write {name} = Bilingual('English', '中文')")
    fields, faults = described(model)
    yield from faults
    private = sorted(model.__private_attributes__)
    if private:
        yield _fault(
            private[0], "a name that begins with an underscore", "begin it with a letter: such names are no fields"
        )
    if not fields and not faults:
        yield _fault("", "no fields", "write at least one: name: type = asked('English title', '中文标题')")
    elif fields and not faults and all(field.role == "input" for field in fields):
        yield _fault("", "only fields with role='input'", "at least one field that the model learns to answer")
