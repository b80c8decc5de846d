"""Looks at mistakes in names, and at words and signs of other languages."""

import re

from engine.diagnostics import syntax as said
from engine.language.nearest import nearest
from engine.source import Span
from engine.syntax import foreign
from engine.syntax.mistake import NEARBY, SAME, Complaint, Mistake, unexpected


def dashed(mistake: Mistake) -> Complaint | None:
    """`rule tier-0`"""
    token, previous = mistake.token, mistake.previous
    if token.type == "MINUS" and previous is not None and previous.type == "NAME":
        rest = re.match(r"[\w-]+", mistake.after)
        if rest and mistake.touches and not mistake.wants("MINUS"):
            span = Span(previous.start, token.end + rest.end())
            written = token.file.source.text[span.start : span.end]
            return Complaint(
                said.NotAName(span=span, found=written, name=slug(written)), (), span.end
            )
    return None


def spaced(mistake: Mistake) -> Complaint | None:
    """`rule a small amount`, where nothing else stands on the line"""
    token, previous = mistake.token, mistake.previous
    rest = re.match(r"((?:[ \t]+\w+)*)[ \t]*(?:#|$)", mistake.after, re.MULTILINE)
    begun = [each.type for each in mistake.heading]
    is_word = token.text.isidentifier() and not token.first
    if previous is None or not is_word or begun[1:] != ["NAME"] or not rest:
        return None
    if begun[0] not in _SAID_ALOUD or mistake.heading[1] is not previous:
        return None
    meant = [instead.kinds[0] for instead in foreign.WORDS.get(token.text, ())]
    is_foreign = token.text in foreign.CURES or not mistake.wanted.isdisjoint(meant)
    if is_foreign or mistake.lexicon.reserved & {token.text, *rest[1].split()}:
        return None
    span = Span(previous.start, token.end + rest.end(1))
    written = token.file.source.text[span.start : span.end]
    return Complaint(said.NotAName(span=span, found=written, name=slug(written)), (), span.end)


_SAID_ALOUD = ("GUARD", "RULE", "GUARDRAIL")


def names(mistake: Mistake) -> Complaint | None:
    """`rule "Tier 0"`, `enum Level: 1, 2`"""
    token = mistake.token
    if not mistake.wants("NAME") or mistake.wants_value or mistake.wants("IS"):
        return None
    if token.text in mistake.lexicon.reserved and mistake.follows(*_NAMED) and token.first:
        return Complaint(unexpected(mistake), ("NAME", SAME))
    is_named = mistake.wanted <= {"NAME", "RPAR", "RBRACE"} or re.match(r"\s*:", mistake.after)
    if token.text in mistake.lexicon.reserved and is_named:
        return Complaint(said.ReservedWord(span=token.span, word=token.text), ("NAME",))
    if mistake.wants("ANY", "ALL") and token.type == "STRING":
        cure = f"declare `trigger its_name mentions {token.text}`, and write `its_name` here"
        return Complaint(unexpected(mistake, cure), ("NAME",))
    if token.type in ("STRING", "INT", "BAD_NUMBER", "CURLY_TEXT") and mistake.follows(
        *_BEFORE_NAME
    ):
        written = token.text.strip('"“”')
        return Complaint(
            said.NotAName(span=token.span, found=token.text, name=slug(written)), ("NAME",)
        )
    return None


_NAMED = (
    *("ENUM", "CODE", "RECORD", "THRESHOLD", "LIST", "WHITELIST", "TRIGGER", "TABLE", "DEFINE"),
    *("DECISION", "GUARD", "RULE", "GUARDRAIL", "LIFECYCLE", "STATE", "EVENT", "DEADLINE"),
    *("GUARANTEE", "POLICY"),
)
_BEFORE_NAME = (*_NAMED, "COLON", "COMMA", "GO", "ON", "TRANSITION")


def slug(written: str) -> str | None:
    name = re.sub(r"\W+", "_", written.strip()).strip("_")
    return name if re.match(r"[^\W\d]", name) else None


_BEFORE_NO_COLON = (
    *("WHEN", "THEN", "BECAUSE", "OTHERWISE", "ALWAYS", "REFUSED", "REQUIRES", "GIVES", "BY"),
    *("TITLE", "OWNER", "GOVERNS", "SOURCE", "MENTIONS", "EXCEPT", "AND", "OR", "NOT"),
)


def signs(mistake: Mistake) -> Complaint | None:
    token = mistake.token
    if token.text == ";":
        cure = "delete it, here and elsewhere; a line needs no sign at its end"
        return Complaint(said.ForeignSign(span=token.span, found=";", cure=cure), (), habit=";")
    if token.text == ":" and (
        mistake.follows(*_BEFORE_NO_COLON)
        or re.search(r"\b(?:rule|guard|guardrail|record|decision)\s+\w+\s*\Z", mistake.before)
    ):
        return Complaint(unexpected(mistake, "delete the colon"), ())
    if token.text == ":" and re.match(r"\s*(?:then|because)\b", mistake.after):
        return Complaint(unexpected(mistake, "delete the colon"), ())
    if token.text == ":" and mistake.section == "EXAMPLE" and mistake.wants("IS"):
        cure = "an outcome stands in braces: `gives { field: value }`"
        return Complaint(unexpected(mistake, cure))
    if token.type == "EQUAL" and mistake.section == "THRESHOLD" and mistake.wants("COLON"):
        cure = foreign.SHAPES["THRESHOLD"]
        return Complaint(unexpected(mistake, cure, "`:` and a type"), ("COLON", "BOOL", SAME))
    if token.type == "WHEN" and re.match(r"\s+unknown\b", mistake.after):
        cure = "write `when unknown:` with a colon, and then `apply` or `skip`"
        return Complaint(unexpected(mistake, cure))
    if token.text == "," and mistake.wants("AND") and not mistake.opened:
        cure = "write `and` or `or` between conditions"
        return Complaint(unexpected(mistake, cure), ("AND",))
    for instead in foreign.SIGNS.get(token.text, ()):
        if token.text == ":" and instead.written == "is" and mistake.opened:
            continue
        if instead.kinds[0] in mistake.wanted:
            if token.text in (":", "->", "-"):
                return Complaint(unexpected(mistake, f"write `{instead.written}`"), instead.kinds)
            cure = f"write `{instead.written}`"
            return Complaint(
                said.ForeignSign(span=token.span, found=token.text, cure=cure), instead.kinds
            )
    return None


def phrases(mistake: Mistake) -> Complaint | None:
    text = mistake.before + mistake.token.text
    if len(mistake.token.text) > NEARBY:
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


def words(mistake: Mistake) -> Complaint | None:
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
        return Complaint(unexpected(mistake, foreign.CURES[token.text]))
    return None


def misspelt(mistake: Mistake) -> Complaint | None:
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
