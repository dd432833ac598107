"""Right answers to passages of the bundled examples, by hand: for each schema one in English and one in Chinese."""

from collections.abc import Callable
from typing import Any, NamedTuple

Answer = dict[str, Any]


class Case(NamedTuple):
    """A passage of an example, told by words that it holds, and its right answer."""

    schema: str
    holds: str
    answer: Callable[[str], Answer]


def mark(text: str, words: str, label: str, *, after: str = "", **attributes: Any) -> Answer:
    """Return a span over the first place where the words stand, after some others."""
    start = text.index(words, text.index(after))
    return {"start": start, "end": start + len(words), "text": words, "label": label, **attributes}


def link(head: Answer, label: str, tail: Answer) -> Answer:
    """Return a relation between two spans."""
    bare = [{name: span[name] for name in ("start", "end", "text", "label")} for span in (head, tail)]
    return {"head": bare[0], "tail": bare[1], "label": label}


def _carrier(text: str) -> Answer:
    return {
        "facts": "A carrier under a bill of lading that named one port called at another for its own business. "
        "A storm spoiled the goods there. The bill excluded acts of God and gave no liberty to call elsewhere.",
        "issue": "May a carrier that leaves the agreed route for its own benefit rely on a clause that excludes "
        "liability for perils of the sea?",
        "holding": "A carrier that calls at a port outside the agreed route for its own benefit cannot rely on the "
        "bill's exceptions for a loss there, unless the loss would have occurred anyway.",
        "reasoning": "Deviation without necessity forfeits the exceptions, since the shipper took the risks of one "
        "voyage only. The bill gave no liberty to call elsewhere, and the carrier showed no loss on the direct route.",
        "outcome": "remanded",
        "statements": [
            mark(text, "whether a carrier that leaves the agreed route", "issue"),
            mark(text, "A carrier who deviates from the agreed route without necessity", "rule"),
            mark(text, "We hold that a carrier who calls at a port outside the agreed route", "holding"),
        ],
        "citations": [
            mark(text, "Tidewater Grain Co. v. Harrow Lines, 88 Mer. 2d 310 (1974)", "case", treatment="followed"),
            mark(text, "Section 4-208 of the Merrow Commercial Code", "statute", treatment="followed"),
            mark(
                text,
                "Coastal Supply v. Fenwick Steamship Co., 102 Mer. 2d 77 (1988)",
                "case",
                treatment="distinguished",
            ),
            mark(text, "Bayliss Import Co. v. Harrow Lines, 61 Mer. 2d 12 (1959)", "case", treatment="rejected"),
        ],
    }


def _forwarder(text: str) -> Answer:
    return {
        "facts": "受托人未经书面同意转委托他人运输，货物按期到港，但两箱受潮受损。委托人以货损为由拒付全部费用。",
        "issue": "受托人擅自转委托造成货损，委托人能否拒付全部报酬？",
        "holding": "受托人擅自转委托造成损失的，应当赔偿；委托事务已经完成的，委托人不得仅以此为由拒付全部报酬。",
        "reasoning": "转委托未经同意的，受托人对第三人的行为负责；受托人完成委托事务的，委托人应当支付报酬。"
        "货物已运抵目的港，损失仅占一小部分。",
        "outcome": "partly",
        "statements": [
            mark(text, "受托人未经委托人同意转委托并造成货损，委托人能否据此拒付全部费用。", "issue"),
            mark(text, "受托人擅自转委托造成损失的，应当承担赔偿责任", "holding"),
        ],
        "citations": [
            mark(text, "《中华人民共和国民法典》第九百二十三条", "statute", treatment="followed"),
            mark(text, "《中华人民共和国民法典》第九百二十八条第一款", "statute", treatment="followed"),
            mark(text, "合同第六条", "contract", treatment="distinguished"),
        ],
    }


