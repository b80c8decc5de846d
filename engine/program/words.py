"""Names, values, types and pointers to plain words, for people who do not know the language."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from engine.language import types
from engine.language.types import DURATION_UNITS, Type
from engine.language.values import write_instant, write_number
from engine.program import nodes as program

WITHHELD = "(withheld)"

_CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_INITIALS = frozenset({"api", "crm", "eta", "id", "sla", "tta", "ttr", "url", "utc", "vip"})
_UNITS = (("d", "day"), ("h", "hour"), ("min", "minute"), ("s", "second"))


@lru_cache(4096)
def words(name: str) -> str:
    """`deterministic_match` is `deterministic match`, `TicketState` is `ticket state`."""
    parts = _CAPITALS.sub("_", name).split("_")
    return " ".join(_word(part) for part in parts if part)


def _word(part: str) -> str:
    lowered = part.lower()
    if lowered in _INITIALS:
        return lowered.upper()
    return lowered if part.istitle() else part


def singular(noun: str) -> str:
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("ss", "ss"), ("s", "")):
        if noun.endswith(ending):
            return noun.removesuffix(ending) + instead
    return noun


def article(noun: str) -> str:
    return f"an {noun}" if noun[:1].lower() in "aeio" else f"a {noun}"


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    whole = text[:1].upper() + text[1:]
    return whole if whole.endswith((".", "!", "?", ":")) else f"{whole}."


def listed(items: Iterable[str], joint: str = "and") -> str:
    """`a, b and c`."""
    each = list(items)
    if len(each) < 2:
        return "".join(each)
    return f"{', '.join(each[:-1])} {joint} {each[-1]}"


def value_words(value: object, type_: Type) -> str:
    """A value as a person reads it: texts quoted, durations in full, a missing one `missing`."""
    match type_, value:
        case _, None:
            return "missing"
        case types.Bool(), bool():
            return "yes" if value else "no"
        case types.Number(unit=unit), int() | float():
            return write_number(value) + (f" {words(unit)}" if unit else "")
        case types.Duration(), int():
            return duration_words(value)
        case types.Instant(), int():
            return instant_words(value)
        case types.Text(), str():
            return f'"{value}"'
        case types.ListOf(element=element), tuple():
            return listed(value_words(each, element) for each in value) if value else "none"
        case types.Record(fields=fields), tuple():
            told = (_field_words(each, part) for each, part in zip(fields, value, strict=True))
            return "; ".join(part for part in told if part)
        case types.Tally(), dict():
            return _tally_words(value)
        case _:
            return str(value)


def _field_words(field: types.Field, value: object) -> str:
    if value is None:
        return ""
    told = WITHHELD if field.sensitive else value_words(value, field.type)
    return f"{words(field.name)} {told}"


def _tally_words(tally: dict[str, object]) -> str:
    totals = (
        f"{sum(counted.values()) if isinstance(counted, dict) else counted} {member}"
        for member, counted in tally.items()
    )
    return listed(totals) or "none"


def duration_words(value: int) -> str:
    for unit, name in _UNITS:
        count, rest = divmod(abs(value), DURATION_UNITS[unit])
        if rest == 0 and count and not (unit == "d" and count == 1):
            return f"{'-' if value < 0 else ''}{counted(count, name)}"
    return f"{write_number(value / DURATION_UNITS['s'])} seconds"


def instant_words(value: int) -> str:
    """`2026-01-15 14:32 UTC`, the day alone at midnight."""
    day, clock = write_instant(value).rstrip("Z").split("T")
    return day if clock == "00:00:00" else f"{day} {clock.removesuffix(':00')} UTC"


def type_words(type_: Type) -> str:
    """What may be given there."""
    match type_:
        case types.Bool():
            return "yes or no"
        case types.Text():
            return "text"
        case types.Number(integer=integer, unit=unit, range=range_):
            noun, within = "a whole number" if integer else "a number", _range_words(range_, type_)
            return noun + (within or (f" of {words(unit)}" if unit else ""))
        case types.Duration(range=range_):
            return "a length of time" + _range_words(range_, type_)
        case types.Instant():
            return "date and time"
        case types.Enum(members=members):
            return listed((member.wire for member in members), "or")
        case types.Code(parts=parts):
            return "code: " + code_words(parts)
        case types.Record(name=name):
            return article(words(name))
        case types.ListOf(element=element, bound=bound):
            return f"up to {bound} {_plural(element)}"
        case types.Tally(member=member, daily=daily):
            return f"counts by {words(member.name)}" + (" and day" if daily else "")


def range_words(range_: types.Range, type_: Type) -> str:
    """`from 0 to 1`, `at least 0.95`, `from 0.5 to below 0.7`; nothing where both ends are open."""
    low = None if _open(range_.low) else value_words(range_.low, type_)
    high = None if _open(range_.high) else value_words(range_.high, type_)
    if low is not None and high is not None:
        above, below = ("above " if range_.low_open else ""), ("below " if range_.high_open else "")
        return f"from {above}{low} to {below}{high}"
    if low is not None:
        return f"above {low}" if range_.low_open else f"at least {low}"
    if high is not None:
        return f"below {high}" if range_.high_open else f"at most {high}"
    return ""


def _open(end: float | None) -> bool:
    """Whole numbers are held to what a float counts exactly, which is no bound of the author's."""
    return end is None or abs(end) >= 1e15


