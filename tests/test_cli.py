"""The command line keeps the contract: help, JSON, exit codes, one clear message for each mistake."""

import ast
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from toolkit.cli import COMMANDS, group
from toolkit.pipeline.verbs import VERBS, options_of

ROOT = Path(__file__).parent.parent
HEAVY = {"torch", "transformers", "peft", "pandas", "datasets", "label_studio_sdk", "pydantic", "rich", "yaml", "numpy"}


def toolkit(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LABEL_STUDIO", "TOOLKIT"))}
    return subprocess.run(
        [sys.executable, "-m", "toolkit", *arguments],
        cwd=cwd,
        env={**clean, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def commands() -> Iterator[tuple[str, click.Command]]:
    for name in COMMANDS:
        yield from leaves(name, import_module(f"toolkit.cli.{name}").command)


def leaves(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield name, command
        return
    for sub, found in command.commands.items():
        yield from leaves(f"{name} {sub}", found)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom toolkit.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print('\\n'.join(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "demo" in done.stdout
    assert not HEAVY & set(done.stdout.split())


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_the_help_of_every_command_imports_nothing_heavy_and_says_something(name: str) -> None:
    code = (
        "import sys\nfrom toolkit.cli import main\n"
        f"try: main({[*name.split(), '--help']!r})\nexcept SystemExit: pass\n"
        "print('MODULES', *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    shown, _, modules = done.stdout.partition("MODULES")
    assert len(shown.split()) > 12
    assert "--json" in shown
    assert not HEAVY & set(modules.split())


def test_every_command_has_a_json_option_and_help_for_every_option() -> None:
    for name, command in commands():
        options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
        assert any("--json" in option.opts for option in options), name
        assert all(option.help for option in options), name
        assert command.help, name


@pytest.mark.parametrize("verb", list(VERBS))
def test_a_verb_and_its_command_have_the_same_options(verb: str) -> None:
    command = dict(commands())[verb]
    of_command = {parameter.name for parameter in command.params} - {"as_json"}
    assert of_command == set(options_of(verb))
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name != "as_json":
            assert "--" + str(parameter.name).replace("_", "-") in parameter.opts


def test_an_option_that_must_be_given_is_required_on_both_sides() -> None:
    by_name = dict(commands())
    for verb in VERBS:
        needed = {name for name, option in options_of(verb).items() if option.default is inspect.Parameter.empty}
        required = {str(parameter.name) for parameter in by_name[verb].params if parameter.required}
        assert needed == required, verb


def test_an_unknown_command_names_the_near_ones() -> None:
    done = CliRunner().invoke(group, ["ingst"])
    assert done.exit_code == 2
    assert "ingest" in done.output


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (["status"], 1, "WORKSPACE-NONE"),
        (["ingest", "missing.pdf"], 1, "WORKSPACE-NONE"),
        (["--workspace", "nowhere", "status"], 1, "WORKSPACE-NONE"),
        (["schemas", "show", "legal/contract_claus"], 1, "SCHEMA-UNKNOWN"),
        (["init", "w", "--schema", "nothing"], 1, "SCHEMA-UNKNOWN"),
        (["init", "w", "--policy", "everything"], 1, "POLICY-UNKNOWN"),
    ],
)
def test_a_mistake_outside_a_workspace_is_one_message_with_a_hint(
    tmp_path: Path, arguments: list[str], exit_code: int, code: str
) -> None:
    done = toolkit(*arguments, cwd=tmp_path)
    assert done.returncode == exit_code, done.stderr
    assert code in done.stderr
    assert "Hint:" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (["ingest", "missing.pdf"], 1, "PATH-MISSING"),
        (["ingest", "raw"], 1, "PATH-EMPTY"),
        (["push", "--round", "r", "--schema", "nothing", "--annotators", "a"], 1, "SCHEMA-UNKNOWN"),
        (["push", "--round", "r", "--annotators", "a", "--overlap", "2"], 1, "OVERLAP"),
        (["run", "nothing"], 1, "RECIPE-UNKNOWN"),
        (["trace", "doc_0000000000000000"], 1, "ID-UNKNOWN"),
    ],
)
def test_a_mistake_in_a_workspace_is_one_message_with_a_hint(
    tmp_path: Path, arguments: list[str], exit_code: int, code: str
) -> None:
    assert toolkit("init", "w", "--schema", "legal/contract_clauses", "--policy", "none", cwd=tmp_path).returncode == 0
    done = toolkit(*arguments, cwd=tmp_path / "w")
    assert done.returncode == exit_code, done.stderr
    assert code in done.stderr
    assert "Traceback" not in done.stderr


def test_json_is_one_object_on_standard_output_also_for_errors(tmp_path: Path) -> None:
    made = toolkit("init", "w", "--json", cwd=tmp_path)
    assert json.loads(made.stdout)["workspace"].endswith("/w")
    failed = toolkit("status", "--json", cwd=tmp_path)
    assert json.loads(failed.stdout)["error"]["code"] == "WORKSPACE-NONE"
    assert json.loads(toolkit("schemas", "list", "--json", cwd=tmp_path).stdout)["schemas"]


def test_messages_come_in_chinese_when_asked(tmp_path: Path) -> None:
    done = toolkit("status", cwd=tmp_path, TOOLKIT_LANG="zh")
    assert "不是工作区" in done.stderr
    assert "建议" in done.stderr
    assert "不是工作区" in toolkit("status", cwd=tmp_path, LC_ALL="zh_CN.UTF-8").stderr


def test_every_message_to_the_user_is_given_in_both_languages() -> None:
    """Each ToolkitError is made with ``said(...)``, or with texts that were; a hint may be a bare command."""
    for file in sorted((ROOT / "toolkit").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ToolkitError":
                texts = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "hint")]
                literal = [
                    text
                    for text in texts
                    if isinstance(text, ast.Constant | ast.JoinedStr)
                    and not (isinstance(text, ast.Constant) and str(text.value).startswith(("pip ", "toolkit ")))
                ]
                assert not literal, f"{file.name}:{node.lineno}"


def test_doctor_names_what_it_looked_at(tmp_path: Path) -> None:
    checks = json.loads(toolkit("doctor", "--json", cwd=tmp_path).stdout)["checks"]
    assert {"python", "torch", "label-studio", "disk", "workspace"} <= {check["name"] for check in checks}


def test_text_from_outside_cannot_steer_the_terminal() -> None:
    from toolkit.console.words import plain

    assert plain("a\x1b[31m\u202e[bold]") == "a\\x1b[31m\\u202e[bold]"
