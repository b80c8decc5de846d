"""`python -m tests.crashes [TIMES]`: kills the service under load, and says what was held; with
`releases` before the times, while releases go live and are rolled back."""

import sys
import tempfile
from pathlib import Path

from tests.crashes import kill_under_load
from tests.crashes.releases import kill_while_releasing
from tests.releasing import policies_of_reviews, staged
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


def releases(times: int) -> None:
    steps = 0
    with tempfile.TemporaryDirectory() as place:
        stage = staged(Path(place), policies_of_reviews(Path(place)))
        for number in range(1, times + 1):
            steps += kill_while_releasing(stage, number)
            print(f"\r{number} of {times} kills", end="", flush=True)
    print(f"\r{times} kills: {steps} activations and rollbacks were answered and each is kept;")
    print("after each there was one live version, the one that the releases say, and a whole chain")


if __name__ == "__main__":
    words = sys.argv[1:]
    play = main if words[:1] != ["releases"] else releases
    numbers = [int(word) for word in words if word.isdigit()]
    play(numbers[0] if numbers else 50)
