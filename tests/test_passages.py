"""Passages are clauses that a lawyer would recognise, and together they are the whole document, each part once."""

import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.documents import Block, Document, ingest, load_documents
from toolkit.documents.reading import extract
from toolkit.errors import ToolkitError
from toolkit.passages import By, Passage, load_passages, segment
from toolkit.passages.limits import Characters
from toolkit.passages.segment import passages_of
from toolkit.workspace import Workspace

WAYS: tuple[By, ...] = ("clause", "section", "paragraph", "window")


def document(text: str) -> Document:
    extraction = extract(text.encode())
    return Document(
        id="doc_0",
        source_sha256="0",
        path="a.txt",
        text=extraction.text,
        blocks=extraction.blocks,
        meta=extraction.meta,
    )


def cut(text: str, by: By = "clause", max_characters: int = 2000) -> list[Passage]:
    return list(passages_of(document(text), by, Characters(max_characters)))


def starts(text: str, by: By = "clause") -> list[str]:
    return [passage.text.split("\n")[0][:14] for passage in cut(text, by)]


CONTRACT = """SUPPORT AGREEMENT

This Support Agreement is made between the Licensor and the Licensee as of the date below.

1. DEFINITIONS

1.1 "Incident" means a malfunction that needs more than one response, see items 1.1 and
1.2 Release Terms of the License Agreement, within
30 days.

1.2 "Release" means a version 2.0 of the Product.

2. TERM. This Agreement lasts for 12 months from the date of signature below.
(a) It renews by itself.
(b) It ends upon notice.

ARTICLE IV

3. FEES

Fees are due within thirty days. The price is USD
5. It is net of tax.
"""

STATUTE = """---
sidebar: auto
---

# 国籍法

1980年9月10日第五届全国人民代表大会第三次会议通过

## 第一章　总则

**第一条**　国籍的取得，都适用本法。

**第二条**　依照本法
第一条规定取得国籍的，适用下列规定：

（一）父母双方为中国公民；

一、其他情形。

## 第二章　附则

**第三条**　本法自公布之日起施行。
"""


def test_numbered_clauses_are_passages_and_numbers_in_mid_sentence_are_not() -> None:
    found = starts(CONTRACT)
    assert [start.split()[0] for start in found] == ["SUPPORT", "1.", "1.2", "2.", "ARTICLE"]


def test_a_heading_goes_with_what_follows_and_is_told_to_all_below_it() -> None:
    _, first, second, *_ = cut(CONTRACT)
    assert first.text.startswith("1. DEFINITIONS\n\n1.1 ")
    assert first.heading == second.heading == ("1. DEFINITIONS",)


def test_articles_of_a_chinese_statute_are_passages_under_their_chapter() -> None:
    passages = cut(STATUTE)
    assert [passage.text.lstrip("#* ")[:5] for passage in passages[1:]] == ["第一章　总", "第二条**", "第二章　附"]
    assert passages[1].heading == ("国籍法", "第一章 总则")
    assert passages[2].text.endswith("一、其他情形。")
    assert passages[0].text.startswith("---\nsidebar")


def test_clauses_that_share_a_long_line_are_told_apart() -> None:
    line = (
        "DISTRIBUTOR AGREEMENT THIS AGREEMENT is made by the parties. ARTICLE I. DEFINITIONS 1.1 For purposes of this "
        "Agreement, Section 2.1 applies. 1.2 Other Definitions. Net Revenue is 7.5 percent of the price. ARTICLE II. "
        "APPOINTMENT 2.1 Exclusivity. Hydraspin appoints the Distributor for 3. 2 years.     3. TERM. Unless ended."
    )
    assert [passage.text.split(" ")[0] for passage in cut(line)] == ["DISTRIBUTOR", "ARTICLE", "1.2", "ARTICLE", "3."]


def test_a_contract_in_chinese_is_cut_at_its_own_numbers() -> None:
    rent = "租金为每月三千元整，乙方应当于每月五日之前支付给甲方，逾期按日计息。"
    text = f"房屋租赁合同\n\n一、租赁标的\n\n甲方将房屋出租给乙方，用途为居住。\n\n二、租金\n\n{rent}\n"
    first, second = cut(text)
    assert first.text.startswith("房屋租赁合同\n\n一、租赁标的\n\n甲方")
    assert second.text == f"二、租金\n\n{rent}"
    assert second.heading[-1] == "二、租金"


def test_items_stay_inside_their_clause_until_it_is_too_long() -> None:
    clause = "2. TERM. It ends as follows:\n" + "".join(
        f"({letter}) {'upon notice given ' * 6}.\n" for letter in "abcdef"
    )
    assert len(cut(clause)) == 1
    parts = cut(clause, max_characters=300)
    assert all(part.text.startswith(("2.", "(")) for part in parts)


