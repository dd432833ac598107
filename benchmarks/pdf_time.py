"""How many pages a second the sandbox reads, beside bare pypdfium2: the same files, in turn, in one run.

    python benchmarks/pdf_time.py [FOLDER ...] [--rounds 5]

Bare is ``get_textpage().get_text_range()`` of each page in this process; bare with boxes adds pypdfium2's rectangles
and the text in each. The toolkit adds line boxes, blocks, language, furniture, the clean view and quality signals, and
reads in killable children. Files with ruled tables are timed apart. Without a folder the real
documents in ../shared/data are taken, and where there are none, PDFs made here.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pypdfium2

from toolkit.documents.readers.pdf import read_pdf
from toolkit.documents.refusal import Refused
from toolkit.documents.sandbox import Sandbox, Wanted

SHARED = Path(__file__).parent.parent.parent / "shared" / "data"
FOLDERS = ("legal", "medical", "finance")
GOAL, GOAL_TWO = 0.8, 1.6


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folders", nargs="*", type=Path)
    arguments.add_argument("--rounds", type=int, default=5)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as made:
        files = sorted(file for folder in asked.folders or folders(Path(made)) for file in folder.rglob("*.pdf"))
        text, ruled = sorted_out(files)
        for name, batch in (("text alone", text), ("with ruled tables", ruled)):
            if batch:
                compare(name, batch, asked.rounds)


def folders(made: Path) -> list[Path]:
    if SHARED.is_dir():
        return [SHARED / name for name in FOLDERS]
    print(f"{SHARED} is not there: 40 PDFs of 10 pages are made here")
    for number in range(40):
        (made / f"{number}.pdf").write_bytes(plain_pdf(pages=10, lines=45))
    return [made]


def plain_pdf(pages: int, lines: int) -> bytes:
    """A PDF of text alone: ``lines`` lines on each page."""
    sentence = "The parties agree that this agreement shall remain in force for a term of twelve months."
    shown = " ".join(f"1 0 0 1 72 {740 - 15 * line} Tm ({line}. {sentence}) Tj" for line in range(lines))
    content = f"BT /F1 10 Tf {shown} ET"
    kids = " ".join(f"{5 + page} 0 R" for page in range(pages))
    leaf = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 3 0 R>>>>>>"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {pages}/Kids[{kids}]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        f"<</Length {len(content)}>>stream\n{content}\nendstream",
        *[leaf] * pages,
    ]
    body = "".join(f"{number} 0 obj{each}endobj\n" for number, each in enumerate(objects, start=1))
    return f"%PDF-1.4\n{body}trailer<</Root 1 0 R/Size {len(objects) + 1}>>\n%%EOF".encode()


def sorted_out(files: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Return the readable files without and with ruled tables."""
    batches: tuple[list[Path], list[Path]] = ([], [])
    for file in files:
        try:
            blocks = read_pdf(file.read_bytes()).page.blocks
        except Refused:
            continue
        batches[any(block.kind == "table" for block in blocks)].append(file)
    return batches


def bare(files: Sequence[Path]) -> int:
    pages = 0
    for file in files:
        document = pypdfium2.PdfDocument(file.read_bytes())
        for number in range(len(document)):
            page = document[number]
            text = page.get_textpage()
            text.get_text_range()
            text.close()
            page.close()
        pages += len(document)
        document.close()
    return pages


def bare_boxes(files: Sequence[Path]) -> int:
    """What pypdfium2 itself offers of text with line boxes: the page's rectangles and the text in each."""
    pages = 0
    for file in files:
        document = pypdfium2.PdfDocument(file.read_bytes())
        for number in range(len(document)):
            page = document[number]
            text = page.get_textpage()
            text.get_text_range()
            for index in range(text.count_rects()):
                text.get_text_bounded(*text.get_rect(index))
            text.close()
            page.close()
        pages += len(document)
        document.close()
    return pages


def reader(files: Sequence[Path]) -> int:
    return sum(read_pdf(file.read_bytes()).meta["pages"] for file in files)


def through(sandbox: Sandbox) -> Callable[[Sequence[Path]], int]:
    def parse(files: Sequence[Path]) -> int:
        pages = 0
        for outcome in sandbox.parse(Wanted(file, file.name) for file in files):
            assert not isinstance(outcome, Refused), outcome
            (part,) = outcome.parts
            assert not isinstance(part.outcome, Refused), part.outcome
            pages += part.outcome.meta["pages"]
        return pages

    return parse


def compare(name: str, files: Sequence[Path], rounds: int) -> None:
    with Sandbox(1).open() as one, Sandbox(2).open() as two:
        ways: dict[str, Callable[[Sequence[Path]], int]] = {
            "bare pypdfium2": bare,
            "bare, with boxes": bare_boxes,
            "reader, no sandbox": reader,
            "sandbox, 1 worker": through(one),
            "sandbox, 2 workers": through(two),
        }
        speeds: dict[str, list[float]] = {way: [] for way in ways}
        pages = 0
        for turn in range(rounds + 1):
            for way, parse in ways.items():
                started = time.perf_counter()
                pages = parse(files)
                if turn:  # the first warms up
                    speeds[way].append(pages / (time.perf_counter() - started))
    print(f"{name}: {len(files)} files, {pages} pages, median of {rounds} rounds")
    show(speeds, judged=name == "text alone")


def show(speeds: dict[str, list[float]], *, judged: bool) -> None:
    first, boxed, _, one, two = speeds.values()
    for way, measured in speeds.items():
        ratio = statistics.median(mine / theirs for mine, theirs in zip(measured, first, strict=True))
        print(f"  {way:20} {statistics.median(measured):7.0f} pages/s, {ratio:.2f} of bare")
    ratios: list[tuple[str, float, Any]] = [
        ("1 worker to bare", statistics.median(a / b for a, b in zip(one, first, strict=True)), GOAL),
        ("1 worker to bare with boxes", statistics.median(a / b for a, b in zip(one, boxed, strict=True)), GOAL),
        ("2 workers to 1", statistics.median(a / b for a, b in zip(two, one, strict=True)), GOAL_TWO),
    ]
    for what, ratio, goal in ratios if judged else []:
        print(f"  {what}: {ratio:.2f}, goal at least {goal}: {'met' if ratio >= goal else 'missed'}")


if __name__ == "__main__":
    main()
