"""Which views of a text may leave the workspace. A policy is always chosen; without one nothing is sent.

This module does not look for personal data: the only policy it knows says that the text goes out as it was extracted.
"""

from collections.abc import Mapping
from typing import Final

from toolkit.documents import View
from toolkit.errors import ToolkitError
from toolkit.language import said

POLICIES: Final[Mapping[str, tuple[View, ...]]] = {"none": ("clean", "source")}
"""Policy to the views that it lets out."""


def views_for(policy: str | None) -> tuple[View, ...]:
    """Return the views that a policy lets out.

    Raises:
        ToolkitError: ``POLICY-UNSET`` when none was chosen, ``POLICY-UNKNOWN`` for a name that is none.
    """
    known = ", ".join(POLICIES)
    if policy is None:
        raise ToolkitError(
            said(
                "No privacy policy is chosen, so no text leaves the workspace.",
                "尚未选择隐私策略，因此不会发送任何文本。",
            ),
            hint=said(
                "Write 'policy: none' into toolkit.yaml to send the text as extracted, personal data included.",
                "若要按原文发送（含个人信息），请在 toolkit.yaml 中写入 'policy: none'。",
            ),
            code="POLICY-UNSET",
        )
    if policy not in POLICIES:
        raise ToolkitError(
            said(f"There is no privacy policy '{policy}'.", f"没有名为 '{policy}' 的隐私策略。"),
            hint=said(f"Known: {known}.", f"可用：{known}。"),
            code="POLICY-UNKNOWN",
        )
    return POLICIES[policy]
