"""Bytes become the text they were meant as, or none: never mojibake."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.text import SURE_ENOUGH, decode, language_of, looks_misread, storable

CLAUSE = "第十四条　当事人应当按照约定全面履行自己的义务。当事人应当遵循诚信原则，根据合同的性质履行通知义务。"
TRADITIONAL = "第十四條　當事人應依約定履行義務，並應遵循誠信原則，依契約之性質為通知及協助。"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", CLAUSE),
        ("gbk", CLAUSE),
        ("gb18030", CLAUSE + "患者姓名：𠮷野、㐂"),
        ("big5", TRADITIONAL),
        ("utf-16", CLAUSE),
        ("utf-16-le", CLAUSE),
        ("utf-16-be", "This Agreement is made as of the date below."),
        ("utf-8-sig", "Licensee"),
        ("cp1252", "The “Licensee” shall not – ever – assign this § 3."),
        ("hz", CLAUSE),
    ],
)
def test_text_comes_back_exactly(encoding: str, text: str) -> None:
    decoded = decode(text.encode(encoding))
    assert decoded is not None
    assert decoded.text == text
    assert decoded.confidence >= SURE_ENOUGH
    assert decoded.replaced == 0


@pytest.mark.parametrize("folder", ["legal/zh-statutes-gbk", "legal/zh-statutes-gb18030", "legal/tw-statutes-big5"])
def test_real_statutes_in_old_encodings_read_as_chinese(shared_data: Path, folder: str) -> None:
    for file in sorted((shared_data / folder).iterdir()):
        decoded = decode(file.read_bytes())
        assert decoded is not None, file.name
        assert decoded.encoding in {"gb18030", "big5hkscs"}
        assert language_of(decoded.text) == "zh"
        assert file.read_bytes().startswith(decoded.text[:50].encode(decoded.encoding))


def test_the_language_of_a_text_in_another_encoding_is_not_taken_for_chinese() -> None:
    korean = "계약 당사자는 신의에 따라 성실하게 계약상의 의무를 이행하여야 하며 통지할 의무를 진다".encode("euc-kr")
    decoded = decode(korean)
    assert decoded is None or decoded.text == korean.decode("euc-kr")


def test_bytes_of_two_encodings_are_refused() -> None:
    assert decode(CLAUSE.encode() + CLAUSE.encode("gbk")) is None


def test_a_file_cut_inside_a_character_loses_that_character_only() -> None:
    decoded = decode(CLAUSE.encode("gbk")[:-1])
    assert decoded is not None
    assert decoded.text == CLAUSE[:-1] + "\ufffd"
    assert decoded.replaced == 1


def test_carriage_returns_stay() -> None:
    decoded = decode(f"{CLAUSE}\r\n{CLAUSE}\r".encode("gb18030"))
    assert decoded is not None
    assert decoded.text.count("\r") == 2


@given(st.text())
def test_what_cannot_be_stored_is_replaced_one_for_one(text: str) -> None:
    stored, replaced = storable(text + "\x00\ud800\ufffe")
    assert len(stored) == len(text) + 3
    assert replaced >= 3
    stored.encode()
    assert "\x00" not in stored


@given(st.binary(max_size=200))
def test_any_bytes_give_storable_text_or_none(data: bytes) -> None:
    decoded = decode(data)
    if decoded is not None:
        assert storable(decoded.text)[1] == 0
        decoded.text.encode()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (CLAUSE, "zh"),
        ("本合同由 ABC Holdings Limited 与 XYZ Corporation 于 2024 年签订", "zh"),
        ("This Agreement is made between 北京某某有限公司 and the Licensee under the laws of Delaware.", "en"),
        ("12. 3. 4", "und"),
        ("契約は当事者の合意によって成立する。ただし、書面によらなければならない。", "und"),
        ("Le contrat est formé par le seul échange des consentements des parties " * 8, "und"),
    ],
)
def test_language_goes_by_the_share_of_han(text: str, language: str) -> None:
    assert language_of(text) == language


def test_text_that_was_misread_before_it_was_saved_is_known() -> None:
    assert looks_misread(CLAUSE.encode("gbk").decode("latin-1"))
    assert looks_misread(CLAUSE.encode().decode("cp1252", "ignore"))
    assert not looks_misread(CLAUSE)
    assert not looks_misread("Société Générale à Paris, café, naïve, über, señor " * 5)
