"""The page of a dataset before training: what is learned, what is not, and what each trainer would do unasked."""

from toolkit.preflight import EFFECTS, PreflightResult
from toolkit.report.page import write_page
from toolkit.workspace import Workspace


def preflight_page(workspace: Workspace, result: PreflightResult) -> bool:
    """Write ``data/preflight/<name>.html``; return whether it changed."""
    return write_page(
        workspace.data / "preflight" / f"{result.name}.html",
        "preflight.html",
        title=result.name,
        lead=workspace.settings.name,
        result=result,
        effects=EFFECTS,
    )
