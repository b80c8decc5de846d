"""Looks at mistakes in texts, comments, numbers, durations, instants and versions."""

import re

from engine.diagnostics import syntax as said
from engine.source import Span
from engine.syntax import foreign
from engine.syntax.hints_on_words import slug
from engine.syntax.mistake import SAME, Complaint, Mistake, unexpected

# A text that goes on over some lines and is closed at the end of one.
_LINES_TO_A_QUOTE = re.compile(r'(?:\n[^"\n]*){1,20}"[ \t]*$', re.MULTILINE)


def quoting(mistake: Mistake) -> Complaint | None:
    token = mistake.token
    match token.type:
        case "UNCLOSED_TEXT":
            ends_here: tuple[str, ...] | None = None if mistake.opened else ("STRING",)
            if mistake.section == "TABLE":
                ends_here = ("STRING", "ROW_END")
            text: str = token.file.source.text
            lines = _LINES_TO_A_QUOTE.match(text, token.end)
            end = lines.end() if lines else None
            return Complaint(said.UnclosedText(span=token.span), ends_here, end)
        case "UNCLOSED_BLOCK":
            return Complaint(said.UnclosedBlock(span=Span(token.start, token.start + 3)))
        case "CURLY_TEXT" | "SINGLE_TEXT":
            straight = f'"{token.text[1:-1]}"'
            return Complaint(said.ForeignQuotes(span=token.span, straight=straight), ("STRING",))
        case "SLASH_COMMENT":
            sign = said.ForeignComment(span=token.span, found=token.text[:2])
            goes_on = token.text.startswith("//") or token.text.endswith("*/")
            return Complaint(sign, () if goes_on else None, habit="comments")
    return None


def unquoted(mistake: Mistake) -> Complaint | None:
    """`title Refunds of orders`, `reply: thank you for waiting`"""
    token, previous = mistake.token, mistake.previous
    if token.type not in ("NAME", "INT") and token.text not in mistake.lexicon.words:
        return None
    if mistake.section == "TRIGGER" and mistake.wants("STRING") and not mistake.wants("COMMA"):
        lone = said.MissingQuotes(span=token.span, text=token.text)
        return Complaint(lone, ("STRING",))
    if token.type == "NAME" and mistake.follows("EXAMPLE") and mistake.after.startswith("("):
        return Complaint(unexpected(mistake, foreign.SHAPES["EXAMPLE"]), ("STRING", SAME))
    if mistake.wants("STRING") and mistake.follows(*_BEFORE_TEXT) and not token.first:
        start = token.start
    elif (
        previous is not None
        and previous.type == "NAME"
        and not token.first
        and token.type == "NAME"
        and mistake.section in ("DECISION", "LIFECYCLE", "EXAMPLE")
        and re.search(r":\s*\w+\s+\Z", mistake.before)
        and not re.match(r"\s*:", mistake.after)
    ):
        start = previous.start
    else:
        return None
    rest = re.match(r"[^\n#]*", mistake.after)
    end = token.end + (rest.end() if rest else 0)
    text: str = token.file.source.text[start:end].rstrip()
    kinds = ("STRING",) if start == token.start else ()
    return Complaint(said.MissingQuotes(span=Span(start, start + len(text)), text=text), kinds, end)


_BEFORE_TEXT = ("TITLE", "OWNER", "SOURCE", "BECAUSE", "AS", "EXAMPLE", "EXCEPT", "NEAR")


def durations(mistake: Mistake) -> Complaint | None:
    """`24 hours`, `30m`, `7days`"""
    token, previous = mistake.token, mistake.previous
    if token.type == "NAME" and previous is not None and previous.type in ("INT", "NUMBER"):
        amount, unit, span = previous.text, token.text, mistake.span_from_previous()
        instead: tuple[str, ...] = ()
    else:
        match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([^\W\d_]+)", token.text)
        if token.type != "BAD_NUMBER" or not match:
            return None
        amount, unit = match.groups()
        span, instead = token.span, ("DURATION",)
    if unit not in foreign.UNITS and unit.lower() not in foreign.UNITS:
        return None
    written = " ".join((token.file.source.text[span.start : span.end]).split())
    return Complaint(
        said.NotADuration(span=span, written=written, duration=_duration(amount, unit)), instead
    )


def _duration(amount: str, unit: str) -> str | None:
    factor, ours = foreign.UNITS.get(unit) or foreign.UNITS.get(unit.lower()) or (1, "")
    if unit in ("s", "h", "d"):
        ours = unit
    if not ours:
        return None
    return f"{int(amount) * factor}{ours}" if factor > 1 and amount.isdigit() else f"{amount}{ours}"


