"""Domain checks find what a citation, a case number, a code, a dose, an amount or an order of dates has wrong."""

import gzip
import json
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from toolkit.checks import (
    Registry,
    find_amounts,
    find_case_numbers,
    find_doses,
    find_provisions,
    unknown_citations,
    wrong_amount,
    wrong_codes,
)
from toolkit.checks.numerals import roman_number, whole_number
from toolkit.errors import SERVICE, ToolkitError
from toolkit.records.foreign import check_file
from toolkit.schema import (
    Bilingual,
    Fault,
    Schema,
    Span,
    amounts,
    asked,
    case_numbers,
    check_answer,
    check_schema,
    cites,
    diagnosis_codes,
    differences,
    doses,
    load_schema,
    migrate,
    ordered_dates,
    reported_cases,
    version_of,
)

DIGITS = "零一二三四五六七八九"
CAPITALS = "零壹贰叁肆伍陆柒捌玖"


def han(number: int, digits: str = DIGITS, units: str = "十百千") -> str:
    """Write a number below 100,000,000 as statutes and cheques do."""
    high, low = divmod(number, 10_000)
    if high:
        return (
            han(high, digits, units) + "万" + ((digits[0] if low < 1000 else "") + han(low, digits, units)) * bool(low)
        )
    written = "".join(
        (digits[int(d)] + (["", *units][len(str(number)) - 1 - at]) if d != "0" else digits[0])
        for at, d in enumerate(str(number))
    )
    while digits[0] * 2 in written:
        written = written.replace(digits[0] * 2, digits[0])
    return written.rstrip(digits[0]) or digits[0]


@given(some.integers(1, 99_999_999))
def test_every_number_is_read_back_from_its_chinese_writing(number: int) -> None:
    assert whole_number(han(number)) == number
    assert whole_number(han(number, CAPITALS, "拾佰仟")) == number


@given(some.integers(1, 3999))
def test_every_number_is_read_back_from_its_roman_writing(number: int) -> None:
    signs = [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL")]
    signs += [(10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]
    written, rest = "", number
    for value, sign in signs:
        written += sign * (rest // value)
        rest %= value
    assert roman_number(written) == number


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("《民法典》第一千一百六十五条", [("民法典", ("1165",))]),
        ("《中华人民共和国民法典》第1165条第一款", [("民法典", ("1165",))]),
        ("根据民法典第１１６５条", [("民法典", ("1165",))]),
        ("《刑法》（2020年修正）第一百三十三条之一第一款第（二）项", [("刑法", ("133-1",))]),
        (
            "《民法典》第五百七十七条、第五百八十五条和第六条",
            [("民法典", ("577",)), ("民法典", ("585",)), ("民法典", ("6",))],
        ),
        ("《公司法》第五条至第八条", [("公司法", ("5", "6", "7", "8"))]),
        ("第五至七条", [("", ("5", "6", "7"))]),
        ("依照本法第十条", [("", ("10",))]),
        ("第三条件不成立", []),
        ("中华人民共和国刑法第七条", [("刑法", ("7",))]),
        ("依照公司法和民诉法第七条", [("民诉法", ("7",))]),
        ("42 U.S.C. § 1983", [("42 USC", ("1983",))]),
        ("29 CFR 1604.11(a)", [("29 CFR", ("1604.11",))]),
        ("see Section 4.2(b)(iii) hereof", [("", ("4.2",))]),
        ("Article III", [("", ("3",))]),
        ("Articles 12, 13 and 14 of the Civil Code", [("Civil Code", ("12", "13", "14"))]),
        ("§ 2-207 of the Uniform Commercial Code", [("Uniform Commercial Code", ("2-207",))]),
    ],
)
def test_articles_are_read_in_both_numerals_and_both_languages(text: str, found: list[Any]) -> None:
    assert [(one.law, one.articles) for one in find_provisions(text)] == found
    assert all(0 <= one.start < one.end <= len(text) for one in find_provisions(text))


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("（2021）京01民终1234号", ""),
        ("(2021)京0105民初1号", ""),
        ("〔2019〕最高法知民终1号", ""),
        ("（2019）最高法民申１２号之一", ""),
        ("（2020）粤73知民初5号", ""),
        ("（2018）沪民辖终9号", ""),
        ("（2017）兵0103执异2、3号", ""),
        ("（2014）浦民一（民）初字第12号", ""),
        ("（2014）民一终字第174号", ""),
        ("（2021）京1民终1234号", "the court code 京1"),
        ("（2021）某01民终1234号", "the court code 某01"),
        ("（2021）最高法01民终1号", "the court code 最高法01"),
        ("（2021）京01民中1234号", "the type 民中"),
        ("（1021）京01民终1234号", "the year 1021"),
        ("（2012）京01民终1234号", "no 字第 in a number before 2016"),
        ("（2021）朝民初字第12号", "字第 in a number since 2016"),
        ("（2021）京0105民初XX号", "a number that is masked"),
        ("法〔2018〕335号", None),
        ("国办发（2018）12号", None),
        ("（2015）第12号鉴定意见", None),
        ("（2019）某区不动产第12号", None),
    ],
)
def test_case_numbers_are_held_against_the_courts_grammar(written: str, wrong: str | None) -> None:
    assert [one.wrong for one in find_case_numbers(written)] == ([] if wrong is None else [wrong])


