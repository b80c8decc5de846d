"""Seeded feedback: spans of made-up reviews, in the order of their instants.

Subcodes by Zipf, three entities to a subcode, some without any, texts of a few words; praise and
comparisons that speak of what was before. The first subcode has the share that its rank gives it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

SUBCODES = [
    f"{domain}{level}.{detail:02d}"
    for detail in range(1, 19)
    for level in range(1, 5)
    for domain in "OPJEAVR"
]
_ENTITIES = ("the blue kettle", "the garden terrace", "the night shift")
_WORDS = (
    "again", "always", "cold", "never", "slow", "loud", "rude", "late", "broken", "missing",
    "dirty", "wrong", "price", "room", "soup", "waiter", "order", "screen", "button", "queue",
    "parcel", "noise", "smell", "staff", "floor", "music", "light", "door", "table", "answer",
)  # fmt: skip


def spans(
    seed: int,
    count: int,
    days: float,
    *,
    subcodes: int = 500,
    without_entity: float = 0.3,
    since: datetime = datetime(2026, 1, 1, tzinfo=UTC),
) -> Iterator[dict[str, Any]]:
    """As the service takes them; evenly over so many days."""
    random = Random(seed)
    codes = SUBCODES[:subcodes]
    weights = [1 / rank for rank in range(1, subcodes + 1)]
    chosen = random.choices(codes, weights, k=count)
    step = timedelta(days=days) / count
    for number, subcode in enumerate(chosen):
        yield _span(random, number, subcode, since + number * step, without_entity)


def _span(
    random: Random, number: int, subcode: str, at: datetime, without_entity: float
) -> dict[str, Any]:
    valence = random.choices(("V-", "V+", "V0", "V±"), (70, 24, 4, 2))[0]
    comparatives = {"V-": (86, 2, 8, 4), "V+": (70, 26, 2, 2)}.get(valence, (97, 1, 1, 1))
    made: dict[str, Any] = {
        "span_id": f"S-{number:07d}",
        "review_id": f"R-{number - random.randrange(2):07d}",
        "subcode": subcode,
        "valence": valence,
        "intensity": random.choices(("I1", "I2", "I3"), (50, 38, 12))[0],
        "specificity": random.choice(("S1", "S2", "S3")),
        "evidence": random.choice(("ES", "EI", "EC")),
        "comparative": random.choices(("CR-N", "CR-B", "CR-S", "CR-W"), comparatives)[0],
        "text": " ".join(random.choices(_WORDS, k=random.randrange(3, 9))),
        "at": at.replace(microsecond=0).isoformat().replace("+00:00", "Z"),
    }
    if random.random() >= without_entity:
        made["entity"] = random.choice(_ENTITIES)
    if random.random() < 0.1:
        made["location"] = random.choice(("north", "south"))
    return made
