"""What stands after the `?` of an address to values, or a problem that says what is wrong."""

from typing import Any

from litestar import Request

from service.api.asking import error
from service.problems import ProblemError

MOST = 1_000
USUAL = 100
_LAST = 2**53
_LONGEST_SHOWN = 100


def cursor(request: Request[Any, Any, Any]) -> tuple[int, int]:
    """`?after` and `?limit`: what comes after this place, and at most so much."""
    return number(request, "after", 0, 0, _LAST), number(request, "limit", USUAL, 1, MOST)


def number(request: Request[Any, Any, Any], name: str, default: int, least: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if text.isascii() and text.isdigit() and len(text) <= 16 and least <= int(text) <= most:
        return int(text)
    raise wrong(name, "not-a-number", f"a whole number {least} .. {most}", text)


def only(request: Request[Any, Any, Any], *names: str) -> None:
    """Each at most once, and no other."""
    given = [name for name, _ in request.query_params.multi_items()]
    meant = ", ".join(f"`{name}`" for name in names) or "no parameter"
    for name in given:
        if name not in names:
            raise wrong(name, "unknown-key", meant, name)
        if given.count(name) > 1:
            raise wrong(name, "not-unique", "one of them", str(given.count(name)))


def wants(request: Request[Any, Any, Any], media: str) -> bool:
    """Whether the caller accepts it before JSON."""
    accepted = request.headers.get("Accept", "").lower().split(",")
    kinds = [each.partition(";")[0].strip() for each in accepted]
    return media in kinds and "application/json" not in kinds[: kinds.index(media)]


def wrong(name: str, code: str, expected: str, got: str | None) -> ProblemError:
    shown = "nothing" if got is None else f"`{got[:_LONGEST_SHOWN]}`"
    told = error(f"?{name[:_LONGEST_SHOWN]}", code, expected, shown)
    return ProblemError(400, "malformed-request", "the query cannot be understood", [told])
