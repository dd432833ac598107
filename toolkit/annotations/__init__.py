"""Annotations: raw answers to tasks, and how a schema becomes a labelling screen and reads its answers back."""

from toolkit.annotations.annotation import Annotation
from toolkit.annotations.controls import in_shown_order
from toolkit.annotations.dialogue import can_be_marked
from toolkit.annotations.guideline import (
    Guideline,
    SchemasGuidelineResult,
    guideline,
    guideline_html,
    guideline_of,
    schemas_guideline,
)
from toolkit.annotations.results import Reading, read_results, write_results
from toolkit.annotations.screen import Neighbours, labelling_config, neighbours_of, task_data
from toolkit.annotations.show import SchemaShowResult, schemas_show

__all__ = [
    "Annotation",
    "Guideline",
    "Neighbours",
    "Reading",
    "SchemaShowResult",
    "SchemasGuidelineResult",
    "can_be_marked",
    "guideline",
    "guideline_html",
    "guideline_of",
    "in_shown_order",
    "labelling_config",
    "neighbours_of",
    "read_results",
    "schemas_guideline",
    "schemas_show",
    "task_data",
    "write_results",
]
