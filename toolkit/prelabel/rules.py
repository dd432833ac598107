r"""Rules files: patterns and lists of terms, by field and label, written in YAML.

    fields:
      key_terms:                          # spans: what is found is marked
        labels:
          party:
            terms: [甲方, 乙方, Licensor]  # Chinese terms anywhere, Latin ones at word borders
            file: parties.txt             # more of them, one a line, beside this file
            ignore_case: true             # default: false
          date:
            patterns:
              - \d{4}年\d{1,2}月\d{1,2}日
              - {pattern: 'dated (\w+ \d{1,2}, \d{4})', group: 1, flags: [ignorecase]}
      clause_type:                        # a choice, choices, a boolean: each hit is a vote
        decide: first                     # most (default): most hits win; first: the first label with a hit
        labels:
          payment: {terms: [payment, 价款]}

Of spans that overlap within a field the longest stays. Choices take every label with a hit; a boolean has the labels
``yes`` and ``no``. Where nothing is found a field stays open. A pattern that matches nothing at all is no hit.
"""

import hashlib
from pathlib import Path
from typing import Any, Final, Literal

import regex
import yaml
from pydantic import Field as Limits
from pydantic import ValidationError, field_validator, model_validator

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Noun
from toolkit.schema import Field, Kind

Flag = Literal["ignorecase", "multiline", "dotall", "ascii"]
VOTED: Final[frozenset[Kind]] = frozenset({"choice", "choices", "boolean"})
_HASH: Final = 8


class Pattern(Noun):
    """A regular expression; what its group matched is the hit."""

    pattern: str = Limits(min_length=1)
    group: str = "0"
    flags: tuple[Flag, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"pattern": value} if isinstance(value, str) else value

    def compiled(self) -> "regex.Pattern[str]":
        """Return the pattern to search with.

        Raises:
            ValueError: why it cannot be used.
        """
        flags = regex.VERSION0
        for flag in self.flags:
            flags |= getattr(regex, flag.upper())
        try:
            found = regex.compile(self.pattern, flags)
        except (regex.error, OverflowError, RecursionError, MemoryError) as error:
            raise ValueError(f"the pattern cannot be read: {error}") from error
        if self.which not in {0, *range(found.groups + 1), *found.groupindex}:
            raise ValueError(f"the pattern has no group {self.group}")
        return found

    @property
    def which(self) -> int | str:
        """The group as ``regex`` wants it."""
        return int(self.group) if self.group.isdigit() else self.group


class LabelRules(Noun):
    """What speaks for one label."""

    terms: tuple[str, ...] = ()
    file: str | None = None
    ignore_case: bool = False
    patterns: tuple[Pattern, ...] = ()

    @field_validator("terms")
    @classmethod
    def _no_blank_terms(cls, terms: tuple[str, ...]) -> tuple[str, ...]:
        if not all(term.strip() for term in terms):
            raise ValueError("a term is empty")
        return terms

    @model_validator(mode="after")
    def _says_something(self) -> "LabelRules":
        if not self.terms and not self.patterns and self.file is None:
            raise ValueError("no terms, no file and no patterns")
        return self


class FieldRules(Noun):
    """What speaks for each label of one field, and which wins."""

    decide: Literal["most", "first"] = "most"
    labels: dict[str, LabelRules] = Limits(min_length=1)


class RulesFile(Noun):
    """A rules file, its lists of terms read in."""

    fields: dict[str, FieldRules] = Limits(min_length=1)


class ReadRules(Noun):
    """Rules and the mark that names their file and content."""

    rules: RulesFile
    mark: str


def read_rules(path: Path, fields: tuple[Field, ...]) -> ReadRules:
    """Read a rules file and check it against a schema.

    Raises:
        ToolkitError: ``PRELABEL-RULES`` with the place and what is wrong there.
    """
    try:
        source = path.read_bytes()
        written = RulesFile.model_validate(yaml.load(source, _Loader))  # noqa: S506 - makes texts, lists, dicts alone
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise broken(path, ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")) from error
    except yaml.YAMLError as error:
        raise broken(path, "", " ".join(str(error).split())) from error
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise broken(path, "", f"it cannot be read: {getattr(error, 'strerror', None) or error}") from error
    digest = hashlib.sha256(source)
    filled: dict[str, FieldRules] = {}
    for name, of_field in written.fields.items():
        _check(path, name, of_field, fields)
        labels = {
            label: _filled(path, f"fields.{name}.labels.{label}", of_label, digest)
            for label, of_label in of_field.labels.items()
        }
        filled[name] = of_field.model_copy(update={"labels": labels})
    return ReadRules(rules=RulesFile(fields=filled), mark=f"rules {path.stem} {digest.hexdigest()[:_HASH]}")


def _check(path: Path, name: str, of_field: FieldRules, fields: tuple[Field, ...]) -> None:
    by_name = {field.name: field for field in fields if field.kind in {*VOTED, "spans"}}
    place = f"fields.{name}"
    if name not in by_name:
        known = ", ".join(by_name) or "none"
        raise broken(path, place, f"rules can fill these fields of the schema: {known}")
    for label, of_label in of_field.labels.items():
        if label not in by_name[name].values:
            known = ", ".join(by_name[name].values)
            raise broken(path, f"{place}.labels.{label}", f"the field's labels are: {known}")
        for number, pattern in enumerate(of_label.patterns):
            try:
                pattern.compiled()
            except ValueError as error:
                raise broken(path, f"{place}.labels.{label}.patterns.{number}", str(error)) from error


def _filled(path: Path, place: str, rules: LabelRules, digest: Any) -> LabelRules:
    """Return a label's rules with the terms of its file; the file's bytes count into the mark."""
    if rules.file is None:
        return rules
    try:
        source = (path.parent / rules.file).read_bytes()
        lines = source.decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise broken(path, f"{place}.file", f"'{rules.file}' cannot be read: {why}") from error
    digest.update(source)
    more = tuple(line.strip() for line in lines if line.strip())
    return rules.model_copy(update={"terms": (*rules.terms, *more), "file": None})


def broken(path: Path, place: str, what: str) -> ToolkitError:
    """Return the error for a rules file that cannot be used."""
    where = said(f", at {place}", f"（{place} 处）") if place else ""
    return ToolkitError(
        said(f"The rules file '{path}'{where} cannot be used: {what}.", f"无法使用规则文件 '{path}'{where}：{what}。"),
        hint=said(
            "Mend it there and run the command again; nothing was sent.", "请修改该处后重新运行命令；尚未发送任何内容。"
        ),
        code="PRELABEL-RULES",
    )


class _Loader(yaml.BaseLoader):
    """Everything stays text, so that ``yes`` is a label; a key written twice is an error, not the later one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping, or say which key comes twice."""
        seen = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is written twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep=deep)
