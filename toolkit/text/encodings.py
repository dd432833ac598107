"""From bytes to characters.

Deciding an encoding is strict decoding plus plausibility: bytes that several encodings accept go to the one in which
they read like text, and below ``SURE_ENOUGH`` to none, so mojibake never enters. What is decoded is never normalised.
"""

import codecs
import re
from typing import Final, NamedTuple

from toolkit.text.languages import han_of, language_of
from toolkit.text.single_byte import single_byte

SURE_ENOUGH: Final = 0.5
"""The confidence below which no encoding is accepted."""

REPLACEMENT: Final = "\ufffd"

# The 300 most frequent characters of Chinese statutes, doctor-patient dialogues and finance questions, and what
# Taiwan's statutes add in traditional characters. They make up 60 to 80 % of real text, 1 to 17 % of misread bytes.
_COMMON_HAN = (
    "的人有以是一不法和要定行可病者生应会在第治用能条肝当为发时规业民理对物十公国关血中了下药政管高大出医性务经或食保产方期作体"
    "上三情建合疗部制院压其市好于查同我等乙患年工主常动事检多机如及后议本这地自二需果化重门么现设来意过据进个实权员全家施资成所并得"
    "内吃科服提因分通救某水正司区心由他复就利况日责量处案症饮癫护到痫使持品确糖证告你与表位安力前次府胃活依五外也单种构请甲任决项元"
    "根间款效度还些原防加律之四被状场月委级说照面交解共求开相身向营立件代收小列具金问长尿将监吗新按炎调但明没什给平办展程罪子取染标"
    "报车该起受准毒口供引质除术专而最企审止组增再信数反传电直未划结计都运系价消费目无改降入阳去强控哪抗适"
    "條文內項關機號應容規請申證發會務辦員設國於經為資計並核書時檢商記電六備審專附驗稱名職華令標七布後處與限試九產各百八字射指登"
    "營修學議券格質置至考臺網額數訂載執許基財式央放土總採畫章更輸投戶評屬疫算別場變進銷輻類路補料轉責序技貨圖符測編廢知存註則約融認稅"
)
_COMMON: Final = frozenset(_COMMON_HAN + "，。、；：（）《》“”‘’？！…—·「」『』　０１２３４５６７８９％．")
_TYPOGRAPHY: Final = frozenset("‘’“”–—…•·§©®™°£€¢«»½¼¾±×µ†‡\u00a0\u00ad")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE: Final = 100_000
_BEGINNING: Final = 20_000
"""Bytes by which an encoding of one byte a letter is chosen; each is tried in thirty."""
_CLEARLY: Final = 0.5
"""The share of common Chinese characters that random bytes never reach."""
_FEW: Final = 6
"""Characters beyond ASCII below which nothing can be said of them."""
_DAMAGED: Final = 50
"""Characters that must be kept for each one lost; in UTF-8 those beyond ASCII: others prove nothing."""
_HIGH = re.compile(r"[^\x00-\x7f]")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff\ufffe\uffff]")
_SHOWN = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_FOREIGN = re.compile("[ªµºÀ-ÖØ-öø-ÿŒœŠšŸŽžƒ]{3}")
"""Three letters beyond ASCII in a row: no English word has them, Chinese read as Latin letters is full of them."""
_UTF8_RUN = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){5,}")
"""Five Chinese characters in a row in UTF-8; by chance, other bytes never read as five common ones."""
_EAST_ASIAN: Final = {
    "cp949": re.compile("[\uac00-\ud7af]"),
    "shift_jis": re.compile("[\u3041-\u30f6]"),
    "euc_jp": re.compile("[\u3041-\u30f6]"),
}
_COMMON_KOREAN: Final = frozenset("이다는을의에가고하은로한지를도기사리어자나인대서시정있해수아그스일부과전여상보구라")
"""A third to a half of Korean text; of Chinese in GBK, which reads as rare syllables and signs, next to nothing."""
_HZ = re.compile(r"~\{(?:[\x21-\x77][\x21-\x7e])+~\}")


class Decoded(NamedTuple):
    """A text, the encoding that gave it, how sure that is (0 to 1) and how many characters had to be replaced."""

    text: str
    encoding: str
    confidence: float
    replaced: int = 0


