"""What authors write who come from other languages, and how it is written here."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Instead:
    """In place of a sign or word stand tokens of these kinds, where the parser could take them."""

    kinds: tuple[str, ...]
    written: str


_COLON = Instead(("COLON",), ":")
_EQUAL = Instead(("EQUAL",), "=")
_IS = Instead(("IS",), "is")
_IS_NOT = Instead(("IS", "NOT"), "is not")
_THEN = Instead(("THEN",), "then")
_RANGE = Instead(("RANGE",), "..")
_MINUS = Instead(("MINUS",), "-")
_AT_LEAST = Instead(("COMPARISON",), ">=")
_AT_MOST = Instead(("COMPARISON",), "<=")

# Of several the first that can stand there is meant.
SIGNS: dict[str, tuple[Instead, ...]] = {
    "=": (
        *(_COLON, _IS, Instead(("DEFAULT",), "default"), Instead(("GIVES",), "gives")),
        Instead(("MENTIONS",), "mentions"),
    ),
    "-": (_RANGE,),
    "==": (_IS, _EQUAL, _COLON),
    "===": (_IS,),
    "!=": (_IS_NOT,),
    "<>": (_IS_NOT,),
    "≠": (_IS_NOT,),
    "&&": (Instead(("AND",), "and"),),
    "&": (Instead(("AND",), "and"),),
    "||": (Instead(("OR",), "or"),),
    "!": (Instead(("NOT",), "not"),),
    "=>": (_THEN, _AT_LEAST, _COLON),
    "=<": (_AT_MOST,),
    "≥": (_AT_LEAST,),
    "≤": (_AT_MOST,),
    "->": (_COLON, _THEN),
    "→": (Instead(("ARROW",), "->"), _COLON, _THEN),
    ":=": (_EQUAL, _COLON),
    ":": (_EQUAL, Instead(("MENTIONS",), "mentions"), _IS),
    "–": (_RANGE, _MINUS),
    "—": (_RANGE, _MINUS),
    "−": (_MINUS,),
    "…": (_RANGE,),
    "...": (_RANGE,),
    "×": (Instead(("TIMES",), "*"),),
    "÷": (Instead(("DIVIDED",), "/"),),
    "?": (Instead(("OPTIONAL",), "optional"),),
}

WORDS: dict[str, tuple[Instead, ...]] = {
    "if": (Instead(("WHEN",), "when"),),
    "return": (_THEN,),
    "do": (_THEN,),
    "equals": (_IS,),
    "equal": (_IS,),
    "eq": (_IS,),
    "are": (_IS,),
    "True": (Instead(("TRUE",), "true"),),
    "False": (Instead(("FALSE",), "false"),),
    "null": (Instead(("MISSING",), "missing"),),
    "nil": (Instead(("MISSING",), "missing"),),
    "None": (Instead(("MISSING",), "missing"),),
    "reason": (Instead(("BECAUSE",), "because"),),
    "since": (Instead(("BECAUSE",), "because"),),
    "default": (Instead(("OTHERWISE",), "otherwise"),),
    "to": (_RANGE, Instead(("ARROW",), "->")),
    "through": (_RANGE,),
    "until": (_RANGE,),
    "plus": (Instead(("PLUS",), "+"),),
    "minus": (_MINUS,),
    "times": (Instead(("TIMES",), "*"),),
}

_ANOTHER_RULE = "write another `rule` with its own `when`, or `otherwise`"
_A_TRIGGER = (
    "declare the words with `trigger its_name mentions …`, and write `text mentions its_name`"
)
_A_QUANTIFIER = "write `any x in list where …`, or `all x in list satisfy …`"
_NOTHING_CLOSES = "delete it, nothing has to be closed"
_A_DEFINE = "write `define its_name = …`, or `threshold its_name: type = …` for a number"
_A_CONTAINS = (
    "write `list_item in list` for a list; for words in a text declare a `trigger`"
    " and write `text mentions its_name`"
)

CURES: dict[str, str] = {
    "unless": "write `when not (…)`",
    "else": _ANOTHER_RULE,
    "elif": _ANOTHER_RULE,
    "elsif": _ANOTHER_RULE,
    "elseif": _ANOTHER_RULE,
    "contains": _A_CONTAINS,
    "contain": _A_CONTAINS,
    "includes": _A_CONTAINS,
    "include": _A_CONTAINS,
    "between": "write `value >= low and value <= high`",
    "has": "write `value is known`",
    "have": "write `value is known`",
    "exists": "write `value is known`",
    "does": "write `not (…)` around the condition",
    "isn": "write `is not`",
    "matches": _A_TRIGGER,
    "like": _A_TRIGGER,
    "starts": _A_TRIGGER,
    "ends": _A_TRIGGER,
    "startswith": _A_TRIGGER,
    "xor": "write `(a or b) and not (a and b)`",
    "foreach": _A_QUANTIFIER,
    "each": _A_QUANTIFIER,
    "while": _A_QUANTIFIER,
    "for": _A_QUANTIFIER,
    "end": _NOTHING_CLOSES,
    "endif": _NOTHING_CLOSES,
    "let": _A_DEFINE,
    "var": _A_DEFINE,
    "const": _A_DEFINE,
    "def": _A_DEFINE,
    "function": _A_DEFINE,
    "import": "a policy is one file and takes nothing from others",
    "null": "write `missing` after `is`; a field that has no value is left out",
    "nil": "write `missing` after `is`; a field that has no value is left out",
    "None": "write `missing` after `is`; a field that has no value is left out",
    "?": "a choice is written `when a then b otherwise c`",
    "%": "write a share of 1, such as `0.85`",
    "**": "multiply it out",
    "priority": "delete it; the order of the rules decides",
}

# Phrases: up to and with the word that could not be read, what follows it, and the cure, in which
# the parts that have a name can stand.
PHRASES: tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"(?<![\w.])(?:{phrase})\Z"), re.compile(rest[0] if rest else ""), cure)
    for phrase, *rest, cure in (
        (r"is\s+(?:greater|more|larger|higher|bigger|longer|older|later)\s+th[ae]n", "write `>`"),
        (r"is\s+(?:less|smaller|fewer|lower|shorter|younger|earlier)\s+th[ae]n", "write `<`"),
        (r"is\s+at\s+least", "write `>=`"),
        (r"is\s+at\s+most", "write `<=`"),
        (r"is\s+(?:over|above|after)\s+\S+", "write `>`"),
        (r"is\s+(?:under|below|before)\s+\S+", "write `<`"),
        (
            r"(?P<value>[\w.]+)\s+(?:is\s+)?between",
            r"\s+(?P<low>[\w.]+)\s+and\s+(?P<high>[\w.]+)",
            "write `{value} >= {low} and {value} <= {high}`",
        ),
        (
            r"(?P<value>[\w.]+)\s+is\s+between\s+(?P<low>[\w.]+)",
            r"\s+and\s+(?P<high>[\w.]+)",
            "write `{value} >= {low} and {value} <= {high}`",
        ),
        (r"(?P<value>[\w.]+)\s+has", r"\s+(?P<part>\w+)", "write `{value}.{part} is known`"),
        (r"else\s+if\s+\S+", _ANOTHER_RULE),
        (r"(?:and|or)[ \t]+then", "write `then` alone"),
        (r"(?P<part>\w+)\s+of", r"\s+(?P<value>[\w.]+)", "write `{value}.{part}`"),
        (r"\{\s*elif\s+\S+", "write `{{else}}`, and another `{{if …}}` with its own `{{end}}`"),
        (r"(?:any|all)\s+[\w.]+\s*\.", _A_QUANTIFIER),
        (r"any\s+\w+\s+in\s+[\w.]+\s+\w+", _A_QUANTIFIER),
        (r"all\s+\w+\s+in\s+[\w.]+\s+\w+", _A_QUANTIFIER),
        (
            r"(?P<low>[\w.]+)\s*(?P<above>[<>]=?)\s*(?P<value>[\w.]+)\s*(?P<below>[<>]=?)",
            r"\s*(?P<high>[\w.]+)",
            "write `{low} {above} {value} and {value} {below} {high}`",
        ),
        (r"else\s+\w+\s*:", "write `otherwise` and `then`"),
        (
            r"from\s+loose",
            r"\s+to\s+strict",
            "write `from strict to loose`, and the strictest member first",
        ),
        (r"from\s+high", r"\s+to\s+low", "write `from low to high`, and the lowest member first"),
        (r"is\s+equal\s+to", "write `is`"),
        (r"is\s+not\s+equal\s+to", "write `is not`"),
        (r"is\s+(?:one|any|all)(?:\s+of)?", "write `in`"),
        (r"is\s+in", "write `in` alone"),
        (r"is\s+not\s+in", "write `not in` alone"),
        (r"not\s+is", "write `is not`"),
        (r"is\s+not\s+(?:null|nil|None|missing)", "write `is known`"),
        (r"is\s+not\s+known", "write `is missing`"),
        (
            r"in\s+\((?P<first>[^()]*),",
            r"(?P<rest>[^()\n]*)\)",
            "a list stands in square brackets: `in [{first},{rest}]`",
        ),
        (r"in\s+[\w.]+,", "a list stands in square brackets: `in [a, b]`"),
    )
)

# A unit as authors write it, and how many of which of ours it is.
UNITS: dict[str, tuple[int, str] | None] = {
    **dict.fromkeys(("sec", "secs", "second", "seconds"), (1, "s")),
    **dict.fromkeys(("m", "mins", "minute", "minutes", "min"), (1, "min")),
    **dict.fromkeys(("hr", "hrs", "hour", "hours", "H"), (1, "h")),
    **dict.fromkeys(("day", "days", "D"), (1, "d")),
    **dict.fromkeys(("w", "wk", "week", "weeks"), (7, "d")),
    **dict.fromkeys(("s", "h", "d"), None),  # ours already, but for the blank before it
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), None),
    **dict.fromkeys(("month", "months", "mo", "y", "year", "years"), None),
}

_A_RULE = '{0} is written `{1} its_name when … then field: value because "…"`'
_AN_OUTCOME = 'write `{0} then field: value because "…"`'

# How a declaration or item is written that was begun but could not be read.
SHAPES: dict[str, str] = {
    "ENUM": "an enum is written `enum Channel: email, voice`",
    "CODE": 'a code is written `code Signal = area: letters 2, "-", level: integer 1 .. 3`',
    "RECORD": (
        "a field is written `amount: number 0 .. 100`,"
        ' with `optional`, or `default 5 because "…"`, after its type'
    ),
    "THRESHOLD": "a threshold is written `threshold limit: number = 5`",
    "LIST": 'a list is written `list colours: text = "red", "green"`',
    "WHITELIST": 'a whitelist is written `whitelist templates = "t_1", "t_2"`',
    "TRIGGER": 'a trigger is written `trigger fraud mentions "fraud", "stolen" near "card"`',
    "TABLE": (
        "a table is written `table team(channel: Channel): text`, and below it rows such as"
        ' `| email | "mails" |`, of which the first names the columns'
    ),
    "DEFINE": "it is written `define is_small(ticket: Ticket) = ticket.amount < 5`",
    "DECISION": "a decision is written `decision refund(ticket: Ticket): Outcome`",
    "GUARD": _A_RULE.format("a guard", "guard"),
    "RULE": _A_RULE.format("a rule", "rule"),
    "GUARDRAIL": 'a guardrail is written `guardrail its_name requires … because "…"`',
    "OTHERWISE": _AN_OUTCOME.format("otherwise"),
    "REFUSED": _AN_OUTCOME.format("refused"),
    "ALWAYS": "write `always field: value`",
    "LIFECYCLE": "a lifecycle is written `lifecycle order(order: Order)`",
    "STATE": "a state is written `state OPEN`, with `initial` or `final` after it",
    "EVENT": "an event is written `event close(reason: Reason)`",
    "TRANSITION": "it is written `transition OPEN -> CLOSED on close when … then field: value`",
    "DEADLINE": "a deadline is written `deadline late in OPEN at … then go CLOSED`",
    "GUARANTEE": (
        "a guarantee is written `guarantee its_name for refund(ticket) = outcome when … then …`"
    ),
    "EXAMPLE": 'an example is written `example "…" refund(ticket: { … }) gives { … } by its_rule`',
    "WAIVE": 'a waiver is written `waive code-of-the-finding on its_name because "…"`',
}
A_HEADING = 'the heading has `title "…"`, `owner "…"`, `governs …` and `source "…"`'
