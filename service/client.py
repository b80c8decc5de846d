"""A client of the service: a case in, its decision out. It needs nothing but the standard library.

What is asked is asked again where that is safe: when the connection broke, or the service said 408,
429 or 503. Each decision goes out under an `Idempotency-Key` of its own, the same at every try, so
however often it is asked, it is made once. A client may be shared by threads.
"""

import json
import random
import ssl
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from itertools import count
from types import TracebackType
from typing import Any, Literal, Self, TypeVar
from urllib.parse import quote, urlencode, urlsplit

T = TypeVar("T")
Input = Mapping[str, Any]
Audience = Literal["agent", "audit"]

_AGAIN = (408, 429, 503)
_BROKEN = (OSError, HTTPException)
_SHORTEST, _LONGEST = 0.1, 5.0
"""Seconds to wait after the first try, twice as many after each further one, and never more."""


@dataclass(frozen=True, slots=True)
class PolicyRef:
    name: str
    version: str
    hash: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Match on the code; the wording may change from version to version."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A fact that the policy does not declare, with the nearest name that it does."""

    pointer: str
    nearest: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """A decision, with all that made it."""

    decision_id: str
    policy: PolicyRef
    engine: str
    decision: str
    as_of: str
    outcome: Any
    basis: str
    determining: tuple[str, ...]
    reasons: tuple[Reason, ...]
    unknown: tuple[str, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    allowed: tuple[str, ...] = ()
    explanation: Mapping[str, Any] | None = None
    hypothetical: bool = False
    recorded: bool = True


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of the request."""

    pointer: str
    code: str
    expected: str
    got: str


@dataclass(eq=False)
class Problem(Exception):  # noqa: N818
    """What the service answered instead. Match on `code`; `more` is what else it told,
    `retry_after` the seconds to wait where it named them."""

    status: int
    code: str
    detail: str
    errors: tuple[Fault, ...] = ()
    request_id: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    retry_after: float | None = None

    def __str__(self) -> str:
        places = "".join(f"; {each.pointer}: {each.expected}" for each in self.errors)
        return f"{self.status} {self.code}: {self.detail}{places}"


@dataclass(eq=False)
class Refused(Problem):
    """The case breaks the declared facts; `safe_outcome` is what to do with it."""

    safe_outcome: Any = None
    ignored: tuple[Ignored, ...] = ()


class Unanswered(OSError):  # noqa: N818
    """No try was answered; what happened at the last one is the cause."""


class Client:
    """`timeout` is the seconds of one try, `patience` those of all the waits between tries. `wait`
    is how it waits."""

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        timeout: float = 10.0,
        tries: int = 4,
        patience: float = 30.0,
        tls: ssl.SSLContext | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"`{url}` is no address, as http://127.0.0.1:8000")
        if tries < 1:
            raise ValueError("there must be one try at least")
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname, parts.port
        self._base, self._url = parts.path.rstrip("/"), url
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._timeout, self._tries, self._patience = timeout, tries, patience
        self._tls, self._wait = tls, wait
        self._idle: deque[HTTPConnection] = deque()

    def decide(
        self,
        policy: str,
        input: Input,
        *,
        decision: str | None = None,
        as_of: datetime | str | None = None,
        subject: str | None = None,
        explain: Literal["agent", "audit", "codes"] | None = None,
        version: str | None = None,
        hash: str | None = None,
        idempotency_key: str | None = None,
    ) -> Record:
        """`Refused` where the case breaks the declared facts. `version` and `hash` pin a version.
        Give an `idempotency_key` of yours if you may ask again after you were stopped."""
        body = {"input": input, "as_of": _instant(as_of), "subject": subject, "explain": explain}
        target = _target("decisions", policy, decision, version)
        answer = self._post(target, _given(body), hash, idempotency_key)
        return _understood(_record, answer)

    def decide_all(
        self,
        policy: str,
        items: Mapping[str, Input],
        common: Input | None = None,
        *,
        decision: str | None = None,
        subjects: Mapping[str, str] | None = None,
        version: str | None = None,
        hash: str | None = None,
        idempotency_key: str | None = None,
    ) -> dict[str, Record | Refused]:
        """Cases by an id of yours to their answers, in the same order: all by one version, each
        for itself. `common` are facts that all have; `subjects` are by the same ids."""
        known = subjects or {}
        listed = [
            _given({"id": id, "input": input, "subject": known.get(id)})
            for id, input in items.items()
        ]
        target = _target("batches", policy, decision, version)
        body = _given({"common": common, "items": listed})
        answer = self._post(target, body, hash, idempotency_key)
        return _understood(_items, answer)

    def explanation(self, id: str, audience: Audience = "agent") -> dict[str, Any]:
        """Why it was decided so, found by deciding again."""
        target = f"/v1/journal/{quote(id, safe='')}/explanation?{urlencode({'for': audience})}"
        found: dict[str, Any] = self._ask("GET", target, None, {})
        return found

    def whynot(
        self,
        id: str,
        want: Mapping[str, Any],
        *,
        frozen: Sequence[str] = (),
        thawed: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The smallest changes of the case that would have given what is wanted of the outcome."""
        body = {"want": want, "frozen": list(frozen), "thawed": list(thawed)}
        target = f"/v1/journal/{quote(id, safe='')}/whynot"
        found: dict[str, Any] = self._ask(
            "POST",
            target,
            json.dumps(body, allow_nan=False).encode(),
            {"Content-Type": "application/json"},
        )
        return found

    def close(self) -> None:
        """Ends the connections that it kept."""
        while self._idle:
            self._idle.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _post(
        self, target: str, body: Mapping[str, Any], hash: str | None, idempotency_key: str | None
    ) -> Any:
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": idempotency_key or str(uuid.uuid4()),
            **_given({"Accept-Policy-Hash": hash}),
        }
        return self._ask("POST", target, json.dumps(body, allow_nan=False).encode(), headers)

    def _ask(self, method: str, target: str, body: bytes | None, headers: Mapping[str, str]) -> Any:
        reply = self._reply(method, self._base + target, body, {**self._headers, **headers})
        told = _read(reply)
        if reply.status == 200 and isinstance(told, dict):
            return told
        raise _problem(reply, told if isinstance(told, dict) else {})

    def _reply(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str]
    ) -> "_Reply":
        """The first that is final, or else the last."""
        waited = 0.0
        for tried in count(1):
            failed: Exception | None = None
            reply = None
            try:
                reply = self._once(method, target, body, headers)
            except _BROKEN as error:
                failed = error
            pause = _pause(reply, failed, tried)
            if pause is None or tried >= self._tries or waited + pause > self._patience:
                break
            self._wait(pause)
            waited += pause
        if reply is not None:
            return reply
        often = f", asked {tried} times" if tried > 1 else ""
        raise Unanswered(f"{self._url} did not answer{often}") from failed

    def _once(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str]
    ) -> "_Reply":
        """A connection that was kept may have ended meanwhile; then a new one is made."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread took it
                break
            try:
                return self._over(connection, method, target, body, headers)
            except TimeoutError:
                raise
            except _BROKEN:
                continue
        return self._over(self._connection(), method, target, body, headers)

    def _over(
        self,
        connection: HTTPConnection,
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> "_Reply":
        try:
            connection.request(method, target, body, dict(headers))
            response = connection.getresponse()
            reply = _Reply(response.status, response.reason, response.read(), _delay(response))
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            self._idle.append(connection)
        return reply

    def _connection(self) -> HTTPConnection:
        if self._secure:
            return HTTPSConnection(self._host, self._port, timeout=self._timeout, context=self._tls)
        return HTTPConnection(self._host, self._port, timeout=self._timeout)


@dataclass(frozen=True, slots=True)
class _Reply:
    """`delay` is the seconds that the service asks to wait."""

    status: int
    reason: str
    content: bytes
    delay: float | None = None


def _pause(reply: _Reply | None, failed: Exception | None, tried: int) -> float | None:
    """Seconds until the next try, or None where there should be none. Half of it is chance, so that
    those who failed together do not come back together."""
    if isinstance(failed, ssl.SSLCertVerificationError):
        return None
    if reply is not None and reply.status not in _AGAIN:
        return None
    longest = min(_LONGEST, _SHORTEST * 2 ** (tried - 1))
    pause: float = longest * random.uniform(0.5, 1.0)
    return pause + ((reply.delay or 0.0) if reply is not None else 0.0)


def _delay(response: HTTPResponse) -> float | None:
    """`Retry-After` in seconds, or as a date."""
    told = response.headers.get("Retry-After", "").strip()
    if told.isdecimal():
        return float(told[:9])
    try:
        at = parsedate_to_datetime(told)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _target(resource: str, policy: str, decision: str | None, version: str | None) -> str:
    names = [policy] if decision is None else [policy, decision]
    path = "/".join(quote(each, safe="") for each in (resource, *names))
    query = "" if version is None else "?" + urlencode({"version": version})
    return f"/v1/{path}{query}"


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _instant(at: datetime | str | None) -> str | None:
    if not isinstance(at, datetime):
        return at
    if at.tzinfo is None:
        raise ValueError("`as_of` has no time zone")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _read(reply: _Reply) -> Any:
    """None where it is no JSON."""
    try:
        return json.loads(reply.content)
    except ValueError:
        return None


def _understood(read: Callable[[Any], T], told: object) -> T:
    """Something else than the service may have answered."""
    try:
        return read(told)
    except (KeyError, TypeError) as error:
        raise Problem(200, "http-error", "what was answered is not of this service") from error


def _problem(reply: _Reply, told: Mapping[str, Any]) -> Problem:
    """What is not of the service, but of something before it, has no code of its own."""
    code = told.get("code")
    if not isinstance(code, str):
        detail = reply.reason or "no JSON object was answered"
        return Problem(reply.status, "http-error", detail, retry_after=reply.delay)
    if code == "refused-case":
        return _refused(reply.status, told)
    known = ("type", "title", "status", "code", "detail", "request_id", "errors")
    return Problem(
        reply.status,
        code,
        told.get("detail", ""),
        _faults(told.get("errors", ())),
        told.get("request_id"),
        {name: of for name, of in told.items() if name not in known},
        reply.delay,
    )


def _refused(status: int, told: Mapping[str, Any]) -> Refused:
    return Refused(
        status,
        "refused-case",
        told.get("detail", ""),
        _faults(told.get("errors", ())),
        told.get("request_id"),
        safe_outcome=told.get("safe_outcome"),
        ignored=_ignored(told.get("ignored", ())),
    )


def _items(told: Mapping[str, Any]) -> dict[str, Record | Refused]:
    return {
        each["id"]: _refused(422, each["problem"]) if "problem" in each else _record(each)
        for each in told["items"]
    }


def _record(told: Mapping[str, Any]) -> Record:
    """What a later service may add is left out."""
    policy = told["policy"]
    return Record(
        decision_id=told["decision_id"],
        policy=PolicyRef(policy["name"], policy["version"], policy["hash"]),
        engine=told["engine"],
        decision=told["decision"],
        as_of=told["as_of"],
        outcome=told["outcome"],
        basis=told["basis"],
        determining=tuple(told["determining"]),
        reasons=tuple(Reason(each["code"], each["text"]) for each in told["reasons"]),
        unknown=tuple(told["unknown"]),
        ignored=_ignored(told["ignored"]),
        allowed=tuple(told.get("allowed", ())),
        explanation=told.get("explanation"),
        hypothetical=told.get("hypothetical", False),
        recorded=told.get("recorded", True),
    )


def _ignored(told: Sequence[Mapping[str, Any]]) -> tuple[Ignored, ...]:
    return tuple(Ignored(each["pointer"], each["nearest"]) for each in told)


def _faults(told: Sequence[Mapping[str, Any]]) -> tuple[Fault, ...]:
    names = ("pointer", "code", "expected", "got")
    return tuple(Fault(*(str(each.get(name, "")) for name in names)) for each in told)
