"""Good documents pass, bad ones are held, and each hold says why."""

import base64
import random
import string
from collections.abc import Callable
from pathlib import Path

import pytest

from toolkit.documents.document import Block
from toolkit.documents.quality import Signals, holds, signals
from toolkit.documents.readers.plain import read_plain
from toolkit.documents.reading import extract
from toolkit.text import language_of, storable

ENGLISH = """\
The Licensee shall pay to the Licensor the fees that Schedule A names within thirty days of receipt of an invoice.
Either party may terminate this Agreement upon written notice if the other party commits a material breach and does
not cure it within a reasonable period. Nothing in this section limits the liability of a party for fraud.
A patient who presented with chest pain and shortness of breath was admitted for observation; the examination was
unremarkable, and treatment with aspirin began on the same day. Revenue for the quarter increased by four percent.
"""
CHINESE = """\
第十四条　当事人应当按照约定全面履行自己的义务。当事人应当遵循诚信原则，根据合同的性质、目的履行通知、协助等义务。
患者因胸痛三天入院，体格检查未见明显异常，给予阿司匹林治疗后症状好转。本报告期内营业收入较上年同期增长百分之四。
出卖人应当按照约定的时间交付标的物。买受人应当按照约定的数额和支付方式支付价款，没有约定的可以协议补充。
"""
MISREAD = {
    "o": "0",
    "l": "1",
    "i": "|",
    "s": "5",
    "a": "@",
    "g": "9",
    "n": "ri",
    "m": "rn",
    "h": "li",
    "r": "~",
    "d": "cl",
}


def found(text: str) -> Signals:
    text = storable(text)[0]
    return signals(text, read_plain(text), language_of(text))


def held(text: str) -> str:
    """Why a text is held; empty where it is not."""
    return "; ".join(why for code, why in holds(found(text)) if code == "LOW-QUALITY")


def dice() -> random.Random:
    return random.Random(7)


def shuffled(text: str) -> str:
    letters = list(string.ascii_lowercase)
    dice().shuffle(letters)
    return text.translate(str.maketrans(string.ascii_letters, "".join(letters) + "".join(letters).upper()))


def rare(text: str) -> str:
    chosen = dice()
    table = {
        ord(character): chosen.randrange(0x4E00, 0x9FA5) for character in sorted(set(text)) if character > "\u3400"
    }
    return text.translate(table)


def badly_read(text: str) -> str:
    chosen = dice()
    return "".join(
        MISREAD.get(sign, chosen.choice(string.printable[:90])) if sign.isalpha() and chosen.random() < 0.12 else sign
        for sign in text
    )


@pytest.mark.parametrize(
    "text", [ENGLISH, CHINESE, ENGLISH + CHINESE, "Short.", "1\n2\n3\n", "\uf0b7 one\n\uf0b7 two\n" * 3]
)
def test_good_texts_pass(text: str) -> None:
    assert held(text) == ""


@pytest.mark.parametrize(
    ("spoilt", "text", "why"),
    [
        (
            lambda text: text.translate({ord(c): 0xE000 + ord(c) for c in string.ascii_letters}),
            ENGLISH,
            "without its character",
        ),
        (lambda text: text.replace("e", "\ufffd"), ENGLISH, "without its character map"),
        (lambda text: "".join(chr(max(1, ord(c) - 29)) for c in text), ENGLISH, "without its character map"),
        (shuffled, ENGLISH, "letters in likely pairs"),
        (rare, CHINESE, "Chinese characters in common use"),
        (lambda text: text.encode("gbk").decode("latin-1"), CHINESE, "wrong encoding"),
        (lambda text: text.encode().decode("cp1252", "ignore"), CHINESE, "wrong encoding"),
        (lambda text: text.encode().decode("gbk", "ignore"), CHINESE, "Chinese characters in common use"),
        (badly_read, ENGLISH * 2, "unlike words"),
        (lambda text: text * 30, ENGLISH, "lines repeated"),
        (lambda text: text * 30, CHINESE, "lines repeated"),
        (lambda text: text * 300, "and the ", "phrases repeated"),
        (lambda text: base64.b64encode(text.encode()).decode(), ENGLISH, "data, not text"),
        (lambda text: "".join(f'<p class="x" style="margin:0">{word}</p>' for word in text.split()), ENGLISH, "markup"),
        (lambda text: text.replace(" ", " ♦♣ ♠♥ ♦♠ "), ENGLISH, "symbols"),
    ],
)
def test_bad_texts_are_held_for_what_is_wrong_with_them(spoilt: Callable[[str], str], text: str, why: str) -> None:
    assert why in held(spoilt(text))


def test_tables_and_page_furniture_are_no_repetition() -> None:
    row = "| Subscription and support | 7,642 | 6,856 |\n"
    text = ENGLISH + row * 200
    blocks = [
        Block(kind="paragraph", start=0, end=len(ENGLISH)),
        Block(kind="table", start=len(ENGLISH), end=len(text)),
    ]
    assert holds(signals(text, blocks, "en")) == []
    assert holds(signals(text, [], "en")) != []


def test_a_short_text_has_no_statistics() -> None:
    assert set(found("Short.")) == {"characters", "unreadable", "misread"}
    assert found("") == {"characters": 0.0}


@pytest.mark.parametrize(
    "file",
    [
        "legal/court-docs/ca1_00117684624.pdf",
        "legal/zh-gov-pdf/issue-336-example.pdf",
        "legal/tw-statutes-big5/D0050081.txt",
        "finance/sec-pdf/ORACLE_2021_10K.pdf",
        "finance/zh-pdf/issue-67-example.pdf",
        "medical/pdf/164947.pdf",
        "medical/zh-dialogue-gbk/内科.txt",
    ],
)
def test_real_documents_pass(shared_data: Path, file: str) -> None:
    document = extract((shared_data / file).read_bytes())
    assert holds(signals(document.text, document.blocks, document.meta["language"])) == []


def test_real_folders_pass(shared_data: Path) -> None:
    files = [
        *sorted((shared_data / "legal/contracts-txt").glob("*.txt"))[::4],
        *sorted((shared_data / "legal/zh-statutes-md").glob("*.md"))[::6],
        *sorted((shared_data / "pii/meddocan-es-brat").glob("*.txt"))[::6],
    ]
    texts = {file.name: file.read_text(encoding="utf-8-sig", errors="replace") for file in files}
    assert {name: why for name, text in texts.items() if (why := held(text))} == {}
