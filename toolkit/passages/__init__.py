"""Passages: contiguous spans of one view of a document, the unit that people label."""

from toolkit.passages.passage import By, Passage
from toolkit.passages.segment import SegmentResult, segment
from toolkit.passages.store import load_passages

__all__ = ["By", "Passage", "SegmentResult", "load_passages", "segment"]
