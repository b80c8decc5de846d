"""A finding to the lines a person reads: what is wrong, where, the line itself, and the cure."""

import re
import unicodedata
from collections.abc import Iterator

from engine.diagnostics.base import Finding
from engine.source import Source, Span

_WIDEST = 100
_TAB = "    "
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_PLAIN = {"error": "", "warning": "", "strong": "", "faint": "", "off": ""}
_COLOURED = {
    "error": "\033[1;31m",
    "warning": "\033[1;33m",
    "strong": "\033[1m",
    "faint": "\033[36m",
    "off": "\033[0m",
}


def render(finding: Finding, colour: bool = False) -> str:
    """Ends without a line break. What would garble a terminal is shown as `�`."""
    return "\n".join(_lines(finding, _COLOURED if colour else _PLAIN))


def _lines(finding: Finding, style: dict[str, str]) -> Iterator[str]:
    head = f"{finding.severity}[{finding.code}]"
    message = _printable(finding.message)
    yield f"{style[finding.severity]}{head}{style['off']}: {style['strong']}{message}{style['off']}"
    yield from _place(finding.source, finding.diagnostic.span, "", finding.severity, style)
    for place in finding.diagnostic.places():
        yield from _place(finding.source, place.span, place.label, "faint", style)
    if finding.help:
        yield f"  {style['strong']}help{style['off']}: {_printable(finding.help)}"


def _place(
    source: Source, span: Span, label: str, tone: str, style: dict[str, str]
) -> Iterator[str]:
    number, column = source.line(span.start), source.column(span.start)
    faint, off = style["faint"], style["off"]
    name = _printable(source.name)
    yield f"  {faint}-->{off} {name}:{number}:{column}"
    shown, blanks, carets = _excerpt(
        source.line_text(number), column - 1, column - 1 + span.end - span.start
    )
    gutter = " " * len(str(number))
    yield f"{faint}{number} |{off} {shown}".rstrip()
    marked = f"{style[tone]}{'^' * carets}{off}"
    yield f"{faint}{gutter} |{off} {' ' * blanks}{marked} {_printable(label)}".rstrip()


def _excerpt(line: str, start: int, end: int) -> tuple[str, int, int]:
    """The line as it is shown, how many columns stand before the carets, and how many carets."""
    end = max(min(end, len(line)), start)
    first, last = _window(len(line), start, end)
    before = _shown(line[first:start])
    marked = _shown(line[start : min(end, last)])
    after = _shown(line[min(end, last) : last])
    left, right = "…" * (first > 0), "…" * (last < len(line))
    return left + before + marked + after + right, len(left) + _width(before), _width(marked) or 1


def _window(length: int, start: int, end: int) -> tuple[int, int]:
    """Which characters of a line too long to be shown are shown."""
    if length <= _WIDEST:
        return 0, length
    spare = max(_WIDEST - (end - start), _WIDEST // 2)
    first = max(0, min(start - spare // 2, length - _WIDEST))
    return first, min(length, first + _WIDEST)


def _shown(text: str) -> str:
    return _printable(text.replace("\t", _TAB))


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _width(text: str) -> int:
    """How many columns of a terminal it takes."""
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
