"""Preflight: what a trainer would really learn from, free of torch.

Training learns from exactly these ids and labels.
"""

from toolkit.preflight.chat import ChatTokenizer
from toolkit.preflight.encoding import MASKED, Encoded, Fault, encode_row, messages_of
from toolkit.preflight.inspection import Looked, PreflightResult, Spread, look, preflight
from toolkit.preflight.preview import Preview, Segment, preview_of
from toolkit.preflight.sources import TINY, tokenizer_folder
from toolkit.preflight.tiny import Corpus, corpus_of
from toolkit.preflight.trainers import EFFECTS, TrainerView

__all__ = [
    "EFFECTS",
    "MASKED",
    "TINY",
    "ChatTokenizer",
    "Corpus",
    "Encoded",
    "Fault",
    "Looked",
    "PreflightResult",
    "Preview",
    "Segment",
    "Spread",
    "TrainerView",
    "corpus_of",
    "encode_row",
    "look",
    "messages_of",
    "preflight",
    "preview_of",
    "tokenizer_folder",
]
