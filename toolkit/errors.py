"""What a user did or met that stops a command. Bugs are no ToolkitError and keep their traceback.

Free of pydantic, so that the command line can name the error without loading it.
"""

from typing import Final

USER: Final = 1
"""A user error, or a refusal that wrote nothing."""
PROBLEMS: Final = 3
"""Done, and problems were found; they are in ``data/problems.jsonl``."""
SERVICE: Final = 4
"""A service or the environment is missing: Label Studio, an extra, disk space."""
LOCKED: Final = 75
"""Another run holds the workspace's lock."""


class ToolkitError(Exception):
    """A stop that the user can mend.

    Args:
        message: what happened and where, in the reader's language (``language.said``).
        hint: what to do about it, in the reader's language.
        code: a stable name such as ``WORKSPACE-NONE``, the same in every language.
        exit_code: the process's exit code: ``USER``, ``SERVICE`` or ``LOCKED``.
    """

    def __init__(self, message: str, *, hint: str, code: str, exit_code: int = USER) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code
        self.exit_code = exit_code
