"""A person who labels in Label Studio's screen: reads the headings, clicks, types and drags, then submits.

Answers are given the way people see them: by the wording on the screen. Nothing here knows how a result is written.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from browser import Page, Point
from toolkit.annotations.controls import attribute_field, literal
from toolkit.annotations.dialogue import turns
from toolkit.schema import Field

_TURN = "[data-testid^='phrase:'] [class*=dialoguetext]"
_NOTHING_SELECTED = "() => !document.querySelector(\"button[aria-label='Create Relation']\")"


def wording(field: Field, value: str) -> str:
    """Return what a label is called on the screen."""
    (label,) = (label for label in field.labels if label.value == value)
    return literal(label.title.both())


def heading(field: Field) -> str:
    """Return what a field is called on the screen."""
    return literal(field.title.both())


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

    def open(self, project: int, task: int) -> None:
        """Open one item of a project and wait until it can be labelled."""
        self.page.goto(f"{self.url}/projects/{project}/data?task={task}")
        self.page.where(".lsf-main-view__annotation")
        self.page.settle("the labelling screen")

    def submit(self) -> str:
        """Press the button; return what the screen says against it, or nothing when it is submitted."""
        self.page.click("button", "Submit" if self.page.count("button", "Submit") else "Update")
        done = """() => {
          const modal = document.querySelector(".ant-modal-confirm-content");
          if (modal && modal.getBoundingClientRect().height) return modal.innerText;
          return [...document.querySelectorAll("button")].some((e) => e.innerText.trim() === "Update") ? " " : "";
        }"""
        said = str(self.page.until(done, "an answer to the button")).strip()
        if said:
            self.page.click(".ant-modal-confirm-btns button")
            self.page.until("() => !document.querySelector('.ant-modal-confirm')", "the message to go")
        return said

    def answer(self, field: Field, value: Any) -> None:
        """Answer one field, spans and relations excepted; what is None or empty stays untouched."""
        if value is None or value == []:
            return
        page, under = self.page, heading(field)
        match field.kind:
            case "choice" | "choices" | "boolean":
                named = (
                    [("no", "yes")[value]] if field.kind == "boolean" else [value] if field.kind == "choice" else value
                )
                for one in named:
                    page.click(f'input[name="{wording(field, one)}"]', within=under)
            case "taxon":
                self._pick(field, [value])
            case "taxons":
                self._pick(field, value)
            case "text":
                page.click("textarea", within=under)
                page.write(value)
            case "texts":
                for one in value:
                    page.click("input", within=under)
                    page.write(one)
                    page.press("Enter")
            case "number":
                page.click("input", within=under)
                self._type(str(value))
            case "rating":
                page.click(".ant-rate-star", within=under, nth=value - 1)
            case "date":
                self._date(under, value)
            case _:
                raise NotImplementedError(field.kind)

    def label(self, text: str) -> None:
        """Take up a label for spans."""
        names = "() => [...document.querySelectorAll('.lsf-label__text')].map((e) => e.innerText)"
        nth = self.page.look(names).index(text)
        self.page.click(".lsf-label__text", nth=nth)

    def mark(self, field: Field, span: Mapping[str, Any], text: str, passage: int = 0) -> None:
        """Take up a label and drag over the words; the passage is the n-th text on the screen."""
        self.label(wording(field, span["label"]))
        units = shown_units(text)
        there = (".lsf-htx-richtext", passage, units[span["start"]], units[span["end"]])
        self._drag(*there, *there)

    def mark_turns(self, field: Field, span: Mapping[str, Any], text: str) -> None:
        """Take up a label and drag over words of a conversation, from one turn to another if need be."""
        self.label(wording(field, span["label"]))
        first, last = (turn_at(text, place) for place in (span["start"], span["end"] - 1))
        from_ = utf16(text[turns(text)[first].start : span["start"]])
        to = utf16(text[turns(text)[last].start : span["end"]])
        self._drag(_TURN, first, from_, from_ + 1, _TURN, last, to - 1, to)

    def _drag(self, *edges: Any) -> None:
        start, _ = self.page.edges(*edges[:4])
        _, end = self.page.edges(*edges[4:])
        self.page.drag(Point(start.x + 0.4, start.y), Point(end.x - 0.4, end.y))

    def attributes(self, field: Field, span: Mapping[str, Any], nth: int) -> None:
        """Answer what is asked about the n-th region that was marked."""
        if not any(span.get(one.name) not in (None, []) for one in field.attributes):
            return
        with self.selected(nth):
            for one in field.attributes:
                self.answer(attribute_field(field, one), span.get(one.name))

    @contextmanager
    def selected(self, nth: int) -> Iterator[None]:
        """Select the n-th region in the list beside the text, and leave it again."""
        self.page.click("[class*=tabs__tab]", "Regions")
        self.page.click(".lsf-outliner-item__title", nth=nth)
        self.page.where("button[aria-label='Create Relation']")
        yield
        self.page.click(".lsf-outliner-item__title", nth=nth)
        self.page.until(_NOTHING_SELECTED, "the region to be left")

    def relate(self, field: Field, head: int, tail: int, label: str) -> None:
        """Draw an arrow between two regions, and choose its label."""
        page = self.page
        before = self._relations()
        page.click("[class*=tabs__tab]", "Regions")
        page.click(".lsf-outliner-item__title", nth=head)
        page.click("button[aria-label='Create Relation']")
        page.click(".lsf-outliner-item__title", nth=tail)
        page.press("Escape")
        assert self._relations() == before + 1
        page.hover(".lsf-relations__item", nth=before)
        page.click("button[aria-label='Show Relation Labels']")
        page.click("[data-testid=select-trigger]", "Select labels")
        page.click("[role=option]", wording(field, label))
        page.press("Escape")

    def _relations(self) -> int:
        self.page.click("[class*=tabs__tab]", "Relations")
        self.page.settle("the list of relations")
        return self.page.count(".lsf-relations__item")

    def _type(self, text: str) -> None:
        for key in text:
            self.page.press(key)

    def _date(self, under: str, value: str) -> None:
        year, month, day = value.split("-")
        self.page.click("input", within=under)
        for _ in range(2):  # to the first of three parts, wherever the click landed
            self.page.press("ArrowLeft")
        self._type(month + day + year)

    def _pick(self, field: Field, values: Sequence[str]) -> None:
        """Open the tree, open the branches above each place, tick it."""
        page = self.page
        page.click(".ant-select-selector", within=heading(field))
        time.sleep(0.5)  # the tree slides in
        for value in values:
            parts = value.split("/")
            for depth in range(1, len(parts)):
                self._node(wording(field, "/".join(parts[:depth])), ".ant-select-tree-switcher_close")
            self._node(wording(field, value), ".ant-select-tree-checkbox")
        page.press("Escape")
        time.sleep(0.3)

    def _node(self, title: str, part: str) -> None:
        place = """(title, part) => {
          const nodes = [...document.querySelectorAll(".ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-tree-treenode")];
          const node = nodes.find((e) => e.querySelector(".ant-select-tree-title")?.innerText === title);
          const box = node?.querySelector(part)?.getBoundingClientRect();
          return box ? [box.x + box.width / 2, box.y + box.height / 2] : node ? [] : null;
        }"""
        found = self.page.until(
            f"(...a) => {{ const f = ({place})(...a); return f && {{at: f}}; }}", title, title, part
        )
        if found["at"]:
            self.page.click_at(Point(*found["at"]))
            time.sleep(0.3)


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
