"""`python -m tests.hostile 10000`: so many attacks on a service, and how it bore them.

`… 10 7000` makes ten, from the number 7000 on.
"""

import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.hostile.siege import Siege, siege

_PATIENCE = 2


def main(many: int, first: int = 0) -> int:
    with TemporaryDirectory() as folder:
        found = siege(range(first, first + many), Path(folder), _PATIENCE)
    print("\n".join(_told(found)))
    failed = found.wrong or found.lost or found.refused or found.left_open
    return 1 if failed else 0


def _told(found: Siege) -> list[str]:
    memory = ", ".join(f"{each / 1e6:.1f}" for each in found.resident)
    return [
        *found.wrong[:50],
        f"attacks in {found.seconds:.0f} s: {_counted(found.kinds)}",
        f"answers: {_counted(found.statuses)}",
        f"{len(found.wrong)} answers were wrong",
        f"{found.honest} honest requests: {found.latency()}; {len(found.refused)} refused",
        f"resident memory in MB, before, at half and after: {memory}",
        f"of {len(found.acknowledged)} decisions that were acknowledged {len(found.lost)} are not"
        " in the journal",
        f"{found.left_open} connections are left",
    ]


def _counted(words: Counter[str]) -> str:
    return ", ".join(f"{count} {word}" for word, count in words.most_common())


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:] or ("10000",))))