def test_a_table_of_contents_is_one_passage() -> None:
    contents = "TABLE OF CONTENTS\n\n" + "".join(f"ARTICLE {n} - {name} {n}\n\n" for n, name in enumerate(NAMES, 1))
    body = "".join(
        f"ARTICLE {n} - {name}\n\n{n}.01 First. {'The parties agree. ' * 5}\n\n" for n, name in enumerate(NAMES, 1)
    )
    passages = cut(contents + body)
    assert len(passages) == 1 + len(NAMES)
    assert passages[1].heading == ("ARTICLE 1 - DEFINITIONS",)


NAMES = ("DEFINITIONS", "PROGRAM", "PAYMENT", "TERMINATION", "NOTICES")

_PIECES = st.sampled_from(
    [
        "1. Term. ",
        "1.1 ",
        "ARTICLE I. ",
        "第一条　",
        "（一）",
        "(a) ",
        "Pay. ",
        "付款。",
        "\n",
        "\n\n",
        "\r\n",
        "   ",
        "e\u0301",
        "👩\u200d⚖️",
        "Section 2 ",
        "\u3000",
        "# HEADING\n",
        "FEES\n\n",
        "a" * 70,
        "甲" * 50,
        "b" * 450,
        "字" * 450,
        "\x00",
        "**",
        "3",
        "\u2028",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, min_size=1, max_size=60).map("".join), st.sampled_from(WAYS), st.integers(200, 400))
def test_every_character_lies_in_exactly_one_passage(text: str, by: By, longest: int) -> None:
    if not text.replace("\x00", "").strip():
        return
    whole = Document(id="doc_0", source_sha256="0", path="a", text=text, blocks=blocks_of(text), meta={})
    passages = list(passages_of(whole, by, Characters(longest)))
    covered = 0
    for passage in passages:
        assert text[covered : passage.start].strip() == ""
        assert text[passage.start : passage.end] == passage.text == passage.text.strip()
        assert 0 < len(passage.text) <= longest
        covered = passage.end
    assert text[covered:].strip() == ""
    assert len({passage.id for passage in passages}) == len(passages)


def blocks_of(text: str) -> tuple[Block, ...]:
    from toolkit.documents.readers.plain import read_plain

    return tuple(read_plain(text))


REPEATED = (" ", ". ", "1. ", "(a) ", "1.1 A ", "第", "第一条 ", "\n", "ARTICLE ", "**", "a.", "（一）")


@pytest.mark.parametrize("piece", REPEATED)
def test_long_repetitions_take_no_long_time(piece: str) -> None:
    text = "x" + piece * (200_000 // len(piece)) + "x"
    began = time.process_time()
    assert "".join("".join(passage.text for passage in cut(text)).split()) == "".join(text.split())
    assert time.process_time() - began < 5


@pytest.mark.parametrize("by", WAYS)
def test_real_documents_are_covered_too(workspace: Workspace, shared_data: Path, by: By) -> None:
    ingest(workspace, paths=[shared_data / "legal/cuad/pdf", shared_data / "legal/zh-statutes-gbk"], workers=2)
    result = segment(workspace, by=by, max_characters=1200)
    documents = {found.id: found for found in load_documents(workspace, "clean")}
    passages = list(load_passages(workspace))
    assert result.passages == len(passages)
    assert max(len(passage.text) for passage in passages) <= 1200
    for found in documents.values():
        own = [passage for passage in passages if passage.document == found.id]
        seen = "".join(passage.text for passage in own)
        assert "".join(seen.split()) == "".join(found.text.split())
        assert all(before.end <= after.start for before, after in pairwise(own))
        if found.meta["format"] == "pdf":
            assert all(passage.pages for passage in own)


def test_segmenting_again_changes_nothing_and_other_options_replace_all(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "contract.txt").write_text(CONTRACT)
    ingest(workspace, paths=[tmp_path / "contract.txt"])
    first = segment(workspace)
    (shard,) = workspace.passages.iterdir()
    before = shard.stat()
    assert first.changed
    again = segment(workspace)
    assert (again.changed, again.unchanged, again.passages) == (False, 1, first.passages)
    assert (shard.stat().st_mtime_ns, shard.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    other = segment(workspace, by="window", max_characters=200)
    assert other.changed
    assert other.passages == len(list(load_passages(workspace)))


def test_held_documents_give_problems_and_no_passages(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(CONTRACT)
    (tmp_path / "misread.txt").write_text((STATUTE * 3).encode("gbk").decode("latin-1"))
    assert ingest(workspace, paths=[tmp_path / "good.txt", tmp_path / "misread.txt"]).held == 1
    result = segment(workspace)
    assert (result.documents, result.problems) == (2, 1)
    assert result.account is not None
    assert result.account.sentence() == "2 documents = 1 segmented + 1 held"
    assert {passage.meta["path"] for passage in load_passages(workspace)} == {"good.txt"}


def test_an_empty_workspace_and_a_silly_length_are_user_errors(workspace: Workspace) -> None:
    with pytest.raises(ToolkitError) as none:
        segment(workspace)
    assert none.value.code == "DOCUMENTS-NONE"
    with pytest.raises(ToolkitError) as short:
        segment(workspace, max_characters=50)
    assert short.value.code == "PASSAGE-TOO-SHORT"
