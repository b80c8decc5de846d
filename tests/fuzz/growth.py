"""Texts of any size, each of one kind: what grows must cost no more than in proportion.

`counted` counts the calls of functions, for tests; `python -m tests.fuzz.growth` measures time,
for a text of a hundred thousand characters and for one of a million.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

from engine import Source, check
from engine.syntax.parse import parse

_HEADER = 'bylaw 1\n\npolicy grown 1.0.0\n  title "Grown"\n  owner "Chance"\n\n'
_FACTS = (
    "record Ticket\n  amount: number 0 .. 1000\n  text: text\n\nrecord Answer\n  late: bool\n\n"
)
_DECISION = """
decision answer(ticket: Ticket): Answer
  first
  rule last
    when {}
    then late: true
  otherwise
    then late: false
  refused
    then late: false
"""


@dataclass(frozen=True)
class Kind:
    """`piece` is written with the numbers 0, 1, … between the two ends."""

    name: str
    start: str
    piece: str | Callable[[int], str]
    end: str = ""

    def text(self, size: int) -> str:
        return f"{self.start}{''.join(self._pieces(size))}{self.end}"

    def _pieces(self, size: int) -> Iterator[str]:
        length = 0
        for number in count():
            if length >= size:
                return
            piece = self.piece(number) if callable(self.piece) else self.piece
            length += len(piece)
            yield piece


def _around(condition: str) -> tuple[str, str]:
    """What stands before and after the dots of the condition."""
    before, after = _DECISION.split("{}")
    start, end = condition.split("…")
    return _HEADER + _FACTS + before.lstrip() + start, end + after


def _inside(name: str, condition: str, piece: str | Callable[[int], str]) -> Kind:
    start, end = _around(condition)
    return Kind(name, start, piece, end)


def _rule(number: int) -> str:
    return (
        f"  rule r{number}\n    when ticket.amount > {number % 997} and ticket.text is "
        f'"n{number}"\n    then late: true\n    because "{{ticket.amount}} is much"\n\n'
    )


def _example(number: int) -> str:
    return (
        f'example "e{number}"\n  answer(ticket: {{ amount: {number % 997}, text: "" }})\n'
        "  gives { late: true }\n\n"
    )


_BEFORE_RULES, _AFTER_RULES = _DECISION.split("  rule last\n")
_PLAIN = _DECISION.format("ticket.amount > 1")
_TABLE = "table t(x: integer 0 .. 10000000): text\n  | x | y |\n"
_TWO_WAYS = "table t(x: number 0 .. 10000000, y: number 0 .. 10000000): text\n  | x | y | z |\n"

KINDS = (
    # declarations, one after the other
    Kind("enums", _HEADER, lambda n: f"enum E{n}: a{n}, b{n}, c{n} from strict to loose\n"),
    Kind("members", f"{_HEADER}enum E: first", lambda n: f",\n  member_{n}"),
    Kind("records", _HEADER, lambda n: f"record R{n}\n  a: number 0 .. {n}\n  b: text optional\n"),
    Kind("fields", f"{_HEADER}record R\n", lambda n: f"  f{n}: bool\n"),
    Kind("thresholds", _HEADER, lambda n: f'threshold t{n}: number = {n}\n  because "so"\n'),
    Kind("list items", f'{_HEADER}list names: text = "a"', lambda n: f',\n  "name {n}"'),
    Kind("triggers", _HEADER, lambda n: f'trigger g{n} mentions "w{n}", "stolen c{n}"\n'),
    Kind("phrases", f'{_HEADER}trigger g mentions "a"', lambda n: f',\n  "word{n} other"'),
    Kind("near phrases", f'{_HEADER}trigger g mentions "a"', lambda n: f',\n  "w{n}" near "v{n}"'),
    Kind("defines", _HEADER, lambda n: f"define d{n}(a: number 0 .. 9) = a + {n}\n"),
    Kind("defines of one", f"{_HEADER}define one = 1\n", lambda n: f"define d{n} = one + {n}\n"),
    Kind("rows", f"{_HEADER}{_TABLE}", lambda n: f'  | {n} | "y{n}" |\n', '  | - | "" |\n'),
    Kind("rows with gaps", f"{_HEADER}{_TABLE}", lambda n: f'  | {2 * n} | "y{n}" |\n'),
    Kind("rows one over another", f"{_HEADER}{_TABLE}", lambda n: f'  | < {n + 1} | "y{n}" |\n'),
    Kind(
        "rows of two ways",
        f"{_HEADER}{_TWO_WAYS}",
        lambda n: f'  | < {n + 1} | < {1_000_000 - n} | "z{n}" |\n',
    ),
    Kind(
        "rules",
        f"{_HEADER}{_FACTS}{_BEFORE_RULES.lstrip()}",
        _rule,
        f"  rule last\n{_AFTER_RULES.format('ticket.amount > 1')}",
    ),
    Kind(
        "decisions",
        _HEADER + _FACTS,
        lambda n: _PLAIN.replace("answer(", f"answer{n}("),
    ),
    Kind("examples", _HEADER + _FACTS + _PLAIN, _example),
    Kind(
        "states",
        f"{_HEADER}record I\n  a: bool\n\nlifecycle i(i: I)\n",
        lambda n: f"  state s{n}\n",
    ),
    Kind("waivers", _HEADER, lambda n: f'waive no-effect on d{n}.a because "so"\n'),
    # long in one place
    _inside("terms of and", "ticket.amount > 1…", " and ticket.amount > 2"),
    _inside("terms of a sum", "ticket.amount > 1…", " + 2"),
    _inside("items", "ticket.amount in [1…]", ", 2"),
    _inside("arguments", "max(1…) > 1", ", 2"),
    _inside("insertions", 'ticket.text is "…"', "{ticket.text}"),
    _inside("a text", 'ticket.text is "…"', "word "),
    _inside("a name", "ticket.amount > …", "name"),
    _inside("digits", "ticket.amount > 1…", "7"),
    _inside("a block", 'ticket.text is """\n    …\n    """', "    a line\n"),
    Kind("comments", _HEADER, "# a remark\n"),
    Kind("one comment", f"{_HEADER}#", "remark "),
    Kind("blank lines", _HEADER, "\n"),
    Kind("blanks", _HEADER, " "),
    # mistakes, and what is no policy
    Kind("unknown names", *_around("ticket.amount > 1…")[:1], lambda n: f" and missing{n}"),
    Kind("unknown types", f"{_HEADER}record R\n", lambda n: f"  f{n}: Missing{n}\n"),
    Kind("one name", _HEADER, "define twice = 1\n"),
    Kind("mistakes", _HEADER, "define = = 1\n"),
    Kind("unclosed texts", _HEADER, 'define a = "\n'),
    Kind("unclosed brackets", *_around("ticket.amount in […]")[:1], "[1, "),
    Kind("opened brackets", f"{_HEADER}define a = ", "("),
    Kind("closed brackets", f"{_HEADER}define a = 1", ")"),
    Kind("nots", f"{_HEADER}define a = ", "not "),
    Kind("minus signs", f"{_HEADER}define a = ", "-"),
    Kind("choices", f"{_HEADER}define a = ", "when true then 1 otherwise "),
    Kind("lists of lists", f"{_HEADER}record R\n  a: ", "list of "),
    Kind("texts in texts", f"{_HEADER}define a = ", '"{'),
    Kind("conditions in a text", f'{_HEADER}define a = "', "{if true}"),
    Kind("braces", f'{_HEADER}define a = "', "{", '"\n'),
    Kind("bars", f"{_HEADER}table t(x: text): text\n", "|"),
    Kind("quotes", _HEADER, '"'),
    Kind("signs", _HEADER, "=><!&%"),
    Kind("other scripts", _HEADER, "日本語 größe 🙂 "),
    Kind("no spaces", _HEADER, "é"),
    Kind("no policy", "", "lorem ipsum "),
    Kind("JSON", "", '{"a": [1, 2, 3], '),
    Kind("carriage returns", _HEADER, "\r"),
)


def counted(work: Callable[[], object]) -> int:
    """How many functions were called, of Python and of C."""
    calls = 0

    def note(frame: object, event: str, argument: object) -> None:  # noqa: ARG001
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


def _seconds(text: str) -> tuple[float, float, list[str]]:
    source = Source("grown", text)
    start = time.process_time()
    parse(source)
    middle = time.process_time()
    findings = check(source).findings
    return middle - start, time.process_time() - middle, [each.code for each in findings]


def main(names: list[str]) -> None:
    print(
        f"{'':24}{'parse 100 KB':>14}{'1 MB':>8}{'ratio':>7}"
        f"{'check 100 KB':>14}{'1 MB':>8}{'ratio':>7}"
    )
    for kind in KINDS:
        if names and kind.name not in names:
            continue
        small = min(_seconds(kind.text(100_000)) for _ in range(3))
        large = _seconds(kind.text(1_000_000))
        print(
            f"{kind.name:24}{small[0]:14.3f}{large[0]:8.3f}{large[0] / small[0]:7.1f}"
            f"{small[1]:14.3f}{large[1]:8.3f}{large[1] / small[1]:7.1f}  "
            f"{len(large[2])} {large[2][:1]}",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
