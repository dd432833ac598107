"""The only code that talks to Label Studio: server, accounts, and tasks and answers that travel exactly once."""

from toolkit.studio.accounts import (
    StudioUserResult,
    StudioUsersResult,
    annotator_client,
    studio_user_add,
    studio_user_list,
)
from toolkit.studio.adjudication import AdjudicateResult, round_adjudicate
from toolkit.studio.answers import AnswerResult, answer_tasks
from toolkit.studio.backup import StudioBackupResult, studio_backup
from toolkit.studio.connection import Server, connect, external_url
from toolkit.studio.export import StudioExportResult, studio_export
from toolkit.studio.install import InstallResult, installed_version, studio_install
from toolkit.studio.local import (
    StudioOpenResult,
    StudioResult,
    studio_open,
    studio_start,
    studio_status,
    studio_stop,
)
from toolkit.studio.pull import PullResult, pull
from toolkit.studio.push import PushResult, push
from toolkit.studio.reassign import ReassignResult, round_reassign
from toolkit.studio.restore import StudioRestoreResult, studio_restore

__all__ = [
    "AdjudicateResult",
    "AnswerResult",
    "InstallResult",
    "PullResult",
    "PushResult",
    "ReassignResult",
    "Server",
    "StudioBackupResult",
    "StudioExportResult",
    "StudioOpenResult",
    "StudioRestoreResult",
    "StudioResult",
    "StudioUserResult",
    "StudioUsersResult",
    "annotator_client",
    "answer_tasks",
    "connect",
    "external_url",
    "installed_version",
    "pull",
    "push",
    "round_adjudicate",
    "round_reassign",
    "studio_backup",
    "studio_export",
    "studio_install",
    "studio_open",
    "studio_restore",
    "studio_start",
    "studio_status",
    "studio_stop",
    "studio_user_add",
    "studio_user_list",
]
