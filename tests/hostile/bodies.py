"""Bodies that strangers send: facts that are none, JSON that is none, text that is none, and too
much of everything."""

import gzip
import json
from collections.abc import Callable, Mapping
from functools import cache
from random import Random
from typing import Any

from engine import Library, Sample, load, samples
from tests.fuzz import cases
from tests.fuzz.texts import Texts
from tests.fuzz.texts import mutant as text_mutant
from tests.live import ROOT

Body = tuple[bytes, Mapping[str, str]]
"""With the headers that say what it is."""
JSON: Mapping[str, str] = {"Content-Type": "application/json"}


def body(random: Random, wrap: str) -> Body:
    """`wrap` names the field in which the facts stand: `input`, `items`, `inputs`, `source`."""
    content = random.choice(_CONTENTS)(random, wrap)
    if random.random() < _SHARE_WRONGLY_SAID:
        return _wrongly_said(random, content)
    return content, JSON


def sound(wrap: str, sample: Sample) -> bytes:
    """What an honest caller sends."""
    made: Any = {
        "items": [{"id": "a", "input": sample.input}],
        "inputs": {"a": sample.input},
        "source": _texts()[0],
    }.get(wrap, sample.input)
    return json.dumps({wrap: made}).encode()


@cache
def some_samples() -> list[tuple[str, str, Sample]]:
    """Policy, decision and case."""
    library = Library(ROOT / "policies")
    live = library.live() or {}
    loaded = [load(library.source(f"{name}@{version}")) for name, version in live.items()]
    return [
        (program.name, name, sample)
        for program in loaded
        for name in program.decisions
        for sample in samples(program, name)
    ]


_SHARE_WRONGLY_SAID = 0.15


def _mutant(random: Random, wrap: str) -> bytes:
    if wrap == "source":
        texts = Texts(_texts(), _texts())
        return _dump({wrap: text_mutant(random, texts)})
    _, _, sample = random.choice(some_samples())
    case = cases.mutant(random, sample.input)
    if isinstance(case, str | bytes):
        return _dump(case)
    whole = json.loads(sound(wrap, sample))
    match wrap:
        case "items":
            whole[wrap][0]["input"] = case
        case "inputs":
            whole[wrap]["a"] = case
        case _:
            whole[wrap] = case
    return _dump(whole)


