"""The README says what is true: its schema works, its commands exist, and both languages name the same ones."""

import re
from pathlib import Path

import click
import pytest

from toolkit.annotations import labelling_config
from toolkit.cli import COMMANDS, group
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


PAGES = sorted(path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("README*.md"), *ROOT.glob("docs/*.md")])


def commands_in(text: str) -> list[list[str]]:
    """The words of every command line of ours, in backticks or indented; comments are cut off."""
    lines = re.findall(r"`(toolkit [^`]+)`", text) + re.findall(r"^    (toolkit .+)$", text, re.MULTILINE)
    return [line.split("  #")[0].split()[1:] for line in lines]


def command_of(words: list[str]) -> tuple[click.Command, str]:
    command: click.Command = group
    context = click.Context(group)
    path = []
    for word in words:
        if not isinstance(command, click.Group):
            break
        found = command.get_command(context, word)
        if found is None:
            break
        command, path = found, [*path, word]
    return command, " ".join(path)


@pytest.mark.parametrize("name", PAGES)
def test_every_command_line_in_the_documentation_has_the_options_that_it_names(name: str) -> None:
    for words in commands_in(text_of(name)):
        command, path = command_of(words)
        assert path, words
        known = {option for parameter in command.params for option in parameter.opts}
        unknown = {word for word in words if word.startswith("--")} - known - {"--json", "--help"}
        assert not unknown, f"{path}: {unknown}"


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_the_documentation_leads_to_a_file(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", text_of(name)):
        assert (ROOT / name).parent.joinpath(target).exists(), target


@pytest.mark.parametrize("name", [page for page in PAGES if not page.endswith(".zh.md")])
def test_both_languages_name_the_same_commands(name: str) -> None:
    other = name.replace(".md", ".zh.md")
    named = [{command_of(words)[1] for words in commands_in(text_of(page))} for page in (name, other)]
    missing = named[0] - named[1] if name.startswith("docs/") else set()
    assert not missing, missing
