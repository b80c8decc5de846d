"""The shipped policies: what they say does not move unseen."""

from pathlib import Path

import pytest

from engine import Source, load

POLICIES = Path(__file__).parent.parent / "policies"

HASHES = {
    "handoff@1.0.0": (
        "sha256:3b4ea529159187c6012c93f92dd59da94d798f776bb921b0547d5a20da0a2218",
        "sha256:5e021a7b86cfe42c7e5187c252ac3d6880eac3df31b1801c5412964d8dc7b174",
    ),
    "handoff@1.1.0": (
        "sha256:34c9a40bfa413a200b0d6f98bc1386129f0726437d32b899ea7d2166062a4ee9",
        "sha256:f2ba4189b65caf4d64cbfc67a750e2a31b567bebb5b9210efdcd30530fc3c69e",
    ),
    "lifecycle@1.0.0": (
        "sha256:073a9196cbc9f63fc186cc080399487b6b85a8ce69fc2b848e0ecb4102349de4",
        "sha256:ef2b7deecb455973336b38c4edce80dfca6bfe898d69031e63f0757756328031",
    ),
    "release@1.0.0": (
        "sha256:cc36c936d2b26d983010a0e9ce0f23a3579250f2b1c77a25e2d031258abe9d4b",
        "sha256:1fd667cedc8676e54edcc166c386a306188dbabb5902d96b40d76c269df6bbf6",
    ),
    "review_scoring@1.0.0": (
        "sha256:046b9eb9adbc29bbca1e6137602cd031524bf534ab10dc53f8b5838f26937269",
        "sha256:6488561e097d8fee3a50e9518db186c84c2bd0febac8f85376cccb5b0f457cc2",
    ),
    "review_scoring@1.1.0": (
        "sha256:3ba7d5904410ebe9d4b27e60989dcb4d9cd2098d5a5297d367b2f33057085878",
        "sha256:c470a190b5a5a542b77522a0951c2a4c5f75bdea4a38e632e4b3a69c1c970922",
    ),
}


def test_every_shipped_policy_has_its_golden_hashes() -> None:
    shipped = {f"{path.parent.name}@{path.stem}" for path in POLICIES.rglob("*.bylaw")}
    assert shipped == set(HASHES)


@pytest.mark.parametrize("reference", HASHES)
def test_what_a_shipped_policy_says_has_not_moved(reference: str) -> None:
    name, _, version = reference.partition("@")
    path = POLICIES / name / f"{version}.bylaw"
    program = load(Source(reference, path.read_text(encoding="utf-8")))
    assert (program.content_hash, program.meaning_hash) == HASHES[reference]