def _dump(value: Any) -> bytes:
    """What is text already is the whole body; what no JSON can hold becomes none."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    try:
        return json.dumps(value).encode()
    except (TypeError, ValueError, RecursionError):
        return b"{'a': <object>}"


def _wrapper_mutant(random: Random, wrap: str) -> bytes:
    """Wrong around the facts, not in them."""
    _, _, sample = random.choice(some_samples())
    names = _TAKEN[wrap] if random.random() < 0.7 else tuple(_BESIDE)
    name = random.choice(names)
    whole = json.loads(sound(wrap, sample)) | {name: random.choice(_BESIDE[name])}
    return _dump(cases.mutant(random, whole) if random.random() < 0.3 else whole)


_TAKEN = {
    "input": ("as_of", "explain", "subject", "input"),
    "items": ("items", "common"),
    "inputs": ("inputs", "common_input"),
    "source": ("source",),
}
_BESIDE: Mapping[str, tuple[Any, ...]] = {
    "as_of": (
        *(None, 1, "now", "2026-13-45", "0001-01-01", "9999-12-31T23:59:59Z", "\x00"),
        *("2026-01-15T14:32:00+99:99", "2" * 100_000),
    ),
    "explain": (None, 1, "agent", "audit", "codes", "AUDIT", ["agent"]),
    "subject": (None, 1, "", "a" * 200, "a" * 201, "\x00", "größe", "../../x"),
    "input": (None, 1, "x", [], [[]], True, 1.5),
    "common": (None, 1, {"channel": "fax"}, {"a": "x" * 90_000}),
    "items": (
        *(None, {}, [1], [{"id": 1, "input": {}}], [{}] * 2_000, [{"id": "a", "input": {}}] * 2),
        [{"id": str(each), "input": {}} for each in range(300)],
    ),
    "common_input": (None, {"channel": "x" * 90_000}),
    "inputs": (
        *(None, [], {"": None}, {"a": 1, "b": {}}),
        {str(each): {"channel": "email"} for each in range(300)},
    ),
    "source": (1, ""),
    **dict.fromkeys(("", "imput", "a/b~c", "x" * 50_000, "__proto__", "größe"), (1,)),
}


def _broken(random: Random, wrap: str) -> bytes:
    """Sound but for a few bytes."""
    made = bytearray(sound(wrap, random.choice(some_samples())[2]))
    for _ in range(random.choice((1, 1, 2, 8))):
        start = random.randrange(len(made) + 1)
        made[start : start + random.choice((0, 1, 1, 50))] = random.choice(_PIECES)
    return bytes(made)


_PIECES = (
    *(b"", b",", b'"', b"{", b"]", b"NaN", b"-", b"1e999", b"\\", b"\\ud800", b"\x00", b"\xff"),
    *(b"\xc3\xa9", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\\u0000", b"/*", b"'", b"1" * 5_000),
)


def _encoded(random: Random, wrap: str) -> bytes:
    text = sound(wrap, random.choice(some_samples())[2]).decode()
    return random.choice(
        (
            text.encode("utf-16"),
            text.encode("utf-16-le"),
            text.encode("utf-32"),
            b"\xef\xbb\xbf" + text.encode(),
            text.replace("e", "é").encode("latin-1"),
            text.replace("e", "\x00").encode(),
            text.encode("cp500"),
            gzip.compress(text.encode()),
        )
    )


def _nested(random: Random, wrap: str) -> bytes:
    depth = random.choice((30, 33, 100, 1_000, 100_000))
    opened, closed = random.choice(((b"[", b"]"), (b'{"a":', b"}")))
    inside = opened * depth + b"1" + closed * random.choice((depth, depth - 1, 0))
    return inside if random.random() < 0.3 else b'{"%b": %b}' % (wrap.encode(), inside)


def _large(random: Random, wrap: str) -> bytes:
    made = random.choice(
        (
            {wrap: "x" * random.choice((99_999, 100_001, 1_100_000, 1_100_000))},
            {wrap: list(range(random.choice((9_999, 10_001, 100_000))))},
            {wrap: {f"k{each}": each for each in range(20_000)}},
            {f"k{each}": each for each in range(20_000)},
            {wrap: [{"id": str(each), "input": {}} for each in range(1_001)]},
        )
    )
    return _dump(made)


def _small(random: Random, wrap: str) -> bytes:
    return random.choice(
        (
            *(
                b"",
                b" ",
                b"null",
                b"[]",
                b"{}",
                b"0",
                b'""',
                b"true",
                b"nul",
                b"\x00",
                b"{}{}",
                b"//",
            ),
            *(b'{"%b": {}, "%b": {}}' % (wrap.encode(), wrap.encode()), b'{"": {"": {"": 0}}}'),
            *(b'{"%b": %b}' % (wrap.encode(), each) for each in _NUMBERS),
        )
    )


_NUMBERS = (
    b"1e999",
    b"-1e999",
    b"1e-999",
    b"9" * 4_000,
    b"9" * 5_000,
    b"-0",
    b"01",
    b"1.",
    b"Infinity",
)


def _noise(random: Random, _: str) -> bytes:
    return random.randbytes(random.choice((1, 10, 1_000, 60_000)))


_CONTENTS: tuple[Callable[[Random, str], bytes], ...] = (
    *(_mutant, _mutant, _mutant, _wrapper_mutant, _wrapper_mutant, _broken, _broken),
    *(_encoded, _nested, _small, _small, _noise, _large, _large),
)


def _wrongly_said(random: Random, content: bytes) -> Body:
    zeros = gzip.compress(bytes(20_000_000))
    return random.choice(
        (
            (content, {}),
            (content, {"Content-Type": "text/plain"}),
            (content, {"Content-Type": "application/json; charset=utf-16"}),
            (content, {"Content-Type": "APPLICATION/JSON ;" + "x" * 1_000}),
            (content, {"Content-Type": "multipart/form-data; boundary=a"}),
            (content, {"Content-Type": "application/x-www-form-urlencoded"}),
            (content, {"Content-Type": "\u00e9/\u00e9"}),
            (content, {**JSON, "Content-Encoding": "gzip"}),
            (content, {**JSON, "Content-Encoding": "deflate, br"}),
            (gzip.compress(content), {**JSON, "Content-Encoding": "gzip"}),
            (gzip.compress(content)[:-6], {**JSON, "Content-Encoding": "gzip"}),
            (zeros, {**JSON, "Content-Encoding": "gzip"}),
        )
    )


@cache
def _texts() -> list[str]:
    return [
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "policies").rglob("*.bylaw"))
    ]
