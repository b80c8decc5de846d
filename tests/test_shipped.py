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
        "sha256:4232b0dbc62cea8ebe721758976966c118c7317f712959496e32d2e689e41eaf",
        "sha256:539dc8096ad4374d3e28830b881f52eff64520acd4ecddbd2f792e3778554d33",
    ),
    "lifecycle@1.0.0": (
        "sha256:b37f23b7da4a6969947cdb53ad31adc9ce82e5467ef1c6f3f34187e57b680e9e",
        "sha256:4905b38be1639e6a01ac109736a20154ae8efaa8fab4858c499de271b1839512",
    ),
    "release@1.0.0": (
        "sha256:993c66bc39059c36a25beef5157e74e18af629591768ee67a65fa6d5517a4592",
        "sha256:65043e0b9aa8507ae9420364afaba2c219f24254f767514c09c9778f89d3d62b",
    ),
    "review_scoring@1.0.0": (
        "sha256:f37e1dc6610c2a9ac6d01f71b494601cad73364ce09fcab1d90791fc94895a5e",
        "sha256:c631f45f175d67b0b92fb99d493a47688b8418632898106d40086b0d5e9c3ab9",
    ),
    "review_scoring@1.1.0": (
        "sha256:7c31a64a0838b96f847e5fe4a68cfb7ec22d72e47dc8844f7b7d968eef0864e7",
        "sha256:ff2edf2519f28a5a20f9a7cdb5e3a3191f1c9721e7ce010c700a123cd1a852e1",
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
