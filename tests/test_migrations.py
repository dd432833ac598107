"""What changed between two versions of a schema is named, and stored answers follow where the author says they go."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.schema import Schema, check_schema, differences, load_schema, migrate, version_of

BASE = """\
from typing import Literal

from pydantic import model_validator

from toolkit.schema import Bilingual, Migration, Relation, Schema, Shows, Span, Taxon, asked

MOST = 9


class Party(Span):
    role: Literal["buyer", "seller"] | None = asked(
        "Role", "角色", labels={"buyer": ("Buyer", "买方"), "seller": ("Seller", "卖方")}
    )


class Base(Schema):
    title = Bilingual("Base", "基础")
    instruction = Bilingual("Label it.", "请标注。")

    kind: Literal["a", "b", "c"] = asked("Kind", "类型", labels={"a": ("A", "甲"), "b": ("B", "乙"), "c": ("C", "丙")})
    tags: list[Literal["x", "y", "z"]] = asked(
        "Tags", "标签", labels={"x": ("X", "子"), "y": ("Y", "丑"), "z": ("Z", "寅")}
    )
    place: Taxon | None = asked(
        "Place", "位置", labels={"law": ("Law", "法"), "law/tax": ("Tax", "税"), "fact": ("Fact", "事实")}
    )
    marks: list[Party] = asked("Marks", "标记", labels={"date": ("Date", "日期"), "party": ("Party", "当事人")})
    links: list[Relation] = asked("Links", "关系", labels={"pays": ("Pays", "支付")}, between="marks")
    stars: int | None = asked("Stars", "星级", ge=1, le=5)
    note: str | None = asked("Note", "备注", max_length=80)

    @model_validator(mode="after")
    def _short(self):
        if self.note and len(self.note) > MOST * 10:
            raise ValueError("too long")
        return self
