"""How differing answers end: one way for all fields, and ways of their own for some."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, cast, get_args

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.rounds.comparison import COMPARABLE
from toolkit.schema import Field

Resolver = Literal["majority", "dawid-skene", "lead"]
_NAMES: Final = ", ".join(get_args(Resolver))


class Resolvers(NamedTuple):
    """The resolver of every field: its own, else the default."""

    default: Resolver = "majority"
    own: Mapping[str, Resolver] = MappingProxyType({})

    def of(self, field: str) -> Resolver:
        """Return a field's resolver."""
        return self.own.get(field, self.default)


def resolvers_of(asked: str | Iterable[str], fields: Iterable[Field]) -> Resolvers:
    """Read ``NAME`` or ``FIELD=NAME``; of two about the same field the later holds.

    Args:
        asked: one of them, or several.
        fields: the fields of all schemas that are to be resolved.

    Raises:
        ToolkitError: ``RESOLVER`` for a name that is none, ``RESOLVER-FIELD`` for a field that is not there or is free
            text: no vote is taken on it.
    """
    known = {field.name: field for field in fields}
    default: Resolver = "majority"
    own: dict[str, Resolver] = {}
    for one in [asked] if isinstance(asked, str) else asked:
        field, separator, name = one.rpartition("=")
        if name not in get_args(Resolver):
            raise _unknown(one)
        resolver = cast("Resolver", name)
        if not separator:
            default = resolver
        elif field in known and known[field].kind in COMPARABLE:
            own[field] = resolver
        else:
            raise _no_field(field, list(known.values()))
    return Resolvers(default, own)


def _unknown(asked: str) -> ToolkitError:
    return ToolkitError(
        said(f"'{asked}' does not say how answers that differ end.", f"'{asked}' 没有说明如何处理不一致的答案。"),
        hint=said(
            f"Write NAME or FIELD=NAME, with one of: {_NAMES}.", f"请写 NAME 或 FIELD=NAME，NAME 取其一：{_NAMES}。"
        ),
        code="RESOLVER",
    )


def _no_field(field: str, fields: Iterable[Field]) -> ToolkitError:
    there = ", ".join(sorted(one.name for one in fields if one.kind in COMPARABLE))
    return ToolkitError(
        said(f"There is no field '{field}' that people could vote on.", f"没有可以表决的字段 '{field}'。"),
        hint=said(
            f"Fields: {there}. Free text comes from the answer that says most of what was decided.",
            f"可用字段：{there}。自由文本取自与裁定结果最一致的答案。",
        ),
        code="RESOLVER-FIELD",
    )
