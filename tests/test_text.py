"""Bytes become the text they were meant as, or none: never mojibake."""

from collections import Counter
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
        ("契約は当事者の合意によって成立する。ただし、書面によらなければならない。", "ja"),
        ("계약 당사자는 신의에 따라 성실하게 계약상의 의무를 이행하여야 한다.", "ko"),
        ("Le contrat est formé par le seul échange des consentements des parties " * 8, "fr"),
        ("El contrato existe desde que varias personas consienten en obligarse a prestar algún servicio a otra", "es"),
        ("Стороны обязуются исполнять договор добросовестно.", "ru"),
        ("Patiënt werd opgenomen met pijn op de borst en werd na drie dagen in goede toestand ontslagen", "nl"),
        ("Lorem 12 34 dies 5 Inc 6 quo 7 " * 12 + "Licensee Licensor EBITDA " * 12, "und"),
        ("SCHEDULE A", "en"),
    ],
)
def test_languages_are_told(text: str, language: str) -> None:
    assert language_of(text) == language


def test_text_that_was_misread_before_it_was_saved_is_known() -> None:
    assert looks_misread(CLAUSE.encode("gbk").decode("latin-1"))
    assert looks_misread(CLAUSE.encode().decode("cp1252", "ignore"))
    assert not looks_misread(CLAUSE)
    assert not looks_misread("Société Générale à Paris, café, naïve, über, señor " * 5)


def test_real_clinical_cases_are_told_to_be_spanish(shared_data: Path) -> None:
    cases = sorted((shared_data / "pii/meddocan-es-brat").glob("*.txt"))
    assert {language_of(case.read_text(encoding="utf-8")) for case in cases} == {"es"}


@pytest.mark.parametrize(
    ("text", "encodings"),
    [
        (
            "Настоящий договор вступает в силу с момента его подписания обеими сторонами.",
            "cp1251 koi8-r iso8859-5 cp866",
        ),
        ("Κάθε διαφορά που προκύπτει από την παρούσα σύμβαση επιλύεται από τα δικαστήρια.", "cp1253 iso8859-7"),
        ("Άρθρο πρώτο: η παρούσα σύμβαση τίθεται σε ισχύ από την υπογραφή της.", "cp1253 iso8859-7"),
        ("Zamawiający zobowiązuje się zapłacić wynagrodzenie w ciągu trzydziestu dni.", "cp1250 iso8859-2"),
        ("Objednatel se zavazuje uhradit cenu díla do třiceti dnů ode dne doručení faktury.", "cp1250 iso8859-2"),
        ("A megrendelő köteles a díjat a számla kézhezvételétől számított harminc napon belül megfizetni.", "cp1250"),
        ("Paciente de 63 años, alérgico a la penicilina, que consultó por pérdida de visión.", "cp1252 iso8859-1"),
        ("Le client s’engage à régler les honoraires dans un délai de trente jours après réception.", "cp1252"),
        ("Sözleşme, tarafların imzaladığı tarihte yürürlüğe girer ve iki yıl süreyle geçerlidir.", "cp1254"),
        ("ההסכם ייכנס לתוקף ביום חתימתו על ידי שני הצדדים ויעמוד בתוקפו שנתיים.", "cp1255 iso8859-8"),
        ("계약 당사자는 신의에 따라 성실하게 계약상의 의무를 이행하여야 한다.", "euc-kr"),
        ("契約は当事者の合意によって成立する。ただし、書面によらなければならない。", "shift_jis"),
        ("Rue du Café 12", "cp1252"),
    ],
)
def test_other_languages_come_back_exactly(text: str, encodings: str) -> None:
    for encoding in encodings.split():
        decoded = decode(text.encode(encoding))
        assert decoded is not None, encoding
        assert decoded.text == text, encoding
        assert decoded.confidence >= SURE_ENOUGH


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("id;texte\n1;café déjà vu\n".encode("cp1252"), "à is ŕ in Central Europe, and five words name no language"),
        ("Mr Wałęsa signed.".encode("cp1250"), "a letter that Western Europe has not, in English"),
        ("───┬───┤".encode("big5"), "a drawn line"),
        (bytes(range(128, 256)), "every byte there is"),
    ],
)
def test_what_could_be_several_texts_is_none(data: bytes, why: str) -> None:
    assert decode(data) is None, why


def test_real_clinical_cases_in_old_encodings_are_exact_or_refused(shared_data: Path) -> None:
    outcomes = Counter(
        "refused" if decoded is None else "exact" if decoded.text == text else "wrong"
        for file in sorted((shared_data / "pii/meddocan-es-brat").glob("*.txt"))
        if (text := file.read_text(encoding="utf-8")).encode("cp1252", "ignore").decode("cp1252") == text
        for decoded in [decode(text.encode("cp1252"))]
    )
    assert outcomes["wrong"] == 0
    assert outcomes["exact"] > 20 * outcomes["refused"]
