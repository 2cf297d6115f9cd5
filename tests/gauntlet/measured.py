"""Runs a command and says what it took, as one JSON object: `python -m tests.gauntlet.measured COMMAND ARGS`.

A process of its own, because a command inherits the peak of whoever starts it, and a test run is large.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time


def main() -> None:
    started = time.monotonic()
    status = subprocess.run(sys.argv[1:], check=False, stdout=sys.stderr).returncode
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    measured = {"status": status, "seconds": time.monotonic() - started, "peak_mib": peak / 1024}
    sys.stdout.write(json.dumps(measured) + "\n")


if __name__ == "__main__":
    main()
