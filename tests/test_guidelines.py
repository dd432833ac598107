"""Guidelines: one page from what the team wrote and what the schema says, one version, and a round keeps its own."""

import re
import uuid
from pathlib import Path

import pytest
from annotator import GUIDELINE, Annotator
from browser import browser, chromium
from hypothesis import given
from hypothesis import strategies as st
from round_on_disk import answer, passages_of, pulled

from toolkit.annotations import guideline_html, guideline_of, schemas_guideline, schemas_show
from toolkit.annotations.guideline import Guideline, version_of_page
from toolkit.annotations.guideline.wording import worded
from toolkit.catalog import (
    builtin,
    find_schema,
    guideline_file,
    list_schemas,
    names_label,
    read_guideline,
    schemas_check,
)
from toolkit.errors import ToolkitError
from toolkit.pipeline.trace import trace
from toolkit.rounds import round_status
from toolkit.rounds.confusion import Confusion
from toolkit.rounds.guideline import passages_to_sharpen, sentences_of
from toolkit.rounds.issued import newer_guideline, page_in_force, version_at
from toolkit.rounds.plan import Issue, Plan, load_plan, load_tasks
from toolkit.schema import fields_of
from toolkit.studio import connect, push, studio_user_add
from toolkit.studio.local.accounts import StudioUserResult
from toolkit.studio.push import PushResult
from toolkit.workspace import Workspace, init, write_jsonl

ABOVE_OTHERS = {"category/medical", "category/finance", "also/medical", "also/finance"}
"""Upper places of a tree: the rule for *Law* goes for all three."""
WRITTEN = "Use `a` against `b`: A is first.\n\n---\n\n`a` 与 `b`：先甲。\n"


@pytest.fixture
def sample(tmp_path: Path) -> Workspace:
    """A workspace of a name of its own, with passages and a schema of the team's."""
    folder = tmp_path / f"w-{uuid.uuid4().hex[:8]}"
    init(folder, policy="none")
    made = Workspace(folder)
    passages_of(made)
    return made


@pytest.fixture(scope="module")
def account(studio_home: Workspace) -> StudioUserResult:
    """An annotator's log-in on the session's server."""
    return studio_user_add(studio_home, name="ann")


def write(workspace: Workspace, text: str = WRITTEN, name: str = "sample") -> Path:
    file = workspace.root / "schemas" / f"{name}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())
    return file


def page(workspace: Workspace, name: str = "sample") -> Guideline:
    return guideline_of(find_schema(name, workspace), workspace)


def pushed(workspace: Workspace, **options: object) -> PushResult:
    given = {"round": "r", "annotators": ("ann",), "schema": "sample", "file": workspace.root / "out"} | options
    return push(workspace, **given)  # type: ignore[arg-type]


def test_what_the_team_wrote_stands_before_the_fields_in_its_own_language(sample: Workspace) -> None:
    derived = page(sample).text
    write(sample)
    text = page(sample).text
    en, _, zh = text.partition("\n---\n")
    assert en.index("A is first.") < en.index("## Fields and labels") < en.index("### Kind")
    assert zh.index("先甲。") < zh.index("## 字段与标签") < zh.index("### 类型")
    assert text.count("A is first.") == text.count("先甲。") == 1
    assert set(derived.splitlines()) <= set(text.splitlines())


def test_a_heading_of_the_teams_takes_the_place_of_the_title(sample: Workspace) -> None:
    write(sample, "# Ours\n\nBe exact.\n\n---\n\n# 我们的\n\n要准确。\n")
    assert re.findall(r"^# (.*)$", page(sample).text, re.MULTILINE) == ["Ours", "我们的"]


@pytest.mark.parametrize("text", ["Only one language.\n", "a\n\n---\n\nb\n\n---\n\nc\n"])
def test_what_has_no_two_halves_is_for_all_readers_and_stands_first(sample: Workspace, text: str) -> None:
    write(sample, text)
    assert page(sample).text.startswith(text.rstrip("\n"))
    assert any("---" in one for one in schemas_check(file=sample.root / "schemas" / "sample.py").warnings)