def _tax_rate(text: str) -> Answer:
    return {
        "question": "纳税人所在地在县城的，城市维护建设税税率是多少？",
        "asks_for": "condition",
        "answered": "fully",
        "provision": "第四条第一款第（二）项",
        "answer": "税率为百分之五。所在地指住所地或者与生产经营活动相关的其他地点。",
        "basis": [mark(text, "（二）纳税人所在地在县城、镇的，税率为百分之五", "rule")],
        "missing": None,
    }


def _amended(text: str) -> Answer:
    return {
        "question": "Which programs does Public Law 115-6 add to section 33 of the Science and Engineering Equal "
        "Opportunities Act, and how much money does it provide for them?",
        "asks_for": "duty",
        "answered": "partly",
        "provision": "Section 3(3)",
        "answer": "It adds the encouragement of entrepreneurial programs to recruit and support women.",
        "basis": [mark(text, "encourage its entrepreneurial programs to recruit and support women", "rule")],
        "missing": "No amount is named; an appropriation act would have to be looked at.",
    }


def _loan(text: str) -> Answer:
    claim = mark(text, "判令被告归还借款本金80000元", "claim", side="claimant")
    defence = mark(text, "已于2023年8月通过微信转账归还20000元，应从本金中扣除", "defence", side="opponent")
    note = mark(text, "2022年5月3日的借条", "evidence", side="claimant")
    fact = mark(text, "陈某乙向林某甲出具借条，载明借款80000元", "fact", side=None)
    opinion = mark(text, "该款应认定为归还本案借款", "opinion", side="court")
    result = mark(text, "陈某乙于本判决生效之日起十日内归还林某甲借款本金61381元", "result", side=None)
    law = mark(
        text, "《中华人民共和国民法典》第五百六十一条、第六百七十四条、第六百七十五条、第六百七十六条", "law", side=None
    )
    party = mark(text, "林某甲", "party", side="claimant")
    return {
        "case_type": "civil",
        "parts": ["heading", "facts", "reasons", "basis", "disposition", "closing", "signature"],
        "elements": [party, claim, defence, note, fact, opinion, law, result],
        "links": [
            link(defence, "answers", claim),
            link(note, "proves", fact),
            link(law, "grounds", result),
            link(opinion, "grounds", result),
        ],
        "focus": "被告转账的款项是否应认定为归还本案借款？",
        "outcome": "partly",
    }


def _theft(text: str) -> Answer:
    plea = mark(text, "The accused does not contest the charge and pleads guilty", "defence", side="opponent")
    film = mark(text, "the surveillance recording of the dormitory entrance", "evidence", side=None)
    fact = mark(text, "the accused Zhou X took a mobile telephone worth 4,200 yuan", "fact", side=None)
    surrender = mark(text, "He surrendered himself on 11 January 2024", "circumstance", side=None)
    result = mark(text, "sentenced to six months' fixed-term imprisonment, suspended for one year", "result", side=None)
    return {
        "case_type": "criminal",
        "parts": ["heading", "facts", "reasons", "basis", "disposition", "closing"],
        "elements": [plea, film, fact, surrender, result],
        "links": [link(film, "proves", fact), link(surrender, "grounds", result)],
        "focus": "Does the act constitute theft, and how is it to be punished after surrender and compensation?",
        "outcome": "convicted",
    }


def _entity(text: str, words: str, label: str, *, after: str = "", **differs: str) -> Answer:
    usual = dict.fromkeys(("negation", "certainty", "time", "experiencer"))
    return mark(text, words, label, after=after, **(usual | differs))


def _pneumonia(text: str) -> Answer:
    drug = _entity(text, "amoxicillin", "drug")
    dosage = _entity(text, "1 g orally three times a day for seven days", "dosage")
    disease = _entity(text, "Community-acquired pneumonia", "disease")
    return {
        "entities": [
            disease,
            drug,
            dosage,
            _entity(text, "Pulmonary embolism", "disease", negation="negated"),
            _entity(text, "CT angiography", "test"),
            _entity(text, "fever", "symptom", certainty="conditional", time="planned"),
            _entity(text, "Pneumococcal vaccination", "procedure", time="planned"),
        ],
        "links": [link(dosage, "dosage_of", drug), link(drug, "treats", disease)],
    }


