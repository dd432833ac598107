"""The only code that talks to Label Studio: server, accounts, and tasks and answers that travel exactly once."""

from toolkit.studio.accounts import StudioUserResult, annotator_client, studio_user
from toolkit.studio.adjudication import AdjudicateResult, round_adjudicate
from toolkit.studio.answers import AnswerResult, answer_tasks
from toolkit.studio.connection import Server, connect
from toolkit.studio.install import InstallResult, installed_version, studio_install
from toolkit.studio.local import StudioResult, studio_start, studio_status, studio_stop
from toolkit.studio.pull import PullResult, pull
from toolkit.studio.push import PushResult, push

__all__ = [
    "AdjudicateResult",
    "AnswerResult",
    "InstallResult",
    "PullResult",
    "PushResult",
    "Server",
    "StudioResult",
    "StudioUserResult",
    "annotator_client",
    "answer_tasks",
    "connect",
    "installed_version",
    "pull",
    "push",
    "round_adjudicate",
    "studio_install",
    "studio_start",
    "studio_status",
    "studio_stop",
    "studio_user",
]