def test_a_line_under_a_title_or_in_code_parts_no_languages(sample: Workspace) -> None:
    write(sample, "Title\n---\n\n```\n\n---\n\n```\n\nEnglish\n\n---\n\n中文\n")
    read = read_guideline(sample.root / "schemas" / "sample.md")
    assert (read.en.endswith("English"), read.zh) == (True, "中文")


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_the_version_is_of_the_words_and_not_of_line_ends(sample: Workspace, end: str) -> None:
    write(sample)
    before = page(sample)
    write(sample, "\ufeff" + WRITTEN.replace("\n", end))
    assert page(sample) == before
    write(sample, WRITTEN.replace("first", "last"))
    assert page(sample).version != before.version


@given(st.text())
def test_a_page_with_other_line_ends_has_the_same_version(text: str) -> None:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    assert (
        version_of_page(plain.replace("\n", "\r\n"))
        == version_of_page(plain.replace("\n", "\r"))
        == version_of_page(plain)
    )


def test_a_sharpened_guideline_is_no_new_schema(sample: Workspace) -> None:
    before = find_schema("sample", sample).version
    write(sample)
    assert find_schema("sample", sample).version == before


def test_a_workspace_has_its_own_guideline_for_a_built_in_schema(sample: Workspace) -> None:
    name = "legal/contract_clauses"
    assert guideline_file(name, sample) == builtin("schemas") / f"{name}.md"
    own = write(sample, name=name)
    assert guideline_file(name, sample) == own
    assert "A is first." in schemas_show(sample, name=name, as_="guideline").text
    assert "A is first." not in schemas_show(None, name=name, as_="guideline").text


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a\0b", b"x" * 200_001])
def test_what_nobody_can_read_is_refused(sample: Workspace, content: bytes) -> None:
    write(sample).write_bytes(content)
    with pytest.raises(ToolkitError) as caught:
        page(sample)
    assert caught.value.code == "GUIDELINE-BROKEN"


def test_check_tells_labels_that_are_not_there_and_labels_that_no_rule_names(sample: Workspace) -> None:
    write(sample, "Use `a`, not `bb` or `kind/c`; `marks` of a *Party*.\n\n---\n\n“甲”优先。\n")
    checked = schemas_check(file=sample.root / "schemas" / "sample.py")
    (warning,) = checked.warnings
    assert "line 1" in warning
    assert "`bb`" in warning
    assert (checked.ok, checked.problems) == (True, 0)
    assert checked.unmentioned == ("kind/b", "marks/date")


@pytest.mark.parametrize("name", [listed.name for listed in list_schemas(None)])
def test_built_in_guidelines_name_their_own_labels_and_say_the_same_twice(name: str) -> None:
    found = find_schema(name, None)
    checked = schemas_check(file=found.path)
    assert checked.warnings == ()
    assert checked.guideline is not None
    assert not [label for label in checked.unmentioned if label not in ABOVE_OTHERS]
    written = read_guideline(Path(checked.guideline))
    assert re.search(r"[\u4e00-\u9fff]", re.sub(r"[“\"][^”\"]*[”\"]", "", written.en)) is None
    for sign in (r"^## ", r"^- ", r"^> .*(?:\n>.*)*"):
        counted = [len(re.findall(sign, text, re.MULTILINE)) for text in (written.en, written.zh)]
        assert counted[0] == counted[1] > 0, sign
    told = [re.findall(r"^- (.*?)[:：]", text, re.MULTILINE) for text in (written.en, written.zh)]
    labels = [[sorted(set(re.findall(r"`([^`]+)`", one))) for one in half if "`" in one] for half in told]
    assert labels[0] == labels[1]


@pytest.mark.parametrize("name", [listed.name for listed in list_schemas(None)])
def test_examples_of_built_in_guidelines_mark_words_of_their_own_passage(name: str) -> None:
    found = find_schema(name, None)
    marked = {label.value for field in fields_of(found.model) if field.kind == "spans" for label in field.labels}
    file = guideline_file(name, None)
    assert file is not None
    written = read_guideline(file)
    counts = []
    for half in (written.en, written.zh):
        _, *parts = re.split(r"^((?:> .*\n)+)", half, flags=re.MULTILINE)
        quoted = [
            (label.rpartition("/")[2], words, passage)
            for passage, about in zip(parts[::2], parts[1::2], strict=True)
            for label, words in re.findall(r"`([^`]+)`\s?[\"“]([^\"”]+)[\"”]", about)
        ]
        wrong = [
            words
            for label, words, passage in quoted
            if label in marked and _run_on(words) not in _run_on(passage.replace("\n> ", "\n"))
        ]
        assert wrong == []
        counts.append([label for label, _, _ in quoted if label in marked])
    assert sorted(counts[0]) == sorted(counts[1])
    assert counts[0] or not marked or name == "finance/report_qa"


