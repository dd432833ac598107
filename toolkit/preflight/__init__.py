"""Preflight: what a trainer would really learn from, free of torch.

Training learns from exactly these ids and labels.
"""

from toolkit.preflight.chat import ChatTokenizer
from toolkit.preflight.encoding import MASKED, Encoded, Fault, encode_row, messages_of
from toolkit.preflight.inspection import (
    TINY,
    Looked,
    PreflightResult,
    Segment,
    Spread,
    look,
    preflight,
    preview_of,
    tokenizer_folder,
)
from toolkit.preflight.tiny import Corpus, corpus_of

__all__ = [
    "MASKED",
    "TINY",
    "ChatTokenizer",
    "Corpus",
    "Encoded",
    "Fault",
    "Looked",
    "PreflightResult",
    "Segment",
    "Spread",
    "corpus_of",
    "encode_row",
    "look",
    "messages_of",
    "preflight",
    "preview_of",
    "tokenizer_folder",
]