@pytest.mark.parametrize(
    ("codes", "edition", "wrong"),
    [
        ("I10", "who", []),
        ("A17.0†, G01*", "who", []),
        ("M23.51", "who", []),
        ("E11.x", "who", ["E11.x"]),
        ("1E1.9", "who", ["1E1.9"]),
        ("e11.9", "who", ["e11.9"]),
        ("S52.501A", "cm", []),
        ("S72001A", "cm", []),
        ("C7A.010 Z3A.20 U07.1", "cm", []),
        ("S52.50111A", "cm", ["S52.50111A"]),
        ("I10.x00", "zh", []),
        ("K29.500x001", "zh", []),
        ("A17.000+G01*", "zh", []),
        ("M8140/3", "zh", []),
        ("I10.x0", "zh", ["I10.x0"]),
        ("高血压", "zh", ["高血压"]),
    ],
)
def test_diagnosis_codes_are_held_against_the_shape_of_their_edition(
    codes: str, edition: Any, wrong: list[str]
) -> None:
    assert wrong_codes(codes, edition) == wrong


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("阿司匹林肠溶片100mg 每日一次", ["100mg"]),
        ("口服，一次2片，一日3次", ["2片"]),
        ("每次两粒", ["两粒"]),
        ("5-10 ml", ["5-10 ml"]),
        ("0.9%氯化钠250毫升", ["250毫升"]),
        ("insulin 10 units at night", ["10 units"]),
        ("5 μg/kg/min", ["5 μg/kg/min"]),
        ("1,000 IU", ["1,000 IU"]),
        ("80万单位", ["80万单位"]),
        ("500", []),
        ("每日3次", []),
        ("3 Gs", []),
    ],
)
def test_doses_are_numbers_with_a_unit(text: str, found: list[str]) -> None:
    assert find_doses(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("借款80000元", ["80000元"]),
        ("¥1,234.56", ["¥1,234.56"]),
        ("￥100", ["￥100"]),
        ("人民币3.5万元", ["人民币3.5万元"]),
        ("USD 5 million", ["USD 5 million"]),
        ("$1,000,000 and 300 yuan", ["$1,000,000", "300 yuan"]),
        ("三十万元", ["三十万元"]),
        ("壹万贰仟元整", ["壹万贰仟元整"]),
        ("500", []),
        ("1,23,456元", []),
        ("第3条", []),
        ("数万元", []),
        ("3 pounds heavier", []),
    ],
)
def test_amounts_are_numbers_with_a_currency(text: str, found: list[str]) -> None:
    assert find_amounts(text) == found


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("12,000元（大写：壹万贰仟元整）", ""),
        ("1.2万元（壹万贰仟元）", ""),
        ("¥12000.50（壹万贰仟元伍角整）", ""),
        ("12,000元（大写：壹万叁仟元整）", "capitals for 13000 beside figures for 12000"),
        ("12000", "no amount with its currency"),
        ("拾佰元整", "capitals that write no number: 拾佰元整"),
    ],
)
def test_capitals_say_the_same_sum_as_the_figures(text: str, wrong: str) -> None:
    assert wrong_amount(text) == wrong


