"""The only code that talks to Label Studio: server, accounts, and tasks and answers that travel exactly once.

- ``local`` is the workspace's own server. ``connection`` leads to it, or to an ``address`` that the user names;
  ``transport`` asks, and ``patience`` says what to do about an unclear answer.
- Out: ``push`` settles by ``opening`` and ``choosing`` what a round asks; ``delivery`` brings tasks into each person's
  ``project``, each once by ``listing`` and ``copies``; ``import_file`` writes them where no server can be reached.
- Back: ``pull`` takes by ``sweep`` what has changed, ``pull_file`` what an ``export_file`` holds, also of a
  ``foreign`` round; ``versions`` keeps all of it, ``reading`` makes annotations, ``pulled`` reports, and ``drift``
  compares the screens.
- In between: ``reassign`` moves open tasks by ``taking`` and ``handover``. After: ``adjudication`` sends disagreements
  to one person, or ``sitting`` asks in a terminal and ``decisions`` keeps what was said. ``answers`` are a program's.
"""

from toolkit.studio.adjudication import AdjudicateResult, round_adjudicate
from toolkit.studio.answers import AnswerResult, answer_tasks
from toolkit.studio.connection import Server, connect, external_url
from toolkit.studio.export import StudioExportResult, studio_export
from toolkit.studio.local.accounts import (
    StudioUserResult,
    StudioUsersResult,
    annotator_client,
    studio_user_add,
    studio_user_list,
)
from toolkit.studio.local.backup import StudioBackupResult, studio_backup
from toolkit.studio.local.install import InstallResult, installed_version, studio_install
from toolkit.studio.local.restore import StudioRestoreResult, studio_restore
from toolkit.studio.local.verbs import (
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
