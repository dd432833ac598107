"""Clause numbers form a tree: each passage says under which labels it begins, and references are no labels.

Known answers: the articles of statutes are counted by their own numbers; the clauses of contracts were read by hand.
"""

import json
import re
from pathlib import Path

import pytest

from toolkit.documents import Block, Document
from toolkit.documents.readers.plain import read_plain
from toolkit.documents.reading import extract
from toolkit.passages.labels import finds
from toolkit.passages.limits import Characters
from toolkit.passages.outline import Outline
from toolkit.passages.segment import passages_of
from toolkit.passages.series import find_labels


def document(text: str, blocks: tuple[Block, ...] | None = None) -> Document:
    found = tuple(read_plain(text)) if blocks is None else blocks
    return Document(id="doc_0", source_sha256="0", path="a.txt", text=text, blocks=found, meta={})


def labels_of(text: str) -> list[tuple[str, int]]:
    """Each label with its depth below the first."""
    found = find_labels(text, frozenset(block.start for block in read_plain(text)))
    return [(text[label.start : label.end], label.rank - found[0].rank) for label in found]


def paths(text: str, longest: int = 2000) -> list[str]:
    return ["/".join(passage.numbering) for passage in passages_of(document(text), "clause", Characters(longest))]


def clauses(found: Document) -> list[str]:
    """The labels that stand directly below nothing or an annex, in order."""
    outline = Outline(found, "clause")
    above = [outline.above(one.start, one.start + 1)[1] for one in outline.stretches if one.labelled]
    return [numbering[0] for numbering in above if len(numbering) == 1]


def test_items_stand_below_their_clause_and_below_each_other() -> None:
    english = "1. Term.\n(a) One;\n(i) at first;\n(A) or more;\n(B) or less;\n(ii) later;\n(b) Two.\n2. Fees. All.\n"
    assert [depth for _, depth in labels_of(english)] == [0, 1, 2, 3, 3, 2, 1, 0]
    chinese = "一、标的\n（一）房屋\n1. 面积\n① 建筑面积；\n② 使用面积；\n2. 位置\n（二）车位\n二、租金\n"
    assert [depth for _, depth in labels_of(chinese)] == [0, 1, 2, 3, 3, 2, 1, 0]


@pytest.mark.parametrize(
    ("next_label", "depth"),
    [
        ("(ii) second of the lower series.", 2),  # (i) opened Roman numerals below (h)
        ("(j) tenth letter.", 1),  # (i) was the ninth letter
        ("Nothing more follows.", 1),  # nothing tells: the series that is open goes on
    ],
)
def test_whether_i_is_a_letter_or_a_roman_numeral_its_series_tells(next_label: str, depth: int) -> None:
    letters = "".join(f"({letter}) {letter};\n" for letter in "abcdefgh")
    labels = dict(labels_of(f"1. List:\n{letters}(i) which one;\n{next_label}\n"))
    assert labels["(i)"] == depth


@pytest.mark.parametrize(
    "text",
    [
        "1. Pay. The fee stated in\n(a) of this clause is due.\n",
        "1. Pay. As set out in Section\n3.2 the fee is due.\n",
        "1. Pay. The price is fixed as set out in the table below and in Clause\n2. The fee is due.\n",
        "1. Pay. Under clauses (a), (b) and (c) the fee is due.\n",
        "第一条　依照本法\n第二条的规定，适用下列规定。\n",
        "第一条　会于收到通知后，得依第九条、\n第十条处理。\n",
        "1. Pay. It was agreed as set out in Section 3.2 Payment shall follow.\n",
    ],
)
def test_a_reference_is_no_label(text: str) -> None:
    assert len(labels_of(text)) == 1


def test_the_path_of_a_passage_has_every_label_above_it() -> None:
    fees = "ARTICLE IV\n\nFEES\n\n4.1 Rate. The rate is fixed for all goods and services of the Seller.\n\n"
    items = "".join(f"({letter}) {'upon notice given ' * 9}.\n\n" for letter in "abc")
    found = paths(f"{fees}4.2 Payment. The Buyer pays for the goods:\n\n{items}", 220)
    assert found == ["ARTICLE IV/4.1", "ARTICLE IV/4.2", "ARTICLE IV/4.2/(b)", "ARTICLE IV/4.2/(c)"]


def test_a_chinese_path_goes_from_part_to_item() -> None:
    item = "（{}）依照法律规定应当由人民法院审理的民事案件以及其他依法应当受理的案件和纠纷；\n\n"
    text = "第一编　总则\n\n第二章　管辖\n\n第十七条　下列案件由基层人民法院管辖：\n\n" + "".join(
        item.format(sign) * 1 for sign in "一二三四五六"
    )
    found = paths(text, 200)
    assert found[0] == "第一编/第二章/第十七条"
    assert found[-1].startswith("第一编/第二章/第十七条/（")


