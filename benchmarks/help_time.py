"""How long `toolkit --help` takes, as a ratio to an empty click program in the same environment.

Run: .venv/bin/python benchmarks/help_time.py
The two are run in turn, so that a drift of the machine's speed touches both; the median of the pairs' ratios counts.
"""

import resource
import statistics
import subprocess
import sys
import time

EMPTY = "import click\n@click.group()\ndef group():\n    'Nothing.'\ngroup(['--help'])"
OURS = "from toolkit.cli import main\nmain(['--help'])"
PAIRS = 21
GOAL = 1.5


def seconds(code: str) -> tuple[float, float]:
    """Return wall and CPU seconds of one whole process."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - started, cpu


def main() -> None:
    seconds(EMPTY), seconds(OURS)
    pairs = [(seconds(EMPTY), seconds(OURS)) for _ in range(PAIRS)]
    for number, name in ((0, "wall"), (1, "cpu")):
        ratios = [ours[number] / empty[number] for empty, ours in pairs]
        empty, ours = (statistics.median(pair[which][number] for pair in pairs) for which in (0, 1))
        ratio = statistics.median(ratios)
        print(
            f"{name}: empty click program {empty * 1000:.0f} ms, toolkit --help {ours * 1000:.0f} ms, "
            f"ratio {ratio:.2f} (pairs {min(ratios):.2f} to {max(ratios):.2f}), goal at most {GOAL}: "
            f"{'met' if ratio <= GOAL else 'missed'}"
        )


if __name__ == "__main__":
    main()
