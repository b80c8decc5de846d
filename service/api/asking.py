"""What decisions and batches share: the version that is asked, what it decides, and refusals."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from litestar import Request

import engine
from engine import Decision, Program
from service.problems import ProblemError
from service.shelf import Shelf


def program_asked(request: Request[Any, Any, Any], shelf: Shelf) -> Program:
    """The live version of the policy that the path names, or the one that is pinned."""
    return _chosen(shelf, request.path_params["policy"], _pin_of(request))


def headers_of(program: Program) -> dict[str, str]:
    return {"Policy-Version": program.version, "Policy-Hash": program.content_hash}


@dataclass(frozen=True)
class _Pin:
    """The version, by number or by content, that the caller wants and no other."""

    version: str | None
    hash: str | None


def _pin_of(request: Request[Any, Any, Any]) -> _Pin:
    errors = [
        error(f"?{name}", "unknown-key", "`version`", f"`{name}`")
        for name in request.query_params
        if name != "version"
    ]
    if errors:
        raise ProblemError(400, "malformed-request", "the query cannot be understood", errors)
    wanted = request.query_params.get("version"), request.headers.get("Accept-Policy-Hash")
    return _Pin(*wanted)


def _chosen(shelf: Shelf, name: str, pin: _Pin) -> Program:
    """The live version, or the one that is pinned."""
    if name not in shelf.names():
        raise _unknown(f"there is no policy `{name}`", engine.nearest(name, shelf.names()))
    if pin.version is not None:
        program = shelf.version(name, pin.version)
    elif pin.hash is not None:
        program = shelf.hashed(name, pin.hash)
    else:
        return _active(shelf, name)
    if program is None or pin.hash not in (None, program.content_hash):
        loaded = list(shelf.programs.get(name, {}))
        detail = f"no version of `{name}` that is loaded is the one pinned"
        raise ProblemError(412, "version-not-loaded", detail, more={"loaded": loaded})
    return program


def _active(shelf: Shelf, name: str) -> Program:
    program = shelf.active(name)
    if program is None:
        raise ProblemError(503, "no-active-version", f"no version of `{name}` is active")
    return program


def decide_case(program: Program, case: Any, decision: str | None, now: int) -> Decision:
    try:
        return engine.decide(
            program, case if isinstance(case, dict) else json.dumps(case), decision, now
        )
    except engine.UnknownDecisionError as unknown:
        raise _unknown(str(unknown), unknown.nearest, list(unknown.known)) from unknown


def _unknown(detail: str, near: str | None, known: list[str] | None = None) -> ProblemError:
    more: dict[str, Any] = {"nearest": near}
    if known is not None:
        more["decisions"] = known
    code = "unknown-policy" if known is None else "unknown-decision"
    meant = f"; did you mean `{near}`?" if near else ""
    return ProblemError(404, code, detail + meant, more=more)


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


def error(pointer: str, code: str, expected: str, got: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "expected": expected, "got": got}