def _run_on(text: str) -> str:
    return "".join(text.removeprefix("> ").split()).casefold()


def test_guidelines_are_no_schemas(sample: Workspace) -> None:
    write(sample)
    assert [row.name for row in list_schemas(sample) if row.where == "workspace"] == ["sample"]


def test_html_holds_nothing_that_loads_or_leads_away() -> None:
    text = "# A\n\n<script>x()</script> [site](http://e.org) ![pic](http://e.org/p.png) <http://e.org/q>\n\n|a|\n|-|\n|b|\n"
    html = guideline_html(Guideline(text, "0123456789ab"))
    tags = sorted(set(re.findall(r"<(?!/)(\w+)", html)))
    assert tags == ["code", "div", "h1", "hr", "p", "style", "table", "tbody", "td", "th", "thead", "tr"]
    assert "site" in html
    assert "pic" in html
    assert "href" not in html
    assert "0123456789ab" in html


def test_lines_of_a_chinese_paragraph_are_joined_without_a_blank() -> None:
    html = guideline_html(Guideline("甲、\n乙 `c`\n丙\nA\nB\n", "0123456789ab"))
    assert "<p>甲、乙 <code>c</code>\n丙\nA\nB</p>" in html


def test_labels_stand_in_the_page_by_their_wording_where_they_are_first_named(sample: Workspace) -> None:
    write(sample, "## On `a`\n\n- `party` and `a`,\n  not `party`: `kind/b`\n- `party`\n\n---\n\n`party` 与`a`。\n")
    en, _, zh = page(sample).text.partition("\n---\n")
    assert "- **Party** (`party`) and **A** (`a`),\n  not `party`: **B** (`kind/b`)\n- **Party** (`party`)\n" in en
    assert "## On `a`\n" in en
    assert "**当事人**（`party`）与**甲**（`a`）。" in zh


def test_a_value_that_two_fields_word_differently_stays_as_it_is() -> None:
    text = worded("`other`, `case_type/other`, `granted`", find_schema("legal/judgment_elements", None).model, "en")
    assert text == "`other`, **Other, or cannot be told** (`case_type/other`), **Claims granted** (`granted`)"


def test_a_round_keeps_its_page_until_the_lead_renews_it(sample: Workspace) -> None:
    write(sample)
    first = pushed(sample)
    assert (first.guideline_version, first.guideline_newer) == (page(sample).version, None)
    assert pushed(sample).changed is False
    old = page(sample)
    write(sample, WRITTEN.replace("first", "last"))
    kept = pushed(sample)
    assert kept.changed is False
    assert kept.guideline_version == old.version
    assert page(sample).version in (kept.guideline_newer or "")
    assert newer_guideline(sample, load_plan(sample, "r")) == page(sample).version
    assert round_status(sample, round="r").guideline_newer == kept.guideline_newer
    assert schemas_show(sample, name="round:r", as_="guideline").text == old.text
    assert "A is first." in (sample.root / "out" / "guideline.md").read_text(encoding="utf-8")
    renewed = pushed(sample, renew_guideline=True)
    assert (renewed.changed, renewed.guideline_version, renewed.guideline_newer) == (True, page(sample).version, None)
    plan = load_plan(sample, "r")
    assert [one.version for one in plan.guidelines] == [old.version, page(sample).version]
    assert page_in_force(sample, plan) == page(sample)
    assert (sample.round("r") / f"guideline-{old.version}.md").read_text(encoding="utf-8") == old.text
    assert "A is last." in (sample.root / "out" / "guideline.html").read_text(encoding="utf-8")
    assert pushed(sample, renew_guideline=True).changed is False


