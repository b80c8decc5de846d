"""`GET /v1/audit`, `/v1/audit/verify` and `/v1/audit/checkpoint`: the chained record of what was
done, whether it is whole, and its signed head."""

from typing import Any

from litestar import Request, get
from litestar.datastructures import State

from service.api.queries import cursor
from service.auth import needs
from service.desks import audit as desk
from service.desks import checkpoint as heads


@get("/v1/audit", sync_to_thread=True, guards=[needs("audit")])
def audit(request: Request[Any, Any, Any], state: State) -> dict[str, Any]:
    after, limit = cursor(request)
    found = desk.entries(state.store.reader(), after, limit)
    return {"entries": found, "next": found[-1]["seq"] if len(found) == limit else None}


@get("/v1/audit/verify", sync_to_thread=True, guards=[needs("audit")])
def verify(state: State) -> dict[str, Any]:
    db = state.store.reader()
    broken = desk.verify(db)
    seq, hash = desk.head(db)
    told = [{"seq": each.seq, "why": each.why} for each in broken]
    return {"whole": not broken, "broken": told, "last": {"seq": seq, "hash": hash}}


@get("/v1/audit/checkpoint", sync_to_thread=True, guards=[needs("audit")])
def checkpoint(state: State) -> dict[str, Any]:
    return heads.sign(state.store.reader(), state.vault).told()
