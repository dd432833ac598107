"""Results to a terminal. Without a terminal: plain lines. Text of documents is shown as text, never as markup."""

from toolkit.console.progress import clear_progress, progress
from toolkit.console.results import ask_policy, explain, print_json, print_result, told

__all__ = ["ask_policy", "clear_progress", "explain", "print_json", "print_result", "progress", "told"]
