"""Looks at brackets and rows of tables, and at what is missing or too much."""

import re

from engine.diagnostics import syntax as said
from engine.language.nearest import nearest
from engine.source import Span
from engine.syntax import foreign
from engine.syntax.expected import found
from engine.syntax.mistake import SAME, Complaint, Mistake, missing, unexpected
from engine.syntax.tokens import END, INSERTION_END, ITEMS, LIFECYCLE_ITEMS

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_SIGNED = ("TABLE", "DEFINE", "DECISION", "GUARANTEE")  # these go on after their brackets
_AFTER_BRACKETS = ("THEN", "BECAUSE", "REQUIRES", "GIVES", "WHEN_UNKNOWN", "BY")


def brackets(mistake: Mistake) -> Complaint | None:
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
    if token.type == "LBRACE" and mistake.section == "EXAMPLE" and mistake.wants("GIVES"):
        return Complaint(unexpected(mistake, "put `gives` before `{`", "`gives`"), ("GIVES", SAME))
    if token.type == "LBRACE" and not mistake.wants_value:
        cure = "delete the braces; a declaration goes on until the next one begins"
        return Complaint(unexpected(mistake, cure), (), habit="braces")
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


def rows(mistake: Mistake) -> Complaint | None:
    token = mistake.token
    if mistake.section != "TABLE":
        return None
    if mistake.wants_value and re.search(r"\|[ \t]*:?--+:?[ \t]*\Z", mistake.before):
        cure = "delete this line; the first row is the heading anyway"
        line = re.compile(r"[^\n]*").match(token.file.source.text, token.end)
        end = line.end() if line else token.end
        return Complaint(unexpected(mistake, cure), ("INT", "BAR", "MINUS", "ROW_END"), end)
    if token.text == "||" and mistake.wants("BAR"):
        last = re.match(r"[ \t]*(?:#|$)", mistake.after, re.MULTILINE)
        instead = ("BAR", "MINUS", "ROW_END" if last else "BAR")
        return Complaint(said.EmptyCell(span=token.span), instead)
    in_cell = mistake.wants("MINUS", "COMPARISON", "INT")
    if in_cell and token.type in ("BAR", "ROW_END"):
        place = Span(mistake.previous.end if mistake.previous else token.start, token.end)
        return Complaint(said.EmptyCell(span=place), ("MINUS", SAME))
    if token.type == "ROW_END" and mistake.wants("BAR") and not mistake.opened:
        cure = "a row has a cell for each column; write `-` in one that matches anything"
        told = said.UnexpectedText(
            span=token.span, found="the end of the row", expected="another cell", cure=cure
        )
        return Complaint(told, ("BAR", "MINUS", SAME))
    if (token.first or token.type == END) and mistake.wants("BAR") and not mistake.opened:
        end = mistake.previous.end if mistake.previous else token.start
        kinds = ("ROW_END", SAME) if mistake.wants("ROW_END") else None
        return Complaint(said.RowNotClosed(span=Span(end - 1, end)), kinds)
    if token.first and mistake.wants("ROW") and re.match(r"[^\n]*\|", mistake.after):
        return Complaint(unexpected(mistake, "a row begins with `|`"), ("ROW", SAME))
    return None


def and_or(mistake: Mistake) -> Complaint | None:
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


def homeless(mistake: Mistake) -> Complaint | None:
    token = mistake.token
    is_item = token.first or token.type in ("RULE", "GUARD", "GUARDRAIL", "TRANSITION")
    if not is_item or not mistake.wants("RECORD", "DECISION"):
        return None
    if token.type in ITEMS and mistake.section != "DECISION":
        home = "decision"
    elif token.type in LIFECYCLE_ITEMS and mistake.section != "LIFECYCLE":
        home = "lifecycle"
    else:
        return None
    return Complaint(said.OutsideDecision(span=token.span, word=token.text, home=home), habit=home)


def then(mistake: Mistake) -> Complaint | None:
    token = mistake.token
    if not mistake.wants("THEN"):
        return None
    names_a_field = token.type == "NAME" and re.match(r"\s*:", mistake.after)
    if not (names_a_field or mistake.begins_something or token.type in ("BECAUSE", "OTHERWISE")):
        return None
    if names_a_field:
        cure = f"put `then` before `{token.text}`"
        return Complaint(unexpected(mistake, cure), ("THEN", SAME))
    words = [each.text for each in mistake.heading]
    kind = words[0] if words else "rule"
    name = words[1] if len(words) > 1 else None
    span = Span(mistake.heading[0].start, mistake.heading[-1].end) if words else token.span
    instead = ("THEN", "NAME", SAME)
    return Complaint(said.MissingThen(span=span, kind=kind, name=name), instead)