def numbers(mistake: Mistake) -> Complaint | None:
    token, previous = mistake.token, mistake.previous
    after_number = previous is not None and previous.type in ("INT", "NUMBER")
    if token.text == "%" and after_number and previous is not None:
        return _not_a_number(mistake, mistake.span_from_previous(), _hundredth(previous.text))
    if token.text == "," and after_number and mistake.touches and previous is not None:
        rest = re.match(r"(?:[0-9]{3},)*[0-9]{3}(?:\.[0-9]+)?(?!\w)", mistake.after)
        if rest and len(previous.text) <= 3:
            span = Span(previous.start, token.end + rest.end())
            plain = previous.text + rest[0].replace(",", "")
            return _not_a_number(mistake, span, plain, span.end)
    if after_number and previous is not None and not mistake.opened and not token.first:
        grouped = token.file.source.text[previous.start : token.end]
        if re.fullmatch(r"[0-9]{1,3} [0-9]{3}", grouped):
            return _not_a_number(mistake, mistake.span_from_previous(), grouped.replace(" ", ""))
    if token.text in ("$", "€", "£"):
        amount = re.match(r"\s*([0-9]+(?:\.[0-9]+)?)", mistake.after)
        if amount:
            span = Span(token.start, token.end + amount.end())
            return _not_a_number(mistake, span, amount[1], span.end, "NUMBER")
    if token.type in ("BAD_NUMBER", "POINT_FIRST") and mistake.wants("INT"):
        return _not_a_number(mistake, token.span, _mended(token.text), None, "NUMBER")
    pointless = re.search(r"(?<![\w.])([0-9]+)\.\Z", mistake.before.rstrip())
    if mistake.follows("DOT") and pointless and previous is not None:
        span = Span(previous.end - len(pointless[0]), previous.end)
        return _not_a_number(mistake, span, f"{pointless[1]}.0", None, "NAME", SAME)
    is_unit = token.type == "NAME" and token.text not in foreign.WORDS
    if is_unit and after_number and not token.first and mistake.section != "TABLE":
        cure = "a number stands alone; its type can name the unit, as in `number in eur`"
        return Complaint(unexpected(mistake, cure), ())
    return None


def _not_a_number(
    mistake: Mistake, span: Span, number: str | None, end: int | None = None, *instead: str
) -> Complaint:
    written = mistake.token.file.source.text[span.start : span.end]
    return Complaint(
        said.NotANumber(span=span, written=written, number=number),
        instead,
        end,
    )


def _hundredth(written: str) -> str:
    whole, _, decimals = written.partition(".")
    digits = whole.zfill(3)
    return f"{digits[:-2]}.{digits[-2:]}{decimals}".rstrip("0").rstrip(".") or "0"


def _mended(written: str) -> str | None:
    if re.fullmatch(r"\.[0-9]+", written):
        return f"0{written}"
    if re.fullmatch(r"[0-9]+(?:_[0-9]+)+", written):
        return written.replace("_", "")
    if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?[eE][0-9]", written):
        return f"{float(written):.0f}"
    return None


def instants(mistake: Mistake) -> Complaint | None:
    token = mistake.token
    if token.type == "BAD_INSTANT":
        zone = f"{token.text}Z" if re.fullmatch(r"\S+T\d\d:\d\d(:\d\d)?", token.text) else None
        return Complaint(
            said.NotAnInstant(span=token.span, written=token.text, instant=zone), ("INSTANT",)
        )
    if token.type == "INT" and mistake.follows("INSTANT") and mistake.previous is not None:
        time = re.match(r"(?::[0-9]{2}){1,2}", mistake.after)
        if time:
            span = Span(mistake.previous.start, token.end + time.end())
            written = mistake.token.file.source.text[span.start : span.end]
            instant = "T".join(written.split()) + "Z"
            said_so = said.NotAnInstant(span=span, written=written, instant=instant)
            return Complaint(said_so, (), span.end)
    if token.type == "BAD_VERSION" or (token.type == "VERSION" and mistake.wants_value):
        date = re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", token.text)
        if date:
            return Complaint(said.NotAnInstant(span=token.span, written=token.text), ("INSTANT",))
    return None


def versions(mistake: Mistake) -> Complaint | None:
    if not mistake.wants("VERSION"):
        return None
    more = re.match(r"(?:[ \t]+[^\W\d]\w*)*(?=[ \t]+[0-9])", mistake.after)
    if mistake.token.type == "NAME" and mistake.previous is not None and more:
        span = Span(mistake.previous.start, mistake.token.end + more.end())
        written = mistake.token.file.source.text[span.start : span.end]
        name = said.NotAName(span=span, found=written, name=slug(written.lower()))
        return Complaint(name, (), span.end)
    numbers = re.fullmatch(r"v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?", mistake.token.text)
    if not numbers:
        cure = "write it after the name, as in `policy refunds 1.0.0`"
        return Complaint(unexpected(mistake, cure), ("VERSION", SAME))
    version = ".".join([numbers[1], (numbers[2] or ".0")[1:], (numbers[3] or ".0")[1:]])
    return Complaint(unexpected(mistake, f"write `{version}`"), ("VERSION",))
