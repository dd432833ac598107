"""Agreement in a file of ratings, whoever made it and wherever: no workspace, no schema."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from toolkit.agreement.levels import Scale, is_missing, places_of, scale_of, value_at
from toolkit.agreement.measures import MEASURES, OF_PAIRS, labels_of, pairs_of_raters, specific_agreement, with_others
from toolkit.agreement.resampling import Measured
from toolkit.agreement.rows import FileRow, read_rows
from toolkit.agreement.table import Rating, Table, tabulate
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Account, Noun, Result

MOST_LABELS: Final = 100
MOST_RATERS: Final = 100
MOST_PAIRS: Final = 200
"""Beyond them the rows of a table are left out, and counted: those with the fewest ratings."""


class RaterRow(Noun):
    """One rater: how many ratings, and the share of pairs with others that are equal."""

    rater: str
    ratings: int
    percent_agreement: Measured


class PairRow(Noun):
    """Two raters who share items: raw agreement, and the level's measure for two."""

    raters: tuple[str, str]
    measures: dict[str, Measured]


class AgreementResult(Result):
    """How far the raters of a file agree.

    Attributes:
        file: its name.
        level: the level of measurement, given or told from the values.
        items: items with a rating.
        ratings: values that count; of several by one rater about one item, the last.
        missing: rows without a value.
        repeated: rows that a later row of the same rater about the same item replaced.
        units: items with two ratings or more; ``single`` are items with one.
        pairs: pairs of ratings about one item.
        raters: people who gave a rating.
        documents: what the interval resamples: the file's documents, else its items.
        measures: measure to figure, the telling one first.
        labels: for labels, places and sets: value to specific agreement, the most frequent first.
        by_rater: one row each, those with the most ratings first.
        by_pair: one row for each two raters who share an item, those who share the most first.
        left_out: rows of ``labels``, ``by_rater`` and ``by_pair`` that are too many to be computed.
    """

    file: str
    level: Scale
    items: int
    ratings: int
    missing: int
    repeated: int
    units: int
    single: int
    pairs: int
    raters: int
    documents: int
    measures: dict[str, Measured]
    labels: dict[str, Measured]
    by_rater: tuple[RaterRow, ...]
    by_pair: tuple[PairRow, ...]
    left_out: dict[str, int]


def agreement(
    file: Path, *, level: Scale | None = None, document: str | None = None, order: Sequence[str] = ()
) -> AgreementResult:
    """Return every measure of agreement that fits a file of ratings, with intervals.

    Args:
        file: CSV, TSV or JSON Lines in UTF-8 with the columns item, rater and value.
        level: the level of measurement; None to tell it: a set where a value is a list or has ``|``, else nominal.
        document: the column that the interval resamples; None for ``document`` where there is one, else the item.
        order: the words of an ordinal scale, the lowest first.

    Raises:
        ToolkitError: ``RATINGS-ORDER``, ``RATINGS-VALUE``, and what ``read_rows`` raises.
    """
    if order and level not in {None, "ordinal"}:
        raise ToolkitError(
            said(f"--order makes no sense at --level {level}", f"--level {level} 不能使用 --order"),
            hint=said("Use --order with --level ordinal.", "请将 --order 与 --level ordinal 一起使用。"),
            code="RATINGS-ORDER",
        )
    rows, places = read_rows(file, document), places_of(order)
    scale = level or scale_of(rows, order)
    values = [(row, None if is_missing(row.value) else value_at(scale, file, row, places)) for row in rows]
    last = {(row.document, row.item, row.rater): value for row, value in values}
    ratings = [Rating(*cell, value) for cell, value in last.items() if value is not None]
    return _result(file, scale, rows, len(last), tabulate(ratings), {place: word for word, place in places.items()})


def _result(
    file: Path, scale: Scale, rows: Sequence[FileRow], cells: int, table: Table, words: Mapping[Any, str]
) -> AgreementResult:
    ratings, base = int(table.ratings.sum()), table.base()
    counts = {"ratings": ratings, "missing": cells - ratings, "repeated": len(rows) - cells}
    labels = labels_of(table) if scale in {"nominal", "ordinal", "set"} else []
    pairs = pairs_of_raters(table)
    by_rater = _by_rater(table)
    return AgreementResult(
        changed=False,
        account=Account(noun="rows", items=len(rows), into=counts),
        file=file.name,
        level=scale,
        items=len(table.codes),
        **counts,
        **base.model_dump(exclude={"raters", "documents"}),
        raters=len(table.raters),
        documents=len(set(table.documents.tolist())),
        measures={name: measure(table) for name, measure in MEASURES[scale].items()},
        labels={words.get(one, _name(one)): specific_agreement(table, one) for one in labels[:MOST_LABELS]},
        by_rater=by_rater,
        by_pair=tuple(_pair(table, pair, scale) for pair in pairs[:MOST_PAIRS]),
        left_out={
            "labels": max(0, len(labels) - MOST_LABELS),
            "by_rater": len(table.raters) - len(by_rater),
            "by_pair": max(0, len(pairs) - MOST_PAIRS),
        },
    )


def _by_rater(table: Table) -> tuple[RaterRow, ...]:
    given = dict(zip(table.raters, (table.codes >= 0).sum(axis=0).tolist(), strict=True))
    chosen = sorted(given, key=lambda rater: (-given[rater], rater))[:MOST_RATERS]
    return tuple(
        RaterRow(rater=rater, ratings=given[rater], percent_agreement=with_others(table, rater)) for rater in chosen
    )


def _pair(table: Table, pair: tuple[str, str], scale: Scale) -> PairRow:
    both, name = table.of_raters(*pair), OF_PAIRS[scale]
    names = ("percent_agreement", name)
    return PairRow(raters=pair, measures={one: MEASURES[scale][one](both) for one in names})


def _name(label: Any) -> str:
    """Return a label as text: a whole number without a point."""
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)
