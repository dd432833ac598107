"""Prelabels: predictions that annotators begin from, made by rules, an earlier round, a function or an endpoint."""

from toolkit.prelabel.again import AgainSource
from toolkit.prelabel.how import check_consent, open_sources
from toolkit.prelabel.kept import KeptSource
from toolkit.prelabel.prelabels import Prelabels, model_version, predictions_for
from toolkit.prelabel.source import Source
from toolkit.prelabel.store import Store

__all__ = [
    "AgainSource",
    "KeptSource",
    "Prelabels",
    "Source",
    "Store",
    "check_consent",
    "model_version",
    "open_sources",
    "predictions_for",
]
