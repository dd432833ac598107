"""The demo's scripted annotators: keyword rules that stand in for people, so that the chain can be shown unattended.

They are no model of how well people label. Two of them read by different rules and disagree on some clauses; a third
decides. Their answers go through Label Studio's real API, under accounts of their own.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

Script = Literal["first", "second", "lead"]

_TYPES: Mapping[str, str] = {
    "definitions": r"\bshall mean\b|\bmeans\b|\bdefined\b|所称|是指",
    "payment": r"\bpay(?:ment|able|s)?\b|\bfees?\b|\bprice\b|\binvoices?\b|\broyalt|\btax(?:es)?\b|税额|税率|费用|计税",
    "term": r"\binitial term\b|\brenew|\bthe term of\b|\bcommenc|施行|生效",
    "termination": r"\bterminat|丧失|注销|撤销",
    "confidentiality": r"\bconfidential|隐私|保密",
    "intellectual_property": r"\btrademarks?\b|\blicen[cs]e[ds]?\b|\bcopyright|\bpatents?\b|商标|专利|著作权",
    "warranty": r"\bwarrant|\bmerchantab|\binsurance\b|保证|保险",
    "liability": r"\bliab|\bindemnif|\bdamages\b|\bbreach|处罚|拘留|赔偿|法律责任|刑事责任|反制措施",
    "compliance": r"\bcompl(?:y|iance)\b|\bregulation|主管部门|备案|申请|审批|公安机关|国务院",
    "dispute": r"\bgoverning law\b|\bgoverned by\b|\barbitrat|\bjurisdiction\b|诉讼|仲裁|人民法院",
    "scope": r"\bservices\b|\bproducts?\b|\bappoint|\bshall provide\b|适用本法|国家",
}

_TERMS: tuple[tuple[str, str], ...] = (
    (
        "date",
        r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December) \d{1,2}, \d{4}\b",
    ),
    ("date", r"\d{4}年\d{1,2}月\d{1,2}日"),
    ("duration", r"\b(?:\w+ )?\(?\d+\)? (?:business )?(?:days?|months?|years?|hours?)\b"),
    ("duration", r"[一二三四五六七八九十百]+(?:个月|日|年|小时)(?:以内|内|以下|以上)"),
    ("amount", r"(?:US)?\$\s?\d[\d,]*(?:\.\d+)?|\b\d+(?:\.\d+)?\s?%|[万千百]分之[一二三四五六七八九十点]+"),
    ("reference", r"\bSection \d+(?:\.\d+)*\b|\bExhibit [A-Z]\b|《[^》]{2,30}》|本法第[一二三四五六七八九十]+条"),
    ("party", r"人民法院|公安机关|税务机关|国务院|纳税人|受害人|加害人"),
    ("obligation", r"\bshall not\b|不得|应当"),
)

_GRAVE = r"\bindemnif|\bunlimited\b|\bterminat|\bconsequential\b|处罚|拘留|刑事责任|丧失|反制"
_FELT = r"\bdamages\b|\bbreach|\bpay|\bconfidential|应当|不得|税"
_LONGEST_SUMMARY = 160


class Way(NamedTuple):
    """How one script reads: what it overlooks, and where it draws the line for high risk."""

    overlooks: frozenset[str]
    grave: str
    from_the_end: bool


_WAYS: Mapping[Script, Way] = {
    "first": Way(frozenset(), _GRAVE, from_the_end=False),
    # Reads for what comes last in the table, misses parties, and calls only punishment grave.
    "second": Way(frozenset({"party"}), r"\bindemnif|\bunlimited\b|处罚|拘留|刑事责任|反制", from_the_end=True),
    "lead": Way(frozenset(), _GRAVE, from_the_end=False),
}


def scripted_answer(text: str, script: Script) -> dict[str, Any]:
    """Return a script's answer to one clause, in the shape of the schema ``legal/contract_clauses``."""
    way = _WAYS[script]
    clause_type = _clause_type(text, way)
    return {
        "clause_type": clause_type,
        "key_terms": list(_key_terms(text, way)),
        "risk": "high"
        if re.search(way.grave, text, re.IGNORECASE)
        else "medium"
        if re.search(_FELT, text, re.IGNORECASE)
        else "low",
        "summary": _summary(text, clause_type),
    }


def _clause_type(text: str, way: Way) -> str:
    counts = {name: len(re.findall(pattern, text, re.IGNORECASE)) for name, pattern in _TYPES.items()}
    order = list(reversed(counts)) if way.from_the_end else list(counts)
    best = max(order, key=lambda name: counts[name])
    return best if counts[best] else "other"


def _key_terms(text: str, way: Way) -> Iterator[dict[str, Any]]:
    taken: list[tuple[int, int]] = []
    for label, pattern in _TERMS:
        for found in re.finditer(pattern, text):
            start, end = found.span()
            if label in way.overlooks or any(start < other_end and other < end for other, other_end in taken):
                continue
            taken.append((start, end))
            yield {"start": start, "end": end, "text": found[0], "label": label}


def _summary(text: str, clause_type: str) -> str:
    line = " ".join(text.split())
    chinese = sum("\u4e00" <= character <= "\u9fff" for character in line) * 4 > len(line)
    # A summary is one sentence: no mark that ends one may be left inside.
    words = re.sub(r"[.!?。！？\"#*]+", "," if not chinese else "，", line)[:_LONGEST_SUMMARY].strip(" ,，、；;:：")
    if chinese:
        return f"本条（{clause_type}）规定：{words}。"
    return f"On {clause_type.replace('_', ' ')}: {words.rsplit(' ', 1)[0].rstrip(' ,')}."
