"""Self-contained HTML pages from what rounds, runs and preflight found."""

from toolkit.report.preflight_page import preflight_page
from toolkit.report.round_page import round_page
from toolkit.report.run_page import run_page

__all__ = ["preflight_page", "round_page", "run_page"]
