"""How fast people answer, and when they will be done at that pace. Pure; the clock is an argument."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from toolkit.annotations import Annotation

_FARTHEST = 36_500
"""Days; an end beyond a hundred years is none."""


def pace_of(annotations: Iterable[Annotation]) -> float | None:
    """Return tasks answered or skipped a day, over the days from the first to the last one, both counted (UTC).

    Days without an answer in between count, so weekends are in the figure, and an hour's work is not taken for a day
    of twenty-four such hours. None with fewer than two answers whose time is known.
    """
    days = sorted(day for one in annotations if (day := _day(one.updated_at)))
    return len(days) / ((days[-1] - days[0]).days + 1) if len(days) > 1 else None


def expected_end(open_: int, pace: float | None, now: datetime) -> date | None:
    """Return the day (UTC) on which so many open tasks are done; None where there is none or no pace is known."""
    if not open_ or not pace or open_ / pace > _FARTHEST:
        return None
    return (now.astimezone(UTC) + timedelta(days=open_ / pace)).date()


def _day(at: str) -> date | None:
    """Return the day of an ISO 8601 time; one without a zone is UTC, and what is no time is none."""
    try:
        time = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC).date()