def decode(data: bytes, declared: str | None = None) -> Decoded | None:
    r"""Return the text of some bytes, or None when no encoding is sure enough.

    A byte order mark wins (and is no part of the text), then UTF-8, then the declared encoding where it reads like
    text, then UTF-16 without a mark, GB18030, Big5, windows-1252, and the encodings of other languages. What is surely
    UTF-8 or UTF-16 may have lost one character in fifty: its end, or single bytes.

    Args:
        data: the whole file.
        declared: what the file says of itself, as an HTML page does.

    >>> decode("第一条　为了".encode("gb18030")).encoding
    'gb18030'
    >>> decode("the “Licensee” shall".encode("cp1252")).text
    'the “Licensee” shall'
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _strictly(data, encoding, 1.0) or _damaged(data, encoding)
    found = _utf8(data) or (_declared(data, declared) if declared else None) or _utf16(data)
    return found or _chinese(data) or _latin(data) or _other(data)


def storable(text: str) -> tuple[str, int]:
    r"""Replace what no store can hold (NUL, lone surrogates, U+FFFE, U+FFFF) one for one; return text and count.

    >>> storable("a\x00b")
    ('a\ufffdb', 1)
    """
    return _UNSTORABLE.subn(REPLACEMENT, text)


def is_blank(text: str) -> bool:
    r"""Return whether a text shows nothing: white space, control characters, marks without width or shape.

    >>> is_blank("\u3000\ufeff\u200b\n"), is_blank("\u200b.")
    (True, False)
    """
    return _SHOWN.search(text) is None


def looks_misread(text: str) -> bool:
    """Return whether a text is Chinese (or UTF-8) that someone decoded as Latin letters and saved so.

    >>> looks_misread("第一条　当事人应当按照约定".encode("gbk").decode("latin-1"))
    True
    >>> looks_misread("Société Générale, café")
    False
    """
    sample = text[:_SAMPLE]
    high = len(_HIGH.findall(sample))
    if high < _FEW or high * 20 < len(sample):
        return False
    data = sample.encode("cp1252", "ignore"), sample.encode("latin-1", "ignore")
    inner = [raw.decode(encoding, "ignore") for raw in data for encoding in ("gb18030", "utf-8")]
    return any(len(han_of(text)) >= high // 8 and _share(text) > _CLEARLY for text in inner)


def _strictly(data: bytes, encoding: str, confidence: float) -> Decoded | None:
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
    text, replaced = storable(text)
    return Decoded(text, "utf-8" if encoding == "utf-8-sig" else encoding, confidence, replaced)


def _utf8(data: bytes) -> Decoded | None:
    if _zeros_everywhere(data):
        return None
    found = _strictly(data, "utf-8", 1.0)
    if found and b"~{" in data and data.isascii() and _HZ.search(found.text):
        return _plausible(data, "hz") or found
    return found or _damaged_utf8(data)


def _damaged_utf8(data: bytes) -> Decoded | None:
    """UTF-8 in which surrogates were encoded, in pairs (CESU-8) or alone; or whose end or single bytes are lost."""
    try:
        units = data.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
    except UnicodeDecodeError:
        sample = data[:_SAMPLE]
        return _damaged(data, "utf-8") if _damaged(sample, "utf-8") or sample.isascii() else None
    found = _damaged(units, "utf-16-le", least=1)  # by chance, no other encoding has such bytes
    return found._replace(encoding="utf-8") if found else None


def _damaged(data: bytes, encoding: str, least: int = _DAMAGED) -> Decoded | None:
    text = data.decode(encoding, "replace")
    lost = text.count(REPLACEMENT)
    kept = len(text) - lost if encoding != "utf-8" else len(text) - len(text.encode("ascii", "ignore")) - lost
    cut = lost == 1 and text.endswith(REPLACEMENT) and kept >= _FEW
    if lost * least > kept and not cut:
        return None
    text, replaced = storable(text)
    name = "utf-8" if encoding == "utf-8-sig" else encoding
    return Decoded(text, name, round(1 - lost / max(1, kept + lost), 2), lost + replaced)


def _zeros_everywhere(data: bytes) -> bool:
    return data[:_SAMPLE].count(0) * 5 > min(len(data), _SAMPLE)


def _declared(data: bytes, declared: str) -> Decoded | None:
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        return None
    if name in {"gbk", "gb2312", "gb18030", "big5", "big5hkscs", "cp950"}:
        return _chinese(data)
    if name in {"ascii", "iso8859-1", "cp1252"}:
        return _latin(data)
    return None if name.startswith("utf") else _other(data)


def _utf16(data: bytes) -> Decoded | None:
    """UTF-16 without a mark: half of ASCII is zeros; Chinese must read like Chinese."""
    if len(data) % 2:
        return None
    for encoding in ("utf-16-le", "utf-16-be"):
        found = _strictly(data, encoding, 0.9)
        if found is None:
            continue
        sample = found.text[:_SAMPLE]
        plain = sum(" " <= character <= "~" or character in "\r\n\t" for character in sample)
        words = plain > 0.9 * len(sample) and any(map(str.isalnum, sample))
        if words or (_zh_share(sample) > _CLEARLY and len(sample) >= _FEW):
            return found
    return None


def _zh_share(text: str) -> float:
    """The share of common Chinese characters among all but spaces: plain ASCII counts against it."""
    seen = [character for character in text if not character.isspace()]
    return sum(character in _COMMON for character in seen) / max(1, len(seen))


def _share(text: str) -> float:
    """The share of common Chinese characters and punctuation among those beyond ASCII."""
    high = [character for character in _beyond_ascii(text)[:_SAMPLE] if not character.isspace()]
    return sum(character in _COMMON for character in high) / max(1, len(high))


def _beyond_ascii(text: str) -> str:
    """All that tells one encoding from another, wherever it stands: an annex may be in another language."""
    return "".join(_BEYOND_ASCII.findall(text))


def _plausible(data: bytes, encoding: str) -> Decoded | None:
    """Decode Chinese strictly but for a cut last character; sureness grows with the share of common characters."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        text = decoder.decode(data, final=False)
    except UnicodeDecodeError:
        return None
    cut = REPLACEMENT if encoding != "hz" and decoder.getstate()[0] else ""
    text, replaced = storable(text + cut)
    return Decoded(text, encoding, round(min(1.0, _share(text) * 2), 2), replaced + len(cut))


