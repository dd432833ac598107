"""Texts as such: from bytes to characters, which language they are in, and where derived texts come from."""

from toolkit.text.encodings import REPLACEMENT, SURE_ENOUGH, Decoded, decode, looks_misread, storable
from toolkit.text.index_map import IndexMap
from toolkit.text.languages import Language, by_script, is_han, language_of, load_model

__all__ = [
    "REPLACEMENT",
    "SURE_ENOUGH",
    "Decoded",
    "IndexMap",
    "Language",
    "by_script",
    "decode",
    "is_han",
    "language_of",
    "load_model",
    "looks_misread",
    "storable",
]
