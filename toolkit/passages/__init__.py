"""Passages: contiguous spans of one view of a document, the unit that people label."""

from toolkit.passages.passage import By, Passage
from toolkit.passages.segment import SegmentResult, segment
from toolkit.passages.store import IMPORTED, imported_passages, load_passages

__all__ = ["IMPORTED", "By", "Passage", "SegmentResult", "imported_passages", "load_passages", "segment"]
