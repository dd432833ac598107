"""Texts as such: from bytes to characters, which language they are in, and where derived texts come from."""

from toolkit.text.encodings import REPLACEMENT, SURE_ENOUGH, Decoded, decode, is_blank, looks_misread, storable
from toolkit.text.index_map import IndexMap
from toolkit.text.languages import Language, han_of, is_han, language_of

__all__ = [
    "REPLACEMENT",
    "SURE_ENOUGH",
    "Decoded",
    "IndexMap",
    "Language",
    "decode",
    "han_of",
    "is_blank",
    "is_han",
    "language_of",
    "looks_misread",
    "storable",
]