def test_a_heading_that_was_guessed_sets_clauses_aside_but_not_their_items() -> None:
    notice = "The Seller gives notice of it to the Buyer in writing, without delay, at the place of business. "
    text = f"1. Warranty. {notice}\n\nDISCLAIMER\n\nNo other warranty. {notice}\n\n(a) Loss. {notice}\n\n"
    found = list(passages_of(document(text), "clause", Characters(200)))
    assert [(passage.heading, passage.numbering) for passage in found] == [
        ((), ("1",)),
        (("DISCLAIMER",), ()),
        (("DISCLAIMER",), ("1", "(a)")),
    ]


def test_what_a_table_of_contents_names_heads_nothing_below() -> None:
    names = ["Definitions", "Services", "Payment", "Term"]
    contents = "TABLE OF CONTENTS\n\n" + "".join(f"{n}. {name} .......... {n}\n\n" for n, name in enumerate(names, 1))
    annexes = "Exhibit A - Form of Note\n\nExhibit B - Form of Notice\n\n"
    body = "This agreement is made between the parties that sign it below.\n\n" + "".join(
        f"{n}. {name}. {'The parties agree on it. ' * 4}\n\n" for n, name in enumerate(names, 1)
    )
    found = list(passages_of(document(contents + annexes + body), "clause", Characters(2000)))
    assert [passage.numbering for passage in found][-4:] == [("1",), ("2",), ("3",), ("4",)]
    assert not any(passage.numbering for passage in found[:-4])
    assert not any("Exhibit" in " ".join(passage.heading) for passage in found)
    assert found[0].text.startswith("TABLE OF CONTENTS")
    assert found[0].text.endswith("Exhibit B - Form of Notice")


CONTRACTS = {
    "contracts-txt/70578_1999-02-16_CONSTRUCTION CONTRACT.txt": [str(n) for n in range(1, 58)],
    "contracts-txt/721237_2008-09-24_SEVERANCE AGREEMENT.txt": ["1", "2", "3", "4", "5", "EXHIBIT A"],
    "contracts-txt/896262_2001-11-14_SOFTWARE LICENSE AGREEMENT.txt": [
        "I",
        "II",
        "III",
        "IV",
        "V",
        "VI",
        "VII",
        "VIII",
    ],
    "cuad/txt/HOLIDAYRVSUPERSTORESINC_04_15_2002-EX-10.13-ENDORSEMENT AGREEMENT.txt": [str(n) for n in range(1, 20)],
    "contracts-txt/1095073_2006-12-05_EMPLOYMENT AGREEMENT WITH CRAIG E. EISENACHER.txt": [
        str(n) for n in range(1, 14)
    ],
}


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_clauses_of_contracts_that_were_read_by_hand(shared_data: Path, name: str) -> None:
    extraction = extract((shared_data / "legal" / name).read_bytes())
    assert clauses(document(extraction.text, extraction.blocks)) == CONTRACTS[name]


def articles(found: Document) -> list[str]:
    outline = Outline(found, "clause")
    above = [outline.above(one.start, one.start + 1)[1] for one in outline.stretches if one.labelled]
    return [re.sub(r"\s", "", path[-1]) for path in above if path[-1].endswith(("条", "條")) or "条之" in path[-1]]


def test_every_article_of_taiwanese_statutes_is_found(shared_data: Path) -> None:
    """The files list their articles one by one: 78 statutes, 1,691 articles."""
    count = 0
    for file in sorted((shared_data / "legal/tw-statutes-json/zh").glob("*.json")):
        rows = json.loads(file.read_text(encoding="utf-8"))["法規內容"]
        text = "\n\n".join(f"{row['條號']}\n{row['條文內容']}" if row.get("條號") else row["編章節"] for row in rows)
        wanted = [re.sub(r"\s", "", row["條號"]) for row in rows if row.get("條號")]
        assert articles(document(text)) == wanted, file.name
        count += len(wanted)
    assert count == 1691


def test_every_article_of_chinese_statutes_is_found(shared_data: Path) -> None:
    """A line that begins with an article's number and a space begins an article; counted apart from the code here."""
    line = re.compile(
        r"(?m)^[\s\u3000*#>]*(第[一二三四五六七八九十百千零〇两]+条(?:之[一二三四五六七八九十]+)?)(?=[\s\u3000*])"
    )
    folders = ("zh-statutes-md", "zh-statutes-just-laws", "zh-statutes-gbk")
    count = 0
    for file in [file for folder in folders for file in sorted((shared_data / "legal" / folder).iterdir())]:
        extraction = extract(file.read_bytes())
        wanted = line.findall(extraction.text)
        assert articles(document(extraction.text, extraction.blocks)) == wanted, file.name
        count += len(wanted)
    assert count > 9000


def test_every_way_to_read_a_label_is_offered() -> None:
    (find,) = finds("(v)")
    assert [(reading.style, reading.number) for reading in find.readings] == [("(i)", (5,)), ("(a)", (22,))]