"""
TEXT = "The Buyer pays the Seller on 1 May."


def span(start: int, end: int, label: str, **attributes: Any) -> dict[str, Any]:
    return {"start": start, "end": end, "text": TEXT[start:end], "label": label, **attributes}


def full(**other: Any) -> dict[str, Any]:
    """An answer that uses every field of the base."""
    buyer, seller = span(4, 9, "party"), span(19, 25, "party")
    return {
        "kind": "a",
        "tags": ["x", "y"],
        "place": "law/tax",
        "marks": [{**buyer, "role": "buyer"}, {**seller, "role": "seller"}, span(29, 34, "date", role=None)],
        "links": [{"head": buyer, "tail": seller, "label": "pays"}],
        "stars": 5,
        "note": "fine",
    } | other


def schema(folder: Path, source: str) -> type[Schema]:
    path = folder / f"s{len(list(folder.glob('*.py')))}.py"
    path.write_text(source, encoding="utf-8")
    return load_schema(path)


def changed(*pairs: tuple[str, str]) -> str:
    source = BASE
    for old, new in pairs:
        assert old in source, old
        source = source.replace(old, new)
    return source


def declared(source: str, *links: str) -> str:
    return source.replace(
        '"请标注。")\n', f'"请标注。")\n    migrations = ({"".join(f"{link}, " for link in links)})\n', 1
    )


@pytest.fixture
def base(tmp_path: Path) -> type[Schema]:
    return schema(tmp_path, BASE)


VALID, MAPPING, PROBLEMS = "answers stay valid", "answers need a mapping", "answers become problems"

# what is edited in the file; the change that is named; its effect; whether the full answer stays an answer
EDITS: list[tuple[str, list[tuple[str, str]], str, str, bool]] = [
    ("title", [('"Kind"', '"Sort"')], "kind: title", VALID, True),
    ("title", [('Bilingual("Base"', 'Bilingual("Basis"')], ": title", VALID, True),
    ("title", [('"Label it."', '"Label all."')], ": instruction", VALID, True),
    (
        "hint",
        [('"Stars", "星级"', '"Stars", "星级", hint=("Five is best.", "五为最佳。")')],
        "stars: hint",
        VALID,
        True,
    ),
    ("group", [('"Stars", "星级"', '"Stars", "星级", group=("G", "组")')], "stars: group", VALID, True),
    ("role", [('"Note", "备注"', '"Note", "备注", role="input"')], "note: role", VALID, True),
    (
        "labels",
        [('"丙")}', '"丙"), "d": ("D", "丁")}'), ('"b", "c"]', '"b", "c", "d"]')],
        "kind: label added",
        VALID,
        True,
    ),
    ("labels", [('("A", "甲")', '("Alpha", "甲")')], "kind: wording of a", VALID, True),
    ("labels", [('"b", "c"]', '"b"]'), (', "c": ("C", "丙")', "")], "kind: label removed", MAPPING, True),
    ("labels", [('"a", "b"', '"b"'), ('"a": ("A", "甲"), ', "")], "kind: label removed", MAPPING, False),
    (
        "labels",
        [('"a": ("A", "甲"), "b": ("B", "乙")', '"b": ("B", "乙"), "a": ("A", "甲")')],
        "kind: labels reordered",
        VALID,
        True,
    ),
    (
        "kind",
        [('kind: Literal["a", "b", "c"]', 'kind: list[Literal["a", "b", "c"]]')],
        "kind: kind changed",
        PROBLEMS,
        False,
    ),
    (
        "kind",
        [
            ('kind: Literal["a", "b", "c"]', "kind: str"),
            (', labels={"a": ("A", "甲"), "b": ("B", "乙"), "c": ("C", "丙")}', ""),
        ],
        "kind: kind changed",
        PROBLEMS,
        False,
    ),
    ("kind", [("ge=1, le=5", "ge=1, le=50")], "stars: kind changed", VALID, True),
    ("required", [("stars: int | None", "stars: int")], "stars: required", PROBLEMS, True),
    ("required", [("kind: Literal", "kind: None | Literal")], "kind: required", VALID, True),
    ("maximum", [("le=5", "le=4")], "stars: maximum", PROBLEMS, False),
    ("maximum", [("le=5", "le=6")], "stars: maximum", VALID, True),
    ("minimum", [("max_length=80", "max_length=80, min_length=9")], "note: minimum", PROBLEMS, False),
    ("whole", [("stars: int", "stars: float"), ("ge=1", "ge=0")], "stars: numbers", VALID, True),
    ("when", [('"Note", "备注"', '"Note", "备注", when=("kind", "b")')], "note: condition", PROBLEMS, False),
    ("when", [('"Note", "备注"', '"Note", "备注", when=("kind", ("a", "b"))')], "note: condition", PROBLEMS, True),
    (
        "attributes",
        [('"buyer", "seller"', '"seller"'), ('"buyer": ("Buyer", "买方"), ', "")],
        "marks.role: label removed",
        MAPPING,
        False,
    ),
    ("attributes", [("    role:", "    part:")], "marks.role: field removed", MAPPING, False),
    (
        "between",
        [
            ("marks:", "marks2: list[Party] = asked('M', '标', labels={'d': ('D', '日')})\n    marks:"),
            ('between="marks"', 'between="marks2"'),
        ],
        "links: spans connected",
        PROBLEMS,
        False,
    ),
    ("ordered", [('"丙")}', '"丙")}, ordered=True')], "kind: scale", VALID, True),
    ("name", [("    stars:", "    rating:")], "stars: field removed", MAPPING, False),
    (
        "name",
        [("    stars:", "    extra: str | None = asked('E', '额')\n    stars:")],
        "extra: field added",
        VALID,
        True,
    ),
    ("name", [("    stars:", "    extra: str = asked('E', '额')\n    stars:")], "extra: field added", PROBLEMS, False),
    ("", [("MOST = 9", "MOST = 1")], ": rule changed: MOST", PROBLEMS, True),
    ("", [("too long", "far too long")], ": rule changed: Base._short", PROBLEMS, True),
    ("", [("instruction = ", "shows = Shows(neighbours=1)\n    instruction = ")], ": what is shown", VALID, True),
    (
        "",
        [("instruction = ", 'guideline = Bilingual("Be kind.", "宽容。")\n    instruction = ')],
        ": guideline",
        VALID,
        True,
    ),
]


@pytest.mark.parametrize(("attribute", "edits", "change", "effect", "stays"), EDITS)
def test_every_change_is_named_with_what_it_means_for_answers(
    base: type[Schema],
    tmp_path: Path,
    attribute: str,
    edits: list[tuple[str, str]],
    change: str,
    effect: str,
    stays: bool,
) -> None:
    del attribute
    new = schema(tmp_path, changed(*edits))
    found = {f"{one.field}: {one.change}": one.effect for one in differences(base, new)}
    assert found.get(change) == effect, found
    migrated = migrate(base, new, full(), TEXT)
    assert (migrated.faults == ()) == stays, migrated.faults
    if all(one == VALID for one in found.values()):
        assert migrated.faults == ()


def test_the_table_above_knows_every_attribute_of_a_field() -> None:
    from toolkit.schema import Field

    assert {attribute for attribute, *_ in EDITS if attribute} == set(Field.model_fields)


def test_nothing_changed_means_the_same_version_and_the_other_way_round(base: type[Schema], tmp_path: Path) -> None:
    assert differences(base, schema(tmp_path, "# a remark\n" + BASE)) == ()
    for _, edits, *_ in EDITS:
        new = schema(tmp_path, changed(*edits))
        assert version_of(new) != version_of(base)
        assert differences(base, new)
        assert differences(new, base)


def test_migrations_are_no_part_of_the_version(base: type[Schema], tmp_path: Path) -> None:
    assert version_of(schema(tmp_path, declared(BASE, f'Migration("{"0" * 12}")'))) == version_of(base)
    del base


def test_declared_names_lead_every_kind_of_answer(base: type[Schema], tmp_path: Path) -> None:
    edits = [
        ('"a"', '"alpha"'),
        ('"x"', '"ex"'),
        ("law", "statute"),
        ('"party"', '"actor"'),
        ('"buyer"', '"payer"'),
        ('"pays"', '"owes"'),
    ]
    edits += [
        ("    role:", "    part:"),
        ("    marks:", "    spans_:"),
        ('between="marks"', 'between="spans_"'),
        ("    stars:", "    rating:"),
    ]
    edits += [
        ("self.note", "getattr(self, 'none', None)"),
        ('    note: str | None = asked("Note", "备注", max_length=80)\n', ""),
    ]
    link = (
        f'Migration("{version_of(base)}", fields={{"marks.role": "spans_.part", "marks": "spans_", "stars": "rating"}},'
        " labels={"
        '"kind": {"a": "alpha"}, "tags": {"x": "ex"}, "place": {"law": "statute"}, "spans_": {"party": "actor"},'
        ' "spans_.part": {"buyer": "payer"}, "links": {"pays": "owes"}}, dropped=("note",))'
    )
    new = schema(tmp_path, declared(changed(*edits), link))
    migrated = migrate(base, new, full(), TEXT)
    assert migrated.faults == ()
    buyer, seller = span(4, 9, "actor"), span(19, 25, "actor")
    assert migrated.answer == {
        "kind": "alpha",
        "tags": ["ex", "y"],
        "place": "statute/tax",
        "spans_": [{**buyer, "part": "payer"}, {**seller, "part": "seller"}, span(29, 34, "date", part=None)],
        "links": [{"head": buyer, "tail": seller, "label": "owes"}],
        "rating": 5,
    }
    effects = {one.effect for one in differences(base, new) if "rule" not in one.change}
    assert effects == {VALID}


OTHER = {"a": "alpha", "x": "ex", "party": "actor", "buyer": "payer", "pays": "owes", "law": "statute"}
FORTH = {"marks.role": "spans_.part", "marks": "spans_", "stars": "rating"}
LABELS = {"kind": "a", "tags": "x", "place": "law", "spans_": "party", "spans_.part": "buyer", "links": "pays"}


@st.composite
def answers(draw: st.DrawFn) -> dict[str, Any]:
    """A valid answer to the base."""
    places = draw(st.lists(st.sampled_from([(0, 3), (4, 9), (10, 14), (19, 25), (29, 34)]), unique=True))
    roles = st.sampled_from(["buyer", "seller", None])
    marks = [span(*place, draw(st.sampled_from(["date", "party"])), role=draw(roles)) for place in sorted(places)]
    bare = [{name: mark[name] for name in ("start", "end", "text", "label")} for mark in marks]
    links = [{"head": bare[0], "tail": bare[1], "label": "pays"}] if len(bare) > 1 and draw(st.booleans()) else []
    return {
        "kind": draw(st.sampled_from("abc")),
        "tags": sorted(draw(st.sets(st.sampled_from("xyz")))),
        "place": draw(st.sampled_from(["law", "law/tax", "fact", None])),
        "marks": marks,
        "links": links,
        "stars": draw(st.sampled_from([None, 1, 5])),
        "note": draw(st.sampled_from([None, "n"])),
    }


@pytest.fixture(scope="module")
def there_and_back(tmp_path_factory: pytest.TempPathFactory) -> tuple[type[Schema], type[Schema], type[Schema]]:
    """The base, a version in which all that can be renamed is, and the base again with the way back."""
    folder = tmp_path_factory.mktemp("schemas")
    base = schema(folder, BASE)
    edits = [(f'"{old}"', f'"{new}"') for old, new in OTHER.items() if old != "law"] + [("law", "statute")]
    edits += [("    role:", "    part:"), ("    marks:", "    spans_:"), ('="marks"', '="spans_"')]
    forth = {field: {label: OTHER[label]} for field, label in LABELS.items()}
    link = f'Migration("{version_of(base)}", fields={FORTH!r}, labels={forth!r})'
    other = schema(folder, declared(changed(*edits, ("    stars:", "    rating:")), link))
    back_fields = {new: old for old, new in FORTH.items()}
    back = {back_fields.get(field, field): {OTHER[label]: label} for field, label in LABELS.items()}
    again = schema(folder, declared(BASE, f'Migration("{version_of(other)}", fields={back_fields!r}, labels={back!r})'))
    return base, other, again


@given(answer=answers())
def test_a_declared_way_there_and_one_back_give_the_same_answer(
    there_and_back: tuple[type[Schema], type[Schema], type[Schema]], answer: dict[str, Any]
) -> None:
    base, other, again = there_and_back
    there = migrate(base, other, answer, TEXT)
    assert there.faults == ()
    assert there.answer["kind"] in {"alpha", "b", "c"}
    assert all(mark["label"] in {"actor", "date"} for mark in there.answer["spans_"])
    assert migrate(other, again, there.answer, TEXT) == (answer, ())


def test_declarations_are_followed_from_version_to_version(base: type[Schema], tmp_path: Path) -> None:
    second_source = changed(('"c"', '"d"'), ("    stars:", "    rating:"))
    first_link = f'Migration("{version_of(base)}", fields={{"stars": "rating"}}, labels={{"kind": {{"c": "d"}}}})'
    second = schema(tmp_path, declared(second_source, first_link))
    second_link = (
        f'Migration("{version_of(second)}", fields={{"rating": "score", "kind": "sort"}},'
        ' split={"sort": {"d": ("e", "f")}}, dropped=("note",))'
    )
    third_source = (
        second_source.replace("    rating:", "    score:")
        .replace("    kind:", "    sort:")
        .replace('["a", "b", "d"]', '["a", "b", "e", "f"]')
    )
    third_source = third_source.replace('"d": ("C", "丙")', '"e": ("E", "戊"), "f": ("F", "己")')
    third = schema(tmp_path, declared(third_source, first_link, second_link))
    migrated = migrate(base, third, full(), TEXT)
    assert migrated.faults == ()
    assert (migrated.answer["sort"], migrated.answer["score"], migrated.answer["note"]) == ("a", 5, None)
    migrated = migrate(base, third, full(kind="c"), TEXT)
    assert [(one.field, one.code, one.expected) for one in migrated.faults] == [
        ("sort", "MIGRATE-SPLIT", "one of: e, f")
    ]
    assert migrated.answer["sort"] is None
    assert migrated.answer["score"] == 5
    assert migrate(second, third, full() | {"rating": 4}, TEXT).answer["score"] == 4


# what the newer file declares; the answer to the older; the code, the field, and what of it is left to begin from
SPLIT = {
    "kind": ({"kind": "c"}, None),
    "tags": ({"tags": ["x", "z"]}, ["x"]),
    "marks": (
        {"marks": [span(4, 9, "party", role=None), span(29, 34, "date", role=None)]},
        [span(29, 34, "date", role=None)],
    ),
}


@pytest.mark.parametrize("field", SPLIT)
def test_a_split_label_leaves_the_rest_and_names_the_candidates(base: type[Schema], tmp_path: Path, field: str) -> None:
    old = {"kind": '"c"', "tags": '"z"', "marks": '"party"'}[field]
    labelled = {
        "kind": ('"c": ("C", "丙")', '"c1": ("C1", "丙一"), "c2": ("C2", "丙二")'),
        "tags": ('"z": ("Z", "寅")', '"c1": ("C1", "丙一"), "c2": ("C2", "丙二")'),
        "marks": ('"party": ("Party", "当事人")', '"c1": ("C1", "丙一"), "c2": ("C2", "丙二")'),
    }[field]
    edits = [labelled, *([(old + "]", '"c1", "c2"]')] if field != "marks" else [])]
    link = f'Migration("{version_of(base)}", split={{"{field}": {{{old}: ("c1", "c2")}}}})'
    new = schema(tmp_path, declared(changed(*edits), link))
    answered, left = SPLIT[field]
    migrated = migrate(base, new, full(links=[]) | answered, TEXT)
    assert [(one.code, one.field, one.expected) for one in migrated.faults] == [
        ("MIGRATE-SPLIT", field, "one of: c1, c2")
    ]
    assert migrated.answer[field] == left
    assert migrated.answer["stars"] == 5


def test_two_labels_may_become_one(base: type[Schema], tmp_path: Path) -> None:
    new = schema(
        tmp_path,
        declared(
            changed(('"x", "y", "z"', '"w", "z"'), ('"x": ("X", "子"), "y": ("Y", "丑")', '"w": ("W", "子丑")')),
            f'Migration("{version_of(base)}", labels={{"tags": {{"x": "w", "y": "w"}}}})',
        ),
    )
    assert migrate(base, new, full(), TEXT) == (full(tags=["w"]), ())


def test_what_nobody_declared_is_a_problem_and_the_rest_is_kept(base: type[Schema], tmp_path: Path) -> None:
    edits = [
        ('"a", "b"', '"b"'),
        ('"a": ("A", "甲"), ', ""),
        ("    stars:", "    extra: str = asked('E', '额')\n    rating:"),
    ]
    migrated = migrate(base, schema(tmp_path, changed(*edits)), full(), TEXT)
    found = {(one.code, one.field) for one in migrated.faults}
    assert found == {("MIGRATE-INVALID", "kind"), ("MIGRATE-INVALID", "stars"), ("MIGRATE-MISSING", "extra")}
    assert (migrated.answer["kind"], migrated.answer["extra"], migrated.answer["note"]) == (None, None, "fine")
    assert len(migrated.answer["marks"]) == 3


# declarations with a mistake, and words of the fault
MISTAKES = [
    ("Migration('short')", "12 digits"),
    ("Migration('0' * 12), Migration('0' * 12)", "named 2 times"),
    ("Migration('0' * 12, fields={'old': 'nothing'})", "'nothing', which is no field"),
    ("Migration('0' * 12, labels={'nothing': {'a': 'b'}})", "labels of 'nothing'"),
    ("Migration('0' * 12, labels={'stars': {'a': 'b'}})", "labels of 'stars'"),
    ("Migration('0' * 12, labels={'kind': {'old': 'nothing'}})", "'nothing' is no label of 'kind'"),
    ("Migration('0' * 12, split={'kind': {'old': ('a', 'nothing')}})", "'nothing' is no label of 'kind'"),
    ("Migration('0' * 12, split={'kind': {'old': ('a',)}})", "two or more"),
    ("Migration('0' * 12, split={'kind': {'old': 'ab'}})", "two or more"),
    ("Migration('0' * 12, fields={'kind': 'kind'}, dropped=('kind',))", "renamed and dropped"),
    ("Migration('0' * 12, fields={'p': 'kind', 'q': 'kind'})", "2 fields become 'kind'"),
    ("Migration('0' * 12, labels={'kind': {'q': 'a'}}, split={'kind': {'q': ('a', 'b')}})", "renamed and split"),
    ("Migration('0' * 12, fields={'sort': 'kind'}, labels={'sort': {'q': 'a'}})", "it is called 'kind' from here on"),
    ("Migration('0' * 12, dropped='kind')", "with the comma"),
    ("Migration('0' * 12, labels={'kind': 'a'})", "{'field': {'old label': 'new label'}}"),
    ("Migration('0' * 12, fields={'p': 'q'}), Migration('1' * 12, fields={'q': 'r'})", "'q', which is no field"),
    ("'0' * 12", "no tuple of Migration"),
]


@pytest.mark.parametrize(("links", "words"), MISTAKES)
def test_a_mistake_in_a_declaration_is_told_in_its_authors_words(tmp_path: Path, links: str, words: str) -> None:
    path = tmp_path / "s.py"
    path.write_text(declared(BASE, links), encoding="utf-8")
    faults = check_schema(path)
    assert any(words in f"{fault.found}; {fault.expected}" for fault in faults), faults
    assert {fault.field for fault in faults} == {"migrations"}


def test_a_migration_from_the_present_version_would_lead_round(base: type[Schema], tmp_path: Path) -> None:
    path = tmp_path / "s.py"
    path.write_text(declared(BASE, f'Migration("{version_of(base)}")'), encoding="utf-8")
    assert "what this file asks now" in check_schema(path)[0].found


@pytest.mark.parametrize(
    "link",
    [
        "Migration('0' * 12, fields={'p': 'q'}), Migration('1' * 12, dropped=('q',))",
        "Migration('0' * 12, labels={'kind': {'old': 'c9'}}), Migration('1' * 12, labels={'kind': {'c9': 'c'}})",
        "Migration('0' * 12)",
    ],
)
def test_a_name_may_lead_on_through_later_migrations(tmp_path: Path, link: str) -> None:
    path = tmp_path / "s.py"
    path.write_text(declared(BASE, link), encoding="utf-8")
    assert check_schema(path) == ()


@pytest.mark.parametrize(
    "line",
    [
        "import helper",
        "from . import words",
        "from helper.words import W",
        "import toolkit.tasks",
        "from toolkit import tasks",
        "import numpy as np",
        "from toolkit.schemas import x",
    ],
)
def test_a_schema_imports_nothing_that_its_copy_could_miss(tmp_path: Path, line: str) -> None:
    path = tmp_path / "s.py"
    path.write_text(f"{line}\n{BASE}", encoding="utf-8")
    (fault,) = check_schema(path)
    assert fault.found.startswith("line 1: the import of")
    assert "a round keeps this file alone" in fault.expected


@pytest.mark.parametrize(
    "line",
    [
        "import datetime, re",
        "from __future__ import annotations",
        "from toolkit import schema",
        "import pydantic.types",
        "from toolkit.schema.field import Field",
    ],
)
def test_what_every_copy_has_may_be_imported(tmp_path: Path, line: str) -> None:
    path = tmp_path / "s.py"
    path.write_text(f"{line}\n{BASE}", encoding="utf-8")
    assert check_schema(path) == ()
