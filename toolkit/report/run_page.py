"""The page of a training run: the verdict first, then what it rests on."""

from toolkit.report.page import write_page
from toolkit.training import TrainResult
from toolkit.workspace import Workspace

WORDS = {
    "teaches": "The data teaches: held-out answers are better predicted from the true pairs than from shuffled ones. · "
    "数据有效：真实配对比打乱配对更能预测留出样本的答案。",
    "does_not_teach": "The data does not teach more than shuffled answers do. · 数据并不比打乱的答案教得更多。",
    "inconclusive": "Inconclusive: too few rows, or no clear difference from shuffled answers. · "
    "无法下结论：样本太少，或与打乱答案无明显差异。",
}


def run_page(workspace: Workspace, result: TrainResult) -> bool:
    """Write ``data/runs/<run>/report.html``; return whether it changed."""
    return write_page(
        workspace.run(result.run) / "report.html",
        "run.html",
        title=result.run,
        lead=workspace.settings.name,
        result=result,
        words=WORDS[result.verdict],
    )
