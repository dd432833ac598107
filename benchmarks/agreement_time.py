"""Agreement with intervals: every measure on one core, beside the krippendorff package for what it has.

Run: .venv/bin/python benchmarks/agreement_time.py [--peer-python .venv-peers/bin/python] [--items N]
The peer has `krippendorff==0.9.0` (GPL: for comparison only). It has no bootstrap: here a loop draws a thousand samples
of its table of counts, the fastest way that it takes. A ratio is of both sides' whole work, our draws included; the
measures of one table share their draws, so all of them together take less than each alone.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

RESAMPLES = 1000
SEED = 11
SHARES = (0.9, 0.8, 0.7)
VALUES = range(1, 6)
LEVELS = ("nominal", "ordinal", "interval", "ratio")
ALONE = "alone: "


def ratings(items: int) -> list[list[int]]:
    """Five values in order; each rater is right as often as ``SHARES`` says, else anywhere."""
    source = random.Random(SEED)  # noqa: S311 - a table, no secret
    rows = []
    for _ in range(items):
        truth = source.choice(VALUES)
        rows.append([truth if source.random() < share else source.choice(VALUES) for share in SHARES])
    return rows


def ours(items: int) -> dict[str, float]:
    """Seconds of each measure, the draws included in the first; then of each alpha with draws of its own."""
    from toolkit.agreement import resampling
    from toolkit.agreement.measures import MEASURES
    from toolkit.agreement.table import Rating, tabulate

    started = time.perf_counter()
    rows = ratings(items)
    table = tabulate(
        Rating(str(item), str(item), str(rater), value)
        for item, row in enumerate(rows)
        for rater, value in enumerate(row)
    )
    times = {"reading": time.perf_counter() - started}
    for level in LEVELS:
        for name, measure in MEASURES[level].items():
            if name not in times:
                started = time.perf_counter()
                measure(table)
                times[name] = time.perf_counter() - started
    for level in LEVELS:
        resampling._all_draws.cache_clear()  # noqa: SLF001 - what the measures share is drawn anew
        started = time.perf_counter()
        MEASURES[level][f"alpha_{level}"](table)
        times[f"{ALONE}alpha_{level}"] = time.perf_counter() - started
    return times


def peer(items: int) -> dict[str, float]:
    """Seconds of the peer's alpha with as many bootstrap samples, for each level."""
    import krippendorff  # type: ignore[import-not-found]
    import numpy as np

    counts = np.array([[row.count(value) for value in VALUES] for row in ratings(items)])
    draws = np.random.default_rng(SEED)
    times = {}
    for level in LEVELS:
        started = time.perf_counter()
        for _ in range(RESAMPLES):
            chosen = counts[draws.integers(0, items, items)]
            krippendorff.alpha(value_counts=chosen, value_domain=list(VALUES), level_of_measurement=level)
        times[f"{ALONE}alpha_{level}"] = time.perf_counter() - started
    return times


def run(python: str, which: str, items: int) -> tuple[dict[str, float], int]:
    """In a process of its own, on one core: seconds by measure, and the peak of memory in MiB."""
    one_core = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    folders = {"PYTHONPATH": str(Path(__file__).parent.parent)} if which == "ours" else {}
    done = subprocess.run(
        [python, __file__, "--measure", which, "--items", str(items)],
        check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **one_core, **folders},
        preexec_fn=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}),
    )  # fmt: skip
    times, peak = json.loads(done.stdout.splitlines()[-1])
    return times, peak


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer-python")
    parser.add_argument("--items", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        times = {"ours": ours, "peer": peer}[options.measure](options.items[0])
        print(json.dumps([times, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024]))
        return
    for items in options.items:
        times, peak = run(sys.executable, "ours", items)
        total = sum(seconds for name, seconds in times.items() if not name.startswith(ALONE))
        print(f"{items:,} items x 3 raters x {RESAMPLES:,} samples: {total:.2f} s, {peak:,} MiB at most")
        theirs = run(options.peer_python, "peer", items)[0] if options.peer_python else {}
        for name, seconds in times.items():
            beside = f"; peer {theirs[name]:.2f} s, {theirs[name] / seconds:,.1f} times" if name in theirs else ""
            print(f"  {name:24} {seconds:.3f} s{beside}")


if __name__ == "__main__":
    main()
