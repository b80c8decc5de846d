"""A token that cannot stand where it stands to a complaint with its cure, and how to read on.

The first of `_LOOKS` that recognises the mistake tells it. Whatever can be mended is read as if it
had been written right, so that the same file can be told of its other mistakes too.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.diagnostics import syntax as said
from engine.diagnostics.base import Diagnostic
from engine.language.nearest import nearest
from engine.source import Span
from engine.syntax import foreign
from engine.syntax.expected import expected, found
from engine.syntax.tokens import DECLARATIONS, END, ITEMS, LIFECYCLE_ITEMS, Lexicon, Token

SAME = "SAME"  # among the kinds of token to read instead: the token itself
_NEARBY = 80


@dataclass(frozen=True)
class Mistake:
    """`wanted` are the kinds of token that could have stood there, `previous` is the token before,
    `opened` are the brackets open there, `heading` the words that began the declaration or item."""

    token: Token
    wanted: frozenset[str]
    previous: Token | None
    opened: Sequence[Token]
    heading: Sequence[Token]
    section: str | None
    lexicon: Lexicon

    @cached_property
    def before(self) -> str:
        return self._text(max(0, self.token.start - _NEARBY), self.token.start)

    @cached_property
    def after(self) -> str:
        return self._text(self.token.end, self.token.end + _NEARBY)

    def _text(self, start: int, end: int) -> str:
        text: str = self.token.file.source.text
        return text[start:end]

    def wants(self, *kinds: str) -> bool:
        return self.wanted.issuperset(kinds)

    @property
    def wants_value(self) -> bool:
        return self.wants("INT", "LPAR")

    def follows(self, *kinds: str) -> bool:
        return self.previous is not None and self.previous.type in kinds

    @property
    def touches(self) -> bool:
        """Whether nothing stands between this token and the one before."""
        return self.previous is not None and self.previous.end == self.token.start

    @property
    def begins_something(self) -> bool:
        """Whether a new rule or declaration begins here, or the file ends."""
        starting = DECLARATIONS | ITEMS | LIFECYCLE_ITEMS
        return self.token.type == END or (self.token.first and self.token.type in starting)

    def span_from_previous(self) -> Span:
        start = self.previous.start if self.previous else self.token.start
        return Span(start, self.token.end)

    @property
    def is_left_open(self) -> bool:
        """Whether the line before breaks off where something had to follow."""
        is_word = self.token.type != "NAME" and self.token.text in self.lexicon.words
        must_follow = self.wanted.isdisjoint(("PLUS", "AND", "OR", "RECORD", "THEN"))
        return self.token.first and must_follow and (is_word or self.wanted == {"UP"})


@dataclass(frozen=True)
class Complaint:
    """`instead` are the kinds of token to read in place of the text up to `end`; None when reading
    must start again further on. What has a `habit` is told once in a file."""

    diagnostic: Diagnostic
    instead: tuple[str, ...] | None = None
    end: int | None = None
    habit: str | None = None


def complaint(mistake: Mistake) -> Complaint:
    for look in _LOOKS:
        told = look(mistake)
        if told:
            return told
    return Complaint(_unexpected(mistake))


def _unexpected(
    mistake: Mistake, cure: str | None = None, wanted: str | None = None
) -> said.UnexpectedText:
    previous, token = mistake.previous, mistake.token
    kind = previous.type if previous else None
    wanted = wanted or expected(mistake.wanted, kind, mistake.lexicon.spelling)
    span, what = token.span, found(token)
    if previous is not None and mistake.is_left_open:
        span, what = Span(previous.end, previous.end), "the end of the line"
    return said.UnexpectedText(span=span, found=what, expected=wanted, cure=cure)


# Texts and comments


# A text that goes on over some lines and is closed at the end of one.
_LINES_TO_A_QUOTE = re.compile(r'(?:\n[^"\n]*){1,20}"[ \t]*$', re.MULTILINE)


def _quoting(mistake: Mistake) -> Complaint | None:
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


def _unquoted(mistake: Mistake) -> Complaint | None:
    """`title Refunds of orders`, `reply: thank you for waiting`"""
    token, previous = mistake.token, mistake.previous
    if token.type not in ("NAME", "INT") and token.text not in mistake.lexicon.words:
        return None
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


# Brackets and rows of tables

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_SIGNED = ("TABLE", "DEFINE", "DECISION", "GUARANTEE")  # these go on after their brackets
_AFTER_BRACKETS = ("THEN", "BECAUSE", "REQUIRES", "GIVES", "WHEN_UNKNOWN", "BY")


def _brackets(mistake: Mistake) -> Complaint | None:
    token, opened = mistake.token, mistake.opened
    signed = mistake.wants("RPAR") and token.type in ("COLON", "EQUAL") and mistake.section
    ends = mistake.begins_something or token.type in _AFTER_BRACKETS or signed in _SIGNED
    if opened and ends:
        bracket = opened[-1].text
        kind = {"(": "RPAR", "[": "RSQB", "{": "RBRACE"}[bracket]
        return Complaint(
            said.UnclosedBracket(
                span=opened[-1].span,
                bracket=bracket,
                closing=_CLOSING[bracket],
                found=found(token),
                place=token.span,
            ),
            (kind, SAME) if mistake.wants(kind) else None,
        )
    if token.type == "LBRACE" and not mistake.wants_value:
        cure = "delete the braces; a declaration goes on until the next one begins"
        return Complaint(_unexpected(mistake, cure), (), habit="braces")
    if token.type not in ("RPAR", "RSQB", "RBRACE"):
        return None
    if not opened:
        habit = "braces" if token.type == "RBRACE" else None
        return Complaint(said.StrayBracket(span=token.span, found=token.text), (), habit=habit)
    closing = _CLOSING[opened[-1].text]
    if closing == token.text:
        return None
    return Complaint(
        said.StrayBracket(span=token.span, found=token.text, wanted=closing, opened=opened[-1].span)
    )


def _rows(mistake: Mistake) -> Complaint | None:
    token = mistake.token
    if mistake.section != "TABLE":
        return None
    if mistake.wants_value and re.search(r"\|[ \t]*:?--+:?[ \t]*\Z", mistake.before):
        cure = "delete this line; the first row is the heading anyway"
        line = re.compile(r"[^\n]*").match(token.file.source.text, token.end)
        end = line.end() if line else token.end
        return Complaint(_unexpected(mistake, cure), ("INT", "BAR", "MINUS", "ROW_END"), end)
    if token.text == "||" and mistake.wants("BAR"):
        last = re.match(r"[ \t]*(?:#|$)", mistake.after, re.MULTILINE)
        instead = ("BAR", "MINUS", "ROW_END" if last else "BAR")
        return Complaint(said.EmptyCell(span=token.span), instead)
    in_cell = mistake.wants("MINUS", "COMPARISON", "INT")
    if in_cell and token.type in ("BAR", "ROW_END"):
        place = Span(mistake.previous.end if mistake.previous else token.start, token.end)
        return Complaint(said.EmptyCell(span=place), ("MINUS", SAME))
    if (token.first or token.type == END) and mistake.wants("BAR") and not mistake.opened:
        end = mistake.previous.end if mistake.previous else token.start
        kinds = ("ROW_END", SAME) if mistake.wants("ROW_END") else None
        return Complaint(said.RowNotClosed(span=Span(end - 1, end)), kinds)
    if token.first and mistake.wants("ROW") and re.match(r"[^\n]*\|", mistake.after):
        return Complaint(_unexpected(mistake, "a row begins with `|`"), ("ROW", SAME))
    return None


# Numbers, durations, instants


def _durations(mistake: Mistake) -> Complaint | None:
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


def _numbers(mistake: Mistake) -> Complaint | None:
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
        grouped = f"{previous.text} {token.text}"
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
    if token.type == "NAME" and after_number and not token.first and mistake.section != "TABLE":
        cure = "a number stands alone; its type can name the unit, as in `number in eur`"
        return Complaint(_unexpected(mistake, cure), ())
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


def _instants(mistake: Mistake) -> Complaint | None:
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


def _versions(mistake: Mistake) -> Complaint | None:
    if not mistake.wants("VERSION"):
        return None
    numbers = re.fullmatch(r"v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?", mistake.token.text)
    if not numbers:
        cure = "write it after the name, as in `policy refunds 1.0.0`"
        return Complaint(_unexpected(mistake, cure), ("VERSION", SAME))
    version = ".".join([numbers[1], (numbers[2] or ".0")[1:], (numbers[3] or ".0")[1:]])
    return Complaint(_unexpected(mistake, f"write `{version}`"), ("VERSION",))


# Names


def _dashed(mistake: Mistake) -> Complaint | None:
    """`rule tier-0`"""
    token, previous = mistake.token, mistake.previous
    if token.type == "MINUS" and previous is not None and previous.type == "NAME":
        rest = re.match(r"[\w-]+", mistake.after)
        if rest and mistake.touches and not mistake.wants("MINUS"):
            span = Span(previous.start, token.end + rest.end())
            written = token.file.source.text[span.start : span.end]
            return Complaint(
                said.NotAName(span=span, found=written, name=_slug(written)), (), span.end
            )
    return None


def _names(mistake: Mistake) -> Complaint | None:
    """`rule "Tier 0"`, `enum Level: 1, 2`"""
    token = mistake.token
    if not mistake.wants("NAME") or mistake.wants_value or mistake.wants("IS"):
        return None
    if token.text in mistake.lexicon.reserved and not mistake.follows("MENTIONS"):
        return Complaint(said.ReservedWord(span=token.span, word=token.text), ("NAME",))
    if mistake.wants("ANY", "ALL") and token.type == "STRING":
        cure = f"declare `trigger its_name mentions {token.text}`, and write `its_name` here"
        return Complaint(_unexpected(mistake, cure), ("NAME",))
    if token.type in ("STRING", "INT", "BAD_NUMBER", "CURLY_TEXT") and mistake.follows(
        *_BEFORE_NAME
    ):
        written = token.text.strip('"“”')
        return Complaint(
            said.NotAName(span=token.span, found=token.text, name=_slug(written)), ("NAME",)
        )
    return None


_BEFORE_NAME = (
    *("ENUM", "CODE", "RECORD", "THRESHOLD", "LIST", "WHITELIST", "TRIGGER", "TABLE", "DEFINE"),
    *("DECISION", "GUARD", "RULE", "GUARDRAIL", "LIFECYCLE", "STATE", "EVENT", "DEADLINE"),
    *("GUARANTEE", "POLICY", "COLON", "COMMA", "GO", "ON", "TRANSITION"),
)


def _slug(written: str) -> str | None:
    name = re.sub(r"\W+", "_", written.strip()).strip("_")
    return name if re.match(r"[^\W\d]", name) else None


# Words and signs of other languages


_BEFORE_NO_COLON = (
    *("WHEN", "THEN", "BECAUSE", "OTHERWISE", "ALWAYS", "REFUSED", "REQUIRES", "GIVES", "BY"),
    *("TITLE", "OWNER", "GOVERNS", "SOURCE", "MENTIONS", "EXCEPT", "AND", "OR", "NOT"),
)


def _signs(mistake: Mistake) -> Complaint | None:
    token = mistake.token
    if token.text == ";":
        cure = "delete it, here and elsewhere; a line needs no sign at its end"
        return Complaint(said.ForeignSign(span=token.span, found=";", cure=cure), (), habit=";")
    if token.text == ":" and (
        mistake.follows(*_BEFORE_NO_COLON)
        or re.search(r"\b(?:rule|guard|guardrail|record|decision)\s+\w+\s*\Z", mistake.before)
    ):
        return Complaint(_unexpected(mistake, "delete the colon"), ())
    for instead in foreign.SIGNS.get(token.text, ()):
        if token.text == ":" and instead.written == "is" and mistake.opened:
            continue
        if instead.kinds[0] in mistake.wanted:
            if token.text in (":", "->"):
                return Complaint(_unexpected(mistake, f"write `{instead.written}`"), instead.kinds)
            cure = f"write `{instead.written}`"
            return Complaint(
                said.ForeignSign(span=token.span, found=token.text, cure=cure), instead.kinds
            )
    return None


def _phrases(mistake: Mistake) -> Complaint | None:
    text = mistake.before + mistake.token.text
    if len(mistake.token.text) > _NEARBY:
        return None
    for phrase, rest, cure in foreign.PHRASES:
        match, following = phrase.search(text), rest.match(mistake.after)
        if match and following:
            words = match[0].removeprefix(match.groupdict().get("value", "")).lstrip()
            span = Span(mistake.token.end - len(words), mistake.token.end)
            written = " ".join(words.split())
            mended = cure.format(**match.groupdict(), **following.groupdict())
            return Complaint(said.ForeignWord(span=span, found=written, cure=mended))
    return None


def _words(mistake: Mistake) -> Complaint | None:
    token = mistake.token
    for instead in foreign.WORDS.get(token.text, ()):
        if instead.kinds[0] in mistake.wanted:
            cure = f"write `{instead.written}`"
            return Complaint(
                said.ForeignWord(span=token.span, found=token.text, cure=cure), instead.kinds
            )
    if token.text in foreign.CURES and token.text not in mistake.lexicon.reserved:
        return Complaint(
            said.ForeignWord(span=token.span, found=token.text, cure=foreign.CURES[token.text])
        )
    if token.text in foreign.CURES:
        return Complaint(_unexpected(mistake, foreign.CURES[token.text]))
    return None


def _misspelt(mistake: Mistake) -> Complaint | None:
    token, words = mistake.token, mistake.lexicon.words
    if token.type != "NAME" or len(token.text) < 3:
        return None
    spelling = mistake.lexicon.spelling
    wanted = [spelling[kind] for kind in sorted(mistake.wanted) if spelling.get(kind) in words]
    meant = nearest(token.text, wanted)
    if meant is None:
        return None
    return Complaint(
        said.MisspeltWord(span=token.span, found=token.text, nearest=meant), (words[meant],)
    )


# What is missing


def _and_or(mistake: Mistake) -> Complaint | None:
    word = mistake.token.text
    other = {"and": "or", "or": "and"}.get(word)
    if other is None or other.upper() not in mistake.wanted:
        return None
    place = re.search(rf"\b{other}\b(?=[^#\"]*\Z)", mistake.before)
    first = None
    if place:
        start = mistake.token.start - len(mistake.before) + place.start()
        first = Span(start, start + len(other))
    return Complaint(
        said.MixedAndOr(span=mistake.token.span, word=word, other=other, first=first),
        (other.upper(),),
    )


def _homeless(mistake: Mistake) -> Complaint | None:
    token = mistake.token
    if not token.first or not mistake.wants("RECORD", "DECISION"):
        return None
    if token.type in ITEMS and mistake.section != "DECISION":
        home = "decision"
    elif token.type in LIFECYCLE_ITEMS and mistake.section != "LIFECYCLE":
        home = "lifecycle"
    else:
        return None
    return Complaint(said.OutsideDecision(span=token.span, word=token.text, home=home), habit=home)


def _then(mistake: Mistake) -> Complaint | None:
    token = mistake.token
    if not mistake.wants("THEN"):
        return None
    names_a_field = token.type == "NAME" and re.match(r"\s*:", mistake.after)
    if not (names_a_field or mistake.begins_something or token.type in ("BECAUSE", "OTHERWISE")):
        return None
    if names_a_field:
        cure = f"put `then` before `{token.text}`"
        return Complaint(_unexpected(mistake, cure), ("THEN", SAME))
    words = [each.text for each in mistake.heading]
    kind = words[0] if words else "rule"
    name = words[1] if len(words) > 1 else None
    span = Span(mistake.heading[0].start, mistake.heading[-1].end) if words else token.span
    instead = ("THEN", "NAME", SAME)
    return Complaint(said.MissingThen(span=span, kind=kind, name=name), instead)


def _left_out(mistake: Mistake) -> Complaint | None:
    """One sign is missing before the token, and it is plain which."""
    token = mistake.token
    if mistake.wanted == {"POLICY"}:
        cure = "add `policy its_name 1.0.0` after the first line"
        return Complaint(_unexpected(mistake, cure), ("POLICY", "NAME", "VERSION", SAME))
    if mistake.begins_something or token.type in ("STRANGE", "FOREIGN_SIGN"):
        return None
    if mistake.wanted == {"UP"}:
        cure = "say how long the list can be at most, as in `list of text up to 20`"
        told = _unexpected(mistake, cure, "`up to` and a number")
        return Complaint(told, ("UP", "TO", "INT", SAME))
    if token.type == "LSQB" and mistake.previous is not None and mistake.after.startswith("]"):
        cure = f"write `list of {mistake.previous.text} up to 20`"
        return Complaint(_unexpected(mistake, cure), (), token.end + 1)
    if mistake.is_left_open and mistake.wants_value:
        return Complaint(_unexpected(mistake), ("INT", SAME))
    sets_field = re.search(r"(?:\bthen|\balways|,)\s+\w+\s+\Z", mistake.before)
    for kind, sign in (("COLON", ":"), ("EQUAL", "=")):
        if mistake.wanted == {kind} or (sets_field and mistake.wants(kind)):
            cure = f"put `{sign}` before {found(token)}"
            return Complaint(_unexpected(mistake, cure, f"`{sign}`"), (kind, SAME))
    names_a_field = token.type == "NAME" and re.match(r"\s*:", mistake.after)
    in_list = mistake.opened or names_a_field or mistake.section == "ENUM"
    if mistake.wants("COMMA") and in_list and token.type in _AFTER_COMMA:
        cure = f"put a comma before {found(token)}"
        return Complaint(_unexpected(mistake, cure, "`,`"), ("COMMA", SAME))
    return None


def _comma_too_many(mistake: Mistake) -> Complaint | None:
    token = mistake.token
    is_word = token.text in mistake.lexicon.words and token.type != "NAME"
    closes = token.type in ("RPAR", "RSQB", "RBRACE", "COMMA")
    if not mistake.follows("COMMA") or not (mistake.begins_something or is_word or closes):
        return None
    if mistake.section == "ENUM" and token.text in mistake.lexicon.reserved:
        return None
    filler = ("INT",) if mistake.wants_value else ("NAME", "COLON", "INT")
    if mistake.section in ("ENUM", "TRIGGER"):
        filler = filler[:1]
    return Complaint(_unexpected(mistake, "delete the comma before it"), (*filler, SAME))


_AFTER_COMMA = ("NAME", "INT", "NUMBER", "STRING", "DURATION", "INSTANT", "TRUE", "FALSE")

_LOOKS: tuple[Callable[[Mistake], Complaint | None], ...] = (
    _quoting,
    _comma_too_many,
    _brackets,
    _rows,
    _dashed,
    _versions,
    _and_or,
    _homeless,
    _instants,
    _durations,
    _numbers,
    _phrases,
    _signs,
    _then,
    _unquoted,
    _words,
    _misspelt,
    _names,
    _left_out,
)
