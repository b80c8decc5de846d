"""`python -m tests.fuzz 200000`: so many mutants, and what came of them.

`… 10 7000` makes ten, from the number 7000 on.
"""

import sys
import time

from tests.fuzz.answers import Answers, answers

_BATCH = 1000


def main(many: int, first: int = 0) -> int:
    found, start = Answers(), time.perf_counter()
    for batch in range(first, first + many, _BATCH):
        more = answers(range(batch, min(batch + _BATCH, first + many)))
        found += more
        print("\n".join([_shares(found), *more.crashes]), file=sys.stderr)
    print(f"{many} mutants in {time.perf_counter() - start:.0f} s: {_shares(found)}")
    return 1 if found.crashes else 0


def _shares(found: Answers) -> str:
    texts, cases = found.texts or 1, found.cases or 1
    return (
        f"of {found.texts} texts {found.parsed / texts:.1%} parse, "
        f"{found.checked / texts:.1%} pass the checker, {found.decided / texts:.1%} decide; "
        f"of {found.cases} cases "
        f"{found.cases_decided / cases:.1%} are decided; {len(found.said)} kinds of findings, "
        f"{len(found.crashes)} crashes"
    )


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:] or ("20000",))))