def test_an_article_is_the_same_under_the_full_and_the_short_name_of_its_law() -> None:
    full = "《最高人民法院关于适用〈中华人民共和国民事诉讼法〉的解释》第九十条"
    for written in ("《最高人民法院关于适用<民事诉讼法>的解释》第90条", "民诉法解释第九十条", "该解释第九十条"):
        assert list(unknown_citations(written, full, None, reporters=False)) == []
    for written in ("《刑事诉讼法》第九十条", "民诉法解释第九十一条"):
        assert list(unknown_citations(written, full, None, reporters=False)) == [written[-5:].lstrip("释》")]


def test_real_judgments_number_their_cases_by_the_rules_and_cite_articles_of_the_code(shared_data: Path) -> None:
    folder = shared_data / "legal" / "zh-judgments"
    judgments = gzip.decompress((folder / "judge_test.jsonl.gz").read_bytes()).decode()
    numbers = find_case_numbers(judgments)
    assert len(numbers) > 400
    assert sum(bool(one.wrong) for one in numbers) <= 3, "three breach the rules: 字第 in 2016, and a type cut short"
    names = [json.loads(line)["name"] for line in (folder / "law_corpus.jsonl").read_text("utf-8").splitlines()]
    code = Registry({"刑法": frozenset(find_provisions(name)[0].articles[0] for name in names)}, frozenset())
    cited = [(one.law, number) for one in find_provisions(judgments) if one.law == "刑法" for number in one.articles]
    assert len(cited) > 1_000
    unknown = {number for law, number in cited if not code.has_article(law, number)}
    assert unknown == {"37-1", "133-1", "205-1", "224-1", "253-1", "276-1", "307-1"}, "inserted later than the file"


class Order(Schema):
    """One field for each check."""

    title = Bilingual("Order", "裁定")
    instruction = Bilingual("Extract it.", "请提取。")
    checks = (
        cites("reasoning"),
        case_numbers("number"),
        diagnosis_codes("codes", edition="zh"),
        doses("drugs", label="dose"),
        amounts("sum"),
        ordered_dates("signed", "effective", "expires"),
    )

    reasoning: str | None = asked("Reasoning", "理由")
    number: str | None = asked("Number", "案号")
    codes: list[str] = asked("Codes", "编码")
    drugs: list[Span] = asked("Drugs", "药物", labels={"dose": ("Dose", "剂量"), "name": ("Name", "名称")})
    sum: str | None = asked("Sum", "金额")
    signed: date | None = asked("Signed", "签署日")
    effective: date | None = asked("Effective", "生效日")
    expires: date | None = asked("Expires", "届满日")


PASSAGE = "见（2021）京01民终1234号判决。依照《中华人民共和国民法典》第五百七十七条，服阿莫西林。\n4.2 Term. As agreed."


def faults(**answer: Any) -> list[tuple[str, str, str]]:
    checked = check_answer(Order, answer, PASSAGE)
    return [] if isinstance(checked, Schema) else [(one.field, one.found, one.code) for one in checked]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"reasoning": "依《民法典》第577条"}, None),
        ({"reasoning": "依第577条第二款"}, None),
        ({"reasoning": "under Article 577 of the Civil Code and Section 4.2(a)"}, None),
        ({"reasoning": "同（2021）京01民终1234号"}, None),
        ({"reasoning": "依《民法典》第578条"}, ("reasoning", "a citation of '第578条'", "CITATION-UNKNOWN")),
        ({"reasoning": "依《刑法》第577条"}, ("reasoning", "a citation of '第577条'", "CITATION-UNKNOWN")),
        (
            {"reasoning": "同(2021)京01民终1235号"},
            ("reasoning", "a citation of '(2021)京01民终1235号'", "CITATION-UNKNOWN"),
        ),
        ({"number": "（2021）京01民终1234号"}, None),
        ({"number": "1234号"}, ("number", "'1234号'", "CASE-NUMBER")),
        ({"number": "(2021)京1民终2号"}, ("number", "'(2021)京1民终2号': the court code 京1", "CASE-NUMBER")),
        ({"codes": ["I10.x00", "J18.900"]}, None),
        ({"codes": ["I10.x00", "J18.9000"]}, ("codes", "'J18.9000'", "ICD-SHAPE")),
        ({"sum": "500"}, ("sum", "no amount with its currency", "AMOUNT")),
        ({"signed": "2024-01-02", "effective": "2024-01-02", "expires": "2025-01-01"}, None),
        ({"signed": "2024-01-02", "expires": "2024-01-01"}, ("expires", "2024-01-01", "DATE-ORDER")),
        ({"signed": "2024-01-02", "effective": "2023-12-31"}, ("effective", "2023-12-31", "DATE-ORDER")),
    ],
)
def test_an_answer_is_held_against_the_checks_of_its_schema(answer: Any, found: tuple[str, str, str] | None) -> None:
    assert faults(**answer) == ([found] if found else [])