def fields(mistake: Mistake) -> Complaint | None:
    """`then action route`: between a field and its value only the colon is missing."""
    sets_field = re.search(r"(?:\bthen|\balways|,)\s+\w+\s+\Z", mistake.before)
    is_sign = mistake.token.type in ("STRANGE", "FOREIGN_SIGN")
    if sets_field and mistake.wants("COLON") and not mistake.begins_something and not is_sign:
        return missing(mistake, ":", "COLON")
    return None


def items(mistake: Mistake) -> Complaint | None:
    """`refuse` on a line of its own, read as a field, is only noticed at what stands below it."""
    token, previous = mistake.token, mistake.previous
    if mistake.wanted != {"COLON"} or previous is None or not (previous.first and token.first):
        return None
    words = [each for each, kind in mistake.lexicon.words.items() if kind in ITEMS]
    meant = nearest(previous.text, words)
    if meant is None:
        return None
    return Complaint(said.MisspeltWord(span=previous.span, found=previous.text, nearest=meant))


def left_out(mistake: Mistake) -> Complaint | None:
    """One sign is missing before the token, and it is plain which."""
    token = mistake.token
    if mistake.wants(INSERTION_END) and not mistake.opened and token.type == "NAME":
        return Complaint(unexpected(mistake, f"put `}}` before `{token.text}`"))
    if mistake.wanted == {"POLICY"}:
        cure = "add `policy its_name 1.0.0` after the first line"
        return Complaint(unexpected(mistake, cure), ("POLICY", "NAME", "VERSION", SAME))
    if mistake.begins_something or token.type in ("STRANGE", "FOREIGN_SIGN"):
        return None
    if mistake.wanted == {"UP"}:
        cure = "say how long the list can be at most, as in `list of text up to 20`"
        told = unexpected(mistake, cure, "`up to` and a number")
        return Complaint(told, ("UP", "TO", "INT", SAME))
    if token.type == "LSQB" and mistake.previous is not None and mistake.after.startswith("]"):
        cure = f"write `list of {mistake.previous.text} up to 20`"
        return Complaint(unexpected(mistake, cure), (), token.end + 1)
    if mistake.is_left_open and mistake.wants_value:
        return Complaint(unexpected(mistake), ("INT", SAME))
    if mistake.wanted == {"COLON"} and token.type in ("RPAR", "COMMA") and mistake.previous:
        cure = f"say its type, as in `{mistake.previous.text}: text`"
        return Complaint(unexpected(mistake, cure), ("COLON", "TEXT", SAME))
    if mistake.wanted == {"EQUAL"} and token.type not in _AFTER_COMMA:
        return None
    for kind, sign in (("COLON", ":"), ("EQUAL", "=")):
        if mistake.wanted == {kind}:
            return missing(mistake, sign, kind)
    names_a_field = token.type == "NAME" and re.match(r"\s*:", mistake.after)
    in_list = mistake.opened or names_a_field or mistake.section in ("ENUM", "TRIGGER", "CODE")
    if mistake.wants("COMMA") and in_list and token.type in _AFTER_COMMA:
        habit = "lines of an enum" if token.first and mistake.section == "ENUM" else None
        return missing(mistake, ",", "COMMA", habit=habit)
    return None


def comma_too_many(mistake: Mistake) -> Complaint | None:
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
    return Complaint(unexpected(mistake, "delete the comma before it"), (*filler, SAME))


def modifiers(mistake: Mistake) -> Complaint | None:
    """`message: text required` is only noticed on the next line."""
    token, previous = mistake.token, mistake.previous
    if mistake.section != "RECORD" or mistake.wanted != {"COLON"} or previous is None:
        return None
    if previous.first or not (token.first or token.type == END):
        return None
    cure = foreign.SHAPES["RECORD"]
    if previous.text in ("required", "mandatory"):
        cure = "delete it; a fact is required unless it says `optional`"
    told = said.UnexpectedText(
        span=previous.span,
        found=found(previous),
        expected="`optional`, `sensitive`, `default` or the next field",
        cure=cure,
    )
    return Complaint(told, ("COLON", "BOOL", SAME))


_AFTER_COMMA = ("NAME", "INT", "NUMBER", "STRING", "DURATION", "INSTANT", "TRUE", "FALSE")
