"""What decisions and batches share: the version that is asked, retries, and refusals."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl

from litestar.exceptions import NotFoundException
from litestar.types import HTTPScope

import engine
from engine import Decision, Program
from service.auth import Caller
from service.desks.answers import Retry
from service.problems import ProblemError
from service.replies import Noted
from service.shelf import Shelf

_MAY_IMAGINE = frozenset({"report", "audit"})
_LONGEST_KEY = 255
_LONGEST_SUBJECT = 200
SUBJECT = f"a text of 1 to {_LONGEST_SUBJECT} characters"


def path_asked(scope: HTTPScope) -> tuple[str, str | None]:
    """The policy, and its decision where one is named."""
    parts = scope["path"].rstrip("/").split("/")[3:]
    if not 0 < len(parts) <= 2 or not all(parts):
        raise NotFoundException
    return parts[0], parts[1] if len(parts) == 2 else None


def program_asked(
    scope: HTTPScope, name: str, headers: Mapping[bytes, bytes], shelf: Shelf
) -> Program:
    """The live version of the policy, or the one that is pinned."""
    query = _query(scope)
    version, hash = query.get("version"), headers.get(b"accept-policy-hash")
    if version is None and hash is None:
        program = shelf.active(name)
        return program if program is not None else _inactive(scope, shelf, name)
    return _pinned(shelf, name, version, None if hash is None else hash.decode("latin-1"))


def headers_of(program: Program) -> dict[str, str]:
    return {"Policy-Version": program.version, "Policy-Hash": program.content_hash}


def may_imagine(caller: Caller) -> None:
    """Another version than the live one, or another time than now."""
    if caller.roles.isdisjoint(_MAY_IMAGINE):
        detail = (
            "to pin a version that is not live, or another time than now,"
            f" needs the role `report` or `audit`, and the key `{caller.name}` has neither"
        )
        raise ProblemError(403, "forbidden", detail, more={"roles": sorted(caller.roles)})


def retry_of(scope: HTTPScope, noted: Noted, caller: Caller, body: bytes) -> Retry | None:
    key = noted.headers.get(b"idempotency-key")
    if key is None:
        return None
    text = key.decode("latin-1")
    if not 0 < len(text) <= _LONGEST_KEY or not text.isprintable():
        detail = f"an `Idempotency-Key` has 1 to {_LONGEST_KEY} characters that can be printed"
        raise ProblemError(400, "malformed-request", detail)
    digest = hashlib.sha256()
    for part in (
        scope["raw_path"],
        scope["query_string"],
        noted.headers.get(b"accept-policy-hash", b"none"),
        body,
    ):
        digest.update(hashlib.sha256(part).digest())
    return Retry(caller.id, text, digest.digest())


def is_subject(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_SUBJECT


def refusal(decided: Decision, input: str) -> dict[str, Any]:
    """Valid JSON that breaks the declared facts. The pointers lead into the request's body, where
    the case stands at `input`."""
    errors, ignored = (
        [{**asdict(each), "pointer": f"{input}{each.pointer}"} for each in told]
        for told in (decided.faults, decided.ignored)
    )
    return {
        "code": "refused-case",
        "detail": "the case breaks the declared facts; `safe_outcome` is what to do with it",
        "errors": errors,
        "ignored": ignored,
        "safe_outcome": decided.outcome,
    }


def kind(value: Any) -> str:
    """What was got, without what may be nobody's business."""
    match value:
        case None | True | False:
            return {None: "null", True: "true", False: "false"}[value]
        case int() | float():
            return "a number"
        case str():
            return f"a text of {len(value)} characters" if value else "an empty text"
        case list():
            return f"a list of {len(value)}"
        case dict():
            names = ", ".join(f"`{each[:40]}`" for each in [*value][:5])
            return f"an object of {names}" if names else "an empty object"
        case _:
            return "nothing"


def error(pointer: str, code: str, expected: str, got: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "expected": expected, "got": got}


def _query(scope: HTTPScope) -> dict[str, str]:
    raw = scope["query_string"]
    if not raw:
        return {}
    pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True)
    errors = [
        error(f"?{name}", "unknown-key", "`version`", f"`{name}`")
        for name, _ in pairs
        if name != "version"
    ]
    if len(pairs) > 1 and not errors:
        errors = [error("?version", "not-unique", "one version", f"{len(pairs)} of them")]
    if errors:
        raise ProblemError(400, "malformed-request", "the query cannot be understood", errors)
    return dict(pairs)


def _inactive(scope: HTTPScope, shelf: Shelf, name: str) -> Program:
    """Where something was live once, what that says of refused cases is safe to do."""
    _look_for(shelf, name)
    loaded = list(shelf.programs.get(name, {}))
    cure = (
        f"`bylaw live {name}@{loaded[-1]}` makes one live"
        if loaded
        else f"none is loaded, and `/v1/policies/{name}` says why"
    )
    more, last = {}, shelf.last.get(name)
    if last is not None:
        cure = "nothing that could be restored is trusted, and `bylaw release propose` begins anew"
        with suppress(engine.UnknownDecisionError):
            refused = engine.decide(last, "[]", path_asked(scope)[1], 0)
            more = {"safe_outcome": refused.outcome}
    detail = f"no version of `{name}` is live; {cure}"
    raise ProblemError(503, "no-active-version", detail, more=more)


def _pinned(shelf: Shelf, name: str, version: str | None, hash: str | None) -> Program:
    _look_for(shelf, name)
    program = (
        shelf.version(name, version) if version is not None else shelf.hashed(name, hash or "")
    )
    if program is None or hash not in (None, program.content_hash):
        loaded = list(shelf.programs.get(name, {}))
        detail = f"no version of `{name}` that is loaded is the one pinned"
        raise ProblemError(412, "version-not-loaded", detail, more={"loaded": loaded})
    return program


def _look_for(shelf: Shelf, name: str) -> None:
    if name not in shelf.names():
        near = engine.nearest(name, shelf.names())
        meant = f"; did you mean `{near}`?" if near else ""
        more = {"nearest": near}
        raise ProblemError(404, "unknown-policy", f"there is no policy `{name}`{meant}", more=more)