def _infarction(text: str) -> Answer:
    pain, place = _entity(text, "压榨样疼痛", "symptom"), _entity(text, "胸骨后", "anatomy")
    test, value = _entity(text, "肌钙蛋白I", "test"), _entity(text, "2.6ng/mL", "value")
    return {
        "entities": [
            pain,
            place,
            test,
            value,
            _entity(text, "咳嗽", "symptom", negation="negated"),
            _entity(text, "糖尿病", "disease", negation="negated", time="past"),
            _entity(text, "阑尾切除术", "procedure", time="past"),
            _entity(text, "冠心病", "disease", after="父亲", experiencer="family"),
            _entity(text, "主动脉夹层", "disease", certainty="possible"),
        ],
        "links": [link(pain, "located_at", place), link(value, "result_of", test)],
    }


def _ear(text: str) -> Answer:
    return {
        "chief_complaint": "Left ear pain for three to four days",
        "subjective": "Pain in the left ear for three or four days. Flare of eczema, present since childhood.",
        "objective": "Fluid in the left ear.",
        "assessment": "Serous otitis of the left ear. Atopic dermatitis.",
        "plan": "Antibiotics for the ear infection.",
        "evidence": [
            mark(text, "It's been three or four days.", "subjective"),
            mark(text, "you have lot of fluid accumulated in your left ear", "objective"),
            mark(text, "It is called as Serous Otitis.", "assessment"),
            mark(text, "I will prescribe you some antibiotics", "plan"),
        ],
        "urgency": None,
    }


def _cough(text: str) -> Answer:
    return {
        "chief_complaint": "咳嗽1周，发热2天",
        "subjective": "咳嗽1周，咳黄色黏痰，近两日发热，最高38.5℃，爬楼时气促。否认胸痛。"
        "青霉素过敏（皮疹）。吸烟十余年，每日半包。",
        "objective": "右下肺湿啰音。白细胞13.5，偏高。",
        "assessment": "社区获得性肺炎可能性大。",
        "plan": "胸片检查。左氧氟沙星0.5g，每日1次，先用5天。多饮水，戒烟。3天后复诊，气促加重或体温超过39℃立即急诊。",
        "evidence": [
            mark(text, "咳嗽，咳了一个星期了，这两天还发烧。", "subjective"),
            mark(text, "右边下面有湿啰音。血常规出来了，白细胞13.5，偏高。", "objective"),
            mark(text, "社区获得性肺炎的可能性大，要拍个胸片确认。", "assessment"),
            mark(text, "我开左氧氟沙星，0.5克，每天一次，先吃五天。", "plan"),
        ],
        "urgency": "soon",
    }


def _appendix(text: str) -> Answer:
    return {
        "record_type": "admission",
        "sections": [
            mark(text, "Chief complaint\nAbdominal pain for one day.", "complaint"),
            mark(text, "Family history\nFather with hypertension.", "family"),
            mark(text, "Assessment\n1. Acute appendicitis. 2. Sulfonamide allergy.", "diagnosis"),
        ],
        "complaint": "Abdominal pain for one day",
        "diagnoses": ["Acute appendicitis", "Sulfonamide allergy"],
        "defects": ["contradiction"],
        "defect_note": "Pain on the right in the history, tenderness on the left in the examination.",
    }


def _ulcer(text: str) -> Answer:
    return {
        "record_type": "admission",
        "sections": [
            mark(text, "主诉：反复上腹痛2年，加重伴黑便3天。", "complaint"),
            mark(text, "初步诊断：1.十二指肠球部溃疡伴出血；2.失血性贫血（中度）。", "diagnosis"),
        ],
        "complaint": "反复上腹痛2年，加重伴黑便3天",
        "diagnoses": ["十二指肠球部溃疡伴出血", "失血性贫血（中度）"],
        "defects": [],
        "defect_note": None,
    }


