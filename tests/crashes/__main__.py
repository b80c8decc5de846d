"""`python -m tests.crashes [TIMES]`: kills the service under load, and says what was held."""

import sys
import tempfile
from pathlib import Path

from tests.crashes import kill_under_load
from tests.served import policies_in


def main(times: int) -> None:
    acknowledged = more = 0
    with tempfile.TemporaryDirectory() as place:
        folder = policies_in(Path(place))
        for number in range(1, times + 1):
            held = kill_under_load(folder, number)
            acknowledged += held.acknowledged
            more += held.unacknowledged
            print(f"\r{number} of {times} kills", end="", flush=True)
    print(
        f"\r{times} kills: {acknowledged} decisions were acknowledged and each is in the journal;"
    )
    print(f"{more} more were written down before they could be answered; no record was half")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
