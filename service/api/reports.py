"""`GET /v1/reports/…`: what the books add up to."""

import re
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State

import engine
from service.api.queries import only, wants, wrong
from service.auth import needs
from service.desks import reports as desk
from service.desks.sheet import as_csv
from service.ids import micros
from service.problems import ProblemError

_MONTH = re.compile(r"\d{4}-\d{2}", re.A)


@get("/v1/reports/sla", sync_to_thread=True, guards=[needs("report", "audit")])
def sla(request: Request[Any, Any, Any], state: State) -> Response[Any]:
    """As JSON, or as CSV for who accepts that first."""
    policy = next(filter(desk.counts, state.shelf.actives().values()), None)
    if policy is None:
        detail = "no policy is live that says what issues count for"
        raise ProblemError(503, "no-active-version", detail)
    only(request, "month", "as_of")
    asked, db = request.query_params, state.store.reader()
    month, as_of = _month(asked.get("month")), _as_of(asked.get("as_of"), desk.latest(db, micros()))
    report = desk.sla(db, policy, month, as_of)
    if wants(request, "text/csv"):
        name = f'attachment; filename="sla-{report["month"]}.csv"'
        told = {"Content-Disposition": name}
        return Response(as_csv(report), media_type="text/csv", headers=told)
    return Response(report)


def _month(text: str | None) -> int:
    month = engine.parse_instant(f"{text}-01") if _MONTH.fullmatch(text or "") else None
    if month is None:
        code = "missing" if text is None else "wrong-form"
        raise wrong("month", code, "a month, as 2026-01", text)
    return month


def _as_of(text: str | None, latest: int) -> int:
    """What is not said is now; what is still to come nobody knows."""
    if text is None:
        return latest
    as_of = engine.parse_instant(text)
    if as_of is None:
        raise wrong("as_of", "wrong-form", "an instant, as 2026-01-15T14:32:00Z", text)
    if as_of > latest:
        last = engine.write_instant(latest)
        raise wrong("as_of", "out-of-range", f"at most {last}, which is now", text)
    return as_of
