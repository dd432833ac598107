"""How long `toolkit demo` takes once installed, Label Studio's start included: two runs, each in a fresh workspace.

Run: .venv/bin/python benchmarks/demo_time.py
"""

import subprocess
import sys
import time

GOALS = {"first": 300, "second": 180}


def main() -> None:
    for name, goal in GOALS.items():
        started = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "toolkit", "demo", "--json"], capture_output=True, check=False)
        seconds = time.perf_counter() - started
        met = "met" if done.returncode == 0 and seconds <= goal else "missed"
        print(
            f"{name} run: {seconds:.0f} s, exit {done.returncode}, {seconds / goal:.2f} of the {goal} s allowed: {met}"
        )


if __name__ == "__main__":
    main()
