"""A number to what a stranger does with one connection: what is sent, how slowly, and how it ends.

The same number is always the same attack.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Literal
from urllib.parse import quote

from engine import Sample
from tests.hostile.bodies import JSON, body, some_samples, sound

Port = Literal["main", "opa"]


@dataclass(frozen=True)
class Known:
    """What a stranger may have found out: a key, ids of decisions."""

    key: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Attack:
    """`pause` is the seconds between two pieces. `end` says what the stranger does then: `wait` for
    the answer, say no more (`shut`), or go without hearing it (`leave`). `methods` are those of
    what is asked, each of which is owed an answer."""

    kind: str
    port: Port
    pieces: tuple[bytes, ...]
    methods: tuple[str, ...] = ()
    pause: float = 0.0
    end: Literal["wait", "shut", "leave"] = "wait"


def attack(number: int, known: Known, patience: float) -> Attack:
    random = Random(number)
    port: Port = random.choice(("main", "main", "opa"))
    kind = random.choices(tuple(_KINDS), tuple(weight for weight, _ in _KINDS.values()))[0]
    made = _KINDS[kind][1](random, _request(random, port, known), patience)
    return replace(made, kind=kind, port=port)


@dataclass(frozen=True)
class Request:
    """As it would be sent by a caller who knows HTTP."""

    method: str
    path: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = b""

    def head(self) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1".encode("utf-8", "surrogatepass")]
        return b"\r\n".join([*lines, *(b"%b: %b" % each for each in self.headers), b"", b""])

    def with_length(self) -> "Request":
        length = (b"Content-Length", b"%d" % len(self.body))
        return replace(self, headers=(*self.headers, length))

    def whole(self) -> bytes:
        return self.with_length().head() + self.body


def _request(random: Random, port: Port, known: Known) -> Request:
    """Sound in every way."""
    method, path, wrap = _sound(random, port, known)
    shown = random.choices((f"Bearer {known.key}", "Bearer bylaw_00000000_x", None), (8, 1, 1))[0]
    headers = {"Host": "localhost"} | ({"Authorization": shown} if shown else {})
    if method == "GET":
        return Request(method, path, _lines(headers))
    sample = next(each for of, _, each in _shuffled(random) if f"/{of}" in path or path == "/")
    return Request(method, path, _lines({**headers, **JSON}), sound(wrap, sample))


def _shuffled(random: Random) -> Iterable[tuple[str, str, Sample]]:
    every = some_samples()
    return random.sample(every, len(every))


def _sound(random: Random, port: Port, known: Known) -> tuple[str, str, str]:
    policy, decision, _ = random.choice(some_samples())
    id = random.choice(known.ids)
    if port == "opa":
        return random.choice(
            (
                ("POST", f"/v1/data/{policy}/{decision}", "input"),
                ("POST", f"/v1/data/{policy}", "input"),
                ("POST", f"/v0/data/{policy}/{decision}", "input"),
                ("POST", f"/v1/batch/data/{policy}/{decision}", "inputs"),
                ("POST", "/", "input"),
                ("GET", f"/v1/data/{policy}?input=%7B%7D", ""),
                ("GET", "/v1/policies", ""),
                ("GET", "/health", ""),
            )
        )
    return random.choice(
        (
            *[("POST", f"/v1/decisions/{policy}/{decision}", "input")] * 4,
            ("POST", f"/v1/decisions/{policy}", "input"),
            ("POST", f"/v1/batches/{policy}/{decision}", "items"),
            ("POST", f"/v1/policies/{policy}/versions", "source"),
            ("GET", f"/v1/journal/{id}", ""),
            ("GET", f"/v1/journal/{id}/explanation?for=audit", ""),
            ("GET", "/v1/policies", ""),
            ("GET", f"/v1/policies/{policy}", ""),
            ("GET", f"/v1/policies/{policy}/versions/1.0.0", ""),
            ("GET", f"/v1/policies/{policy}/versions/1.0.0/shadow", ""),
            ("GET", "/metrics", ""),
            ("GET", "/schema", ""),
            ("GET", "/schema/openapi.json", ""),
            ("GET", "/health/live", ""),
            ("GET", "/health/ready", ""),
        )
    )


def _lines(headers: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode(), value.encode()) for name, value in headers.items())


def _plain(*requests: Request) -> Attack:
    return Attack(
        "",
        "main",
        tuple(each.whole() for each in requests),
        tuple(each.method for each in requests),
    )


def _raw(method: str, *pieces: bytes) -> Attack:
    """Empty lines alone ask for nothing."""
    return Attack("", "main", pieces, (method,) if b"".join(pieces).strip(b"\r\n") else ())


# what is asked


def _bodies(random: Random, request: Request, _: float) -> Attack:
    if request.method == "GET":
        return _plain(replace(request, body=b"{}"))
    content, said = body(random, _wrap(request))
    told = {name: value for name, value in request.headers if name != b"Content-Type"}
    headers = (*told.items(), *_lines(said))
    return _plain(replace(request, headers=headers, body=content))


def _wrap(request: Request) -> str:
    starts = {"/v1/batches": "items", "/v1/batch": "inputs", "/v1/policies": "source"}
    return next((wrap for start, wrap in starts.items() if request.path.startswith(start)), "input")


def _methods(random: Random, request: Request, _: float) -> Attack:
    methods = ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "CONNECT", "PROPFIND", "QUERY")
    odd = ("BREW", "get", "POST\t", "G\x00T", "", "X" * 5_000, "PRI", "GET GET", "é")
    return _plain(replace(request, method=random.choice((*methods, *odd))))


def _paths(random: Random, request: Request, _: float) -> Attack:
    path = request.path
    odd = random.choice(_ODD)
    place = random.choice([spot for spot, each in enumerate(path) if each == "/"])
    made = random.choice(
        (
            path[: place + 1] + odd + path[place + 1 :],
            path[: place + 1] + odd,
            path + odd,
            path + "/" + odd,
            odd,
            "/" + odd,
            "".join(f"%{ord(each):02x}" for each in path),
            path.replace("/", random.choice(("//", "%2f", "\\", "/./", "/x/../"))),
            f"http://evil.example{path}",
            f"{path}?{odd}",
            f"{path}?version={odd}",
            f"{path}?version=1.0.0&version=1.0.0",
            f"{path}?for={odd}&input={odd}&pretty={odd}",
            f"{path}?input={quote(random.choice(_INPUTS))}",
            f"{path}?{'&'.join(f'a{each}={each}' for each in range(2_000))}",
            f"{path}#{odd}",
        )
    )
    return _plain(replace(request, path=made))


_ODD = (
    *("%00", "%0d%0aX-Injected:%201", "%ff%fe", "%", "%z", "%2e%2e%2f", "..", "../" * 50, "%c0%ae"),
    *("*", ";a=1", "~", "%25%30%30", "%u0041", "\xe9", "\xff", "\u202e", "a b", "\t", "x" * 5_000),
    *("x" * 60_000, "x" * 70_000, "/" * 3_000, "a/" * 10_000, "1.0.0'--", "${jndi:x}", "<script>"),
    *("__class__", "%E2%80%AE", "%F0%9F%99%82", "None", "-1", "nul", "{policy}", "%7Bid%7D"),
)
_INPUTS = ("{", "null", "[1]", '{"a":1,"a":2}', "[" * 5_000, "9" * 5_000, '"\\ud800"', "\x00", "{}")


def _headers(random: Random, request: Request, _: float) -> Attack:
    name, value = random.choice(_ODD_HEADERS)
    many = random.choice((1, 1, 1, 2, 30, 3_000))
    kept = [each for each in request.headers if random.random() < 0.9]
    lines = [*kept, *[(name, value)] * many]
    random.shuffle(lines)
    return _plain(replace(request, headers=tuple(lines)))


_ODD_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    *(
        (b"X-Request-ID", each)
        for each in (b"", b"a b", b"\xff", b"x" * 129, b"a%0d%0aX-Injected: 1")
    ),
    *(
        (b"X-Request-ID", each)
        for each in (b"a\nX-Injected: 1", b"a\rX-Injected: 1", b"a\x00b", b"a")
    ),
    *((b"X-Request-ID", each) for each in (b"a\r\n X-Injected: 1", b"\xe2\x80\xa8", b"x" * 60_000)),
    *((b"traceparent", each) for each in (b"00-" + b"0" * 32, b"x", b"00-" + b"f" * 32 + b"-1-01")),
    *((b"Idempotency-Key", each) for each in (b"", b"x" * 256, b"\xe9", b"a\x00", b"same", b"\t")),
    *((b"Accept-Policy-Hash", each) for each in (b"", b"sha256:", b"\xff", b"x" * 50_000)),
    *((b"If-None-Match", each) for each in (b"*", b'"x", W/"y"', b"x" * 50_000)),
    *(
        (b"Authorization", each)
        for each in (b"", b"Bearer", b"Bearer \xff", b"Basic eDp4", b"x" * 60_000)
    ),
    *((b"Authorization", each) for each in (b"Bearer bylaw_" + b"_" * 10_000, b"bearer a_b_c")),
    *(
        (b"Host", each)
        for each in (b"", b"evil.example", b"localhost:99999", b"a" * 10_000, b"\xff")
    ),
    *((b"Expect", each) for each in (b"100-continue", b"200-ok")),
    *((b"Connection", each) for each in (b"close", b"upgrade", b"keep-alive, x", b"Authorization")),
    *((b"Upgrade", each) for each in (b"websocket", b"h2c")),
    *((b"Accept", each) for each in (b"text/html", b"\xff", b"a/b;q=x", b"*/*," * 5_000)),
    *((b"Accept-Encoding", each) for each in (b"gzip", b"br;q=9")),
    *((b"Range", b"bytes=0-,-1" * 500), (b"Cookie", b"a=b;" * 5_000), (b"Forwarded", b"for=x")),
    *((b"X-Forwarded-For", b"127.0.0.1"), (b"X-HTTP-Method-Override", b"DELETE")),
    *((b"Space ", b"1"), (b" Space", b"1"), (b"", b"1"), (b"N\x00l", b"1"), (b"N\xe9", b"1")),
    *((b"X" * 70_000, b"1"), (b"Trailer", b"Authorization"), (b"TE", b"trailers")),
)


# how it is framed


def _framing(random: Random, request: Request, _: float) -> Attack:
    content = request.body or b"{}"
    length = b"%d" % len(content)
    said = random.choice(
        (
            *(
                [(b"Content-Length", each)]
                for each in (b"-1", b"+1", b"1e3", b"0x10", b"", b"9" * 40)
            ),
            *([(b"Content-Length", each)] for each in (b"1 2", b"1,1", length + b" ", b"\xd9\xa1")),
            [(b"Content-Length", length), (b"Content-Length", b"1")],
            [(b"Content-Length", length), (b"Transfer-Encoding", b"chunked")],
            *(
                [(b"Transfer-Encoding", each)]
                for each in (b"xchunked", b"gzip, chunked", b"identity")
            ),
            *(
                [(b"Transfer-Encoding", each)]
                for each in (b"chunked, chunked", b"\x0bchunked", b"")
            ),
            [(b"Content-Length", b"%d" % (len(content) - 1))],
        )
    )
    framed = replace(request, headers=(*request.headers, *said))
    return _raw(request.method, framed.head() + content)


def _chunks(random: Random, request: Request, _: float) -> Attack:
    framed = replace(request, headers=(*request.headers, (b"Transfer-Encoding", b"chunked")))
    content = request.body or b"{}"
    size = random.choice((1, 7, 1_000))
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in pieces)
    end = random.choice(
        (
            b"0\r\n\r\n",
            b"0\r\nX-Request-ID: behind\r\n\r\n",
            b"0\r\n" + b"A: b\r\n" * 20_000 + b"\r\n",
            b"0\r\nA: " + b"x" * 100_000,
            b"0;" + b"x" * 100_000,
            b"ffffffffffffffffff\r\n",
            b"7fffffffffffffff\r\n" + b"x" * 1_000,
            b"-1\r\n",
            b"zz\r\n",
            b"5\r\nab\r\n",
        )
    )
    return _raw(request.method, framed.head() + chunks + end)


def _not_http(random: Random, request: Request, _: float) -> Attack:
    whole = request.whole()
    return _raw(
        request.method,
        random.choice(
            (
                random.randbytes(random.choice((1, 100, 10_000))) + b"\r\n\r\n",
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(500),
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                *(whole.replace(b"HTTP/1.1", each, 1) for each in _VERSIONS),
                whole.replace(b"\r\n", b"\n"),
                whole.replace(b"\r\n", b"\r"),
                b"\r\n" * random.choice((1, 50_000)) + whole,
                whole.replace(b" HTTP/1.1", b"", 1),
                b"GET /" + b"x" * 500_000,
                b"GET / HTTP/1.1\r\nA: " + b"x" * 500_000,
                whole + b"\x00\x00\r\n\r\n",
            )
        ),
    )


_VERSIONS = (b"HTTP/0.9", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9.9", b"http/1.1", b"HTTP/1.1 x", b"ICY")


# how it comes, and how it goes


def _pipelined(random: Random, request: Request, _: float) -> Attack:
    many = random.choice((2, 5, 50))
    if "/schema" in request.path or "/versions" in request.path or "/v1/policies" in request.path:
        many = 2
    requests = [request] * many
    if random.random() < 0.3:
        requests.append(replace(request, path="/nowhere"))
    made = _plain(*requests)
    return replace(made, pieces=(b"".join(made.pieces),))


def _in_pieces(_: Random, request: Request, patience: float) -> Attack:
    """Slowly, but in time."""
    whole = request.whole()
    size = max(1, len(whole) // 6)
    pieces = tuple(whole[start : start + size] for start in range(0, len(whole), size))
    return replace(_raw(request.method, *pieces), pause=patience / 20)


def _slow(random: Random, request: Request, patience: float) -> Attack:
    """A byte now and then, for longer than anybody waits."""
    whole = request.whole()
    start = random.choice((0, 5, len(whole) - len(request.body), len(whole) - 20))
    dots = tuple(
        whole[place : place + 1] for place in range(start, min(start + 30, len(whole) - 1))
    )
    first = (whole[:start],) if start else ()
    return replace(_raw(request.method, *first, *dots), pause=patience / 8)


def _unfinished(random: Random, request: Request, _: float) -> Attack:
    whole = request.whole()
    end = random.choice((0, 1, random.randrange(len(whole)), len(whole) - 1))
    made = _raw(request.method, *((whole[:end],) if end else ()))
    return made if end else replace(made, methods=())


def _half_closed(random: Random, request: Request, _: float) -> Attack:
    whole = request.whole()
    end = random.choice((len(whole), len(whole), random.randrange(1, len(whole))))
    made = replace(_raw(request.method, whole[:end]), end="shut")
    return made if end == len(whole) else replace(made, methods=())


def _gone(random: Random, request: Request, _: float) -> Attack:
    """Nobody is there to hear the answer."""
    whole = request.whole()
    end = random.choice((len(whole), len(whole), random.randrange(1, len(whole))))
    return replace(_raw(request.method, whole[:end]), end="leave", methods=())


_KINDS: Mapping[str, tuple[float, Callable[[Random, Request, float], Attack]]] = {
    "body": (40, _bodies),
    "path": (14, _paths),
    "headers": (12, _headers),
    "method": (5, _methods),
    "framing": (6, _framing),
    "chunks": (4, _chunks),
    "not HTTP": (5, _not_http),
    "pipelined": (3, _pipelined),
    "in pieces": (2, _in_pieces),
    "slow": (2, _slow),
    "unfinished": (3, _unfinished),
    "half closed": (2, _half_closed),
    "gone": (2, _gone),
}
"""How often, and what."""