def _chinese(data: bytes) -> Decoded | None:
    if any(_share(run.decode("utf-8", "ignore")) > _CLEARLY for run in _UTF8_RUN.findall(data)):
        return None  # two encodings in one file: GB18030 would read the other one as rare characters
    found = [decoded for name in ("gb18030", "big5hkscs") if (decoded := _plausible(data, name))]
    best = max(found, key=lambda decoded: decoded.confidence, default=None)
    return best if best and best.confidence >= SURE_ENOUGH else None


def _latin(data: bytes) -> Decoded | None:
    """English with typographic signs and a few accented letters; more than that is another language's encoding."""
    found = _strictly(data, "cp1252", 0.9)
    if found is None or b"\x00" in data or _FOREIGN.search(found.text):
        return None
    sample = found.text[:_SAMPLE]
    high = _beyond_ascii(sample)
    signs = sum(character in _TYPOGRAPHY for character in high)
    letters = sum(character.isalpha() for character in high)
    seen = "".join(sample.split())
    known = (signs + letters) >= 0.95 * len(high) and sum(character > "\x7f" for character in seen) * 4 <= len(seen)
    few = letters * 100 <= len(sample) and letters <= max(signs, len(sample) * 0.005)
    return found if known and few and language_of(sample) in {"en", "und"} else None


def _other(data: bytes) -> Decoded | None:
    """Other languages: Korean and Japanese by their own letters, the rest by what each is written in."""
    if b"\x00" in data:
        return None
    for encoding, letters in _EAST_ASIAN.items():
        found = _strictly(data, encoding, 0.9)
        if found and _in_script(found.text[:_SAMPLE], letters) and (encoding != "cp949" or _is_korean(found.text)):
            return found
    end = data.rfind(b"\n", 0, _BEGINNING) if len(data) > _BEGINNING else len(data)
    reading = single_byte(data[: end if end > 0 else _BEGINNING])
    return _strictly(data, reading.encoding, reading.confidence) if reading else None


def _is_korean(text: str) -> bool:
    seen = _EAST_ASIAN["cp949"].findall(text[:_SAMPLE])
    return sum(map(_COMMON_KOREAN.__contains__, seen)) * 5 > len(seen)


def _in_script(text: str, letters: "re.Pattern[str]") -> bool:
    high = sum(character > "\x7f" and not character.isspace() for character in text)
    own = letters.findall(text)
    return len(own) * 2 >= high and len(set(own)) >= _FEW
