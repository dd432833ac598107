"""What stands out in an annotator's answers, as a sentence in both languages: figures, never a verdict on a person."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from toolkit.rounds.reliability import Flag, FlagCode

Figures = Mapping[str, Any]
Sentences = tuple[str, str]
_OF_FIELDS: Final = frozenset({"falling", "rising"})
"""Told of one field, or of all together; the others without a field are told of a person's times."""


def sentences(annotator: str, flag: Flag) -> Sentences:
    """Return what a flag says, in English and in Chinese."""
    en, zh = _SENTENCES[flag.code](flag.figures)
    of_all = (", all fields", "，全部字段") if flag.code in _OF_FIELDS else ("", "")
    about_en, about_zh = (f", {flag.field}", f"，{flag.field}") if flag.field else of_all
    return f"{annotator}{about_en}: {en}", f"{annotator}{about_zh}：{zh}"


def _gold(of: Figures) -> Sentences:
    return (
        f"{of['right']} of {of['items']} gold items right ({of['measure']} {of['value']:.2f}, asked: {of['limit']})",
        f"{of['items']} 个标准答案题中答对 {of['right']} 个（{of['measure']} {of['value']:.2f}，要求 {of['limit']}）",
    )


def _drift(of: Figures) -> Sentences:
    low, high = (f"{of[bound]:+.2f}" for bound in ("low", "high"))
    return (
        f"agreement went from {of['first']:.2f} in the first half to {of['second']:.2f} (a change of {low} to {high})",
        f"一致性从前半段的 {of['first']:.2f} 变为后半段的 {of['second']:.2f}（变化 {low} 至 {high}）",
    )


def _speed(of: Figures) -> Sentences:
    return (
        f"a usual answer takes {of['median']:.0f} s; the others' {of['others']:.0f} s",
        f"通常每题用时 {of['median']:.0f} 秒；他人为 {of['others']:.0f} 秒",
    )


def _too_fast(of: Figures) -> Sentences:
    en = f"{of['too_fast']} of {of['answers']} answers came within {of['under']:.0f} s, faster than the passage is read"
    zh = f"{of['answers']} 个回答中有 {of['too_fast']} 个在 {of['under']:.0f} 秒内提交，快于阅读所需"
    return (
        f"{en}; the others' median is {of['others']:.0f} s",
        f"{zh}；他人的中位数为 {of['others']:.0f} 秒",
    )


def _run(of: Figures) -> Sentences:
    value = of["value"] or "–"
    return (
        f"'{value}' {of['longest']} times in a row from answer {of['start']} on; by chance p = {of['p']:.2g}",
        f"从第 {of['start']} 个回答起连续 {of['longest']} 次给出 '{value}'；偶然出现的概率 p = {of['p']:.2g}",
    )


def _one(of: Figures) -> Sentences:
    value = of["value"] or "–"
    return (
        f"'{value}' in {of['share']:.0%} of {of['answers']} answers; the others gave it to {of['others']:.0%} of them",
        f"{of['answers']} 个回答中 {of['share']:.0%} 为 '{value}'；他人对相同段落只有 {of['others']:.0%}",
    )


_SENTENCES: Final[Mapping[FlagCode, Callable[[Figures], Sentences]]] = {
    "gold_low": _gold,
    "falling": _drift,
    "rising": _drift,
    "fast": _speed,
    "slow": _speed,
    "too_fast": _too_fast,
    "same_run": _run,
    "one_answer": _one,
}
