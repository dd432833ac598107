"""What to do next with a round, in the order in which it pays: from the counts and figures of its report alone."""

from collections.abc import Iterator, Mapping
from typing import Final

from toolkit.agreement.resampling import Undefined
from toolkit.rounds.flags import sentences
from toolkit.rounds.reported import Advice, RoundReport

LOW: Final = 0.667
"""K. Krippendorff, "Content Analysis" (2004): below .667 coded data carry not even tentative conclusions."""
GOOD: Final = 0.8
"""The same: what rests on coded data should have .8 or more."""

WHY_ZH: Final[Mapping[Undefined, str]] = {
    "no data": "没有数据",
    "no labels": "没有标注",
    "no overlap": "没有重叠",
    "no variation": "没有差异",
    "not two raters": "标注者不是两人",
    "too few raters": "标注者过少",
    "negative values": "有负值",
    "too many values": "取值过多",
}


def advise(report: RoundReport) -> tuple[Advice, ...]:
    """Return what to do next, the first thing first."""
    if not any(person.answered + person.skipped for person in report.annotators):
        return (_to_pull(report),)
    steps = (_to_finish, _to_mend, _to_look_at, _to_decide, _to_sharpen, _to_go_on)
    return tuple(advice for step in steps for advice in step(report))


def _to_pull(report: RoundReport) -> Advice:
    return Advice(
        code="UNANSWERED",
        en="No answer is on file. Fetch what has been answered since.",
        zh="尚无回答。请取回此后提交的回答。",
        command=f"toolkit pull --round {report.round}",
    )


def _to_finish(report: RoundReport) -> Iterator[Advice]:
    if report.open:
        yield Advice(
            code="OPEN",
            en=f"{_many(report.open, 'task is', 'tasks are')} open; the figures will change. Who is behind?",
            zh=f"尚有 {report.open} 个任务未完成，数字还会变化。谁的进度落后？",
            command=f"toolkit round status --round {report.round}",
        )
    if report.gone:
        yield Advice(
            code="GONE",
            en=f"{_many(report.gone, 'passage is', 'passages are')} gone: documents were changed after the push.",
            zh=f"{report.gone} 个段落已不存在：其文档在推送后被修改。",
        )


def _to_mend(report: RoundReport) -> Iterator[Advice]:
    if report.invalid:
        yield Advice(
            code="INVALID",
            en=f"{_many(report.invalid, 'answer breaks', 'answers break')} the schema's rules. "
            "Write which and why to data/problems.jsonl:",
            zh=f"{report.invalid} 个回答不符合模式的规则。以下命令将具体位置和原因写入 data/problems.jsonl：",
            command=f"toolkit validate --round {report.round}",
        )


def _to_look_at(report: RoundReport) -> Iterator[Advice]:
    for person in report.annotators:
        for flag in person.reliability.flags:
            en, zh = sentences(person.annotator, flag)
            yield Advice(code="FLAG", en=en, zh=zh)


def _to_decide(report: RoundReport) -> Iterator[Advice]:
    every = len(report.disagreements)
    if undecided := every - report.decided:
        ready, more = undecided - report.unfinished, report.unfinished
        yield Advice(
            code="UNDECIDED",
            en=f"{ready} of {every} disagreements wait for a decision"
            + (f"; {more} are not yet answered by all." if more else "."),
            zh=f"{every} 处分歧中有 {ready} 处等待裁决" + (f"；{more} 处尚未全部回答。" if more else "。"),
            command=f"toolkit round adjudicate --round {report.round} --by NAME",
        )


def _to_sharpen(report: RoundReport) -> Iterator[Advice]:
    """Yield the fields whose telling measure is low or has none; free text is never written twice alike."""
    for field, measures in report.fields.items():
        if report.asked[field].kind in {"text", "texts"} or not measures:
            continue
        name, figure = next(iter(measures.items()))
        if figure.undefined is not None:
            yield Advice(
                code="UNDEFINED",
                en=f"{field}: {name} is undefined ({figure.undefined}); nothing is known about its agreement.",
                zh=f"{field}：{name} 无法定义（{WHY_ZH[figure.undefined]}），其一致性未知。",
            )
        elif figure.value is not None and figure.value < GOOD:
            yield _sharpen(report, field, name, figure.value)


def _sharpen(report: RoundReport, field: str, measure: str, value: float) -> Advice:
    worst = next((one for one in report.confusions if one.field == field), None)
    pair = f" ({worst.labels[0]} / {worst.labels[1]}, {worst.count}×)" if worst else ""
    pair_zh = f"（{worst.labels[0]} / {worst.labels[1]}，{worst.count} 次）" if worst else ""
    low = value < LOW
    return Advice(
        code="LOW" if low else "FAIR",
        en=f"{field}: {measure} is {value:.2f}, below {LOW if low else GOOD}; sharpen its guideline{pair}.",
        zh=f"{field}：{measure} 为 {value:.2f}，低于 {LOW if low else GOOD}；请完善相应的指南条目{pair_zh}。",
    )


def _to_go_on(report: RoundReport) -> Iterator[Advice]:
    if report.answers and not report.open and len(report.disagreements) == report.decided:
        yield Advice(
            code="READY",
            en="All is answered and decided: make the records.",
            zh="全部已回答并裁决：可生成记录。",
            command=f"toolkit validate --round {report.round}",
        )
    if report.answers and not report.open:
        yield Advice(
            code="NEXT",
            en="Choose what the next round asks, and see what more labels would change.",
            zh="挑选下一轮的段落，并查看更多标注能带来多少变化。",
            command="toolkit round next --size 100 --strategy diverse",
        )


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"
