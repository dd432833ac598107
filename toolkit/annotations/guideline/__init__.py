"""The page that annotators read: what the team wrote first, then what the schema says of each field and label."""

from toolkit.annotations.guideline.derived import guideline
from toolkit.annotations.guideline.html import guideline_html
from toolkit.annotations.guideline.page import KEPT_PAGE, Guideline, guideline_of, kept_page, version_of_page
from toolkit.annotations.guideline.start import SchemasGuidelineResult, schemas_guideline

__all__ = [
    "KEPT_PAGE",
    "Guideline",
    "SchemasGuidelineResult",
    "guideline",
    "guideline_html",
    "guideline_of",
    "kept_page",
    "schemas_guideline",
    "version_of_page",
]
