"""Annotations to records: valid, adjudicated answers, or problems that say why not."""

from toolkit.records.record import Record
from toolkit.records.store import load_records
from toolkit.records.validation import ValidateResult, validate

__all__ = ["Record", "ValidateResult", "load_records", "validate"]
