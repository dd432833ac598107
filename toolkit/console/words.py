"""The words of results in the reader's language. JSON keys and files keep their English names."""

import re

from toolkit.language import language

_ZH = {
    "annotators": "标注者",
    "drafts": "丢失的草稿",
    "expected_end": "预计完成",
    "given": "分给",
    "gold": "标准答案题",
    "gold_removed": "收回的标准答案题",
    "left": "已退出",
    "moved": "已转移",
    "overlap": "重叠",
    "pace": "每天",
    "stayed": "保留",
    "taken": "取自",
    "settled": "已由他人裁决",
    "rounds": "轮次",
    "unresolved": "未定案",
    "short": "不足的段落数",
    "share": "占比",
    "reason": "原因",
    "chosen": "已选",
    "excerpt": "摘录",
    "rank": "序号",
    "stratum": "层",
    "accepted_alone": "仅一份答案而接受",
    "accepted_unanimous": "一致通过",
    "agreed_since": "其后已达成一致",
    "by": "裁决者",
    "decided_by_others": "他人已裁决",
    "gone": "段落已不存在",
    "invalid": "无效",
    "undecided": "未裁决",
    "unfinished": "标注未完成",
    "account": "收支",
    "already_there": "已存在",
    "annotations": "标注",
    "annotator": "标注者",
    "after": "之后",
    "answers become problems": "不再适用的答案成为问题",
    "answers need a mapping": "需声明对应关系",
    "answers stay valid": "已有答案仍有效",
    "asked": "已询问的任务",
    "asked_again": "已另行重问",
    "before": "之前",
    "change": "变化",
    "effect": "对答案的影响",
    "answered": "已回答",
    "changed": "有变化",
    "confidence": "置信度",
    "containers": "容器文件",
    "datasets": "数据集",
    "decided": "已裁决",
    "deleted": "答案已删除",
    "disagreements": "分歧",
    "documents": "文档",
    "done": "完成",
    "dropped": "丢弃",
    "encoded": "已编码",
    "fault": "缺陷",
    "learned": "学习的词元",
    "max_length": "最大长度",
    "silently": "静默行为",
    "tokens": "词元",
    "trained": "训练的行",
    "trainer": "训练器",
    "duplicates_removed": "已删除的重复副本",
    "exact_duplicates": "完全重复",
    "examples": "样例",
    "field": "字段",
    "file": "文件",
    "files": "文件",
    "written": "已写入",
    "with the others": "与他人一致",
    "right on gold": "标准答案正确率",
    "predicted": "有预标注的任务",
    "formats": "格式",
    "commands": "命令",
    "found": "发现",
    "held": "暂扣",
    "hint": "建议",
    "measure": "度量",
    "members": "容器内文档",
    "metrics": "指标",
    "migrated": "已迁移",
    "model": "模型",
    "name": "名称",
    "near_duplicates": "近似重复",
    "new": "新",
    "noun": "类别",
    "of_skips": "跳过答案中的",
    "open": "未完成",
    "passages": "段落",
    "pairs": "对",
    "problems": "问题",
    "projects": "项目",
    "read": "已读取",
    "records": "记录",
    "refused": "被拒",
    "repaired": "已修复",
    "repairs": "修复原因",
    "result": "结果",
    "results": "结果",
    "round": "轮次",
    "rows": "行",
    "run": "训练",
    "runs": "训练",
    "schema": "模式",
    "segmented": "已切分",
    "sent": "已发送",
    "seconds": "秒（中位数）",
    "skipped": "已跳过",
    "splits": "划分",
    "state": "状态",
    "step": "步骤",
    "superseded": "已被取代",
    "tasks": "任务",
    "title": "标题",
    "unchanged": "无变化",
    "units": "单元",
    "value": "值",
    "verdict": "结论",
    "version": "版本",
    "waiting": "等待",
    "where": "位置",
    "without_text": "无文本",
    "adjudicated": "裁决",
    "fallbacks": "退回多数",
    "majority": "多数",
    "resolutions": "定案方式",
    "unanimous": "一致",
    "weighted": "加权",
    "workspace": "工作区",
    "guideline": "指南",
    "guideline_newer": "指南有新版",
    "guideline_version": "指南版本",
    "unmentioned": "指南未提及的标签",
    "warnings": "提醒",
    "items": "条目",
    "missing": "缺失",
    "no data": "没有数据",
    "no labels": "没有标注",
    "no overlap": "没有重叠",
    "no variation": "没有差异",
    "not two raters": "标注者不是两人",
    "too few raters": "标注者过少",
    "negative values": "有负值",
    "too many values": "取值过多",
    "raters": "标注者",
    "ratings": "评分",
    "repeated": "被后来的评分取代",
    "single": "仅一个评分",
}


def word(name: str) -> str:
    """Return a key as a reader's word.

    >>> word("near_duplicates") in {"near duplicates", "近似重复"}
    True
    """
    return _ZH.get(name, name) if language() == "zh" else name.replace("_", " ")


def sentence(text: str) -> str:
    """Return an account's equation with its nouns in the reader's language."""
    if language() != "zh":
        return text.replace("_", " ")
    return re.sub(r"[A-Za-z_]+", lambda found: _ZH.get(found[0], found[0]), text)


def plain(text: object) -> str:
    r"""Return text that cannot move the cursor or turn the reading direction: control and bidi characters shown.

    >>> plain("a" + chr(27) + "[31m" + chr(0x202e))
    'a\\x1b[31m\\u202e'
    """
    shown = []
    for character in str(text):
        point = ord(character)
        control = (point < _SPACE and character not in "\n\t") or _DELETE <= point < _NO_BREAK_SPACE
        if control or character in _BIDI:
            shown.append(f"\\x{point:02x}" if control else f"\\u{point:04x}")
        else:
            shown.append(character)
    return "".join(shown)


def plain_json(text: str) -> str:
    r"""Return the same JSON with the control and bidi characters that it leaves as they are escaped.

    >>> plain_json('"a' + chr(0x9b) + '"')
    '"a\\u009b"'
    """
    return "".join(
        f"\\u{ord(character):04x}" if character in _BIDI or _DELETE <= ord(character) < _NO_BREAK_SPACE else character
        for character in text
    )


_SPACE, _DELETE, _NO_BREAK_SPACE = 0x20, 0x7F, 0xA0
_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
