"""A person who labels in Label Studio's screen: reads the headings, clicks, types and drags, then submits.

Answers are given the way people give them: by the wording on the screen. Nothing here knows how a result is written.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from page import Page, Point

from toolkit.annotations.controls import attribute_field, in_shown_order, literal
from toolkit.annotations.dialogue import turns
from toolkit.schema import Field, Schema, fields_of

_TEXTS: Final = ".lsf-htx-richtext"
_TURNS: Final = "[data-testid^='phrase:'] [class*=dialoguetext]"
_REGION: Final = ".lsf-outliner-item__index"
_ARROW: Final = "button[aria-label='Create Relation']"
GUIDELINE: Final = ".lsf-modal-ls__body"
_TAB: Final = "[class*=tabs__tab]"
_SAID: Final = """() => {
  const message = document.querySelector(".ant-modal-confirm-content");
  if (message?.getBoundingClientRect().height) return message.innerText;
  const done = [...document.querySelectorAll("button")].some((e) => e.innerText.trim() === "Update");
  return done || document.body.innerText.includes("No More Tasks") ? " " : "";
}"""
_NODE: Final = """(title, part) => {
  const open = ".ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-tree-treenode";
  const named = (e) => e.querySelector(".ant-select-tree-title")?.innerText === title;
  const node = [...document.querySelectorAll(open)].find(named);
  const box = node?.querySelector(part)?.getBoundingClientRect();
  return node && {at: box ? [box.x + box.width / 2, box.y + box.height / 2] : null};
}"""


class Annotator:
    """Someone with an account, in front of one tab."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url

    def log_in(self, email: str, password: str) -> None:
        """Fill in the form as everybody does."""
        self.page.goto(f"{self.url}/user/login/")
        self.page.click("input[name=email]")
        self.page.write(email)
        self.page.click("input[name=password]")
        self.page.write(password)
        self.page.press("Enter")
        self.page.until("() => !location.pathname.includes('login')", "the log-in")

    def open(self, project: int) -> None:
        """Open the project's stream of tasks, as annotators do, and wait until the first one can be labelled."""
        self.page.goto(f"{self.url}/projects/{project}/data?labeling=1")
        self.page.where(".lsf-main-view__annotation")
        self.page.settle("the guideline before the labelling screen")
        if self.page.count(GUIDELINE):
            self.page.click(".lsf-modal-ls__header button")
            self.page.until("(css) => !document.querySelector(css)", "the guideline to go", GUIDELINE)
        self.page.settle("the labelling screen")

    def submit(self) -> str:
        """Press the button; return what the screen says against it, or nothing when it is submitted."""
        self.page.click("button", "Submit" if self.page.count("button", "Submit") else "Update")
        said = str(self.page.until(_SAID, "an answer to the button")).strip()
        if said:
            self.page.click(".ant-modal-confirm-btns button")
            self.page.until("() => !document.querySelector('.ant-modal-confirm')", "the message to go")
        return said

    def fill(self, model: type[Schema], answer: Mapping[str, Any], text: str) -> None:
        """Answer all fields: those that others depend on first, relations last."""
        fields = sorted(fields_of(model), key=lambda one: (one.kind == "relations", one.when is not None))
        regions = 0
        places: dict[Any, int] = {}
        for field in fields:
            for one in answer[field.name] if field.kind in {"spans", "relations"} else ():
                if field.kind == "relations":
                    self.relate(field, *(places[_key(one[end])] for end in ("head", "tail")), one["label"])
                    continue
                self.mark(field, one, text, in_turns=model.shows.dialogue)
                self.about(field, one, regions)
                places[_key(one)] = regions
                regions += 1
            if field.kind not in {"spans", "relations"}:
                self.answer(field, answer[field.name], text)

    def answer(self, field: Field, value: Any, text: str = "") -> None:
        """Answer one field, spans and relations excepted; what is None or empty stays untouched."""
        if value is None or value == []:
            return
        ways = {
            "choice": lambda: self._choose(field, [value]),
            "choices": lambda: self._choose(field, value),
            "boolean": lambda: self._choose(field, ["yes" if value else "no"]),
            "taxon": lambda: self._pick(field, [value]),
            "taxons": lambda: self._pick(field, value),
            "text": lambda: self._write(field, value),
            "texts": lambda: self._write_each(field, value),
            "number": lambda: self._type(field, str(value)),
            "rating": lambda: self.page.click(".ant-rate-star", within=heading(field), nth=value - 1),
            "date": lambda: self._date(field, value),
            "preference": lambda: self._prefer(in_shown_order(field.values, text).index(value)),
            "ranking": lambda: self._rank([in_shown_order(field.values, text).index(one) for one in value]),
        }
        ways[field.kind]()

    def _choose(self, field: Field, values: Sequence[str]) -> None:
        for one in values:
            self.page.click(f'input[name="{wording(field, one)}"]', within=heading(field))

    def _write(self, field: Field, value: str) -> None:
        self.page.click("textarea", within=heading(field))
        self.page.write(value)

    def _write_each(self, field: Field, values: Sequence[str]) -> None:
        for one in values:
            self.page.click("input", within=heading(field))
            self.page.write(one)
            self.page.press("Enter")

    def _type(self, field: Field, keys: str) -> None:
        self.page.click("input", within=heading(field))
        for key in keys:
            self.page.press(key)

    def _date(self, field: Field, value: str) -> None:
        year, month, day = value.split("-")
        self.page.click("input", within=heading(field))
        for _ in range(2):  # to the first of its three parts, wherever the click landed
            self.page.press("ArrowLeft")
        for key in month + day + year:
            self.page.press(key)

    def _pick(self, field: Field, values: Sequence[str]) -> None:
        """Open the tree, open the branches above each place, tick it."""
        self.page.click(".ant-select-selector", within=heading(field))
        time.sleep(0.5)  # the tree slides in
        for value in values:
            parts = value.split("/")
            for depth in range(1, len(parts)):
                self._node(wording(field, "/".join(parts[:depth])), ".ant-select-tree-switcher_close")
            self._node(wording(field, value), ".ant-select-tree-checkbox")
        self.page.press("Escape")
        time.sleep(0.3)

    def _node(self, title: str, part: str) -> None:
        found = self.page.until(_NODE, f"{title} in the tree", title, part)
        if found["at"]:  # a branch that is open has nothing to open
            self.page.click_at(Point(*found["at"]))
            time.sleep(0.3)

    def _prefer(self, place: int) -> None:
        self.page.click(_TEXTS, nth=self.page.count(_TEXTS) - 2 + place)

    def _rank(self, places: Sequence[int]) -> None:
        """Drag one candidate after another over the first that is not in its place."""
        for rank, place in enumerate(places):
            item = f"[data-ranker-id=option-{place + 1}]"
            now = self.page.look(
                "() => [...document.querySelectorAll('[data-ranker-id]')].map((e) => e.dataset.rankerId)"
            )
            if now[rank] != f"option-{place + 1}":
                above = self.page.where("[data-ranker-id]", nth=rank)
                self.page.drag(self.page.where(item), Point(above.x, above.y - 15), steps=10)
                time.sleep(0.8)  # it falls into place

    def mark(self, field: Field, span: Mapping[str, Any], text: str, *, in_turns: bool = False) -> None:
        """Take up a label and drag over words of the passage, from one turn of a conversation to another if need be."""
        self.page.click(".lsf-label__text", wording(field, span["label"]))
        if in_turns:
            first, last = (turn_at(text, place) for place in (span["start"], span["end"] - 1))
            begins, ends = (
                utf16(text[turns(text)[number].start : place])
                for number, place in ((first, span["start"]), (last, span["end"]))
            )
            start, end = self.page.edges(_TURNS, first, begins, last, ends)
        else:
            shown = shown_units(text)
            place = self._passage(text)
            start, end = self.page.edges(_TEXTS, place, shown[span["start"]], place, shown[span["end"]])
        self.page.drag(Point(start.x + 0.4, start.y), Point(end.x - 0.4, end.y))

    def _passage(self, text: str) -> int:
        """Return which of the texts on the screen is the passage; its neighbours stand beside it."""
        words = "".join(text.split())
        look = "(css) => [...document.querySelectorAll(css)].map((e) => e.textContent.replace(/\\s+/g, ''))"
        shown: list[str] = self.page.look(look, _TEXTS)
        return ["".join(one.split()) for one in shown].index(words)

    def highlighted(self) -> str:
        """Return what is marked on the screen, in order, blanks left out."""
        look = """() => [...document.querySelectorAll("[class*=highlight]")]
          .filter((e) => e.textContent && !e.parentElement.closest("[class*=highlight]") && e.closest(".lsf-object"))
          .map((e) => e.textContent).join("").replace(/\\s+/g, "")"""
        return str(self.page.look(look))

    def about(self, field: Field, span: Mapping[str, Any], region: int) -> None:
        """Answer what is asked about the n-th region that was marked."""
        if any(span.get(one.name) not in (None, []) for one in field.attributes):
            with self.selected(region):
                for one in field.attributes:
                    self.answer(attribute_field(field, one), span.get(one.name))

    @contextmanager
    def selected(self, region: int) -> Iterator[None]:
        """Select the n-th region in the list beside the text, and leave it again."""
        self.page.click(_TAB, "Regions")
        self.page.click(_REGION, nth=region)
        self.page.where(_ARROW)
        yield
        self.page.click(_REGION, nth=region)
        self.page.until("(css) => !document.querySelector(css)", "the region to be left", _ARROW)

    def relate(self, field: Field, head: int, tail: int, label: str) -> None:
        """Draw an arrow between two regions, and choose its label."""
        page = self.page
        before = self._relations()
        page.click(_TAB, "Regions")
        page.click(_REGION, nth=head)
        page.click(_ARROW)
        page.click(_REGION, nth=tail)
        page.press("Escape")
        assert self._relations() == before + 1
        page.hover(".lsf-relations__item", nth=before)
        page.click("button[aria-label='Show Relation Labels']")
        page.click("[data-testid=select-trigger]", "Select labels")
        page.click("[role=option]", wording(field, label))
        page.press("Escape")

    def _relations(self) -> int:
        self.page.click(_TAB, "Relations")
        self.page.settle("the list of relations")
        return self.page.count(".lsf-relations__item")


def wording(field: Field, value: str) -> str:
    """Return what a label is called on the screen."""
    (label,) = (label for label in field.labels if label.value == value)
    return literal(label.title.both())


def heading(field: Field) -> str:
    """Return what a field is called on the screen."""
    return literal(field.title.both())


def turn_at(text: str, place: int) -> int:
    """Return the number of the turn that a character of a conversation is in."""
    (number,) = (number for number, turn in enumerate(turns(text)) if turn.start <= place < turn.end)
    return number


def utf16(text: str) -> int:
    """Return how many UTF-16 units a text has; the page counts in them."""
    return len(text.encode("utf-16-le")) // 2


def shown_units(text: str) -> list[int]:
    """Return, for each code point of a passage and its end, where it is in UTF-16 units of what the page holds.

    The screen breaks lines by elements, so that line ends are no characters there.
    """
    units, at = [], 0
    for character in text:
        units.append(at)
        at += 0 if character in "\r\n" else utf16(character)
    return [*units, at]


def _key(span: Mapping[str, Any]) -> tuple[int, int, str]:
    return span["start"], span["end"], span["label"]