def test_a_check_of_spans_looks_at_its_label_alone() -> None:
    at = PASSAGE.index("阿莫西林")
    span = {"start": at, "end": at + 4, "text": "阿莫西林"}
    assert faults(drugs=[span | {"label": "name"}]) == []
    assert faults(drugs=[span | {"label": "dose"}]) == [("drugs", "'阿莫西林'", "DOSE-UNIT")]


def test_a_field_with_a_fault_of_its_own_is_named_once() -> None:
    assert [fault[2] for fault in faults(signed="2024-13-01", effective="2024-01-01", number=7)] == [
        "ANSWER-INVALID"
    ] * 2


def test_a_foreign_file_is_held_against_the_checks_line_by_line(tmp_path: Path) -> None:
    rows = [{"answer": {"sum": "500元"}, "text": PASSAGE}, {"answer": {"reasoning": "依第九条"}, "text": PASSAGE}]
    path = tmp_path / "answers.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    good, (bad,) = check_file(Order, path)
    assert good == ()
    assert (bad.where, bad.found) == ("answers.jsonl:2, field reasoning", "a citation of '第九条'")


FILE = '''
"""A schema in a file."""
from toolkit.schema import Bilingual, Schema, asked, {names}

class Note(Schema):
    """A note."""

    title = Bilingual("Note", "笔记")
    instruction = Bilingual("Write it.", "请填写。")
    {checks}
    note: str = asked("Note", "笔记")
'''


def written(folder: Path, checks: str, names: str = "cites, ordered_dates") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "note.py"
    path.write_text(FILE.format(names=names, checks=checks), "utf-8")
    return path


@pytest.mark.parametrize(
    ("checks", "field", "found"),
    [
        ('checks = (cites("nothing"),)', "nothing", "a check of citations on a field that is not there"),
        ('checks = (ordered_dates("note", "note"),)', "note", "a check of dates in order on text"),
        ('checks = (ordered_dates("note"),)', "", "a check of dates in order of 1 fields"),
        ("checks = (cites(),)", "", "a check of citations of 0 fields"),
        ('checks = cites("note")', "", "checks that are no tuple of checks"),
    ],
)
def test_a_check_that_fits_no_field_is_named_with_the_schema(
    tmp_path: Path, checks: str, field: str, found: str
) -> None:
    said = check_schema(written(tmp_path, checks))
    assert (said[0].field, said[0].found, said[0].code) == (field, found, "SCHEMA-BROKEN")


def test_a_check_is_a_rule_a_schema_with_it_is_another_version(tmp_path: Path) -> None:
    before = load_schema(written(tmp_path / "before", ""))
    after = load_schema(written(tmp_path / "after", 'checks = (cites("note"),)'))
    assert version_of(before) != version_of(after)
    assert [(one.change, one.effect) for one in differences(before, after)] == [
        ("rule added: check of note: citations", "answers become problems")
    ]


def test_an_older_answer_that_a_new_check_refuses_is_shown_again_as_it_was(tmp_path: Path) -> None:
    before = load_schema(written(tmp_path / "before", ""))
    after = load_schema(written(tmp_path / "after", 'checks = (cites("note"),)'))
    moved = migrate(before, after, {"note": "依第九条"}, "第八条")
    assert ([fault.code for fault in moved.faults], moved.answer) == (["MIGRATE-INVALID"], {"note": "依第九条"})