def test_a_kill_while_renewing_leaves_the_round_its_page(sample: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    write(sample)
    pushed(sample)
    old = page(sample)
    write(sample, WRITTEN.replace("first", "last"))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("toolkit.studio.opening.write_json", killed)
        with pytest.raises(KeyboardInterrupt):
            pushed(sample, renew_guideline=True)
    assert page_in_force(sample, load_plan(sample, "r")) == old
    assert pushed(sample).guideline_version == old.version
    assert (sample.round("r") / "guideline.md").read_text(encoding="utf-8") == old.text


def test_a_kept_page_that_somebody_changed_is_not_passed_off_as_the_rounds(sample: Workspace) -> None:
    write(sample)
    pushed(sample)
    write(sample, "Other.\n")
    (sample.round("r") / "guideline.md").write_text("Mine.\n", encoding="utf-8")
    with pytest.raises(ToolkitError) as caught:
        pushed(sample)
    assert caught.value.code == "GUIDELINE-DRIFT"


def test_an_answer_was_given_under_the_version_of_its_time() -> None:
    plan = Plan(
        name="r",
        schema_name="s",
        schema_version="v",
        views=("source",),
        annotators=("ann",),
        overlap=1,
        size=None,
        guidelines=(Issue(version="one"), Issue(version="two", since="2026-01-02T10:00:00Z")),
    )
    times = ("2026-01-02T09:59:59.9Z", "2026-01-02T10:00:00.1Z", "2026-01-03T00:00:00Z")
    assert [version_at(plan, time) for time in times] == ["one", "two", "two"]
    assert version_at(plan.model_copy(update={"guidelines": ()}), times[0]) is None


RULES = """\
# Sample

## Which kind

Take `a` for money. In case of doubt between `a` and *B*, ask who pays.
Everything else is discussed below.

- “丙”只用于其余情形。甲方不是标签。

### Marks

- Party: who signs.

- **A** (`a`)
"""


def test_sentences_that_name_a_label_are_found_with_line_and_heading(sample: Workspace) -> None:
    kind = next(field for field in fields_of(find_schema("sample", sample).model) if field.name == "kind")
    found = [one for one in sentences_of(RULES) if any(names_label(one.text, label) for label in kind.labels)]
    assert [(one.line, one.heading, one.language, one.text) for one in found] == [
        (5, "Which kind", "en", "Take `a` for money."),
        (5, "Which kind", "en", "In case of doubt between `a` and *B*, ask who pays."),
        (8, "Which kind", "zh", "- “丙”只用于其余情形。"),
    ]
    assert [one.line for one in sentences_of(RULES)] == [1, 3, 5, 5, 6, 8, 8, 10, 12]


def test_a_label_is_named_in_the_words_before_a_colon_too() -> None:
    found = find_schema("legal/contract_clauses", None)
    (kind,) = (field for field in fields_of(found.model) if field.name == "clause_type")
    labels = {label.value: label for label in kind.labels}
    for text in (
        "- `term` or `termination`: see",
        "Termination: see",
        "see `clause_type/termination`",
        "*Termination*",
    ):
        assert names_label(text, labels["termination"], "clause_type"), text
    for text in ("on termination of this", "`key_terms/termination`", "the terms: `term`"):
        assert not names_label(text, labels["termination"], "clause_type"), text


def test_a_pair_that_no_sentence_tells_apart_is_a_finding(sample: Workspace) -> None:
    fields = fields_of(find_schema("sample", sample).model)
    confused = [
        Confusion(field=field, labels=labels, count=count, passages=())
        for field, labels, count in (("kind", ("a", "b"), 9), ("kind", ("b", "c"), 4), ("marks", ("date", "party"), 2))
    ]
    both, apart, marks = passages_to_sharpen(confused, RULES, fields)
    assert ([one.line for one in both.rules], [one.line for one in both.mentions], both.silent) == ([5], [5], False)
    assert (apart.rules, [one.line for one in apart.mentions], apart.silent) == ((), [5, 8], True)
    assert (marks.count, [one.text for one in marks.mentions], marks.silent) == (2, ["- Party: who signs."], True)
    assert len(passages_to_sharpen(confused, RULES, fields, most=1)) == 1


def test_a_rule_about_two_labels_comes_before_one_that_lists_all(sample: Workspace) -> None:
    fields = fields_of(find_schema("sample", sample).model)
    rules = "First `a`, then `b`, then `c`.\n\n`a` beats `b`.\n\n---\n\n先选“甲”，\n再选“乙”。\n"
    (found,) = passages_to_sharpen([Confusion(field="kind", labels=("a", "b"), count=1, passages=())], rules, fields)
    assert [one.text for one in found.rules] == [
        "`a` beats `b`.",
        "先选“甲”，再选“乙”。",
        "First `a`, then `b`, then `c`.",
    ]


def test_a_guideline_begins_with_every_label_and_is_never_overwritten(sample: Workspace) -> None:
    begun = schemas_guideline(sample, name="sample")
    assert (begun.changed, Path(begun.file)) == (True, sample.root / "schemas" / "sample.md")
    checked = schemas_check(file=sample.root / "schemas" / "sample.py")
    assert (checked.warnings, checked.unmentioned) == ((), ())
    assert "哪些属于" in page(sample).text.partition("\n---\n")[2]
    write(sample, "Mine.\n")
    assert schemas_guideline(sample, name="sample").changed is False
    assert Path(begun.file).read_text(encoding="utf-8") == "Mine.\n"


def test_a_built_in_guideline_is_copied_to_be_edited(sample: Workspace) -> None:
    begun = schemas_guideline(sample, name="generic/classification")
    assert Path(begun.file) == sample.root / "schemas" / "generic" / "classification.md"
    assert (
        page(sample, "generic/classification").text
        == schemas_show(None, name="generic/classification", as_="guideline").text
    )


def test_lineage_names_the_guideline_under_which_an_answer_was_given(sample: Workspace) -> None:
    pushed(sample)
    version = page(sample).version
    (first, *_) = load_tasks(sample, "r")
    write_jsonl(sample.round("r") / "annotations.jsonl", [pulled(first, answer()).model_dump(mode="json")])
    found = trace(sample, first.id)
    assert [link.facts["guideline"] for link in found.forward if link.noun == "annotation"] == [version]


@pytest.mark.skipif(chromium() is None, reason="no browser is installed")
def test_annotators_see_the_guideline_before_they_label_and_the_renewed_one_after(
    account: StudioUserResult, studio: str, sample: Workspace, tmp_path: Path
) -> None:
    write(sample, WRITTEN + "\n<img src=x onerror=alert(1)>\n")
    project = pushed(sample, file=None).projects["ann"]
    with browser() as chrome:
        ann = Annotator(chrome.page(), studio)
        ann.log_in(account.email, account.password)
        shown = _dialog(ann, project, tmp_path / "guideline.png")
        en, zh = shown.index("A is first."), shown.index("先甲。")
        assert en < shown.index("Fields and labels") < zh < shown.index("字段与标签")
        assert shown.index("onerror") > zh
        assert page(sample).version in shown
        assert (
            ann.page.look("() => getComputedStyle(document.querySelector('.sft-guideline ul')).listStyleType") == "disc"
        )
        assert ann.page.look("(css) => document.querySelectorAll(css).length", ".sft-guideline img") == 0
        ann.open(project)
        assert ann.page.count(GUIDELINE) == 0
        write(sample, WRITTEN.replace("first", "last"))
        assert pushed(sample, file=None).changed is False
        assert "A is first." in _dialog(ann, project, tmp_path / "kept.png")
        assert pushed(sample, file=None, renew_guideline=True).changed is True
        shown = _dialog(ann, project, tmp_path / "renewed.png")
        assert "A is last." in shown
        assert page(sample).version in shown


def test_a_renewal_that_was_killed_before_the_server_heard_of_it_arrives_with_the_next_push(
    studio: str, sample: Workspace
) -> None:
    write(sample)
    project = pushed(sample, file=None).projects["ann"]
    write(sample, WRITTEN.replace("first", "last"))
    pushed(sample, renew_guideline=True)  # into files: the server is not asked
    server = connect(sample)
    assert server.url == studio
    assert "A is last." not in str(server.get(f"/api/projects/{project}/", {})["expert_instruction"])
    pushed(sample, file=None)
    told = server.get(f"/api/projects/{project}/", {})
    assert ("A is last." in told["expert_instruction"], told["show_instruction"]) == (True, True)


def _dialog(ann: Annotator, project: int, picture: Path) -> str:
    ann.page.goto(f"{ann.url}/projects/{project}/data?labeling=1")
    ann.page.where(GUIDELINE)
    ann.page.settle("the guideline")
    ann.page.picture(picture)
    return ann.page.text(GUIDELINE)
