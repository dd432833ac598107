"""The command line: one module a command. This one holds the group, which imports a command only to run it."""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click

from toolkit import __version__

COMMANDS = {
    "init": "Make a workspace.",
    "doctor": "Check the environment.",
    "status": "Where every noun stands, and what to do next.",
    "ingest": "Files to documents.",
    "segment": "Documents to passages.",
    "schemas": "List, show, check and compare schemas.",
    "studio": "The local Label Studio.",
    "push": "Passages to annotation tasks: open or continue a round.",
    "pull": "Annotations back, verified.",
    "round": "List, watch, report on and adjudicate rounds.",
    "agreement": "Agreement in any table of ratings, without a workspace.",
    "validate": "Annotations to records.",
    "convert": "Records to a dataset.",
    "preflight": "What a trainer would really learn from a dataset.",
    "train": "Sanity fine-tune: does the data teach?",
    "trace": "From any row back to file, page and people.",
    "run": "A recipe: many steps, resumed where they stopped.",
    "demo": "The whole chain on bundled documents.",
}


class Place(NamedTuple):
    """What the options before the command say."""

    workspace: Path | None
    verbose: bool


class ChainGroup(click.Group):
    """Commands in the order of the chain, each imported when it is called or its own help is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the chain."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"toolkit.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve a command; an unknown one is answered with the nearest names."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS)
            meant = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands' list without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=ChainGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--workspace",
    type=click.Path(path_type=Path),
    help="Workspace folder. Default: the nearest parent with toolkit.yaml.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show a user error's traceback too.")
@click.version_option(__version__, prog_name="toolkit")
@click.pass_context
def group(ctx: click.Context, workspace: Path | None, verbose: bool) -> None:
    """Raw documents to SFT-ready data that a team can defend.

    documents -> passages -> tasks -> annotations -> records -> examples -> dataset -> training run
    """
    ctx.obj = Place(workspace, verbose)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; the one place where a ToolkitError becomes a message and an exit code."""
    # No outbound connection but to the configured Label Studio: the libraries below ask no hub and send no telemetry.
    for name in ("HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK", "HF_DATASETS_DISABLE_PROGRESS_BARS"):
        os.environ.setdefault(name, "1")
    try:
        group.main(args=arguments, prog_name="toolkit", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo(_stopped(), err=True)
        sys.exit(130)
    except Exception as error:
        from toolkit.errors import ToolkitError

        if not isinstance(error, ToolkitError):
            raise
        sys.exit(_explain(error, arguments if arguments is not None else sys.argv[1:]))


def _stopped() -> str:
    from toolkit.language import said

    return said("Stopped. The same command goes on from here.", "已停止。再次运行同一命令即可继续。")


def _explain(error: Any, arguments: list[str]) -> int:
    from toolkit.console import explain

    explain(error, as_json="--json" in arguments, verbose="-v" in arguments or "--verbose" in arguments)
    return int(error.exit_code)
