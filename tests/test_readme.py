"""The README says what is true: its schema works, its commands exist, and both languages name the same ones."""

import re
from pathlib import Path

import pytest

from toolkit.annotations import labelling_config
from toolkit.cli import COMMANDS
from toolkit.schema import check_schema, load_schema

ROOT = Path(__file__).parent.parent


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_schema_of_the_readme_makes_a_screen(tmp_path: Path) -> None:
    code = re.findall(r"```python\n(.*?)```", text_of("README.md"), re.DOTALL)
    assert len(code) == 1
    file = tmp_path / "ruling.py"
    file.write_text(code[0], encoding="utf-8")
    assert check_schema(file) == ()
    assert "胜诉方" in labelling_config(load_schema(file))


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_every_command_that_a_readme_names_exists(name: str) -> None:
    named = set(re.findall(r"`(?:[^`]*?)toolkit ([a-z]+)", text_of(name)))
    assert named <= set(COMMANDS)
    assert {"ingest", "segment", "push", "pull", "validate", "convert", "preflight", "train"} <= named