@pytest.mark.parametrize("place", ["schemas/laws.json", "laws.json"])
@pytest.mark.parametrize("schema", ["schemas", "data/rounds/r1"])
def test_a_registry_lies_in_the_workspace_for_the_schema_and_for_the_copy_in_a_round(
    tmp_path: Path, place: str, schema: str
) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "toolkit.yaml").touch()
    registry = {"中华人民共和国民法典": ["1..1260"], "刑法": [1, "133-1"], "cases": ["（2020）沪01民终7号"]}
    (tmp_path / place).write_text(json.dumps(registry, ensure_ascii=False), "utf-8")
    model = load_schema(written(tmp_path / schema, 'checks = (cites("note", registry="laws.json"),)'))

    def wrong(note: str) -> list[str]:
        checked = check_answer(model, {"note": note}, "")
        return [] if isinstance(checked, Schema) else [one.found for one in checked]

    assert wrong("《民法典》第1260条，《刑法》第一百三十三条之一，（2020）沪01民终7号") == []
    assert wrong("《民法典》第1261条") == ["a citation of '第1261条'"]
    assert wrong("《刑法》第二条") == ["a citation of '第二条'"]
    assert wrong("第一条") == ["a citation of '第一条'"], "an article of no law cannot be looked up"


def test_a_registry_may_be_a_table(tmp_path: Path) -> None:
    (tmp_path / "laws.csv").write_text("law,article\n民法典,1..3\ncases,（2020）沪01民终7号\n", "utf-8")
    model = load_schema(written(tmp_path, 'checks = (cites("note", registry="laws.csv"),)'))
    assert isinstance(check_answer(model, {"note": "《民法典》第二条，（2020）沪01民终7号"}, ""), Schema)
    assert isinstance(check_answer(model, {"note": "《民法典》第四条"}, ""), tuple)
    (tmp_path / "laws.csv").write_text("law,article\n民法典,1..44\n", "utf-8")
    assert isinstance(check_answer(model, {"note": "《民法典》第四条"}, ""), Schema), "a changed registry is read again"


@pytest.mark.parametrize(
    ("content", "code"), [(None, "REGISTRY-MISSING"), ("{", "REGISTRY-BROKEN"), ('["x"]', "REGISTRY-BROKEN")]
)
def test_a_registry_that_cannot_be_read_stops_the_work(tmp_path: Path, content: str | None, code: str) -> None:
    if content is not None:
        (tmp_path / "laws.json").write_text(content, "utf-8")
    model = load_schema(written(tmp_path, 'checks = (cites("note", registry="laws.json"),)'))
    with pytest.raises(ToolkitError) as error:
        check_answer(model, {"note": "《民法典》第四条"}, "")
    assert error.value.code == code


class Brief(Schema):
    """Cites American cases."""

    title = Bilingual("Brief", "摘要")
    instruction = Bilingual("Write it.", "请填写。")
    checks = (reported_cases("case"), cites("note", reporters=True))

    case: str | None = asked("Case", "判例")
    note: str | None = asked("Note", "说明")


def brief(**answer: str) -> list[Fault]:
    checked = check_answer(Brief, answer, "Roe v. Wade, 410 U.S. 113 (1973)")
    return [] if isinstance(checked, Schema) else list(checked)


@pytest.mark.skipif(not find_spec("eyecite"), reason="the extra legal is not installed")
def test_american_cases_are_read_by_their_reporter() -> None:
    assert brief(case="410 U. S. 113", note="see 410 U.S. 113") == []
    assert [one.code for one in brief(case="410 Foo. 113")] == ["CITATION-SHAPE"]
    assert [(one.found, one.code) for one in brief(note="see 347 U.S. 483")] == [
        ("a citation of '347 U.S. 483'", "CITATION-UNKNOWN")
    ]


@pytest.mark.skipif(bool(find_spec("eyecite")), reason="the extra legal is installed")
def test_without_the_extra_the_check_says_how_to_get_it() -> None:
    with pytest.raises(ToolkitError) as error:
        brief(case="410 U.S. 113")
    assert (error.value.code, error.value.exit_code) == ("EXTRA-MISSING", SERVICE)
    assert "legal" in error.value.hint


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        "一" * 50_000,
        "壹" * 50_000,
        "1" * 50_000,
        "1," * 25_000,
        "第一条" * 20_000,
        "(2021)京01民" * 8_000,
        "法" * 50_000,
    ],
)
def test_a_long_run_of_signs_costs_no_more_than_its_length(text: str) -> None:
    find_provisions(text)
    find_case_numbers(text)
    find_doses(text)
    wrong_amount(text)
