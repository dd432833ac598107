"""What becomes of bytes in many encodings: the exact text, a refusal, or (which must not be) another text.

    python benchmarks/encodings.py [--data ../shared/data] [--wrong]

Real statutes re-encoded elsewhere are held against their UTF-8 originals, character by character; only carriage
returns and Markdown's heading marks, which the re-encoding changed, are levelled. Everything else is encoded here from
real text: statutes in samples of 20 characters, clinical cases, and sentences of contracts written for this.
"""

import argparse
import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from toolkit.text import decode

Case = tuple[bytes, str]

SENTENCES = {
    "ru": (
        "Настоящий договор вступает в силу с момента его подписания обеими сторонами и действует до исполнения.",
        "Заказчик обязуется оплатить оказанные услуги в течение десяти рабочих дней после получения счёта.",
        "Пациент поступил в отделение с жалобами на боль в груди, одышку и повышение температуры тела.",
        "Выручка компании за отчётный период увеличилась на двенадцать процентов по сравнению с прошлым годом.",
        "Споры, возникающие из настоящего договора, подлежат рассмотрению в арбитражном суде города Москвы.",
    ),
    "el": (
        "Η παρούσα σύμβαση τίθεται σε ισχύ από την ημερομηνία υπογραφής της και από τα δύο συμβαλλόμενα μέρη.",
        "Ο πελάτης υποχρεούται να καταβάλει την αμοιβή εντός τριάντα ημερών από την παραλαβή του τιμολογίου.",
        "Ο ασθενής εισήχθη στο νοσοκομείο με έντονο πόνο στο στήθος και δύσπνοια.",
        "Τα έσοδα της εταιρείας αυξήθηκαν κατά δώδεκα τοις εκατό σε σχέση με το προηγούμενο έτος.",
        "Κάθε διαφορά που προκύπτει από την παρούσα σύμβαση επιλύεται από τα δικαστήρια της Αθήνας.",
    ),
    "pl": (
        "Niniejsza umowa wchodzi w życie z dniem jej podpisania przez obie strony i obowiązuje przez okres dwóch lat.",
        "Zamawiający zobowiązuje się zapłacić wynagrodzenie w ciągu trzydziestu dni od otrzymania faktury.",
        "Pacjent został przyjęty na oddział z powodu silnego bólu w klatce piersiowej i duszności.",
        "Przychody spółki wzrosły o dwanaście procent w porównaniu z poprzednim rokiem obrotowym.",
        "Wszelkie spory wynikające z niniejszej umowy będą rozstrzygane przez sąd właściwy dla siedziby spółki.",
    ),
    "cs": (
        "Tato smlouva nabývá účinnosti dnem jejího podpisu oběma smluvními stranami a uzavírá se na dobu neurčitou.",
        "Objednatel se zavazuje uhradit cenu díla do třiceti dnů ode dne doručení faktury.",
        "Pacient byl přijat na oddělení pro silnou bolest na hrudi a zhoršující se dušnost.",
        "Tržby společnosti vzrostly ve srovnání s předchozím rokem o dvanáct procent.",
    ),
    "hu": (
        "A jelen szerződés a felek általi aláírás napján lép hatályba, és határozatlan időre szól.",
        "A megrendelő köteles a díjat a számla kézhezvételétől számított harminc napon belül megfizetni.",
        "A beteget erős mellkasi fájdalom és nehézlégzés miatt vették fel az osztályra.",
        "A társaság árbevétele tizenkét százalékkal nőtt az előző évhez képest.",
    ),
    "fr": (
        "Le présent contrat prend effet à la date de sa signature par les deux parties et demeure en vigueur.",
        "Le client s’engage à régler les honoraires dans un délai de trente jours après réception de la facture.",
        "Le patient a été hospitalisé pour une douleur thoracique aiguë associée à une gêne respiratoire.",
        "Le chiffre d’affaires de la société a progressé de douze pour cent par rapport à l’année précédente.",
    ),
    "de": (
        "Dieser Vertrag tritt mit der Unterzeichnung durch beide Parteien in Kraft und läuft auf unbestimmte Zeit.",
        "Der Auftraggeber verpflichtet sich, die Vergütung binnen dreißig Tagen nach Erhalt der Rechnung zu zahlen.",
        "Der Patient wurde wegen heftiger Schmerzen in der Brust und zunehmender Atemnot stationär aufgenommen.",
        "Die Umsatzerlöse der Gesellschaft stiegen gegenüber dem Vorjahr um zwölf Prozent; für später gilt Ähnliches.",
    ),
}
ENCODINGS = {
    "ru": ("cp1251", "iso8859-5", "koi8-r"),
    "el": ("cp1253", "iso8859-7"),
    "pl": ("cp1250", "iso8859-2"),
    "cs": ("cp1250", "iso8859-2"),
    "hu": ("cp1250", "iso8859-2"),
    "fr": ("cp1252", "iso8859-1", "iso8859-15"),
    "de": ("cp1252", "iso8859-1", "iso8859-15"),
    "es": ("cp1252", "iso8859-1", "iso8859-15"),
    "nl": ("cp1252", "iso8859-1"),
}
CHINESE = ("utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "hz")
TAIWANESE = ("utf-8", "big5", "utf-16-le", "utf-16-be")


def outcome(data: bytes, text: str) -> str:
    decoded = decode(data)
    if decoded is None:
        return "refused"
    return "exact" if decoded.text == text else f"WRONG ({decoded.encoding} {decoded.confidence})"


def report(what: str, cases: Iterable[Case], *, wrong: bool) -> None:
    counts: Counter[str] = Counter()
    for data, text in cases:
        found = outcome(data, text)
        counts[found.split(" ")[0]] += 1
        if wrong and found.startswith("WRONG"):
            print("   ", found, repr(text[:40]))
    print(f"{what:46} {counts['exact']:6} exact {counts['refused']:6} refused {counts['WRONG']:6} wrong")


def level(text: str) -> str:
    return re.sub(r"^#{1,6} +", "", text.replace("\r\n", "\n"), flags=re.MULTILINE).strip()


def statutes(data: Path) -> Iterator[tuple[str, int, int, int]]:
    """For each folder: files, files that have a UTF-8 original here, files that say exactly the same."""
    with gzip.open(data / "legal/bulk/statutes_zh.jsonl.gz", "rt", encoding="utf-8") as lines:
        originals = {Path(row["id"]).stem: row["text"] for row in map(json.loads, lines)}
    for folder in ("zh-statutes-gbk", "zh-statutes-gb18030"):
        files = sorted((data / "legal" / folder).iterdir())
        known = [file for file in files if file.stem in originals]
        same = 0
        for file in known:
            decoded = decode(file.read_bytes())
            same += decoded is not None and level(decoded.text) == level(originals[file.stem])
        yield folder, len(files), len(known), same
    files = sorted((data / "legal/tw-statutes-big5").iterdir())
    same = sum(outcome(file.read_bytes(), file.read_bytes().decode("big5")) == "exact" for file in files)
    yield "tw-statutes-big5 (against Python's own codec)", len(files), len(files), same
    yield "tw-statutes-big5 (against the JSON originals)", len(files), *taiwanese(data, files)


def taiwanese(data: Path, files: list[Path]) -> tuple[int, int]:
    known = [file for file in files if (data / f"legal/tw-statutes-json/zh/{file.stem}.json").exists()]
    same = 0
    for file in known:
        original = json.loads((data / f"legal/tw-statutes-json/zh/{file.stem}.json").read_text(encoding="utf-8-sig"))
        articles = ("".join(str(one.get("條文內容", "")).split()) for one in original["法規內容"])
        decoded = decode(file.read_bytes())
        text = "".join(decoded.text.split()) if decoded else ""
        same += all(article in text for article in articles)
    return len(known), same


def samples(texts: list[str], encodings: Iterable[str], count: int) -> Iterator[tuple[str, list[Case]]]:
    chosen = random.Random(1)  # noqa: S311 - the same samples each time
    for encoding in encodings:
        cases: list[Case] = []
        while len(cases) < count:
            text = chosen.choice(texts)
            start = chosen.randrange(max(1, len(text) - 20))
            sample = text[start : start + 20]
            try:
                cases.append((sample.encode(encoding), sample))
            except UnicodeEncodeError:
                continue
        yield encoding, cases


def encoded(texts: Iterable[str], encoding: str) -> Iterator[Case]:
    for text in texts:
        try:
            yield text.encode(encoding), text
        except UnicodeEncodeError:
            continue


def read(folder: Path, pattern: str) -> list[str]:
    return [file.read_text(encoding="utf-8-sig") for file in sorted(folder.glob(pattern))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared/data")
    parser.add_argument("--wrong", action="store_true", help="show what was decoded wrongly")
    options = parser.parse_args()
    data, wrong = options.data, options.wrong
    for folder, files, known, same in statutes(data):
        print(f"{folder:46} {files:6} files {known:6} with original {same:6} exactly the same")
    chinese = [text for text in read(data / "legal/zh-statutes-md", "*.md") if len(text) > 100]
    taiwan = [
        text for text in (decode(file.read_bytes()) for file in (data / "legal/tw-statutes-big5").iterdir()) if text
    ]
    for encoding in CHINESE:
        report(f"zh statutes, {encoding}", encoded(chinese, encoding), wrong=wrong)
        cut = [(raw[:-1], text[:-1] + "\ufffd") for raw, text in encoded((t.rstrip() for t in chinese), encoding)]
        if encoding in {"gbk", "gb18030"}:
            report(f"zh statutes cut in a character, {encoding}", cut, wrong=wrong)
    for encoding, cases in samples(chinese, CHINESE, 500):
        report(f"20 characters of zh statutes, {encoding}", cases, wrong=wrong)
    for encoding, cases in samples([one.text for one in taiwan], TAIWANESE, 500):
        report(f"20 characters of Taiwan's statutes, {encoding}", cases, wrong=wrong)
    cases_es = read(data / "pii/meddocan-es-brat", "*.txt")
    for language, encodings in ENCODINGS.items():
        sentences = SENTENCES.get(language) or (
            cases_es if language == "es" else read(data / "pii/nedap-deidentify-nl", "*.txt")
        )
        for encoding in encodings:
            report(f"{language}, one by one, {encoding}", encoded(sentences, encoding), wrong=wrong)
            report(f"{language}, together, {encoding}", encoded(["\r\n".join(sentences)], encoding), wrong=wrong)
    for file in sorted([*(data / "nasty/encodings").glob("*.txt"), *(data / "nasty/own").glob("*.txt")]):
        decoded = decode(file.read_bytes())
        print(f"{file.name:46} {(decoded.encoding, decoded.confidence, decoded.replaced) if decoded else 'refused'}")


if __name__ == "__main__":
    main()