def _range_words(range_: types.Range, type_: Type) -> str:
    told = range_words(range_, type_)
    return f" {told}" if told.startswith("from") else f", {told}" if told else ""


def _plural(element: Type) -> str:
    match element:
        case types.Record(name=name):
            return f"{words(name)}s"
        case types.Text():
            return "texts"
        case types.Enum(name=name):
            return f"of {words(name)}: {listed((each.wire for each in element.members), 'or')}"
        case _:
            return f"values, each {type_words(element)}"


def code_words(parts: Sequence[types.CodePart]) -> str:
    """The named parts, with what stands between them."""
    return "".join(f"‹{words(part.name)}›" if part.name else part.text or "" for part in parts)


def pointer_words(parameters: Sequence[program.Parameter], pointer: str) -> str:
    """`/order/error_codes` is `the order's error codes`; one that leads nowhere stays."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    if len(parameters) == 1:
        return _path(parameters[0].type, steps, "") or pointer
    for parameter in parameters:
        if steps and steps[0] == parameter.name:
            return _path(parameter.type, steps[1:], f"the {words(parameter.name)}") or pointer
    return pointer


def _path(type_: Type, steps: Sequence[str], so_far: str) -> str:
    for step in steps:
        match type_:
            case types.Record(fields=fields):
                field = next((each for each in fields if each.wire == step), None)
                if field is None:
                    return ""
                so_far, type_ = field_noun(so_far, field.name, field.type), field.type
            case types.ListOf(element=element) if step.isdecimal():
                so_far, type_ = _element(so_far, int(step) + 1), element
            case _:
                return ""
    return so_far


_AFTER_TIME = frozenset({"at", "by", "from", "on", "since", "until"})


def field_noun(owner: str, name: str, type_: types.Type) -> str:
    """`the order's error codes`; what is answered by yes or no has a name rather than a noun."""
    told = words(name)
    if isinstance(type_, types.Bool):
        return possessive(owner, f"“{told}”") if owner else told
    if isinstance(type_, types.Instant) and told.split(" ")[-1] in _AFTER_TIME:
        return possessive(owner, f"“{told}” time")
    return possessive(owner, told)


def possessive(owner: str, noun: str) -> str:
    """`the order's error codes`; without an owner `the error codes`."""
    return f"{owner}'{'' if owner.endswith('s') else 's'} {noun}" if owner else f"the {noun}"


def _element(items: str, number: int) -> str:
    """`the 2nd intent` of `the intents`."""
    if "'" in items or not items:
        return f"the {_ordinal(number)} of {items or 'the list'}"
    return f"the {_ordinal(number)} {singular(items.removeprefix('the '))}"


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else _ENDINGS.get(number % 10, "th")
    return f"{number}{ending}"


_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


_IRREGULAR = {
    "hold": "held", "send": "sent", "keep": "kept", "leave": "left", "give": "given",
    "take": "taken", "put": "put", "set": "set", "let": "let", "do": "done", "roll": "rolled",
    "stop": "stopped", "drop": "dropped", "ban": "banned", "tag": "tagged", "flag": "flagged",
}  # fmt: skip


@lru_cache(1024)
def done(action: str) -> str:
    """What was done, of an action's name: `reply_and_close` is `replied and closed`."""
    verbs = action.split("_and_")
    return " and ".join(_participle(verb) for verb in verbs)


def _participle(verb: str) -> str:
    first, *rest = words(verb).split(" ")
    if first in _IRREGULAR:
        told = _IRREGULAR[first]
    elif first.endswith("e"):
        told = f"{first}d"
    elif first.endswith("y") and first[-2:-1] not in "aeou":
        told = f"{first[:-1]}ied"
    else:
        told = f"{first}ed"
    return " ".join((told, *rest))
