"""A useless schema file is reported in its author's words, field by field; nothing else of a workspace is run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from toolkit.errors import ToolkitError
from toolkit.schema import check_schema, load_schema, version_of

HEAD = """\
from typing import Literal
from pydantic import BaseModel, field_validator
from toolkit.schema import Bilingual, Schema, Span, asked

class Mine(Schema):
    title = Bilingual("Mine", "我的")
    instruction = Bilingual("Answer.", "作答。")
"""
GOOD = """\
    risk: Literal["low", "high"] = asked("Risk", "风险", labels={"low": ("Low", "低"), "high": ("High", "高")})
"""


def write(folder: Path, body: str, head: str = HEAD) -> Path:
    path = folder / "mine.py"
    path.write_text(head + body, encoding="utf-8")
    return path


def test_a_dozen_lines_make_a_schema(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    assert check_schema(path) == ()
    assert load_schema(path) is load_schema(path)
    assert not (tmp_path / "__pycache__").exists()


def _labels(pairs: str) -> str:
    return f'    risk: Literal["low", "high"] = asked("Risk", "风险", labels={{{pairs}}})\n'


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ("    when: complex = asked('When', '何时')\n", "when", "the type complex"),
        ("    when: Thing = asked('When', '何时')\nclass Thing:\n    pass\n", "", "line 8: NameError"),
        ("    when: object = asked('When', '何时')\n", "when", "the type object"),
        ("    when: memoryview = asked('When', '何时')\n", "when", "the type memoryview"),
        ("    when: str = asked('When', '何时', ge=1)\n", "when", "ge on a field of kind text"),
        ("    when: bool = asked('When', '何时', max_length=1)\n", "when", "no bounds"),
        ("    when: float = asked('When', '何时', min_length=1)\n", "when", "ge and le"),
        (GOOD + "    @field_validator('gone')\n    def _rule(cls, v): return v\n", "", "fields: Mine._rule"),
        ("    when: dict = asked('When', '何时')\n", "when", "the type dict"),
        ("    when: list[int] = asked('When', '何时')\n", "when", "list[int]"),
        ("    when: int | str = asked('When', '何时')\n", "when", "int | str"),
        ("    when: str\n", "when", "no titles"),
        ("    when: str = asked('When', '')\n", "when", "no Chinese wording"),
        ("    when: str = asked('W\\x00', '何时')\n", "when", "printable"),
        ("    text: str = asked('When', '何时')\n", "text", "choose another"),
        ("    true: str = asked('When', '何时')\n", "true", "boolean"),
        ("    when: Literal['true'] = asked('W', '何', labels={'true': ('T', '真')})\n", "when", "use bool"),
        ("    title: str = asked('When', '何时')\n", "title", "every schema has an attribute"),
        ("    copy: str = asked('When', '何时')\n", "copy", "every schema has an attribute"),
        ("    _when: str = asked('When', '何时')\n" + GOOD, "", "underscore"),
        ("    _when: str = 'x'\n" + GOOD, "_when", "underscore"),
        ("    when: list[Span] = asked('When', '何时')\n", "when", "no labels"),
        ("    when: list[Span] | None = asked('When', '何时', labels={'a': ('A', '甲')})\n", "when", "empty list"),
        ("    when: str = asked('When', '何时', labels={'a': ('A', '甲')})\n", "when", "remove labels"),
        ("    when: int = asked('When', '何时', ge=5, le=1)\n", "when", "from 5 to 1"),
        ("    when: Literal[1, 2] = asked('When', '何时')\n", "when", "quotation marks"),
        (_labels('"low": ("Low", "低")'), "risk", "no wording for 'high'"),
        (_labels('"low": ("L", "低"), "high": ("H", "高"), "x": ("X", "某")'), "risk", "not among"),
        (_labels('"low": ("L", "低"), "high": ("L", "低")'), "risk", "both called"),
        (_labels('"low": ("L", "低"), "high": ("H", "高"), "low": ("X", "某")'), "risk", "'low' is named twice"),
        (GOOD + GOOD, "risk", "2 times"),
        ("    pass\n", "", "no fields"),
        ("    when: str = asked('When', '何时', role='input')\n", "", "only fields with role='input'"),
        ("    when: str = asked('When', '何时'\n", "", "line 8"),
        ("    when: str = askd('When', '何时')\n", "", "line 8: NameError"),
        (GOOD + "class Other(Mine):\n    pass\nclass Third(Mine):\n    pass\n", "", "exactly one class"),
    ],
)
def test_a_useless_schema_is_reported_in_plain_words(tmp_path: Path, body: str, field: str, words: str) -> None:
    faults = check_schema(write(tmp_path, body))
    assert faults
    told = "\n".join(f"{fault.field}: {fault.found}; {fault.expected}" for fault in faults)
    assert words in told
    assert field in {fault.field for fault in faults}
    with pytest.raises(ToolkitError) as caught:
        load_schema(tmp_path / "mine.py")
    assert caught.value.code == "SCHEMA-BROKEN"


@pytest.mark.parametrize("missing", ["title", "instruction"])
def test_a_missing_title_is_reported(tmp_path: Path, missing: str) -> None:
    head = "\n".join(line for line in HEAD.splitlines() if f"    {missing} =" not in line) + "\n"
    (fault,) = check_schema(write(tmp_path, GOOD, head))
    assert fault.found == f"no {missing} in both languages"


def test_several_faults_are_reported_together(tmp_path: Path) -> None:
    faults = check_schema(write(tmp_path, "    a: str\n    b: dict = asked('B', '乙')\n"))
    assert [fault.field for fault in faults] == ["a", "b"]


def test_a_file_without_schema_or_at_all(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("x = 1\n")
    assert "none" in check_schema(tmp_path / "mine.py")[0].found
    with pytest.raises(ToolkitError) as caught:
        check_schema(tmp_path / "absent.py")
    assert caught.value.code == "SCHEMA-UNKNOWN"


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    before = version_of(load_schema(write(tmp_path, GOOD)))
    after = version_of(load_schema(write(tmp_path, GOOD.replace("风险", "危险"))))
    assert before != after


RULE = """
    @field_validator("risk")
    @classmethod
    def _check(cls, risk: str) -> str:
        return _same(risk)

def _same(risk: str) -> str:
    return risk
"""


def test_the_version_depends_on_rules_and_helpers_not_on_path_or_hash_seed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    first = write(tmp_path / "one", GOOD + RULE)
    second = write(tmp_path / "two", GOOD + RULE)
    program = (
        "import sys, json; from pathlib import Path; from toolkit.schema import load_schema, version_of;"
        "print(json.dumps([version_of(load_schema(Path(p))) for p in sys.argv[1:]]))"
    )
    seen = {
        version
        for seed in ("1", "2")
        for version in json.loads(
            subprocess.run(
                [sys.executable, "-c", program, str(first), str(second)],
                check=True,
                capture_output=True,
                env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent.parent)},
            ).stdout
        )
    }
    assert len(seen) == 1
    changed = write(tmp_path / "two", GOOD + RULE.replace("return risk\n", "return risk.strip()\n"))
    assert version_of(load_schema(changed)) not in seen
