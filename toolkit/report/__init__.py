"""Self-contained HTML pages from what rounds and runs found."""

from toolkit.report.round_page import round_page
from toolkit.report.run_page import run_page

__all__ = ["round_page", "run_page"]
