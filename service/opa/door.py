"""Requests as OPA's clients send them to the answers that OPA would give, by Bylaw's policies.

What is spoken is the read side: `/v1/data`, its batches, `POST /`, `/v1/policies` and `/health`, as
OPA's REST API describes them, and as its server does them where the description is silent. Nothing
else is there: policies are released, not put, and no query is evaluated that no policy holds.
"""

import logging
from typing import Any

import engine
from service.opa.answers import Answer, of_problem, send_answer
from service.opa.asked import (
    Asked,
    Message,
    Receive,
    Send,
    asked,
    malformed,
    parse,
    read_body,
    too_large,
)
from service.opa.batches import answer_all, batch
from service.opa.decides import Decides
from service.opa.documents import Document, Place, document, own_decision, place
from service.opa.policies import list_policies, policy, provenance
from service.opa.timers import Timers
from service.problems import ProblemError

_LOG = logging.getLogger("bylaw")

_METHODS = {
    "": "POST",
    "health": "GET, HEAD",
    "v0/data": "POST",
    "v1/batch/data": "POST",
    "v1/data": "GET, POST",
    "v1/policies": "GET",
}


class OpaDoor:
    """`most_bytes` bounds a body, `deepest` how deep it nests, `most` how many inputs a batch has.
    `default` is the path below `data` that `POST /` asks; left out it asks the only live policy."""

    def __init__(
        self,
        decides: Decides,
        most_bytes: int,
        deepest: int,
        most: int,
        default: tuple[str, ...] | None = None,
    ) -> None:
        self._decides = decides
        self._most_bytes = most_bytes
        self._deepest = deepest
        self._most = most
        self._default = default

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        if scope["type"] != "http":
            return
        request = asked(scope)
        try:
            answer = await self._answer(request, receive)
        except ProblemError as problem:
            answer = of_problem(problem)
        except Exception as mistake:
            _LOG.error("%s %s failed", request.method, scope["path"], exc_info=mistake)
            told = "the service made a mistake; its log tells more"
            answer = of_problem(ProblemError(500, "internal-error", told))
        await send_answer(answer, request.wants("pretty"), send)

    async def _answer(self, request: Asked, receive: Receive) -> Answer:
        if request.method in ("GET", "HEAD") and request.path[:1] == ("health",):
            return self._health(request)
        caller = self._decides.caller(request.headers)
        match request.method, request.path:
            case "GET", ("v1", "data", *path):
                return await self._read(request, tuple(path), caller)
            case "POST", ("v1", "data", *path):
                return await self._ask(request, receive, tuple(path), caller)
            case "POST", ("v1", "batch", "data", *path):
                return await self._ask_many(request, receive, tuple(path), caller)
            case "POST", ("v0", "data", *path):
                return await self._ask_plainly(request, receive, tuple(path), caller)
            case "POST", ():
                return await self._ask_plainly(request, receive, self._default_path(), caller)
            case "GET", ("v1", "policies"):
                return list_policies(self._decides.policies())
            case "GET", ("v1", "policies", *id):
                return policy(self._decides.policies(), "/".join(id))
            case _:
                raise _not_spoken(request)

    def _health(self, request: Asked) -> Answer:
        """That it runs; or, where that is asked, that a policy is live."""
        if request.path not in (("health",), ("health", "live"), ("health", "ready")):
            raise _not_spoken(request)
        asks = any(request.wants(word) for word in ("bundle", "bundles", "plugins"))
        if (asks or request.path[1:] == ("ready",)) and not self._decides.policies():
            return Answer(500, {"error": "no policy is live"})
        return Answer(200, {})

    async def _read(self, request: Asked, path: tuple[str, ...], caller: str) -> Answer:
        timers = Timers()
        with timers.taking("rego_input_parse"):
            given = self._input_in_query(request)
        return Answer(200, await self._told(request, self._place(path), given, caller, timers))

    async def _ask(
        self, request: Asked, receive: Receive, path: tuple[str, ...], caller: str
    ) -> Answer:
        timers = Timers()
        with timers.taking("rego_input_parse"):
            body = await self._body(request, receive)
            if body is not None and not isinstance(body, dict):
                raise malformed("body", "it is no object with `input`")
            given = None if body is None else body.get("input")
        told = await self._told(request, self._place(path), given, caller, timers)
        if given is None:
            told["warning"] = _warning("'input' key missing from the request")
        return Answer(200, told)

    async def _ask_many(
        self, request: Asked, receive: Receive, path: tuple[str, ...], caller: str
    ) -> Answer:
        timers = Timers()
        with timers.taking("rego_input_parse"):
            given = batch(await self._body(request, receive), self._most, self._most_bytes)
        at = self._place(path)

        async def one(input: Any) -> dict[str, Any]:
            return await self._told(request, at, input, caller, Timers())

        answer = await answer_all(given, one)
        if _wants_metrics(request) and answer.status < 300:
            answer.body["metrics"] = timers.told()
        if given.inputs is None:
            answer.body["warning"] = _warning("'inputs' key missing from the request")
        return answer

    async def _ask_plainly(
        self, request: Asked, receive: Receive, path: tuple[str, ...], caller: str
    ) -> Answer:
        """The body is the input, and the answer the document and nothing more."""
        given = await self._body(request, receive)
        found = await document(self._decides, self._place(path), given, caller)
        if found.value is None:
            detail = f"document missing or undefined: {'.'.join(('data', *path))}"
            why = f"; {found.warning}" if found.warning else ""
            raise ProblemError(404, "undefined-document", detail + why)
        return Answer(200, found.value)

    async def _told(
        self, request: Asked, at: Place | Document, input: Any, caller: str, timers: Timers
    ) -> dict[str, Any]:
        with timers.taking("rego_query_eval"):
            found = await document(self._decides, at, input, caller)
        told: dict[str, Any] = {} if found.value is None else {"result": found.value}
        if found.decision_id is not None:
            told["decision_id"] = found.decision_id
        if _wants_metrics(request):
            told["metrics"] = timers.told()
        if request.wants("provenance"):
            told["provenance"] = provenance(self._decides.policies(), engine.__version__)
        if found.warning is not None:
            told["warning"] = _warning(found.warning)
        return told

    def _input_in_query(self, request: Asked) -> Any:
        """The last of several."""
        texts = request.query.get("input")
        if texts is None:
            return None
        if len(texts[-1]) > self._most_bytes:
            raise too_large(self._most_bytes)
        return parse(texts[-1], self._deepest, "parameter")

    async def _body(self, request: Asked, receive: Receive) -> Any:
        """None where it is empty."""
        body = await read_body(request, receive, self._most_bytes)
        return parse(body, self._deepest, "body") if body.strip() else None

    def _place(self, path: tuple[str, ...]) -> Place | Document:
        return place(self._decides.policies(), path)

    def _default_path(self) -> tuple[str, ...]:
        if self._default is not None:
            return self._default
        live = list(self._decides.policies().values())
        own = own_decision(live[0]) if len(live) == 1 else None
        return ("system", "main") if own is None else (live[0].name, own)


def _wants_metrics(request: Asked) -> bool:
    return request.wants("metrics") or request.wants("instrument")


def _warning(message: str) -> dict[str, str]:
    return {"code": "api_usage_warning", "message": message}


def _not_spoken(request: Asked) -> ProblemError:
    path = "/".join(request.path)
    for start, methods in _METHODS.items():
        if path == start or (start and path.startswith(f"{start}/")):
            if request.method in methods.split(", "):
                break
            detail = f"`/{start}` is only read here: {methods}"
            return ProblemError(405, "method-not-allowed", detail, headers={"Allow": methods})
    return ProblemError(404, "not-found", f"there is nothing at `/{path}` here")