def _sales(text: str) -> Answer:
    return {
        "question": "What was the percentage change in sales of other contract types from 2018 to 2019?",
        "answer_type": "arithmetic",
        "derivation": "(44.1-56.7)/56.7",
        "value": -22.22,
        "scale": "percent",
        "unit": None,
        "answer": "Sales of other contract types fell by 22.22 percent from 2018 to 2019.",
        "evidence": [mark(text, "44.1", "figure"), mark(text, "56.7", "figure"), mark(text, "in millions", "scale")],
        "missing": None,
    }


def _top_five(text: str) -> Answer:
    return {
        "question": "2024年第三季度末，前五名客户销售额占比较上年同期下降多少？",
        "answer_type": "arithmetic",
        "derivation": "43.2％－48.6％＝－5.4％",
        "value": -5.4,
        "scale": "percent",
        "unit": None,
        "answer": "前五名客户销售额占比较上年同期下降5.4个百分点。",
        "evidence": [mark(text, "48.6%", "figure"), mark(text, "43.2%", "figure")],
        "missing": None,
    }


def _leave(text: str) -> Answer:
    return {
        "request": "List the cases in which days of leave do not lapse or are paid out, for a note to new staff.",
        "task": "extraction",
        "form": "list",
        "support": [mark(text, "Days that could not be taken because of illness or parental leave", "used")],
        "response": "- Days not taken because of illness do not lapse.\n- Nor do days not taken because of parental "
        "leave.\n- Days left when employment ends are paid out.",
    }


def _travel(text: str) -> Answer:
    return {
        "request": "把住宿费标准整理成 JSON，键为城市类型，值为每人每天的上限（元）。",
        "task": "extraction",
        "form": "json",
        "support": [mark(text, "一线城市每人每天不超过600元，其他城市不超过400元", "used")],
        "response": '{"一线城市": 600, "其他城市": 400}',
    }


def _penalty(_: str) -> Answer:
    return {
        "margin": "clear",
        "better": "answer_a",
        "reasons": ["correct"],
        "why": "Only full weeks count, so 1 % is due; the other claims 1.71 %.",
        "usable": "one",
        "ideal": None,
    }


def _growth(_: str) -> Answer:
    return {
        "margin": "clear",
        "better": "answer_a",
        "reasons": ["correct"],
        "why": "增长率应以上年为基数；另一个以本年为基数，结果错误。",
        "usable": "one",
        "ideal": None,
    }


def _lease(text: str) -> Answer:
    return {
        "category": "legal/contract",
        "also": [],
        "cues": [mark(text, "The Lessee shall", "cue")],
        "sure": "yes",
        "doubt": None,
    }


def _leaflet(text: str) -> Answer:
    return {
        "category": "medical/guidance",
        "also": ["legal/statute"],
        "cues": [mark(text, "【用法用量】", "cue")],
        "sure": "no",
        "doubt": "没有标题，也可能是法规附录中的范本。",
    }


CASES = (
    Case("legal/case_summary", "bales of cotton", _carrier),
    Case("legal/case_summary", "货运代理合同", _forwarder),
    Case("legal/statute_qa", "税率如下", _tax_rate),
    Case("legal/statute_qa", "SEC. 3.", _amended),
    Case("legal/judgment_elements", "林某甲", _loan),
    Case("legal/judgment_elements", "Zhou X", _theft),
    Case("medical/clinical_entities", "amoxicillin", _pneumonia),
    Case("medical/clinical_entities", "肌钙蛋白I", _infarction),
    Case("medical/dialogue_note", "Serous Otitis", _ear),
    Case("medical/dialogue_note", "左氧氟沙星", _cough),
    Case("medical/record_structure", "appendicitis", _appendix),
    Case("medical/record_structure", "十二指肠", _ulcer),
    Case("finance/report_qa", "Fixed Price", _sales),
    Case("finance/report_qa", "前五名客户", _top_five),
    Case("generic/instruction", "annual leave", _leave),
    Case("generic/instruction", "住宿费标准", _travel),
    Case("generic/preference", "12 days late", _penalty),
    Case("generic/preference", "同比增长多少", _growth),
    Case("generic/classification", "The Lessee shall", _lease),
    Case("generic/classification", "用法用量", _leaflet),
)
