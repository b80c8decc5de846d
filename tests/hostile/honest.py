"""`python -m tests.hostile.honest URL KEY`: an honest caller in a process of its own, who asks for
decisions until its input ends, and then tells what it got.

A line on its input says as what its next requests are counted.
"""

import json
import select
import sys
import time
from urllib.parse import urlsplit

import httpx

from tests.hostile.bodies import some_samples


def main(url: str, key: str) -> None:
    """One request after the other, with a rest between them."""
    _, _, port = urlsplit(url).netloc.partition(":")
    asked = [each for each in some_samples() if each[0] == "handoff"]
    told: dict[str, list[float]] = {}
    ids, refused = list[str](), list[str]()
    phase = sys.stdin.readline().strip()
    with httpx.Client(base_url=f"http://localhost:{port}", timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        place = 0
        while phase:
            policy, decision, sample = asked[place % len(asked)]
            place += 1
            began = time.perf_counter()
            answer = client.post(f"/v1/decisions/{policy}/{decision}", json={"input": sample.input})
            told.setdefault(phase, []).append(time.perf_counter() - began)
            if answer.status_code == 200:
                ids.append(answer.json()["decision_id"])
            else:
                refused.append(answer.text)
            if select.select([sys.stdin], [], [], _REST)[0]:
                phase = sys.stdin.readline().strip()
    print(json.dumps({"seconds": told, "ids": ids, "refused": refused}), flush=True)


_REST = 0.005


if __name__ == "__main__":
    main(*sys.argv[1:])
