"""The tokens a parser could take, and the one it found, to the author's words for them."""

from collections.abc import Collection, Mapping

from engine.syntax.tokens import DECLARATIONS, END, INSERTION_END, Token

_MOST = 3
_LONGEST = 40

_VALUE = frozenset(
    (
        *("INT", "NUMBER", "DURATION", "INSTANT", "STRING", "TEXT_BLOCK", "TRUE", "FALSE"),
        *("NAME", "LPAR", "LSQB", "LBRACE", "MINUS", "NOT", "ANY", "ALL", "WHEN", "EMPTY"),
        *("ABOUT", "GO", "APPLY", "SKIP", "MISSING", "KNOWN"),
    )
)
_TYPE = frozenset(
    (
        *("BOOL", "TEXT", "NUMBER_WORD", "INTEGER", "DURATION_WORD", "INSTANT_WORD"),
        *("LIST", "TALLY", "NAME"),
    )
)
_MORE = frozenset(
    (
        *("IS", "NOT", "IN", "MENTIONS", "COMPARISON", "ELSE", "AND", "OR", "LPAR"),
        *("PLUS", "MINUS", "TIMES", "DIVIDED", "DOT"),
    )
)
_NEXT_DECLARATION = DECLARATIONS | {END}

# What is told first stands first: the tokens a group must have, those it covers, and its words.
_GROUPS: tuple[tuple[Collection[str], Collection[str], str], ...] = (
    (("INT", "LPAR", "LBRACE"), _VALUE, "a value"),
    (("BOOL", "TALLY"), _TYPE, "a type"),
    (("ANY", "ALL", "NAME"), ("ANY", "ALL", "NAME"), "the name of a trigger"),
    (("INT", "NUMBER", "DURATION"), ("INT", "NUMBER", "DURATION", "MINUS"), "a number"),
    (("TITLE", "OWNER"), ("TITLE", "OWNER", "GOVERNS", "SOURCE"), "a line of the heading"),
    (("RPAR",), ("RPAR",), "`)`"),
    (("RSQB",), ("RSQB",), "`]`"),
    (("RBRACE",), ("RBRACE",), "`}`"),
    (("COMMA",), ("COMMA",), "`,`"),
    (("BAR",), ("BAR", "ROW_END"), "`|`"),
    (("ROW_END",), ("ROW_END",), "`|`"),
    (("ROW",), ("ROW",), "a row of the table"),
    (("COLON",), ("COLON",), "`:`"),
    (("EQUAL",), ("EQUAL",), "`=`"),
    (("STRING",), ("STRING", "TEXT_BLOCK"), "a text in quotes"),
    (("VERSION",), ("VERSION",), "a version such as `1.0.0`"),
    (("FINDING",), ("FINDING",), "the code of a finding"),
    (("INSTANT",), ("INSTANT",), "an instant such as `2025-12-29T10:30:00Z`"),
    (("INT",), ("INT",), "a whole number"),
    (("WHEN", "WHEN_UNKNOWN"), ("WHEN", "WHEN_UNKNOWN"), "`when`"),
    (("THEN",), ("THEN",), "`then`"),
    ((), (), ""),  # here stand the keywords that no group covers
    (("PLUS",), _MORE, "more of the expression"),
    (("AND",), _MORE, "more of the condition"),
    (("OR",), _MORE, "more of the condition"),
    (("COMPARISON",), ("COMPARISON",), "`<`, `<=`, `>` or `>=`"),
    (("COUNT", "DISTINCT"), ("COUNT", "DISTINCT", "MINIMUM", "MAXIMUM"), "what to count"),
    (("RISES", "FALLS"), ("RISES", "FALLS"), "`rises` or `falls`"),
    (("OPTIONAL", "SENSITIVE", "NAME"), ("NAME",), "the next field"),
    (("RECORD", "NAME"), ("NAME",), "the next field"),
    (
        ("RULE", "GUARDRAIL"),
        (
            *("GUARD", "RULE", "GUARDRAIL", "OTHERWISE", "ALWAYS", "REFUSED"),
            *("FIRST", "UNIQUE", "COLLECT", "SUM", "STRICTEST", "NAME"),
        ),
        "the next rule",
    ),
    (
        ("STATE", "TRANSITION"),
        ("STATE", "EVENT", "TRANSITION", "DEADLINE", "GUARD"),
        "the next part of the lifecycle",
    ),
    (("RECORD", "DECISION"), _NEXT_DECLARATION, "the next declaration"),
    (("NAME",), ("NAME",), "a name"),
    ((END,), (END,), "the end of the file"),
    ((INSERTION_END,), (INSERTION_END,), "`}`"),
)
# These can always be left out, so they are told only when there is nothing else to tell.
_LEAST = frozenset(
    (
        *("STRING", "TEXT_BLOCK", "BECAUSE", "AS", "COMMA", "OPTIONAL", "SENSITIVE", "DEFAULT"),
        *(
            "RANGE",
            "HALF_OPEN",
            "DOT",
            "WITHIN",
            "NEAR",
            "EXCEPT",
            "FOR",
            "WHERE",
            "FROM",
            "ON",
            "WITH",
        ),
    )
)
_CLOSING = frozenset(("RPAR", "RSQB", "RBRACE"))
_NAMED = {
    "POLICY": "the name of the policy",
    "ENUM": "the name of the enum",
    "CODE": "the name of the code",
    "RECORD": "the name of the record",
    "THRESHOLD": "the name of the threshold",
    "LIST": "the name of the list",
    "WHITELIST": "the name of the whitelist",
    "TRIGGER": "the name of the trigger",
    "TABLE": "the name of the table",
    "DEFINE": "the name of what is defined",
    "DECISION": "the name of the decision",
    "GUARD": "the name of the guard",
    "RULE": "the name of the rule",
    "GUARDRAIL": "the name of the guardrail",
    "LIFECYCLE": "the name of the lifecycle",
    "STATE": "the name of the state",
    "EVENT": "the name of the event",
    "DEADLINE": "the name of the deadline",
    "GUARANTEE": "the name of the guarantee",
}
_CONDITION = frozenset(("WHEN", "AND", "OR", "WHERE", "SATISFY", "REQUIRES"))


def expected(wanted: Collection[str], previous: str | None, spelling: Mapping[str, str]) -> str:
    """`previous` is the kind of the token before, `spelling` how keywords and signs are written."""
    if "NAME" in wanted and previous in _NAMED:
        return _NAMED[previous]
    if {"INT", "LPAR"} <= set(wanted) and previous in _CONDITION:
        return "a condition"
    told = _told(set(wanted), spelling)
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} or {told[-1]}"


def found(token: Token) -> str:
    if token.type == END:
        return "the end of the file"
    text = token.text.split("\n")[0].rstrip()
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}…"
    return f"`{text}`"


def _told(wanted: set[str], spelling: Mapping[str, str]) -> list[str]:
    rest, told = _needed(wanted), list[str]()
    words_at = 0
    for needed, covered, words in _GROUPS:
        if not needed:
            words_at = len(told)
        elif rest.issuperset(needed):
            rest.difference_update(covered)
            told.append(words)
    told[words_at:words_at] = [f"`{spelling[name]}`" for name in sorted(rest) if name in spelling]
    return told[:_MOST] or ["nothing more"]


def _needed(wanted: set[str]) -> set[str]:
    """Without what can always be left out, if something else remains."""
    least = _LEAST if wanted.isdisjoint(_CLOSING) else _LEAST - {"COMMA"}
    return wanted - least or wanted
